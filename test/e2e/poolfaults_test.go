// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/test/lab"
)

// The rooms of the storm are those from stormPoolRoom on: in the first stormSteady of them there is
// a pair of legs all the time, beside those that come and go in all.
const (
	stormPoolRoom  = 9700
	stormPoolRooms = 8
	stormSteady    = 5
	// stormCallers is how many callers of each switch come and go at a time.
	stormCallers = 4
	// stormRound is for how long there are faults, until all must be well for a moment.
	stormRound = 25 * time.Second
)

// poolStorm are calls of two switches to rooms of a pool, under faults.
type poolStorm struct {
	*faultSite
	variables string // of all calls

	mu       sync.Mutex
	next     int
	busy     map[string]bool // what has a fault just now
	faults   map[string]int  // how often each was
	outcomes map[string]int  // of originate
	up       []stormLeg      // that nobody has hung up
	lost     []stormLeg      // that have ended, and that nobody has hung up
	steady   map[int][]string
	mended   time.Time // when the last fault was over
	alone    bool      // the switches share nothing
}

// stormLeg is a leg in a room.
type stormLeg struct {
	uuid     string
	sw, room int
}

// Calls of two switches come and go in the rooms of a pool while its Janus die, stand still and are
// cut off, while the Redis does, and while servers are cordoned and drained, at random: with the
// Redis first, then without. No call is hung up. When all is well again the legs of each room are
// on one Janus and hear each other, and the keys say where. After the last call nothing is left,
// here or there. MOD_JANUS_POOL_FAULTS is for how long ("10m"), MOD_JANUS_SEED repeats the faults
// of a run.
func TestPoolFaults(t *testing.T) {
	t.Parallel() // it waits
	length, err := time.ParseDuration(env("MOD_JANUS_POOL_FAULTS", "50s"))
	require.NoError(t, err)
	seed, err := strconv.ParseUint(env("MOD_JANUS_SEED", fmt.Sprint(time.Now().Unix())), 10, 64)
	require.NoError(t, err)
	t.Logf("MOD_JANUS_SEED=%d", seed)
	st := &poolStorm{
		faultSite: newFaultSite(t, 7, param("failover-after", "2")), variables: "janus-codec=PCMU,janus-rejoin-timeout=90",
		busy: map[string]bool{}, faults: map[string]int{}, outcomes: map[string]int{}, steady: map[int][]string{},
	}
	st.round()
	before := st.unloaded()
	for room := stormPoolRoom; room < stormPoolRoom+stormSteady; room++ {
		st.steady[room] = st.steadyPair(room)
	}
	rounds := uint64(max(1, length/2/stormRound))
	for _, shared := range []bool{true, false} {
		if !shared {
			st.forgetStore(t)
			st.alone = true
		}
		for range rounds {
			st.blow(seed, length/2/time.Duration(rounds))
			st.settled(seed, shared)
			seed++
		}
	}
	t.Logf("faults: %v; calls: %v", st.faults, st.outcomes)
	st.verdicts()
	st.hangup()
	st.keysEnd()
	st.round()
	after := st.unloaded()
	for i := range st.switches {
		t.Logf("switch %d, unloaded: threads %d and %d, descriptors %d and %d", i+1, before[i].threads, after[i].threads, before[i].files, after[i].files)
		require.LessOrEqual(t, after[i].threads, before[i].threads+15, "the Go runtime keeps what it once needed")
		require.LessOrEqual(t, after[i].files, before[i].files+2)
	}
}

// steadyPair has both switches call a room for as long as the storm lasts: each plays a tone of its
// own for the other.
func (st *poolStorm) steadyPair(room int) (uuids []string) {
	for i, s := range st.switches {
		uuid := originate(st.t, s, "%s", tone(st.variables+",janus-room-description=storm", fmt.Sprintf("janus/eu/S%d@%d", i+1, room), []int{440, 1000}[i]))
		uuids = append(uuids, uuid)
		st.up = append(st.up, stormLeg{uuid, i, room})
	}
	return uuids
}

// blow has callers and faults come and go for a while, and mends all.
func (st *poolStorm) blow(seed uint64, length time.Duration) {
	until := time.Now().Add(length)
	var callers, troubles sync.WaitGroup
	for caller := range 2 * stormCallers {
		random := rand.New(rand.NewPCG(seed, uint64(caller)+1)) // #nosec G404 -- no secret
		callers.Go(func() { st.call(random, caller%2, until) })
	}
	for trouble := range 2 {
		random := rand.New(rand.NewPCG(seed, uint64(trouble)+1001)) // #nosec G404 -- no secret
		troubles.Go(func() {
			for time.Now().Before(until) {
				st.trouble(random)
				time.Sleep(time.Duration(random.Int64N(int64(1500 * time.Millisecond))))
			}
		})
	}
	troubles.Wait()
	st.mend()
	st.mended = time.Now()
	callers.Wait()
}

// call is one caller after the other; the last one stays in the room.
func (st *poolStorm) call(random *rand.Rand, i int, until time.Time) {
	for {
		l := st.place(i, stormPoolRoom+random.IntN(stormPoolRooms))
		hold := time.Duration(random.Int64N(int64(12 * time.Second)))
		over := time.Now().Add(hold).After(until)
		switch {
		case l.uuid == "" && over:
			return
		case l.uuid == "":
			time.Sleep(100 * time.Millisecond)
			continue
		case over:
			st.mu.Lock()
			st.up = append(st.up, l)
			st.mu.Unlock()
			return
		}
		time.Sleep(hold)
		if exists, err := st.switches[i].API("uuid_exists %s", l.uuid); err != nil || strings.TrimSpace(exists) != "true" {
			st.mu.Lock()
			st.lost = append(st.lost, l)
			st.mu.Unlock()
			continue
		}
		_, _ = st.switches[i].API("uuid_kill %s", l.uuid)
	}
}

