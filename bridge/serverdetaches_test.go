// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/host"
	"mod_janus/bridge/media"
	"mod_janus/janusclient"
	"mod_janus/janusclient/janustest"
)

// Janus cannot be told that a call is over: it is told as soon as it answers
// again, and nobody stays in the room.
func TestFarewellThatIsLost(t *testing.T) {
	for name, fault := range map[string]janustest.Fault{
		"refused": janustest.Status(http.StatusInternalServerError), "unheard": janustest.Hang(),
	} {
		t.Run(name, func(t *testing.T) {
			if overWebSocket() && name == "refused" {
				t.Skip("a WebSocket has no status")
			}
			l := newLab(t, `<param name="cmd-timeout" value="700"/>`)
			var rules []*janustest.Rule
			calls := 5
			for range calls {
				c, uuid := l.call("demo/x@1234", existing)
				l.up(uuid)
				if rules == nil {
					rules = append(rules, l.janus.Fault(janustest.Match{Request: "leave"}, fault), l.janus.Fault(janustest.Match{Janus: "detach"}, fault))
				}
				l.end(c, host.CauseNormalClearing)
			}
			l.eventually("rings released", func() bool { return int(l.freed.Load()) == calls })
			require.Equal(t, calls, l.janus.Participants("1234"), "the fault has been met")
			for _, rule := range rules {
				rule.Remove()
			}
			mended := time.Now()
			l.clean(calls)
			require.Zero(t, l.janus.Participants("1234"))
			t.Logf("all have left %s after Janus answers", time.Since(mended).Round(time.Millisecond))
		})
	}
}

// What is owed goes with the session.
func TestPendingDetachesEndWithTheSession(t *testing.T) {
	l := newLab(t, `<param name="cmd-timeout" value="300"/>`)
	rule := l.janus.Fault(janustest.Match{Janus: "detach"}, janustest.Hang())
	c, uuid := l.call("demo/x@1234", existing)
	l.up(uuid)
	l.end(c, host.CauseNormalClearing)
	s := l.engine.server("demo")
	owed := func() int { return s.Remembered().Detaches }
	l.eventually("it is owed", func() bool { return owed() == 1 })
	l.janus.LoseSessions()
	l.eventually("nothing is owed", func() bool { return owed() == 0 })
	rule.Remove()
	l.clean(1)
}

// The call hangs up while Janus is asked whether it is away: that is its end.
func TestHangupWhileJanusIsAsked(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.call("demo/x@1234", existing)
	l.up(uuid)
	rule := l.janus.Fault(janustest.Match{Request: "configure"}, janustest.Hang())
	s := l.engine.server("demo")
	s.Connection.OnAPI(false, janusclient.ErrTimeout)
	l.legs[0].becomes(media.StateSilent, nil)
	l.eventually("Janus is asked", func() bool { return rule.Hits() > 0 })
	l.end(c, host.CauseNormalClearing)
	rule.Remove()
	l.clean(1)
	l.host.Mu.Lock()
	defer l.host.Mu.Unlock()
	require.False(t, l.host.Logged("ends ["), "whoever hangs up is told no other reason")
	require.Empty(t, l.host.Sessions[uuid].Vars[host.VarHangupReason])
}

// An event is lost, and Janus knows nothing of the leg any more: what the leg
// asks of it shows that, and it joins again.
func TestForgottenLeg(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.call("demo/x@1234", existing)
	l.up(uuid)
	l.janus.Fault(janustest.Match{Request: "configure", Nth: 1}, janustest.Refuse(487, "Can't configure (not in a room)"))
	l.legs[0].becomes(media.StateSilent, nil)
	l.host.Wait(t, "rejoined", func() bool { return l.host.Fired("janus::call", "Action", "rejoined") })
	require.Equal(t, 1, l.janus.Participants("1234"))
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
}

// The room is destroyed, and the event is lost: the leg is not kept waiting for
// a room that does not come back.
func TestForgottenLegOfADestroyedRoom(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.call("demo/x@1234", existing)
	l.up(uuid)
	l.janus.Fault(janustest.Match{Request: "configure", Nth: 1}, janustest.Refuse(487, "Can't configure (not in a room)"))
	l.janus.Fault(janustest.Match{Request: "join"}, janustest.Refuse(485, "No such room (1234)"))
	l.legs[0].becomes(media.StateSilent, nil)
	cause, reason := l.down(uuid)
	require.Equal(t, host.CauseNormalClearing, cause)
	require.Equal(t, "the room was destroyed", reason)
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
}
