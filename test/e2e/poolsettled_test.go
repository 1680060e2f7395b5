// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/admin"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/realjanus"
)

// settleLimit is how long after the last fault all must be well: 10 s on a machine with nothing
// else to do, which few are that run tests.
const settleLimit = 60 * time.Second

func signalTo(j *realjanus.Janus, signal syscall.Signal) { _ = syscall.Kill(j.PID(), signal) }

// settled waits until all is as if there had been no faults, and says how long that took.
func (st *poolStorm) settled(seed uint64, keys bool) {
	t := st.t
	t.Helper()
	require.Empty(t, st.ended(), "nobody was hung up")
	why := ""
	err := realjanus.Until(settleLimit, "all is well", func() bool {
		why = st.unsettled()
		return why == ""
	})
	require.NoError(t, err, why)
	t.Logf("all are together %s after the last fault", time.Since(st.mended).Round(100*time.Millisecond))
	if keys {
		err := realjanus.Until(settleLimit, "the keys are true", func() bool {
			why = st.untrue()
			return why == ""
		})
		require.NoError(t, err, why)
		t.Logf("the keys are true %s after the last fault", time.Since(st.mended).Round(100*time.Millisecond))
	}
	st.heardBy(8000, st.steady[stormPoolRoom+int(seed%stormSteady)])
	require.Empty(t, st.ended(), "nobody was hung up")
}

// ended says which legs have ended that nobody has hung up.
func (st *poolStorm) ended() (all []string) {
	st.mu.Lock()
	defer st.mu.Unlock()
	for _, l := range st.up {
		if api(st.t, st.switches[l.sw], "uuid_exists %s", l.uuid) != "true" {
			st.lost = append(st.lost, l)
		}
	}
	for _, l := range st.lost {
		all = append(all, fmt.Sprintf("%+v:\n%s", l, st.about(l.sw, l.uuid)))
	}
	return all
}

// rooms is in which rooms how many legs are.
func (st *poolStorm) rooms() map[int]int {
	st.mu.Lock()
	defer st.mu.Unlock()
	rooms := make(map[int]int)
	for _, l := range st.up {
		rooms[l.room]++
	}
	return rooms
}

// unsettled says what is not as it should be; "" for nothing.
func (st *poolStorm) unsettled() string {
	for i, s := range st.switches {
		pool := api(st.t, s, "janus pool eu")
		if up := regexp.MustCompile(`(?m)^j\d\|up\|`).FindAllString(pool, -1); len(up) != len(poolNames) {
			return fmt.Sprintf("switch %d: %s", i+1, pool)
		}
		if pools := api(st.t, s, "janus pools"); !regexp.MustCompile(`(?m)^eu\|3\|3\|.*\|(up|none)$`).MatchString(pools) {
			return fmt.Sprintf("switch %d: %s", i+1, pools)
		}
		calls := api(st.t, s, "janus calls")
		if len(regexp.MustCompile(`\|up\|`).FindAllString(calls, -1)) != strings.Count(calls, "\n") {
			return fmt.Sprintf("switch %d: %s", i+1, calls)
		}
	}
	found := st.find()
	for room, legs := range st.rooms() {
		if at := found[room]; len(at) != 1 || slices.Collect(maps.Values(at))[0] != legs {
			return fmt.Sprintf("%d legs are in room %d: %v", legs, room, at)
		}
	}
	return ""
}

// find is how many participants whose media is up are in each room on each Janus; one whose media
// is not up counts as a hundred.
func (st *poolStorm) find() map[int]map[string]int {
	found := make(map[int]map[string]int)
	for name := range st.janus {
		held := st.held(name)
		for room := stormPoolRoom; room < stormPoolRoom+stormPoolRooms; room++ {
			for _, participant := range st.participantsOf(name, room) {
				switch {
				case !held[participant.ID]:
					continue // see storm.present
				case found[room] == nil:
					found[room] = make(map[string]int)
				}
				found[room][name]++
				if !participant.Setup {
					found[room][name] += 99
				}
			}
		}
	}
	return found
}

// untrue says which key does not say where a room is that legs are in; "" for none.
func (st *poolStorm) untrue() string {
	stored := storedRooms(st.keys)
	for room, on := range st.find() {
		if at := strings.Join(slices.Sorted(maps.Keys(on)), " "); stored[room] != at {
			return fmt.Sprintf("room %d is on %s, the key says %q", room, at, stored[room])
		}
	}
	return ""
}

// participantsOf are those of a room. The Admin API tells them, for which Janus needs no session.
func (f *faultSite) participantsOf(name string, room int) []audiobridge.Participant {
	answer, err := f.admins[name].MessagePlugin(f.t.Context(), audiobridge.Plugin, map[string]any{"request": "listparticipants", "room": room})
	if audiobridge.HasCode(err, audiobridge.CodeNoSuchRoom) {
		return nil
	}
	require.NoError(f.t, err)
	var list struct{ Participants []audiobridge.Participant }
	require.NoError(f.t, json.Unmarshal(answer, &list))
	return list.Participants
}

