// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/admin"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// stormRooms is how many rooms the calls go to, from stormRoom on.
const (
	stormRoom  = 9001
	stormRooms = 3
	// stormActors is how many callers there are at once.
	stormActors = 12
)

// storm are calls over bad weather, by three roads: REST, a WebSocket with which
// the session ends, and one whose session can be claimed.
type storm struct {
	t       *testing.T
	s       *lab.Switch
	weather *weather
	janus   map[string]*stormy // by the server's name

	guards sync.WaitGroup

	mu       sync.Mutex
	next     int
	crashes  int            // of Janus itself
	outcomes map[string]int // of originate
	up       []leg          // that nobody has hung up
	askers   []uint64       // sessions of the test itself
}

// stormy is one Janus as it is, past the weather.
type stormy struct {
	process *realjanus.Janus
	admin   *admin.Client
}

type leg struct {
	uuid, server string
	room         uint64
}

// Calls come and go while requests, answers and events are late, lost, cut,
// doubled, mixed up and refused at random. Each call that fails says why; in
// fair weather all that are up are in their rooms, once; and when they have hung
// up nothing is left, here or there. MOD_JANUS_FAULTS is for how long ("10m"),
// MOD_JANUS_SEED repeats the faults of a run. In G.711, see TestManyCallsLeaveNothing.
func TestRandomFaults(t *testing.T) {
	t.Parallel() // its calls wait
	length, err := time.ParseDuration(env("MOD_JANUS_FAULTS", "25s"))
	require.NoError(t, err)
	seed, err := strconv.ParseUint(env("MOD_JANUS_SEED", fmt.Sprint(time.Now().Unix())), 10, 64)
	require.NoError(t, err)
	t.Logf("MOD_JANUS_SEED=%d", seed)
	st := newStorm(t, seed)
	st.warm()
	threads, files := st.unloaded()

	st.weather.set(0.06, "")
	var work sync.WaitGroup
	until := time.Now().Add(length)
	for actor := range stormActors {
		random := rand.New(rand.NewPCG(seed, uint64(actor)+1)) // #nosec G404 -- no secret
		work.Go(func() { st.act(random, until) })
	}
	work.Wait()
	st.weather.set(0, "")
	t.Logf("faults: %v", st.weather.faults())
	t.Logf("calls: %v; Janus itself crashed %d times", st.outcomes, st.crashes)
	st.verdicts()

	st.settled()
	st.hangUp()
	st.clean()
	st.fairRound()
	threadsAfter, filesAfter := st.unloaded()
	t.Logf("%s: %d calls; unloaded, threads %d and %d, descriptors %d and %d", st.s.Host, st.next, threads, threadsAfter, files, filesAfter)
	require.LessOrEqual(t, threadsAfter, threads+15, "the Go runtime keeps what it once needed")
	require.LessOrEqual(t, filesAfter, files+2)
}

func newStorm(t *testing.T, seed uint64) *storm {
	t.Helper()
	st := &storm{t: t, weather: newWeather(t, seed), janus: map[string]*stormy{}, outcomes: map[string]int{}}
	t.Cleanup(st.guards.Wait)
	conf := `<configuration name="janus.conf"><settings/></configuration>`
	add := func(name, url string, j *realjanus.Janus) {
		st.janus[name] = &stormy{j, adminOf(t, j)}
		conf = withServer(conf, serverXML(name, url, param("cmd-timeout", "2000")+param("ping-interval", "1")))
	}
	start := func(cfg realjanus.Config) *realjanus.Janus {
		j, err := realjanus.Start(t.TempDir(), cfg)
		require.NoError(t, err)
		t.Cleanup(j.Kill)
		st.guards.Go(func() { st.guard(j) })
		return j
	}
	plain, claimable := start(realjanus.Config{}), start(realjanus.Config{ReclaimTimeout: 15})
	add("rest", st.weather.rest(t, plain.HTTP), plain)
	add("ws", st.weather.ws(t, plain.WS), plain)
	add("claim", st.weather.ws(t, claimable.WS), claimable)
	var err error
	st.s, err = startSwitch(filepath.Join(t.TempDir(), "switch"), conf)
	require.NoError(t, err)
	t.Cleanup(st.s.Stop)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(tail(st.s.Log(), 150))
		}
	})
	return st
}

// guard starts a Janus again that has crashed, as whoever runs one does: 1.1.2
// does so now and then when it is left in the middle of a join.
func (st *storm) guard(j *realjanus.Janus) {
	for {
		select {
		case <-st.t.Context().Done():
			return
		case <-j.Ended():
		}
		if st.t.Context().Err() != nil {
			return
		}
		st.mu.Lock()
		st.crashes++
		st.mu.Unlock()
		if err := j.Start(); err != nil {
			st.t.Errorf("Janus cannot be started again: %s", err)
			return
		}
	}
}