// place dials; the leg has no UUID if it failed.
func (st *poolStorm) place(i, room int) stormLeg {
	st.mu.Lock()
	st.next++
	l := stormLeg{fmt.Sprintf("00000000-0000-4000-8000-%012d", st.next), i, room}
	st.mu.Unlock()
	outcome := outcomeOf(st.switches[i], fmt.Sprintf("originate {origination_uuid=%s,%s,janus-room-auto-destroy=%t}janus/eu/n%s@%d &park()",
		l.uuid, st.variables, room%2 == 1, l.uuid[30:], room))
	if outcome != "+OK" {
		l.uuid = ""
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	st.outcomes[outcome]++
	return l
}

// trouble makes one fault and mends it.
func (st *poolStorm) trouble(random *rand.Rand) {
	i, name := random.IntN(2), poolNames[random.IntN(3)]
	j, s := st.janus[name], st.switches[i]
	link, keys, who := st.links[i][name], st.toKeys[i], fmt.Sprintf("s%d", i+1)
	rule := who + name
	ways := []struct {
		what        string
		of          []string // that has no other fault meanwhile
		longest     time.Duration
		fault, mend func()
	}{
		{"Janus is restarted", []string{name}, time.Second, j.Kill, func() { st.start(name) }},
		{"Janus is killed", []string{name}, 8 * time.Second, j.Kill, func() { st.start(name) }},
		{"Janus stands still", []string{name}, 8 * time.Second, func() { signalTo(j, syscall.SIGSTOP) }, func() { signalTo(j, syscall.SIGCONT) }},
		{"Janus vanishes", []string{name}, 8 * time.Second, func() { st.drop(name, vanish(st.addressOf(name))) }, func() { st.drop(name, "") }},
		{"the API is cut off", []string{rule, who}, 8 * time.Second, func() { link.cut(true) }, func() { link.cut(false) }},
		{"API and media are dropped", []string{rule, who}, 8 * time.Second, func() { st.drop(rule, between(st.addressOf(name), st.address(21+i), "")) }, func() { st.drop(rule, "") }},
		{"media is dropped", []string{rule, who}, 8 * time.Second, func() { st.drop(rule, between(st.addressOf(name), st.address(21+i), "meta l4proto udp ")) }, func() { st.drop(rule, "") }},
		{"Redis is killed", []string{"redis"}, 4 * time.Second, st.redis.Kill, func() {
			if err := st.redis.Start(); err != nil {
				st.t.Errorf("Redis cannot be started again: %s", err)
			}
		}},
		{"Redis stands still", []string{"redis"}, 4 * time.Second, st.redis.Pause, st.redis.Continue},
		{"Redis forgets everything", []string{"redis"}, time.Second, func() { st.keys.FlushAll(st.t.Context()) }, func() {}},
		{"Redis is cut off", []string{"redis" + who, who}, 6 * time.Second, func() { keys.cut(true) }, func() { keys.cut(false) }},
		{"cordon", []string{"cordon"}, 5 * time.Second, st.say(s, "janus cordon "+name), st.say(s, "janus uncordon "+name)},
		{"drain", []string{"cordon"}, 5 * time.Second, st.say(s, "janus drain "+name+" move"), st.say(s, "janus drain "+name+" stop")},
		{"reload", nil, time.Second, st.say(s, "janus reload"), func() {}},
	}
	way := ways[random.IntN(len(ways))]
	pause := time.Duration(random.Int64N(int64(way.longest)))
	if st.alone && strings.HasPrefix(way.what, "Redis") || !st.take(way.of) {
		return
	}
	st.mu.Lock()
	st.faults[way.what]++
	st.mu.Unlock()
	began := time.Now()
	way.fault()
	time.Sleep(pause)
	way.mend()
	st.free(way.of)
	st.t.Logf("%s %s %s for %s", began.Format("15:04:05.000"), way.what, strings.Join(way.of, " "), time.Since(began).Round(time.Millisecond))
}

// take reserves what a fault is made to; false: there is a fault already.
func (st *poolStorm) take(of []string) bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	if slices.ContainsFunc(of, func(what string) bool { return st.busy[what] }) {
		return false
	}
	for _, what := range of {
		st.busy[what] = true
	}
	return true
}

func (st *poolStorm) free(of []string) {
	st.mu.Lock()
	defer st.mu.Unlock()
	for _, what := range of {
		st.busy[what] = false
	}
}

// say is a command to a switch, whatever comes of it.
func (st *poolStorm) say(s *lab.Switch, command string) func() {
	return func() { _, _ = s.API("%s", command) }
}

// start starts a Janus again, whose port somebody may have for a moment.
func (st *poolStorm) start(name string) {
	if err := st.janus[name].Start(); err != nil {
		st.t.Errorf("Janus cannot be started again: %s", err)
	}
}

// mend takes back what a command that was refused may have left.
func (st *poolStorm) mend() {
	for name, j := range st.janus {
		select {
		case <-j.Ended():
			st.t.Logf("Janus %s has crashed", name)
			st.start(name)
		default:
		}
		for _, s := range st.switches {
			_, _ = s.API("janus drain %s stop", name)
			_, _ = s.API("janus uncordon %s", name)
		}
	}
}
