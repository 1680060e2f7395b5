// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/bridge/host/hosttest"
)

var passing = map[string]string{"janus-room-auto-destroy": "true", "janus-room-secret": "boss"}

// lives counts the rooms that the server demo keeps a record of.
func (l *lab) lives() int { return l.engine.server("demo").Remembered().Rooms }

// requested counts the requests with this name.
func (l *lab) requested(request string) int {
	n := 0
	for _, r := range l.janus.Requests() {
		if r.Request == request {
			n++
		}
	}
	return n
}

// The room goes with its last leg, and not before.
func TestAutoDestroy(t *testing.T) {
	l := newLab(t, "")
	first, uuid := l.call("demo/a@90", passing)
	l.up(uuid)
	second, uuid := l.call("demo/b@90", passing)
	l.up(uuid)
	require.Equal(t, 2, l.janus.Rooms())
	l.end(first, host.CauseNormalClearing)
	l.eventually("the first has left", func() bool { return l.janus.Participants("90") == 1 })
	require.Equal(t, 2, l.janus.Rooms())
	l.end(second, host.CauseNormalClearing)
	l.eventually("the room is destroyed", func() bool { return l.janus.Rooms() == 1 })
	require.Equal(t, "boss", l.last("destroy")["secret"])
	l.clean(2)
	l.eventually("it is forgotten", func() bool { return l.lives() == 0 })
	// and may be made anew
	third, uuid := l.call("demo/c@90", passing)
	l.up(uuid)
	require.Equal(t, 2, l.janus.Rooms())
	l.end(third, host.CauseNormalClearing)
	l.eventually("the room is destroyed", func() bool { return l.janus.Rooms() == 1 })
}

// A room that existed is left alone, and so is one without the variable.
func TestAutoDestroyOfOwnRoomsAlone(t *testing.T) {
	l := newLab(t, "")
	for _, vars := range []map[string]string{passing, with(existing, "janus-room-auto-destroy", "true")} {
		c, uuid := l.call("demo/a@1234", vars)
		l.up(uuid)
		l.end(c, host.CauseNormalClearing)
	}
	c, uuid := l.call("demo/a@91", nil)
	l.up(uuid)
	l.end(c, host.CauseNormalClearing)
	l.clean(3)
	l.eventually("nothing is remembered", func() bool { return l.lives() == 0 })
	require.Equal(t, 2, l.janus.Rooms())
	require.Zero(t, l.requested("destroy"))
}

// While others are in the room it stays; Janus is asked until they have gone.
func TestAutoDestroyWaitsForOthers(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.call("demo/a@92", passing)
	l.up(uuid)
	require.Equal(t, "event", l.send(`{"janus":"message","body":{"request":"join","room":92,"display":"browser"}}`)["janus"])
	l.end(c, host.CauseNormalClearing)
	l.eventually("Janus is asked", func() bool { return l.requested("listparticipants") == 1 })
	require.Equal(t, 2, l.janus.Rooms())
	// a leg comes and goes meanwhile
	c, uuid = l.call("demo/b@92", existing)
	l.up(uuid)
	l.end(c, host.CauseNormalClearing)
	require.Equal(t, "event", l.send(`{"janus":"message","body":{"request":"leave"}}`)["janus"])
	l.eventually("the room is destroyed", func() bool { return l.janus.Rooms() == 1 })
	l.eventually("it is forgotten", func() bool { return l.lives() == 0 })
}

// A server that is disabled under the last call keeps its session until the
// room is destroyed; one that is removed leaves the room of others alone.
func TestAutoDestroyOfADisabledServer(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.call("demo/a@99", passing)
	l.up(uuid)
	require.Equal(t, "+OK\n", l.engine.Command("server demo disable"))
	l.end(c, host.CauseNormalClearing)
	l.eventually("the room is destroyed", func() bool { return l.janus.Rooms() == 1 })
	l.eventually("the session ends", func() bool { return l.janus.Sessions() == 0 })
	require.Equal(t, "+OK\n", l.engine.Command("server demo enable"))
	c, uuid = l.call("demo/a@99", passing)
	l.up(uuid)
	require.Equal(t, "event", l.send(`{"janus":"message","body":{"request":"join","room":99,"display":"browser"}}`)["janus"])
	l.reconfigure(replacing(`name="demo"`, `name="other"`))
	require.Contains(t, l.engine.Command("reload"), "removed|demo")
	l.end(c, host.CauseNormalClearing)
	l.host.Wait(t, "it is told", func() bool { return l.host.Logged("not configured any more: room 99 stays") })
	require.Equal(t, 2, l.janus.Rooms())
}

// A leg that comes while the last one goes finds a room in any case.
func TestComeAndGo(t *testing.T) {
	l := newLab(t, "")
	const calls = 30
	for i := range calls {
		c, uuid := l.call(fmt.Sprintf("demo/x%d@93", i), passing)
		if i%3 == 0 {
			l.up(uuid)
		}
		go l.end(c, host.CauseNormalClearing)
	}
	l.clean(calls)
	l.eventually("the room is destroyed", func() bool { return l.janus.Rooms() == 1 })
	l.eventually("it is forgotten", func() bool { return l.lives() == 0 })
	require.NotContains(t, l.log(), "No such room")
}

// The room is gone when the module is unloaded under the call.
func TestAutoDestroyAtUnload(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.call("demo/a@94", passing)
	l.up(uuid)
	go func() {
		l.down(uuid)
		l.end(c, host.CauseNormalClearing)
	}()
	require.Zero(t, l.engine.Stop(hosttest.Patience))
	require.Equal(t, 1, l.janus.Rooms())
}

// Janus restarts: the room is made again, and destroyed at the end.
func TestAutoDestroyAfterRejoin(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.call("demo/a@95", with(passing, "janus-room-lock", "true"))
	l.up(uuid)
	l.janus.ForgetRoom("95")
	l.janus.LoseSessions()
	l.host.Wait(t, "joined again", func() bool { return l.host.Fired("janus::call", "Action", "rejoined") })
	require.Equal(t, 2, l.requested("create"))
	require.Contains(t, l.engine.Command("room demo 95 list"), "|a|")
	stranger, other := l.call("demo/stranger@95", existing)
	cause, _ := l.down(other)
	require.Equal(t, host.CauseCallRejected, cause, "it is locked again")
	l.end(stranger, cause)
	l.end(c, host.CauseNormalClearing)
	l.eventually("the room is destroyed", func() bool { return l.janus.Rooms() == 1 })
	l.clean(2)
}

func TestAnnounce(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.call("demo/a@1234", with(existing, "janus-announce", "true"))
	l.up(uuid)
	l.tell(c, comes)
	l.reaches(uuid, "play "+config.Sounds["join-sound"], 1)
	l.tell(c, goesAgain)
	l.reaches(uuid, "play "+config.Sounds["leave-sound"], 1)
	require.Equal(t, "+OK\n", l.engine.Command("deaf "+uuid))
	l.tell(c, comes)
	l.host.Wait(t, "told twice", func() bool {
		n := 0
		for _, event := range l.host.Events {
			if strings.Contains(fmt.Sprint(event.Headers), "joined") && event.Subclass == "janus::participant" {
				n++
			}
		}
		return n == 2
	})
	require.Equal(t, 1, strings.Count(strings.Join(l.progress(uuid), "\n"), config.Sounds["join-sound"]), "one that is deaf hears nothing")
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
}
