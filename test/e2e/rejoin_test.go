// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// mortal is a Janus that a test may kill, and a switch on it.
func mortal(t *testing.T) (*realjanus.Janus, *lab.Switch) {
	t.Helper()
	dir := t.TempDir()
	j, err := realjanus.Start(dir, realjanus.Config{})
	require.NoError(t, err)
	t.Cleanup(j.Kill)
	s, err := startSwitch(filepath.Join(dir, "switch"), lab.ConfOf(j, ""))
	require.NoError(t, err)
	t.Cleanup(s.Stop)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(tail(s.Log(), 60))
		}
	})
	return j, s
}

// ready tells whether that many are in a room with their media up.
func (a *asker) ready(room janusclient.ID, people int) bool {
	return allUp(a.participants(room), people)
}

// allUp tells whether the list is of that many, and the media of each is up.
func allUp(list []audiobridge.Participant, people int) bool {
	return len(list) == people && !slices.ContainsFunc(list, func(p audiobridge.Participant) bool { return !p.Setup })
}

// shape is what must be the same after a rejoin.
func shape(list []audiobridge.Participant) map[string]bool {
	muted := map[string]bool{}
	for _, p := range list {
		muted[p.Display] = p.Muted
	}
	return muted
}

// Janus is killed and started again under 20 calls: all stay up, are in the
// same room 3 s after it is back at the latest, under their names and muted or
// not as before, and hear each other again.
func TestRejoinAfterKill(t *testing.T) {
	const calls = 20
	room := janusclient.NumberID(8900)
	j, s := mortal(t)
	events := watch(t, s, "CUSTOM janus::call")
	speaker := originate(t, s, "%s", tone("janus-room-description=again,janus-room-pin=4711", "janus/demo/Speaker@8900", 440))
	uuids := []string{speaker}
	for i := 1; i < calls; i++ {
		muted := ""
		if i%3 == 0 {
			muted = ",janus-start-muted=true"
		}
		uuids = append(uuids, originate(t, s, "{janus-room-description=again,janus-room-pin=4711%s}janus/demo/Caller%d@8900 &park()", muted, i))
	}
	a := ask(t, j)
	eventually(t, "all are in the room", func() bool { return a.ready(room, calls) })
	before := shape(a.participants(room))

	for round := range 2 {
		j.Kill()
		for _, uuid := range uuids {
			eventually(t, uuid+" rejoins", func() bool {
				return len(events.Find("Action", "rejoining", "Unique-ID", uuid)) == round+1
			})
		}
		noise := hearOn(t, s, 1, 48000, uuids[1])[0]
		t.Logf("meanwhile one hears %.0f dB", noise.Level())
		require.Less(t, noise.Level(), -40.0)
		require.Greater(t, noise.Level(), -80.0, "a line that is not dead")
		require.NoError(t, j.Start())
		back := time.Now()
		a = ask(t, j)
		eventually(t, "all are in the room again", func() bool { return a.ready(room, calls) })
		took := time.Since(back)
		t.Logf("round %d: %d of %d back %s after Janus", round, calls, calls, took.Round(time.Millisecond))
		// the handshakes of twenty legs, and of Janus, share the processors
		require.LessOrEqual(t, took, 10*time.Second/time.Duration(min(runtime.NumCPU(), 4)))
		require.Equal(t, before, shape(a.participants(room)))
		require.Equal(t, "again", a.room(room).Description, "the room is made again")
		require.True(t, a.room(room).PINRequired)
		thrice(t, func(try testingT) { requireTone(try, hearOn(t, s, 3, 48000, uuids[1])[0], 440) })
		for _, uuid := range uuids {
			require.Equal(t, "true", api(t, s, "uuid_exists %s", uuid))
			require.Len(t, events.Find("Action", "rejoined", "Unique-ID", uuid), round+1)
		}
		require.Contains(t, api(t, s, "janus status"), fmt.Sprintf("\n%d|%d|", calls, calls), "counted once each")
	}
	hangup(t, s, uuids...)
	a.empty(room)
	require.Empty(t, verdicts(s.Log(), "DESTINATION_OUT_OF_ORDER|MEDIA_TIMEOUT"))
}

// Janus stays away for longer than a call wants to wait.
func TestRejoinTimeout(t *testing.T) {
	t.Parallel() // it waits
	j, s := mortal(t)
	var uuids []string
	for i := range 5 {
		uuids = append(uuids, originate(t, s, "{janus-use-existing-room=true,janus-rejoin-timeout=2}janus/demo/x%d@1234 &park()", i))
	}
	a := ask(t, j)
	eventually(t, "all are in the room", func() bool { return a.ready(janusclient.NumberID(1234), 5) })
	j.Kill()
	for _, uuid := range uuids {
		logged(t, s, uuid+`.*ends \[DESTINATION_OUT_OF_ORDER\]: Janus is not back within 2s: .+`)
	}
	gone(t, s)
	require.NoError(t, j.Start())
	hangup(t, s, originate(t, s, "%sjanus/demo/x@1234 &park()", existing))
	ask(t, j).empty(janusclient.NumberID(1234))
}

// A hangup while Janus is away does not wait for it.
func TestHangupWhileJanusIsAway(t *testing.T) {
	t.Parallel() // it waits
	j, s := mortal(t)
	uuid := originate(t, s, "%sjanus/demo/x@1234 &park()", existing)
	a := ask(t, j)
	eventually(t, "it is in the room", func() bool { return a.ready(janusclient.NumberID(1234), 1) })
	j.Kill()
	logged(t, s, uuid+`.*joining again`)
	began := time.Now()
	hangup(t, s, uuid)
	require.Less(t, time.Since(began), 3*time.Second)
	require.NotContains(t, s.Log(), "is not back")
}
