// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/call"
	"mod_janus/bridge/host"
	"mod_janus/bridge/media"
	"mod_janus/janusclient"
	"mod_janus/janusclient/janustest"
)

// closePeers has the far ends of all media close, with the close_notify of DTLS.
func (l *lab) closePeers() {
	l.peers.mu.Lock()
	defer l.peers.mu.Unlock()
	for _, conn := range l.peers.conns {
		_ = conn.GracefulClose()
	}
}

// delivered waits until what Janus has told so far is in the mailboxes of the calls: it comes in
// order, and another call is told of a slow link last.
func (l *lab) delivered(other *call.Call) {
	l.t.Helper()
	l.push(other, `"janus":"slowlink","uplink":true,"lost":1`)
	l.host.Wait(l.t, "the last event", func() bool {
		return slices.ContainsFunc(l.host.Events, func(e host.Event) bool { return e.Subclass == host.EventSlowLink && e.UUID == other.UUID() })
	})
}

// mediaUp waits until the leg's media is up.
func (l *lab) mediaUp() {
	l.t.Helper()
	l.host.Wait(l.t, "media up", func() bool { return l.host.Fired("janus::call", "Action", "media-up") })
}

// What Janus does to a participant, and what the call says of it.
var thrownOut = map[string]struct {
	do     func(*lab, *call.Call, janusclient.ID)
	reason string
}{
	"kicked":    {func(l *lab, _ *call.Call, id janusclient.ID) { l.janus.Kick("1234", id) }, "kicked from the room"},
	"destroyed": {func(l *lab, _ *call.Call, _ janusclient.ID) { l.janus.DestroyRoom("1234") }, "the room was destroyed"},
	"hung up":   {func(l *lab, c *call.Call, _ janusclient.ID) { l.janus.Hangup(c.Place().ID, "Admin API") }, "Admin API"},
	"detached":  {func(l *lab, c *call.Call, _ janusclient.ID) { l.janus.Detach(c.Place().ID) }, "Janus has detached the handle"},
}

// A leg that is thrown out does not come back, in whatever order the end of its
// media, the event, and the answers to what it asks arrive.
func TestThrownOutStaysOut(t *testing.T) {
	for what, tt := range thrownOut {
		for name, order := range map[string]struct {
			late janustest.Match // by 80 ms
			act  func(*lab, func())
		}{
			"the event first":      {janustest.Match{Janus: "nothing"}, func(l *lab, act func()) { act(); l.closePeers() }},
			"media first":          {janustest.Match{Janus: "poll"}, func(l *lab, act func()) { act(); l.closePeers() }},
			"all is late":          {janustest.Match{}, func(l *lab, act func()) { act(); l.closePeers() }},
			"the answers are late": {janustest.Match{Janus: "message"}, func(l *lab, act func()) { act(); l.closePeers() }},
			"media long before": {janustest.Match{Janus: "poll"}, func(l *lab, act func()) {
				asked := l.requested("configure")
				l.closePeers()
				l.eventually("it is asked", func() bool { return l.requested("configure") > asked })
				act()
			}},
		} {
			t.Run(what+", "+name, func(t *testing.T) {
				l := newLab(t, "")
				l.janus.Fault(order.late, janustest.DelayAnswer(80*time.Millisecond))
				c, uuid := l.call("demo/x@1234", existing)
				l.up(uuid)
				l.mediaUp()
				id := mustID(l, c)
				order.act(l, func() { tt.do(l, c, id) })
				cause, reason := l.down(uuid)
				require.Equal(t, host.CauseNormalClearing, cause, reason)
				require.Equal(t, tt.reason, reason)
				l.end(c, cause)
				l.clean(1)
				require.Equal(t, 1, l.requested("join"), "it has not come back")
				require.False(t, l.fired("janus::call", "Action", "rejoining"))
			})
		}
	}
}

// The answer that shows that the participant has gone is here before the event
// that says why.
func TestAnswerOvertakesTheEvent(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.call("demo/x@1234", existing)
	l.up(uuid)
	rule := l.janus.Fault(janustest.Match{Request: "configure"}, janustest.Refuse(487, "Can't configure (not in a room)"))
	l.legs[0].becomes(media.StateSilent, nil)
	l.eventually("Janus is asked", func() bool { return rule.Hits() > 0 })
	l.tell(c, fmt.Sprintf(`{"audiobridge":"event","room":1234,"kicked":%s}`, mustID(l, c)))
	_, reason := l.down(uuid)
	require.Equal(t, "kicked from the room", reason)
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
}

