// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"cmp"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/call"
	"mod_janus/bridge/host"
	"mod_janus/bridge/media"
	"mod_janus/janusclient"
	"mod_janus/janusclient/janustest"
)

// sessionThread times what the switch's session threads call.
type sessionThread struct{ took times }

func (s *sessionThread) do(f func()) {
	began := time.Now()
	f()
	s.took = append(s.took, time.Since(began))
}

// swift asserts that nothing waited for Janus, on a machine that is as busy as it says.
func (s *sessionThread) swift(t *testing.T, machine times) {
	t.Helper()
	slices.Sort(s.took)
	slices.Sort(machine)
	t.Logf("%d times on a session thread: median %s, 99%% within %s, longest %s", len(s.took), s.took.share(50), s.took.share(99), s.took.share(100))
	t.Logf("a goroutine that does nothing: 99%% within %s, longest %s", machine.share(99), machine.share(100))
	require.LessOrEqual(t, s.took.share(50), time.Millisecond)
	require.LessOrEqual(t, s.took.share(99), 5*time.Millisecond+5*machine.share(99))
	require.LessOrEqual(t, s.took.share(100), 100*time.Millisecond+5*machine.share(100))
}

// times are how long something took, each time.
type times []time.Duration

// share is the time within which so many percent of them are; they are sorted.
func (t times) share(percent int) time.Duration { return t[(len(t)-1)*percent/100] }

// watchMachine measures how late a goroutine comes that has nothing to do but sleep,
// until stop is called.
func watchMachine() (stop func() times) {
	var late times
	ended, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		for {
			began := time.Now()
			select {
			case <-ended:
				return
			case <-time.After(time.Millisecond):
			}
			late = append(late, time.Since(began)-time.Millisecond)
		}
	}()
	return func() times {
		close(ended)
		<-watched
		return late
	}
}

// Whatever Janus does, what runs on a session thread does not wait; each call
// ends with a cause that fits, takes a bounded number of goroutines, and leaves
// nothing; and when Janus is well again so are calls, within 5 s.
func TestOverload(t *testing.T) {
	const (
		calls = 60
		short = 2500 * time.Millisecond
	)
	refuse := fmt.Sprintf(`{"janus":"error","error":{"code":%d,"reason":"Not accepting new sessions at this time"}}`, janusclient.CodeNotAcceptingSessions)
	tests := map[string]struct {
		connected bool          // there is a session when the fault begins
		timeout   time.Duration // of requests
		fault     janustest.Fault
		causes    []host.Cause
	}{
		"silent":                 {true, short, janustest.Hang(), []host.Cause{host.CauseRecoveryOnTimerExpire}},
		"silent from the start":  {false, short, janustest.Hang(), []host.Cause{host.CauseDestinationOutOfOrder}},
		"slow":                   {true, time.Minute, janustest.Delay(500 * time.Millisecond), []host.Cause{host.CauseNone}},
		"too slow":               {true, short, janustest.Delay(3 * time.Second), []host.Cause{host.CauseRecoveryOnTimerExpire}},
		"refuses":                {false, short, janustest.Body("application/json", refuse), []host.Cause{host.CauseDestinationOutOfOrder}},
		"resets":                 {true, short, janustest.Drop(), []host.Cause{host.CauseDestinationOutOfOrder}},
		"internal server errors": {true, short, janustest.Status(http.StatusInternalServerError), []host.Cause{host.CauseDestinationOutOfOrder}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, fmt.Sprintf(`<param name="cmd-timeout" value="%d"/>`, tt.timeout/time.Millisecond))
			l.withoutMedia()
			l.eventually("the server is connected", func() bool { return !l.engine.server("demo").Connection.Away() })
			idle := runtime.NumGoroutine()
			what := janustest.Match{}
			if !tt.connected {
				what.Janus = "create"
			}
			rule := l.janus.Fault(what, tt.fault)
			if !tt.connected {
				l.impatient()
			}
			stop := watchMachine()
			o := &overload{lab: l, thread: &sessionThread{}}
			for range calls {
				o.dial()
			}
			o.outcome(tt.causes)
			t.Logf("%d goroutines more for %d calls", o.goroutines-idle, calls)
			require.LessOrEqual(t, o.goroutines-idle, 40*calls, "of calls and their media, connections, and all that at the fake Janus")
			rule.Remove()
			mended := time.Now()
			for o.again() != host.CauseNone {
				require.Less(t, time.Since(mended), 5*time.Second, "calls work again")
			}
			t.Logf("calls work %s after Janus is well", time.Since(mended).Round(time.Millisecond))
			require.Less(t, time.Since(mended), 5*time.Second)
			l.eventually("rings released", func() bool { return int(l.freed.Load()) == l.next })
			require.Contains(t, l.engine.Command("status"), fmt.Sprintf("\n%d|0|", l.next))
			o.thread.swift(t, stop())
		})
	}
}

