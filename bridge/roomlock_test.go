// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/host"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/janustest"
)

var locking = map[string]string{"janus-room-lock": "true"}

// refused dials a room that is locked.
func (l *lab) refused(destination string) {
	l.t.Helper()
	c, uuid := l.call(destination, existing)
	cause, reason := l.down(uuid)
	require.Equal(l.t, host.CauseCallRejected.String(), cause.String(), reason)
	l.end(c, cause)
}

// open waits until the room is as if it had never been locked, and goes in.
func (l *lab) open(room string) {
	l.t.Helper()
	l.eventually("the room is open", func() bool {
		tokens, checked := l.janus.Allowed(room)
		return !checked && len(tokens) == 0
	})
	c, uuid := l.call("demo/late@"+room, existing)
	l.up(uuid)
	l.end(c, host.CauseNormalClearing)
}

// A locked room lets nobody in; its legs come back after Janus has lost them.
func TestLockAndRejoin(t *testing.T) {
	l := newLab(t, "")
	guest, guestUUID := l.call("demo/guest@96", nil)
	l.up(guestUUID)
	boss, uuid := l.call("demo/boss@96", locking)
	l.up(uuid)
	require.Equal(t, "true", l.host.Variable(uuid, host.VarRoomLocked))
	l.refused("demo/stranger@96")
	l.janus.LoseSessions()
	l.eventually("both are back", func() bool { return l.janus.Participants("96") == 2 })
	l.eventually("one lock is left, that of the new participant", func() bool {
		tokens, checked := l.janus.Allowed("96")
		return checked && len(tokens) == 1 && l.holds(tokens[0], uuid)
	})
	l.refused("demo/stranger@96")
	tokens, _ := l.janus.Allowed("96")
	require.NotContains(t, l.log(), tokens[0])
	l.end(boss, host.CauseNormalClearing)
	l.open("96")
	l.end(guest, host.CauseNormalClearing)
	l.clean(5)
}

// holds tells whether a lock names the leg's participant.
func (l *lab) holds(token, uuid string) bool {
	return strings.Contains(token, "mod_janus-lock="+l.host.Variable(uuid, host.VarParticipantID)+"=")
}

// A second conference in a room that is there already is locked as well, whoever
// has made the room, and one lock of two is enough.
func TestLockOfARoomThatExists(t *testing.T) {
	l := newLab(t, "")
	for range 2 {
		for _, room := range []string{"1234", "95"} {
			first, uuid := l.call("demo/boss@"+room, locking)
			l.up(uuid)
			require.Equal(t, "true", l.host.Variable(uuid, host.VarRoomLocked))
			l.refused("demo/stranger@" + room)
			l.end(first, host.CauseNormalClearing)
			l.open(room)
		}
	}
	guest, uuid := l.call("demo/guest@95", existing)
	l.up(uuid)
	boss, uuid := l.call("demo/boss@95", locking)
	l.up(uuid)
	l.refused("demo/stranger@95")
	// moved away it opens its room, and locks it again when it is back
	require.Equal(t, "+OK\n", l.engine.Command("move "+uuid+" 1234"))
	require.Equal(t, "false", l.host.Variable(uuid, host.VarRoomLocked))
	l.open("95")
	require.Equal(t, "+OK\n", l.engine.Command("move "+uuid+" 95"))
	require.Equal(t, "true", l.host.Variable(uuid, host.VarRoomLocked))
	l.refused("demo/stranger@95")
	l.eventually("who came while it was open has left", func() bool { return l.janus.Participants("95") == 2 })
	// the guest, moved out, may not come back
	require.Equal(t, "+OK\n", l.engine.Command("move "+guest.UUID()+" 1234"))
	require.Contains(t, l.engine.Command("move "+guest.UUID()+" 95"), "-ERR Unauthorized")
	require.Equal(t, "+OK\n", l.engine.Command("kick "+uuid))
	cause, _ := l.down(uuid)
	l.end(boss, cause)
	l.open("95")
	l.end(guest, host.CauseNormalClearing)
	l.eventually("nothing is remembered", func() bool { return l.lives() == 0 })
}