// A kick that waits in the mailbox counts when the session is lost after it.
func TestKickedBeforeTheSessionIsLost(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.call("demo/x@1234", existing)
	l.up(uuid)
	other, otherUUID := l.call("demo/other@77", nil)
	l.up(otherUUID)
	session := l.session()
	busy, free := make(chan struct{}), make(chan struct{})
	let := sync.OnceFunc(func() { close(free) })
	defer let() // where the test fails
	go func() {
		_, _ = c.Do("a control that waits", func(context.Context, *call.Call) (string, error) { close(busy); <-free; return "", nil })
	}()
	<-busy
	l.legs[0].becomes(media.StateSilent, nil) // asks Janus
	c.SessionLost(session, janusclient.ErrSessionLost)
	l.tell(c, fmt.Sprintf(`{"audiobridge":"event","room":1234,"kicked":%s}`, mustID(l, c)))
	l.delivered(other)
	let()
	_, reason := l.down(uuid)
	require.Equal(t, "kicked from the room", reason)
	l.end(c, host.CauseNormalClearing)
	l.end(other, host.CauseNormalClearing)
	l.clean(2)
	require.False(t, l.fired("janus::call", "Action", "rejoining"))
}

// A kick counts that Janus says while the leg gives its handle up for a new one.
func TestKickedWhileItLetsGo(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.call("demo/x@1234", existing)
	l.up(uuid)
	l.mediaUp()
	id := mustID(l, c)
	rule := l.janus.Fault(janustest.Match{Janus: "detach"}, janustest.Delay(500*time.Millisecond))
	l.janus.Hangup(c.Place().ID, "ICE failed")
	l.eventually("the handle is given up", func() bool { return rule.Hits() > 0 })
	l.tell(c, fmt.Sprintf(`{"audiobridge":"event","room":1234,"kicked":%s}`, id))
	_, reason := l.down(uuid)
	require.Equal(t, "kicked from the room", reason)
	rule.Remove()
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
	require.Equal(t, 1, l.requested("join"), "it has not come back")
}

// The first join is refused in passing, and the leg of the second one is as good
// as that of a first: media, a dead path, and a silent one are noticed.
func TestMediaAfterARefusedJoin(t *testing.T) {
	for name, refusal := range map[string]janustest.Fault{
		"ICE is not ready": janustest.RefuseCore(490, "Error setting ICE locally"),
		"joined already":   janustest.Refuse(491, "Already in a room"),
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, "")
			l.janus.Fault(janustest.Match{Request: "join", Nth: 1}, refusal)
			c, uuid := l.call("demo/x@1234", existing)
			l.up(uuid)
			l.mediaUp()
			require.Equal(t, 2, l.attached(), "another handle")
			require.Len(t, l.legs, 1, "the same leg")
			l.legs[0].becomes(media.StateDisconnected, nil)
			l.host.Wait(t, "a restart", func() bool { return l.host.Logged("the path to Janus is alive again") })
			l.legs[0].becomes(media.StateFailed, media.ErrTimeout)
			cause, _ := l.down(uuid)
			require.Equal(t, host.CauseMediaTimeout, cause)
			l.end(c, cause)
			l.clean(1)
		})
	}
}

// A mailbox that is full drops what changes nothing, says so once, and keeps
// what ends the call.
func TestFullMailbox(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.call("demo/x@1234", existing)
	l.up(uuid)
	id := mustID(l, c)
	other, otherUUID := l.call("demo/other@77", nil)
	l.up(otherUUID)
	busy, free := make(chan struct{}), make(chan struct{})
	go func() {
		_, _ = c.Do("a control that waits", func(context.Context, *call.Call) (string, error) { close(busy); <-free; return "", nil })
	}()
	<-busy
	for i := range 1600 { // a mailbox holds 512
		l.tell(c, fmt.Sprintf(`{"audiobridge":"event","room":1234,"participants":[{"id":7,"display":"p","muted":%t}]}`, i%2 == 0))
	}
	l.janus.Kick("1234", id)
	l.host.Wait(t, "the warning", func() bool { return l.host.Logged("4 "+uuid, "some are dropped") })
	l.delivered(other)
	close(free)
	_, reason := l.down(uuid)
	require.Equal(t, "kicked from the room", reason)
	l.end(c, host.CauseNormalClearing)
	l.end(other, host.CauseNormalClearing)
	l.clean(2)
	warnings := slices.DeleteFunc(strings.Split(l.log(), "\n"), func(line string) bool { return !strings.Contains(line, "some are dropped") })
	require.Len(t, warnings, 1)
}

// A path that was alive and has died: Janus puts the participant out of the
// room, and the call comes back, or ends as for any dead path.
func TestPathDies(t *testing.T) {
	for _, reason := range []string{"ICE failed", "DTLS alert"} {
		t.Run(reason, func(t *testing.T) {
			l := newLab(t, "")
			c, uuid := l.call("demo/x@1234", existing)
			l.up(uuid)
			l.mediaUp()
			l.janus.Hangup(c.Place().ID, reason)
			l.host.Wait(t, "rejoined", func() bool { return l.host.Fired("janus::call", "Action", "rejoined") })
			require.Equal(t, 1, l.janus.Participants("1234"))
			l.end(c, host.CauseNormalClearing)
			l.clean(1)
		})
		t.Run(reason+", no rejoin", func(t *testing.T) {
			l := newLab(t, "")
			c, uuid := l.call("demo/x@1234", with(existing, "janus-rejoin", "false"))
			l.up(uuid)
			l.mediaUp()
			l.janus.Hangup(c.Place().ID, reason)
			cause, said := l.down(uuid)
			require.Equal(t, host.CauseMediaTimeout, cause)
			require.Equal(t, reason, said)
			l.end(c, cause)
			l.clean(1)
		})
	}
}

