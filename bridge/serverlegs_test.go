// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/host"
)

// The handles of legs are known as long as the legs.
func TestHandlesOfLegs(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.call("demo/x@1234", existing)
	l.up(uuid)
	s := l.engine.server("demo")
	known := func() int { return s.Remembered().Handles }
	require.True(t, s.Legs.Sent([]byte(fmt.Sprintf(`{"sender":%d}`, c.Place().ID))))
	l.janus.LoseSessions()
	l.host.Wait(t, "joined again", func() bool { return l.host.Fired("janus::call", "Action", "rejoined") })
	require.Equal(t, 1, known())
	require.True(t, s.Legs.Sent([]byte(fmt.Sprintf(`{"sender":%d}`, c.Place().ID))))
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
	require.Zero(t, known())
}