// impatient loses the session, and what calls have waited for it already.
func (l *lab) impatient() {
	l.t.Helper()
	l.janus.LoseSessions()
	s := l.engine.server("demo")
	l.eventually("the session is lost", s.Connection.LosePatience)
}

// overload are calls that come faster than Janus answers.
type overload struct {
	*lab
	thread     *sessionThread
	calls      []*call.Call
	uuids      []string
	goroutines int // most of them
}

// dial goes the way of a session thread with a caller who also presses a key.
func (o *overload) dial() {
	o.t.Helper()
	var (
		c     *call.Call
		cause host.Cause
	)
	o.thread.do(func() {
		destination := fmt.Sprintf("demo/x@%d", 5000+o.next) // a room each: in one they would tell each other of each other
		c, cause = o.engine.Dial(&call.Request{Destination: destination, Rings: media.NewRings(), Release: func() { o.freed.Add(1) }})
	})
	require.Equal(o.t, host.CauseNone, cause)
	o.next++
	uuid := fmt.Sprintf("leg-%d", o.next)
	o.host.Session(uuid, nil)
	o.thread.do(func() { c.Run(uuid) })
	o.thread.do(func() { c.DTMF('1', 100) })
	o.thread.do(func() { c.Message(1) })
	o.calls, o.uuids = append(o.calls, c), append(o.uuids, uuid)
	o.goroutines = max(o.goroutines, runtime.NumGoroutine())
}

// outcome waits until each call is answered or hung up, with one of the causes
// (CauseNone: answered), and ends it as a session thread does.
func (o *overload) outcome(causes []host.Cause) {
	o.t.Helper()
	for i, c := range o.calls {
		cause := o.settled(o.uuids[i])
		require.Contains(o.t, causes, cause)
		if cause != host.CauseNone {
			require.NotEmpty(o.t, o.host.Variable(o.uuids[i], host.VarHangupReason))
		}
		o.goroutines = max(o.goroutines, runtime.NumGoroutine())
		o.thread.do(func() { c.Hangup(cmp.Or(cause, host.CauseNormalClearing)) })
		o.thread.do(c.Free)
	}
	o.calls, o.uuids = nil, nil
}

// settled waits for the one or the other.
func (o *overload) settled(uuid string) (cause host.Cause) {
	o.t.Helper()
	o.host.Wait(o.t, "answer or end of "+uuid, func() bool {
		s := o.host.Sessions[uuid]
		cause = s.Cause
		return s.Down || slices.Contains(s.Progress, "answer")
	})
	return cause
}

// again places one call and tells what became of it.
func (o *overload) again() (cause host.Cause) {
	o.t.Helper()
	o.dial()
	cause = o.settled(o.uuids[0])
	o.thread.do(func() { o.calls[0].Hangup(host.CauseNormalClearing) })
	o.thread.do(o.calls[0].Free)
	o.calls, o.uuids = nil, nil
	return cause
}
