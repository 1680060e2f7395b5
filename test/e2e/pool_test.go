// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// Three Janus and two switches that share nothing but the configuration of the pool. The parts
// stand on one site, which takes its time to start.
func TestPool(t *testing.T) {
	t.Parallel()
	if realjanus.JanusVersion() != realjanus.Janus141 {
		t.Skip("pools are tested with the newest Janus alone")
	}
	p := newPoolSite(t, `<param name="failover-after" value="4"/>`)
	for _, part := range []struct {
		name string
		test func(*testing.T, *poolSite)
	}{
		{"OneRoom", testPoolOneRoom}, {"SetUp", testPoolSetUp}, {"Cordon", testPoolCordon}, {"DrainMove", testPoolDrainMove},
		{"ViewsDiffer", testPoolViewsDiffer}, {"Restarts", testPoolRestarts}, {"JanusDies", testPoolJanusDies}, {"Race", testPoolRace},
	} {
		if !t.Run(part.name, func(t *testing.T) {
			p.t = t
			part.test(t, p)
			p.hangup()
		}) {
			return
		}
	}
}

// Everybody of a room meets there, on whichever Janus it is, browsers that ask where too.
func testPoolOneRoom(t *testing.T, p *poolSite) {
	const rooms = 12
	used := map[string]bool{}
	var pairs [][]string
	for room := 9000; room < 9000+rooms; room++ {
		pairs = append(pairs, p.pair(room))
		server, why := where(t, p.switches[room%2], room)
		require.Equal(t, "own legs", why)
		require.Equal(t, p.order(room)[0], server)
		used[server] = true
	}
	require.Len(t, used, 3)
	p.hearEachOther(t, pairs[0])
	p.hearEachOther(t, pairs[rooms-1])
	askers := p.askers(poolNames...)
	for room := 9000; room < 9000+rooms; room++ {
		eventually(t, "both are there", func() bool { return slices.Equal(with(askers, room, 2), p.order(room)[:1]) })
	}
	server, _ := where(t, p.switches[0], 9000)
	b, err := lab.NewBrowser(t.Context(), p.janus[server].HTTP)
	require.NoError(t, err)
	t.Cleanup(b.Close)
	require.NoError(t, b.Join(t.Context(), audiobridge.JoinRequest{Room: janusclient.NumberID(9000), Media: audiobridge.Media{Display: "browser"}}, false))
	eventually(t, "the browser is with them", func() bool { return slices.Equal(with(askers, 9000, 3), []string{server}) })
}

// setUps are how long calls take to be answered, as the module says.
func setUps(t *testing.T, s *lab.Switch, destination func(int) string, calls int) []time.Duration {
	t.Helper()
	var took []time.Duration
	for i := range calls {
		uuid := originate(t, s, "{janus-use-existing-room=true}%s &park()", destination(i))
		var ms time.Duration
		eventually(t, "the module says how long it took", func() bool { // which it does after the answer
			var err error
			ms, err = time.ParseDuration(api(t, s, "uuid_getvar %s janus_setup_ms", uuid) + "ms")
			return err == nil
		})
		took = append(took, ms)
		api(t, s, "uuid_kill %s", uuid)
	}
	sort.Slice(took, func(i, j int) bool { return took[i] < took[j] })
	return took
}

// What a pool costs a call that joins a room which exists. How busy the machine is decides the
// figures, so that only a wait would be a failure.
func testPoolSetUp(t *testing.T, p *poolSite) {
	const calls = 15
	single := setUps(t, p.switches[1], func(int) string { return "janus/j1/x@1234" }, calls)
	pooled := setUps(t, p.switches[1], func(int) string { return "janus/eu/x@1234" }, calls)
	t.Logf("set-up, median of %d: %s at one server, %s in a pool of three", calls, single[calls/2], pooled[calls/2])
	require.Less(t, pooled[calls/2]-single[calls/2], 90*time.Millisecond, "nobody waits for patience to end")
}

// A cordoned Janus keeps its rooms and gets no new ones.
func testPoolCordon(t *testing.T, p *poolSite) {
	s := p.switches[0]
	room, other := p.roomOf("j2", 9100), p.roomOf("j2", 9200)
	pair := p.pair(room)
	require.Equal(t, "+OK", api(t, s, "janus cordon j2"))
	late := originate(t, s, "janus/eu/late@%d &park()", room)
	require.Equal(t, "j2", api(t, s, "uuid_getvar %s janus_server", late))
	elsewhere := originate(t, s, "janus/eu/x@%d &park()", other)
	require.Equal(t, p.order(other)[1], api(t, s, "uuid_getvar %s janus_server", elsewhere))
	require.Equal(t, "eu", api(t, s, "uuid_getvar %s janus_pool", elsewhere))
	p.hearEachOther(t, pair)
	require.Equal(t, "+OK", api(t, s, "janus uncordon j2"))
}

// The rooms of a Janus are moved without a hangup.
func testPoolDrainMove(t *testing.T, p *poolSite) {
	s := p.switches[1]
	room := p.roomOf("j3", 9300)
	a := originate(t, s, "%s", tone("janus-room-description=move", fmt.Sprintf("janus/eu/A@%d", room), 440))
	b := originate(t, s, "janus/eu/B@%d &park()", room)
	require.Contains(t, api(t, s, "janus drain j3 move"), "state|draining")
	to := p.order(room)[1]
	askers := p.askers(poolNames...)
	began := time.Now()
	eventually(t, "both are elsewhere", func() bool { return slices.Equal(with(askers, room, 2), []string{to}) })
	t.Logf("moved after %s", time.Since(began).Round(time.Millisecond))
	thrice(t, func(try testingT) { requireTone(try, hearOn(t, s, 1, 48000, b)[0], 440) })
	for _, uuid := range []string{a, b} {
		require.Equal(t, to, api(t, s, "uuid_getvar %s janus_server", uuid))
	}
	eventually(t, "nobody is there any more", func() bool { return strings.Contains(api(t, s, "janus drain j3"), "state|drained") })
	require.Equal(t, "+OK", api(t, s, "janus drain j3 stop"))
	p.connected()
}

