// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/admin"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// flood are calls that come at 500 a minute.
type flood struct {
	t       *testing.T
	s       *lab.Switch
	j       *realjanus.Janus
	weather *weather
	admin   *admin.Client
	placed  int
}

const (
	floodGap   = time.Minute / 500
	floodRoom  = 9100 // and those after it
	floodRooms = 20
)

// overload is what a Janus can be like, and what calls come to then.
type overload struct {
	begin, end func(*flood)
	outcome    string // of each call: what originate says
}

var refusesSessions = overload{(*flood).refuse, func(f *flood) { f.accept(true) }, `-ERR DESTINATION_OUT_OF_ORDER`}

// always is a Janus all of whose messages meet this fault.
func always(fault, outcome string) overload {
	return overload{func(f *flood) { f.weather.set(1, fault) }, func(f *flood) { f.weather.set(0, "") }, outcome}
}

func (f *flood) accept(on bool) {
	f.t.Helper()
	_, err := f.admin.AcceptNewSessions(f.t.Context(), on)
	require.NoError(f.t, err)
}

// refuse has Janus accept no sessions, and the one that there is end.
func (f *flood) refuse() {
	f.t.Helper()
	f.accept(false)
	session, err := strconv.ParseUint(field(api(f.t, f.s, "janus server demo"), "id"), 10, 64)
	require.NoError(f.t, err)
	require.NoError(f.t, f.admin.DestroySession(f.t.Context(), session))
}

// 500 calls a minute to a Janus that is slow, silent, resets connections or
// refuses sessions, for MOD_JANUS_OVERLOAD each: every call ends with one clear
// cause, no session thread waits, what is held is bounded by the calls that
// wait, and calls work within 5 s of Janus's recovery.
func TestOverload(t *testing.T) {
	f := newFlood(t, func(f *flood) string { return lab.JanusConf(f.weather.rest(t, f.j.HTTP), param("cmd-timeout", "6000")) })
	f.run(map[string]overload{
		"slow":             always(slow, `\+OK`),
		"silent":           always(lost, `-ERR RECOVERY_ON_TIMER_EXPIRE`),
		"resets":           always(reset, `-ERR DESTINATION_OUT_OF_ORDER`),
		"refuses sessions": refusesSessions,
	})
}

// The same over a WebSocket, with which its session ends.
func TestOverloadOverAWebSocket(t *testing.T) {
	f := newFlood(t, func(f *flood) string {
		return lab.JanusConf(f.weather.ws(t, f.j.WS), param("cmd-timeout", "4000")+param("ping-interval", "1"))
	})
	f.run(map[string]overload{
		"silent":           always(lost, `-ERR (RECOVERY_ON_TIMER_EXPIRE|DESTINATION_OUT_OF_ORDER)`),
		"resets":           always(reset, `-ERR (RECOVERY_ON_TIMER_EXPIRE|DESTINATION_OUT_OF_ORDER)`),
		"refuses sessions": refusesSessions,
	})
}

func newFlood(t *testing.T, conf func(*flood) string) *flood {
	t.Helper()
	j, err := realjanus.Start(t.TempDir(), realjanus.Config{})
	require.NoError(t, err)
	t.Cleanup(j.Kill)
	f := &flood{t: t, j: j, weather: newWeather(t, 1), admin: adminOf(t, j)}
	f.s, err = startSwitch(filepath.Join(t.TempDir(), "switch"), conf(f))
	require.NoError(t, err)
	t.Cleanup(f.s.Stop)
	return f
}

// run goes through what a Janus can be like.
func (f *flood) run(overloads map[string]overload) {
	t := f.t
	length, err := time.ParseDuration(env("MOD_JANUS_OVERLOAD", "5s"))
	require.NoError(t, err)
	a := ask(t, f.j)
	f.call("before it all")
	for name, o := range overloads {
		t.Run(name, func(t *testing.T) {
			f.t = t
			threads, files := entriesOf(t, f.s, "task"), entriesOf(t, f.s, "fd")
			o.begin(f)
			most := f.pour(int(length/floodGap), o.outcome)
			o.end(f)
			mended := time.Now()
			f.call("after it")
			t.Logf("%s: calls work %s after Janus does", f.s.Host, time.Since(mended).Round(time.Millisecond))
			require.LessOrEqual(t, time.Since(mended), 5*time.Second)
			gone(t, f.s)
			for room := range floodRooms {
				a.empty(janusclient.NumberID(uint64(floodRoom + room)))
			}
			eventually(t, "what was held is given back", func() bool {
				return entriesOf(t, f.s, "task") <= threads+15 && entriesOf(t, f.s, "fd") <= files+most.calls+10 // HTTP connections stay for a minute
			})
		})
	}
	f.t = t
	f.swift()
}