// Janus says that the path is dead, before it gives the participant up: ICE
// restarts.
func TestICEFailedRestarts(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.call("demo/x@1234", existing)
	l.up(uuid)
	l.mediaUp()
	l.push(c, `"janus":"ice-failed"`)
	l.host.Wait(t, "a restart", func() bool { return l.host.Logged("the path to Janus is alive again") })
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
}

// A leg that is suspended, by us or by others, hears nothing, and that is no
// fault of its path: it stays, moves and rejoins as it is.
func TestSuspendedLegStays(t *testing.T) {
	l := newLab(t, "")
	l.janus.CreateRoom("77", "", "")
	c, uuid := l.call("demo/x@1234", existing)
	l.up(uuid)
	l.mediaUp()
	l.tell(c, fmt.Sprintf(`{"audiobridge":"event","room":1234,"suspended":%s}`, mustID(l, c)))
	l.host.Wait(t, "suspended", func() bool { return l.host.Fired("janus::participant", "Action", "suspended") })
	l.legs[0].becomes(media.StateSilent, nil)
	l.eventually("Janus is asked", func() bool { return l.requested("configure") > 0 })
	require.Equal(t, "+OK\n", l.engine.Command("display "+uuid+" after"), "the answer has been dealt with")
	require.NotContains(t, l.log(), "ICE restarts")

	require.Equal(t, "+OK\n", l.engine.Command("move "+uuid+" 77"))
	require.Equal(t, true, l.last("changeroom")["suspended"])
	l.janus.LoseSessions()
	l.host.Wait(t, "joined again", func() bool { return l.host.Fired("janus::call", "Action", "rejoined") })
	require.Equal(t, true, l.last("join")["suspended"])

	// a Janus before 1.2.1 ignores that, and does not know resume
	rule := l.janus.Fault(janustest.Match{Request: "resume"}, janustest.Refuse(482, "Unknown request 'resume'"))
	require.Equal(t, "+OK\n", l.engine.Command("resume "+uuid))
	rule.Remove()
	require.Contains(t, l.engine.Command("suspend "+uuid), "+OK")
	require.Equal(t, "+OK\n", l.engine.Command("resume "+uuid))
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
}

// Janus goes away while the media of a call connects: the connection is given up
// then, and not only when its own limit has passed.
func TestJanusGoesAwayWhileMediaConnects(t *testing.T) {
	l := newLab(t, `<param name="cmd-timeout" value="300"/>`)
	l.janus.Answer = janustest.CannedAnswer // nobody is there
	c, uuid := l.call("demo/x@1234", with(existing, "janus-rejoin-timeout", "1"))
	l.up(uuid)
	began := time.Now()
	l.janus.Pause()
	defer l.janus.Resume()
	l.engine.server("demo").Connection.OnAPI(false, janusclient.ErrTimeout)
	cause, reason := l.down(uuid)
	require.Equal(t, host.CauseDestinationOutOfOrder, cause)
	require.Contains(t, reason, "Janus is not back within 1s")
	require.Less(t, time.Since(began), 12*time.Second, "ICE alone takes 15 s to give up")
	l.janus.Resume()
	l.end(c, cause)
	l.clean(1)
}

// After a move the room that the leg is in counts, and not what its variables
// say of the room that it has dialled.
func TestRejoinOfARoomMovedTo(t *testing.T) {
	l := newLab(t, "")
	other, otherUUID := l.call("demo/maker@77", map[string]string{"janus-room-description": "second", "janus-room-secret": "secret-of-77"})
	l.up(otherUUID)
	c, uuid := l.call("demo/x@55", map[string]string{
		"janus-room-description": "first", "janus-room-secret": "secret-of-55", "janus-room-pin": "1111", "janus-room-record": "true",
		"janus-room-record-file": "/tmp/first.wav", "janus-user-record": "true", "janus-user-record-file": "mine",
	})
	l.up(uuid)
	require.Equal(t, "+OK\n", l.engine.Command("move "+uuid+" 77"))
	l.end(other, host.CauseNormalClearing)
	l.eventually("it has left", func() bool { return l.janus.Participants("77") == 1 })
	l.janus.ForgetRoom("77")
	l.janus.LoseSessions()
	l.host.Wait(t, "joined again", func() bool { return l.host.Fired("janus::call", "Action", "rejoined") })
	create, join := l.last("create"), l.last("join")
	require.Equal(t, "second", create["description"])
	require.Equal(t, "secret-of-77", create["secret"])
	require.NotContains(t, create, "pin")
	for _, member := range []string{"record", "record_file", "filename"} {
		require.NotContains(t, create, member)
		require.NotContains(t, join, member)
	}
	require.NotContains(t, fmt.Sprint(join), "secret-of-55")
	require.Equal(t, "+OK\n", l.engine.Command("kick "+uuid))
	require.Equal(t, "secret-of-77", l.last("kick")["secret"])
	l.down(uuid)
	l.end(c, host.CauseNormalClearing)
	l.clean(2)
}
