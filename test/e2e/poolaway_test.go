// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient/realjanus"
)

// A Janus dies for good under many legs, and a host vanishes.
func TestPoolAway(t *testing.T) {
	t.Parallel() // it waits
	f := newFaultSite(t, 8, param("failover-after", "5"))
	for _, part := range []struct {
		name string
		test func(*testing.T, *faultSite)
	}{{"JanusDies", testManyLegsMove}, {"HostVanishes", testHostVanishes}} {
		if !t.Run(part.name, func(t *testing.T) {
			f.t = t
			part.test(t, f)
			f.hangup()
		}) {
			return
		}
	}
}

// roomsOf are rooms that a server is the first of.
func (p *poolSite) roomsOf(name string, from, n int) (rooms []int) {
	for ; len(rooms) < n; from = rooms[len(rooms)-1] + 1 {
		rooms = append(rooms, p.roomOf(name, from))
	}
	return rooms
}

// fill has both switches call rooms, the first ones with a tone each and the others at once, in
// G.711. The others of the servers are cordoned meanwhile, so that all rooms are on one. It returns
// the pairs that play a tone.
func (f *faultSite) fill(server string, rooms []int, tones int) (pairs [][]string) {
	f.t.Helper()
	for _, name := range poolNames {
		if name != server {
			f.tellBoth("janus cordon " + name)
			defer f.tellBoth("janus uncordon " + name)
		}
	}
	for _, room := range rooms[:tones] {
		pairs = append(pairs, f.pair(room))
	}
	callAtOnce(f.t, f.switches, func(i int) (commands []string) {
		for _, room := range rooms[tones:] {
			commands = append(commands, fmt.Sprintf("originate {janus-codec=PCMU}janus/eu/s%d@%d &park()", i, room))
		}
		return commands
	})
	f.meet(rooms, func(int) string { return server })
	return pairs
}

// tellBoth gives a command to both switches until they take it: a Redis may not answer in time.
func (f *faultSite) tellBoth(command string) {
	f.t.Helper()
	for _, s := range f.switches {
		eventually(f.t, command, func() bool { return api(f.t, s, "%s", command) == "+OK" })
	}
}

// meet waits until the pairs of all rooms are on these servers, and nowhere else.
func (f *faultSite) meet(rooms []int, want func(room int) string, but ...string) {
	f.t.Helper()
	for _, room := range rooms {
		var at []string
		err := realjanus.Until(settleLimit, "", func() bool {
			at = nil
			for _, name := range poolNames {
				if !slices.Contains(but, name) && allUp(f.participantsOf(name, room), 2) {
					at = append(at, name)
				}
			}
			return slices.Equal(at, []string{want(room)})
		})
		require.NoError(f.t, err, "room %d should be on %s, and two are on %v", room, want(room), at)
	}
}

// secondOf is where a room goes whose first server is away.
func (p *poolSite) secondOf(room int) string { return p.order(room)[1] }

// A Janus dies under all rooms: the legs of each go to one other Janus, and nobody is hung up.
// MOD_JANUS_LEGS says how many legs of both switches there are.
func testManyLegsMove(t *testing.T, f *faultSite) {
	legs, err := strconv.Atoi(env("MOD_JANUS_LEGS", "24"))
	require.NoError(t, err)
	rooms := f.roomsOf("j1", 9800, legs/2)
	pairs := f.fill("j1", rooms, 2)
	f.janus["j1"].Kill()
	killed := time.Now()
	f.meet(rooms, f.secondOf, "j1")
	took := time.Since(killed)
	t.Logf("%d legs in %d rooms are together again %s after the kill; failover-after is 5s", legs, len(rooms), took.Round(10*time.Millisecond))
	for i := range pairs {
		f.heardBy(48000, pairs[i])
	}
	f.nobodyEnded(len(rooms))
	require.Less(t, took, settleLimit)
	require.NoError(t, f.janus["j1"].Start())
	f.connected()
}

// nobodyEnded asserts that each switch has so many legs.
func (f *faultSite) nobodyEnded(legs int) {
	f.t.Helper()
	for i, s := range f.switches {
		require.Contains(f.t, api(f.t, s, "show channels count"), fmt.Sprintf("%d total", legs))
		require.Empty(f.t, verdicts(s.Log(), "[A-Z_]+"), "switch %d", i+1)
	}
}

// The host of a Janus vanishes: no connection to it ends, and nothing comes from it any more. The
// legs hear nothing for 5 s, and ask; after failover-after without an answer they are on one other
// Janus. When the host is back its room is empty, and all stay where they are.
func testHostVanishes(t *testing.T, f *faultSite) {
	for _, shared := range []bool{true, false} {
		if !shared {
			f.forgetStore(t)
		}
		rooms := f.roomsOf("j2", map[bool]int{true: 9900, false: 9950}[shared], 3)
		heard := f.fill("j2", rooms, 1)[0]
		f.drop("j2", vanish(f.addressOf("j2")))
		vanished := time.Now()
		f.meet(rooms, f.secondOf, "j2")
		t.Logf("with the Redis: %t: all are together again %s after the host has vanished", shared, time.Since(vanished).Round(10*time.Millisecond))
		require.Less(t, time.Since(vanished), settleLimit, "it takes 10 to 15 s on a machine that has time")
		f.heardBy(48000, heard)
		f.nobodyEnded(len(rooms))
		f.drop("j2", "")
		f.connected()
		f.meet(rooms, f.secondOf)
		eventually(t, "nobody is left where they were", func() bool {
			return !slices.ContainsFunc(rooms, func(room int) bool { return len(f.participantsOf("j2", room)) > 0 })
		})
		f.heardBy(48000, heard)
		f.nobodyEnded(len(rooms))
		f.hangup()
	}
}
