// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/janusclient/janustest"
)

// strayed is a lab in which a call has been, and has left a handle that only
// Janus knows: the answer to its first attach was lost.
func strayed(t *testing.T) *lab {
	t.Helper()
	l := newLab(t, "")
	l.janus.Fault(janustest.Match{Janus: "attach", Nth: 1}, janustest.DropAnswer())
	c, uuid := l.call("demo/x@1234", existing)
	l.up(uuid)
	require.Equal(t, 2, l.janus.Handles(), "the leg's, and the stray one")
	l.end(c, host.CauseNormalClearing)
	return l
}

func TestUnknownHandlesGoWithTheirSession(t *testing.T) {
	l := strayed(t)
	before := l.engine.server("demo").State().Session
	l.clean(1)
	after := l.engine.server("demo").State().Session
	require.NotEqual(t, before, after)
	require.Equal(t, 1, l.janus.Sessions())
	c, uuid := l.call("demo/x@1234", existing)
	l.up(uuid)
	l.end(c, host.CauseNormalClearing)
	l.clean(2)
}

// A call that comes while the other session is made keeps the old one.
func TestCallBeforeASessionIsRenewed(t *testing.T) {
	l := strayed(t)
	s := l.engine.server("demo")
	before := s.State().Session
	slow := l.janus.Fault(janustest.Match{Janus: "create"}, janustest.Delay(500*time.Millisecond))
	l.eventually("another session is asked for", func() bool { return slow.Hits() == 1 })
	c, uuid := l.call("demo/x@1234", existing)
	l.up(uuid)
	l.eventually("the other session is given up", func() bool {
		return slices.ContainsFunc(l.janus.Requests(), func(r janustest.Request) bool { return r.Janus == "destroy" })
	})
	require.Equal(t, 1, l.janus.Sessions())
	after := s.State().Session
	require.Equal(t, before, after)
	slow.Remove()
	l.end(c, host.CauseNormalClearing)
	l.clean(2)
}

// A handle that somebody drives by `janus send` is not taken from them.
func TestDrivenSessionIsKept(t *testing.T) {
	l := strayed(t)
	s := l.engine.server("demo")
	require.Contains(t, l.engine.Command(`send demo {"janus":"attach","plugin":"janus.plugin.audiobridge"}`), "success")
	before := s.State().Session
	l.eventually("the leg is gone", func() bool { return l.janus.Handles() == 2 })
	require.Never(t, func() bool { now := s.State().Session; return now != before }, config.RenewalQuiet+500*time.Millisecond, 50*time.Millisecond)
	require.Equal(t, 2, l.janus.Handles())
}