// call places calls until one gets through, and hangs it up.
func (f *flood) call(when string) {
	f.t.Helper()
	eventually(f.t, "a call "+when, func() bool {
		f.placed++
		uuid, ok := strings.CutPrefix(api(f.t, f.s, "originate %sjanus/demo/x@1234 &park()", existing), "+OK ")
		if ok {
			api(f.t, f.s, "uuid_kill %s", strings.TrimSpace(uuid))
		}
		return ok
	})
}

// pour places the calls, hangs up those that are answered, and asserts what
// becomes of them, and what the switch holds meanwhile.
func (f *flood) pour(calls int, outcome string) most {
	f.t.Helper()
	var commands []string
	for i := range calls {
		commands = append(commands, fmt.Sprintf("originate {janus-codec=PCMU}janus/demo/n%d@%d &park()", i, floodRoom+i%floodRooms))
	}
	before := len(f.s.Log())
	began, failed := time.Now(), 0
	held := f.measure()
	jobs, err := f.s.Paced(commands, floodGap, func(job lab.Job) {
		if uuid, ok := strings.CutPrefix(job.Output, "+OK "); ok {
			api(f.t, f.s, "uuid_kill %s", strings.TrimSpace(uuid))
		} else {
			failed++
		}
	})
	most := held()
	require.NoError(f.t, err)
	f.placed += calls
	for _, job := range jobs {
		require.Regexp(f.t, `^`+outcome, job.Output)
	}
	gone(f.t, f.s)
	reasons := verdicts(f.s.Log()[before:], "[A-Z_]+")
	require.Len(f.t, reasons, failed, "one line says why for each that failed")
	if failed > 0 {
		f.t.Log(reasons[0])
	}
	f.t.Logf("%s: %d calls in %s, %d at once, %d threads and %d descriptors more than before", f.s.Host, calls,
		time.Since(began).Round(time.Second), most.calls, most.threads, most.fd)
	require.Positive(f.t, most.calls)
	require.LessOrEqual(f.t, most.threads, 2*most.calls+30, "a session has a thread, and originate one")
	require.LessOrEqual(f.t, most.fd, 4*most.calls+30, "a call has a socket for media, and a request")
	return most
}

// most is the most that was held at once, beyond what was held before.
type most struct{ calls, threads, fd int }

// measure looks again and again until the function that it returns is called.
func (f *flood) measure() func() most {
	threads, files := entriesOf(f.t, f.s, "task"), entriesOf(f.t, f.s, "fd")
	var (
		m    most
		work sync.WaitGroup
	)
	over := make(chan struct{})
	work.Go(func() {
		look := time.NewTicker(50 * time.Millisecond)
		defer look.Stop()
		for {
			select {
			case <-over:
				return
			case <-look.C:
			}
			status, _ := f.s.API("janus status")
			m.calls = max(m.calls, inProgress(status))
			m.threads, m.fd = max(m.threads, entriesOf(f.t, f.s, "task")-threads), max(m.fd, entriesOf(f.t, f.s, "fd")-files)
		}
	})
	return func() most {
		close(over)
		work.Wait()
		return m
	}
}

// inProgress is callsInProgress of what `janus status` prints.
func inProgress(status string) int {
	_, row, _ := strings.Cut(status, "\n")
	_, row, _ = strings.Cut(row, "|")
	number, _, _ := strings.Cut(row, "|")
	n, _ := strconv.Atoi(number)
	return n
}

// swift asserts that nothing on a session thread waited: whatever Janus did here
// lasted seconds. The module says what took longer than 5 ms; one in a hundred
// may meet a machine that is busy otherwise.
func (f *flood) swift() {
	f.t.Helper()
	const perCall = 4 // dial, run, hangup, free
	var longest time.Duration
	lines := regexp.MustCompile(`janus_call_\w+ took (\S+) of a session's thread`).FindAllStringSubmatch(f.s.Log(), -1)
	for _, line := range lines {
		took, err := time.ParseDuration(line[1])
		require.NoError(f.t, err)
		longest = max(longest, took)
	}
	f.t.Logf("%s: of %d times on a session thread %d took more than 5 ms, the longest %s", f.s.Host, perCall*f.placed, len(lines), longest)
	require.LessOrEqual(f.t, len(lines), perCall*f.placed/100)
	require.LessOrEqual(f.t, longest, 100*time.Millisecond)
}