// A switch that cannot reach the room's Janus makes a copy, which heals when it can.
func testPoolViewsDiffer(t *testing.T, p *poolSite) {
	room := p.roomOf("j1", 9400)
	there := originate(t, p.switches[1], "%s", tone("janus-room-description=views", fmt.Sprintf("janus/eu/There@%d", room), 440))
	second := originate(t, p.switches[1], "janus/eu/Second@%d &park()", room)
	p.links["j1"].cut(true)
	eventually(t, "the first switch does not see it", func() bool { return strings.Contains(api(t, p.switches[0], "janus pools"), "eu|3|2|") })
	here := originate(t, p.switches[0], "janus/eu/Here@%d &park()", room)
	require.Equal(t, p.order(room)[1], api(t, p.switches[0], "uuid_getvar %s janus_server", here))
	p.links["j1"].cut(false)
	healed := time.Now()
	askers := p.askers(poolNames...)
	eventually(t, "all are together", func() bool { return slices.Equal(with(askers, room, 3), []string{"j1"}) })
	t.Logf("healed %s after the link was back", time.Since(healed).Round(time.Millisecond))
	require.Equal(t, "j1", api(t, p.switches[0], "uuid_getvar %s janus_server", here))
	thrice(t, func(try testingT) { requireTone(try, hearOn(t, p.switches[0], 1, 48000, here)[0], 440) })
	require.Equal(t, "true", api(t, p.switches[1], "uuid_exists %s", there))
	require.Equal(t, "true", api(t, p.switches[1], "uuid_exists %s", second))
}

// A Janus that is back soon keeps its rooms.
func testPoolRestarts(t *testing.T, p *poolSite) {
	room := p.roomOf("j1", 9500)
	pair := p.pair(room)
	p.janus["j1"].Kill()
	require.NoError(t, p.janus["j1"].Start())
	askers := p.askers(poolNames...)
	eventually(t, "both are back", func() bool { return slices.Equal(with(askers, room, 2), []string{"j1"}) })
	p.hearEachOther(t, pair)
	p.connected()
}

// A Janus that stays away: all legs of both switches meet again, those of a room on one other
// Janus.
func testPoolJanusDies(t *testing.T, p *poolSite) {
	rooms := []int{}
	for room := 9600; len(rooms) < 6; room++ {
		if len(rooms) >= 4 || p.order(room)[0] == "j1" {
			rooms = append(rooms, room)
		}
	}
	var pairs [][]string
	for _, room := range rooms {
		pairs = append(pairs, p.pair(room))
	}
	before := p.askers(poolNames...)
	for _, room := range rooms {
		eventually(t, "both are there", func() bool { return slices.Equal(with(before, room, 2), p.order(room)[:1]) })
	}
	p.janus["j1"].Kill()
	killed := time.Now()
	askers := p.askers("j2", "j3")
	for _, room := range rooms {
		want := slices.DeleteFunc(p.order(room), func(name string) bool { return name == "j1" })[0]
		eventually(t, "both are elsewhere", func() bool { return slices.Equal(with(askers, room, 2), []string{want}) })
		for _, s := range p.switches {
			server, _ := where(t, s, room)
			require.Equal(t, want, server)
		}
	}
	took := time.Since(killed)
	t.Logf("all are together again %s after the kill; failover-after is 4s", took.Round(time.Millisecond))
	require.Less(t, took, 15*time.Second, "it is noticed after 5 s, when audio has not come for so long")
	p.hearEachOther(t, pairs[0])
	for _, pair := range pairs {
		for i, s := range p.switches {
			require.Equal(t, "true", api(t, s, "uuid_exists %s", pair[i]))
		}
	}
	require.NoError(t, p.janus["j1"].Start())
	p.connected()
	server, why := where(t, p.switches[0], rooms[0])
	require.NotEqual(t, "j1", server, "a room stays where it is now")
	require.Equal(t, "own legs", why)
}

// Both switches dial the same rooms at the same time: none is on two Janus. They dial some at a
// time, since it is how rooms are found that is tested, and not how much mixing a machine can do.
func testPoolRace(t *testing.T, p *poolSite) {
	const rooms, atOnce = 200, 20
	for first := 0; first < rooms; first += atOnce {
		callAtOnce(t, p.switches, func(i int) (commands []string) {
			for room := range atOnce {
				commands = append(commands, fmt.Sprintf("originate {janus-codec=PCMU,janus-room-description=race}janus/eu/s%d@%d &park()", i, 20000+first+room))
			}
			return commands
		})
		p.hangup()
		if t.Failed() {
			return
		}
	}
	at := make(map[janusclient.ID][]string)
	for name, a := range p.askers(poolNames...) {
		list, err := a.List(t.Context(), "")
		require.NoError(t, err)
		for _, room := range list {
			if room.Description == "race" { // they stay when they are empty
				at[room.Room] = append(at[room.Room], name)
			}
		}
	}
	require.Len(t, at, rooms)
	for room, names := range at {
		require.Len(t, names, 1, "room %s", room)
	}
}