// outcomeOf places a call and says how that went: "+OK", or the error.
func outcomeOf(s *lab.Switch, originate string) string {
	jobs, err := s.Burst([]string{originate})
	if err != nil {
		return err.Error()
	}
	if strings.HasPrefix(jobs[0].Output, "+OK") {
		return "+OK"
	}
	return strings.TrimSpace(jobs[0].Output)
}

// place dials; the leg's server is "" if it failed.
func (st *storm) place(server string, room uint64, variables string) leg {
	st.mu.Lock()
	st.next++
	l := leg{fmt.Sprintf("00000000-0000-4000-8000-%012d", st.next), server, room}
	st.mu.Unlock()
	outcome := outcomeOf(st.s, fmt.Sprintf("originate {origination_uuid=%s,janus-codec=PCMU%s}janus/%s/n%s@%d &park()", l.uuid, variables, server, l.uuid[30:], room))
	if outcome != "+OK" {
		l.server = ""
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	st.outcomes[outcome]++
	return l
}

// act is one caller after the other; the last one stays in the room.
func (st *storm) act(random *rand.Rand, until time.Time) {
	names := []string{"rest", "ws", "claim"}
	for {
		variables := []string{"", ",janus-start-muted=true", ",janus-user-volume=80"}[random.IntN(3)]
		l := st.place(names[random.IntN(len(names))], uint64(stormRoom+random.IntN(stormRooms)), variables)
		hold := time.Duration(random.Int64N(int64(6 * time.Second)))
		over := time.Now().Add(hold).After(until)
		if l.server != "" && over {
			st.mu.Lock()
			st.up = append(st.up, l)
			st.mu.Unlock()
		}
		if over {
			return
		}
		if l.server == "" {
			continue
		}
		time.Sleep(hold / 2)
		if random.IntN(3) == 0 {
			_, _ = st.s.API("janus toggle-mute %s", l.uuid)
		}
		time.Sleep(hold / 2)
		_, _ = st.s.API("uuid_kill %s", l.uuid)
	}
}

// fairRound places a call by each road, once it is connected, and hangs it up.
func (st *storm) fairRound() {
	st.t.Helper()
	for name := range st.janus {
		connected := regexp.MustCompile(`(?m)^` + name + `\|.*\|[1-9]\d*$`) // the id of its session
		eventually(st.t, name+" is connected", func() bool { return connected.MatchString(api(st.t, st.s, "janus list")) })
		l := st.place(name, stormRoom, "")
		require.Equal(st.t, name, l.server, "a call in fair weather: %v", st.outcomes)
		hangup(st.t, st.s, l.uuid)
	}
}

// warm places as many calls at once as there will be, so that the pools of threads
// of the switch and of Go's runtime are filled.
func (st *storm) warm() {
	st.t.Helper()
	st.fairRound()
	var commands []string
	for i := range 2 * stormActors {
		commands = append(commands, fmt.Sprintf("originate {janus-codec=PCMU}janus/rest/warm%d@%d &park()", i, stormRoom+i%stormRooms))
	}
	jobs, err := st.s.Burst(commands)
	require.NoError(st.t, err)
	for _, job := range jobs {
		uuid, ok := strings.CutPrefix(job.Output, "+OK ")
		require.True(st.t, ok, job.Output)
		api(st.t, st.s, "uuid_kill %s", strings.TrimSpace(uuid))
	}
	gone(st.t, st.s)
}

// unloaded unloads the module, sees that Janus has nothing of it any more,
// counts what the switch then holds, and loads it again.
func (st *storm) unloaded() (threads, files int) {
	st.t.Helper()
	require.Contains(st.t, api(st.t, st.s, "unload -f mod_janus"), "+OK")
	for name := range st.janus {
		eventually(st.t, "no handle is left at "+name, func() bool { return len(st.handles(name)) == 0 })
	}
	threads, files = count(st.t, st.s, "task"), count(st.t, st.s, "fd")
	st.t.Logf("unloaded, the switch holds %s", holds(st.t, st.s))
	require.Contains(st.t, api(st.t, st.s, "load mod_janus"), "+OK")
	return threads, files
}

// ask asks the Janus of a server, whose process may be a new one.
func (st *storm) ask(server string) *asker {
	st.t.Helper()
	a := ask(st.t, st.janus[server].process)
	st.askers = append(st.askers, a.Session().ID())
	return a
}

// handles are those at a Janus that are not the askers'.
func (st *storm) handles(server string) (all []admin.Handle) {
	st.t.Helper()
	sessions, err := st.janus[server].admin.ListSessions(st.t.Context())
	require.NoError(st.t, err)
	for _, session := range sessions {
		if slices.Contains(st.askers, session) {
			continue
		}
		handles, err := st.janus[server].admin.ListHandles(st.t.Context(), session)
		if err != nil {
			continue // it has just gone
		}
		for _, handle := range handles {
			all = append(all, admin.Handle{Session: session, ID: handle})
		}
	}
	return all
}

// present returns the participants of a room that have a handle. Janus 1.4.1 keeps a participant
// without a handle if the session ends while the join is carried out, as it does when the WebSocket
// breaks right after the request. Only a kick removes such a participant.
func (st *storm) present(a *asker, name string, room janusclient.ID) []audiobridge.Participant {
	list := a.participants(room)
	held := map[janusclient.ID]bool{}
	for _, handle := range st.handles(name) {
		info, err := st.janus[name].admin.HandlePluginInfo(st.t.Context(), handle)
		if err != nil {
			continue // it has just gone
		}
		var participant struct{ ID janusclient.ID }
		if json.Unmarshal(info.PluginSpecific, &participant) == nil {
			held[participant.ID] = true
		}
	}
	return slices.DeleteFunc(list, func(p audiobridge.Participant) bool { return !held[p.ID] })
}

// settled waits until each leg that is still there is up, and in its room once:
// rest and ws are one Janus.
func (st *storm) settled() {
	st.t.Helper()
	var calls string
	if err := realjanus.Until(2*patience, "", func() bool {
		calls = api(st.t, st.s, "janus calls")
		return len(regexp.MustCompile(`\|up\|`).FindAllString(calls, -1)) == strings.Count(calls, "\n")
	}); err != nil {
		require.Fail(st.t, "calls are not up", calls)
	}
	there := map[string]int{}
	for _, l := range st.up {
		if api(st.t, st.s, "uuid_exists %s", l.uuid) == "true" {
			there[fmt.Sprint(l.server == "claim", " ", l.room)]++
		}
	}
	for _, name := range []string{"rest", "claim"} {
		a := st.ask(name)
		for room := range stormRooms {
			id := uint64(stormRoom + room)
			want := there[fmt.Sprint(name == "claim", " ", id)]
			eventually(st.t, fmt.Sprintf("%d are in room %d of %s", want, id, name), func() bool {
				return allUp(st.present(a, name, janusclient.NumberID(id)), want)
			})
		}
	}
	st.t.Logf("%d legs are up, by Janus and room %v", len(st.up), there)
}

// verdicts counts the reasons why calls ended, without what differs from one
// to the next, and asserts that no other than these causes was met.
func (st *storm) verdicts() {
	st.t.Helper()
	require.Positive(st.t, st.outcomes["+OK"], "calls get through")
	reasons := map[string]int{}
	for _, line := range verdicts(st.s.Log(), "[A-Z_]+") {
		_, reason, _ := strings.Cut(line, " ends ")
		reasons[regexp.MustCompile(`\d{3,}|http\S+|ws:\S+`).ReplaceAllString(reason, "…")]++
	}
	for reason, n := range reasons {
		st.t.Logf("%4d × %s", n, reason)
	}
	for outcome := range st.outcomes {
		require.Regexp(st.t, `^(\+OK|-ERR (DESTINATION_OUT_OF_ORDER|RECOVERY_ON_TIMER_EXPIRE|NORMAL_TEMPORARY_FAILURE))$`, outcome)
	}
}

func (st *storm) hangUp() {
	st.t.Helper()
	for _, l := range st.up {
		_, _ = st.s.API("uuid_kill %s", l.uuid)
	}
	gone(st.t, st.s)
}

// clean asserts that nothing of any call is left.
func (st *storm) clean() {
	st.t.Helper()
	for name := range st.janus {
		a := st.ask(name)
		for room := range stormRooms {
			eventually(st.t, "the rooms are empty", func() bool { return len(st.present(a, name, janusclient.NumberID(uint64(stormRoom+room)))) == 0 })
		}
		strays := len(st.handles(name))
		eventually(st.t, "no handle is left at "+name, func() bool { return len(st.handles(name)) == 0 })
		st.t.Logf("%s: %d handles of attaches whose answers were lost are gone", name, strays)
	}
	require.Contains(st.t, api(st.t, st.s, "janus status"), "|0|")
	noErrors(st.t, st.s, `Cannot create outgoing channel|Originate Failed`)
}
