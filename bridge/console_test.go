// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHelp(t *testing.T) {
	l := newLab(t, "")
	require.Equal(t, "janus mute <uuid>\n    silences the leg in its room\n", l.engine.Command("help mute"))
	require.Contains(t, l.engine.Command("help"), "janus list [as json]\n    lists the servers\njanus calls")
	require.Contains(t, l.engine.Command("help room"), "janus room <server> <room> kick <participant> [secret=<secret>]\n")
	require.Contains(t, l.engine.Command("help nothing"), "-ERR usage: janus debug")
}