// held are the participants that have a handle.
func (f *faultSite) held(name string) map[janusclient.ID]bool {
	held := make(map[janusclient.ID]bool)
	for _, handle := range f.handles(name) {
		info, err := f.admins[name].HandlePluginInfo(f.t.Context(), handle)
		if err != nil {
			continue // it has just gone
		}
		var participant struct{ ID janusclient.ID }
		if json.Unmarshal(info.PluginSpecific, &participant) == nil {
			held[participant.ID] = true
		}
	}
	return held
}

// handles are those at a Janus, of all sessions.
func (f *faultSite) handles(name string) (all []admin.Handle) {
	sessions, err := f.admins[name].ListSessions(f.t.Context())
	require.NoError(f.t, err)
	for _, session := range sessions {
		handles, err := f.admins[name].ListHandles(f.t.Context(), session)
		if err != nil {
			continue // it has just gone
		}
		for _, handle := range handles {
			all = append(all, admin.Handle{Session: session, ID: handle})
		}
	}
	return all
}

// holding is what a switch without the module holds.
type holding struct{ threads, files int }

// unloaded unloads the module on both switches, sees that no Janus has a session any more, counts
// what the switches then hold, and loads it again.
func (st *poolStorm) unloaded() (both [2]holding) {
	t := st.t
	t.Helper()
	for _, s := range st.switches {
		require.Contains(t, api(t, s, "unload -f mod_janus"), "+OK")
	}
	for _, name := range poolNames {
		eventually(t, "no session is left at "+name, func() bool {
			sessions, err := st.admins[name].ListSessions(t.Context())
			require.NoError(t, err)
			return len(sessions) == 0
		})
	}
	for i, s := range st.switches {
		both[i] = holding{count(t, s, "task"), count(t, s, "fd")}
		t.Logf("unloaded, switch %d holds %s", i+1, holds(t, s))
		require.Contains(t, api(t, s, "load mod_janus"), "+OK")
	}
	st.connected()
	return both
}

// round places as many calls at once as there will be, in fair weather, and hangs them up.
func (st *poolStorm) round() {
	t := st.t
	t.Helper()
	for _, s := range st.switches {
		var commands []string
		for i := range 2 * (stormSteady + stormCallers) {
			commands = append(commands, fmt.Sprintf("originate {janus-codec=PCMU}janus/eu/warm%d@%d &park()", i, stormPoolRoom+i%stormPoolRooms))
		}
		jobs, err := s.Burst(commands)
		require.NoError(t, err)
		for _, job := range jobs {
			require.True(t, strings.HasPrefix(job.Output, "+OK "), job.Output)
		}
	}
	st.hangup()
	eventually(t, "the rooms are empty", func() bool { return len(st.find()) == 0 })
}

// keysEnd waits until the leases of all rooms have ended, or, in a short run, sees that each will.
func (st *poolStorm) keysEnd() {
	t := st.t
	t.Helper()
	if env("MOD_JANUS_POOL_FAULTS", "") != "" {
		require.NoError(t, realjanus.Until(70*time.Second, "no room has a key", func() bool { return len(storedRooms(st.keys)) == 0 }))
	}
	for room := range storedRooms(st.keys) {
		life := st.keys.PTTL(t.Context(), fmt.Sprintf("janus:{eu}:room:%d", room)).Val()
		require.Positive(t, life, "the key of room %d ends", room)
		require.LessOrEqual(t, life, time.Minute, "the key of room %d ends", room)
	}
}

// verdicts tells why calls have failed, and asserts that no other than these causes was met.
func (st *poolStorm) verdicts() {
	t := st.t
	t.Helper()
	require.Positive(t, st.outcomes["+OK"], "calls get through")
	reasons := map[string]int{}
	for _, s := range st.switches {
		for _, line := range verdicts(s.Log(), "[A-Z_]+") {
			_, reason, _ := strings.Cut(line, " ends ")
			reasons[regexp.MustCompile(`\d{3,}|ws:\S+`).ReplaceAllString(reason, "…")]++
		}
		noErrors(t, s, `Cannot create outgoing channel|Originate Failed`)
	}
	for reason, n := range reasons {
		t.Logf("%4d × %s", n, reason)
	}
	for outcome := range st.outcomes {
		require.Regexp(t, `^(\+OK|-ERR (DESTINATION_OUT_OF_ORDER|RECOVERY_ON_TIMER_EXPIRE|NORMAL_TEMPORARY_FAILURE))$`, outcome)
	}
}
