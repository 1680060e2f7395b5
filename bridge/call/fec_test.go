// SPDX-License-Identifier: MPL-2.0

package call

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/config"
	"mod_janus/bridge/media"
)

func TestLossReport(t *testing.T) {
	p, handle, _ := newTestParticipant(config.Variables{})
	l := lossReport{channel: p.channel, janus: p.janus, room: p.room, figures: new(figures)}
	require.Nil(t, l.expected(), "the room's default stands")
	l.changed(true, media.Opus)
	require.Empty(t, handle.configured, "there is no leg yet")
	l.asked = 10
	require.Equal(t, 10, *l.expected())
	said := 20
	p.room.vars.UserExpectedLoss = &said
	require.Equal(t, 20, *l.expected(), "the variable counts first")
}