// What cannot be locked is refused, and left as it was.
func TestRoomThatCannotBeLocked(t *testing.T) {
	refusedLock := func(l *lab, room, says string) {
		c, uuid := l.call("demo/boss@"+room, with(locking, "janus-user-token", "vip"))
		cause, reason := l.down(uuid)
		require.Equal(t, host.CauseCallRejected, cause)
		require.Contains(t, reason, "janus-room-lock: the room cannot be locked: "+says)
		l.host.Mu.Lock()
		require.NotContains(t, l.host.Sessions[uuid].Progress, "answer", "it never was in an open room")
		l.host.Mu.Unlock()
		l.end(c, cause)
		l.eventually("it has left", func() bool { return l.janus.Participants(room) == 0 })
	}
	l := newLab(t, "")
	l.connected()
	require.Equal(t, "+OK 70\n", l.engine.Command("room demo 70 create allowed=vip,vip2"))
	refusedLock(l, "70", "it has 2 tokens of its own")
	tokens, checked := l.janus.Allowed("70")
	require.True(t, checked)
	require.Equal(t, []string{"vip", "vip2"}, tokens)
	l.janus.CreateRoom("71", "boss", "")
	refusedLock(l, "71", "Missing mandatory element (secret)")
	l.janus.Fault(janustest.Match{Janus: "message", Request: "allowed"}, janustest.Refuse(499, "no lists here"))
	refusedLock(l, "72", "no lists here")
	a, _ := newAudioRoomLab(t)
	refusedLock(a, "73", `plugin janus.plugin.cm.audioroom has no request "allowed"`)
}

// A switch that was killed leaves its rooms locked: whoever comes next opens them,
// but only when nobody of the lock is there any more.
func TestLockOfASwitchThatIsGone(t *testing.T) {
	l := newLab(t, "")
	l.connected()
	require.Equal(t, "event", l.send(`{"janus":"message","body":{"request":"join","room":1234,"id":42}}`)["janus"])
	require.Contains(t, l.engine.Command("room demo 1234 allow add mod_janus-lock=42=SECRET"), "+OK")
	require.Contains(t, l.engine.Command("room demo 1234 allow enable"), "+OK")
	l.refused("demo/stranger@1234")
	c, uuid := l.call("demo/boss@1234", locking)
	cause, _ := l.down(uuid)
	require.Equal(t, host.CauseCallRejected, cause)
	l.end(c, cause)
	require.Equal(t, "event", l.send(`{"janus":"message","body":{"request":"leave"}}`)["janus"])
	// its lock is there, and nobody of it
	c, uuid = l.call("demo/next@1234", existing)
	l.up(uuid)
	l.end(c, host.CauseNormalClearing)
	l.open("1234")
	require.Contains(t, l.log(), "it is open again")
}

// After a reload that connects a server anew, the lock of a leg from before holds.
func TestLockAndReload(t *testing.T) {
	l := newLab(t, "")
	boss, uuid := l.call("demo/boss@96", locking)
	l.up(uuid)
	l.reconfigure(replacing(`</server>`, `<param name="cmd-timeout" value="4999"/></server>`))
	require.Contains(t, l.engine.Command("reload"), "changed|demo")
	l.refused("demo/stranger@96")
	l.end(boss, host.CauseNormalClearing)
	l.open("96")
}

// In a room that checks signed tokens the token of the lock is a signed one.
func TestLockOfARoomWithSignedTokens(t *testing.T) {
	l := newLab(t, `<param name="hmac-secret" value="key"/>`, janustest.WithTokenSecret("key", audiobridge.Plugin))
	l.janus.SignRoom("1234")
	boss, uuid := l.call("demo/boss@1234", locking)
	l.up(uuid)
	l.refused("demo/stranger@1234")
	l.janus.LoseSessions()
	l.host.Wait(t, "joined again", func() bool { return l.host.Fired("janus::call", "Action", "rejoined") })
	l.end(boss, host.CauseNormalClearing)
	l.open("1234")
}
