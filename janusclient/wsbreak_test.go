// SPDX-License-Identifier: MPL-2.0

package janusclient_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/janustest"
)

// upAgain waits until the session has its events on a connection again.
func (r *rig) upAgain(t *testing.T) {
	t.Helper()
	eventually(t, "up again", func() bool { up, _ := r.states.get(); return len(up) > 0 && up[len(up)-1] })
}

// TestConnectionDropped: what must not come over a WebSocket ends it, is named,
// and the session is regained.
func TestConnectionDropped(t *testing.T) {
	for name, test := range map[string]struct {
		fault  janustest.Fault
		wanted string
	}{
		"drop":     {janustest.Drop(), "the connection broke"},
		"binary":   {janustest.Binary("\x00\x01\x02"), "a binary message of 3 bytes instead of JSON"},
		"html":     {janustest.Body("text/html", "<html>"), "HTML instead of JSON"},
		"empty":    {janustest.Body("text/html", " "), "an empty answer"},
		"not json": {janustest.Body("text/html", `{"janus":`), "not a Janus message"},
		"deep":     {janustest.Body("text/html", strings.Repeat("[", 100000)), "nested deeper"},
	} {
		t.Run(name, func(t *testing.T) {
			r := overWS.rig(t, nil)
			rule := r.server.Fault(janustest.Match{Request: "list"}, test.fault)
			_, err := r.message(t, listRequest)
			require.ErrorContains(t, err, test.wanted)
			var fault *janusclient.TransportError
			require.ErrorAs(t, err, &fault)
			require.Equal(t, 2, rule.Hits(), "it was tried twice")
			_, err = r.states.get()
			require.ErrorContains(t, err, test.wanted)
			r.upAgain(t)
			_, err = r.message(t, joinRequest)
			require.NoError(t, err)
			r.push(1)
			require.Equal(t, 1, number(t, r.next(t)))
		})
	}
}

// TestAnswersOfOthers: an answer that cannot be told whose it is answers nobody,
// and the connection stays.
func TestAnswersOfOthers(t *testing.T) {
	for name, test := range map[string]struct {
		fault  janustest.Fault
		wanted string
	}{
		"transaction": {janustest.WrongTransaction(), "no answer in time"},
		"session":     {janustest.WrongID(), "another session"},
		"other json":  {janustest.Body("text/html", `{"a":1}`), "no answer in time"},
		"array":       {janustest.Body("text/html", `[]`), "no answer in time"},
		"error":       {janustest.Body("text/html", `{"janus":"error","error":{"code":454,"reason":"bad"}}`), "no answer in time"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := overWS.rig(t, quick)
			r.server.Fault(janustest.Match{Request: "list"}, test.fault)
			_, err := r.message(t, listRequest)
			require.ErrorContains(t, err, test.wanted)
			require.NoError(t, r.session.KeepAlive(t.Context()))
			require.Equal(t, 1, upgrades(r.server))
		})
	}
}

// TestSilence: a connection on which nothing is answered is given up, be it that
// nothing comes or that nothing can be sent, and another is made.
func TestSilence(t *testing.T) {
	t.Run("nothing comes", func(t *testing.T) {
		t.Parallel()
		r := overWS.rig(t, quick)
		r.server.Fault(janustest.Match{Janus: "keepalive", Nth: 3}, janustest.Silence())
		eventually(t, "another connection", func() bool { return upgrades(r.server) == 2 })
		_, err := r.states.get()
		require.ErrorContains(t, err, "no answer to keepalive in 1.5s")
		r.upAgain(t)
		_, err = r.message(t, joinRequest)
		require.NoError(t, err)
	})
	t.Run("nothing goes", func(t *testing.T) {
		r := overWS.rig(t, func(c *janusclient.Config) {
			c.SendTimeout, c.PingInterval, c.Debug = 200*time.Millisecond, time.Hour, nil
		})
		r.server.Fault(janustest.Match{Request: "big", Nth: 1}, janustest.Silence())
		// far more than the kernel takes for one that does not read
		big := body{"request": "big", "ballast": strings.Repeat("x", 4<<20)}
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				_, err := r.message(t, big)
				assert.Error(t, err)
			})
		}
		eventually(t, "given up", func() bool { _, err := r.states.get(); return err != nil })
		_, err := r.states.get()
		require.ErrorContains(t, err, "nothing could be sent for 200ms")
		group.Wait()
		require.NoError(t, r.session.Err())
	})
}

// TestReclaim: a session survives its connection in a Janus that has
// reclaim_session_timeout, and in no other.
func TestReclaim(t *testing.T) {
	r := overWS.rig(t, nil)
	_, err := r.message(t, joinRequest)
	require.NoError(t, err)
	for i := range 3 {
		r.server.BreakConnections()
		eventually(t, "claimed", func() bool { return requests(r.server, "claim") == i+1 })
		r.upAgain(t)
		r.push(i)
		require.Equal(t, i, number(t, r.next(t)))
	}
	require.Equal(t, 1, r.server.Participants("1234"))

	r = overWS.rig(t, nil, janustest.WithReclaim(0))
	r.server.BreakConnections()
	select {
	case <-r.session.Done():
	case <-time.After(30 * time.Second):
		require.FailNow(t, "the session did not end")
	}
	require.ErrorIs(t, r.session.Err(), janusclient.ErrSessionLost)
	_, ok := r.next(t).(janusclient.SessionLost)
	require.True(t, ok)
	_, err = r.client.Create(t.Context(), janusclient.SessionOptions{})
	require.NoError(t, err, "the client goes on")
}

// TestRequestsWaitForTheClaim: Janus would take them sooner, and lose the event
// that is their answer.
func TestRequestsWaitForTheClaim(t *testing.T) {
	r := overWS.rig(t, nil)
	r.server.Fault(janustest.Match{Janus: "claim"}, janustest.Delay(200*time.Millisecond))
	r.server.BreakConnections()
	eventually(t, "down", func() bool { up, _ := r.states.get(); return len(up) > 0 })
	_, err := r.message(t, joinRequest)
	require.NoError(t, err)
	log := r.server.Requests()
	var order []string
	for _, q := range log[len(log)-3:] {
		if q.Janus == "claim" || q.Janus == "message" {
			order = append(order, q.Janus)
		}
	}
	require.Equal(t, []string{"claim", "message"}, order)
}

// TestEventLostWithItsConnection: accepted, and then the connection breaks
// before the answer: it is asked once more.
func TestEventLostWithItsConnection(t *testing.T) {
	r := overWS.rig(t, nil)
	_, err := r.message(t, joinRequest)
	require.NoError(t, err)
	rule := r.server.Fault(janustest.Match{Request: "configure", Nth: 1}, janustest.DropEvent())
	x, err := r.handle.Start(t.Context(), body{"request": "configure", "muted": true}, nil)
	require.NoError(t, err)
	defer x.Close()
	reply, err := x.Next(t.Context())
	require.NoError(t, err)
	require.Contains(t, string(reply.Data), "ok")
	require.Equal(t, 2, rule.Hits())

	// A join is carried out twice then, and says so.
	r.handle = r.attach(t)
	r.server.Fault(janustest.Match{Request: "join", Nth: 1}, janustest.DropEvent())
	_, err = r.message(t, joinRequest)
	var refusal *janusclient.PluginError
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, 491, refusal.Code)
}

// TestLateAnswers: what a request has made is removed when its answer comes too
// late for who asked.
func TestLateAnswers(t *testing.T) {
	t.Parallel()
	r := overWS.rig(t, quick)
	r.server.Fault(janustest.Match{Janus: "attach"}, janustest.Delay(2*brief))
	r.server.Fault(janustest.Match{Janus: "create"}, janustest.Delay(2*brief))
	_, err := r.session.Attach(t.Context(), plugin, janusclient.AttachOptions{})
	require.ErrorIs(t, err, janusclient.ErrTimeout)
	_, err = r.client.Create(t.Context(), janusclient.SessionOptions{})
	require.ErrorIs(t, err, janusclient.ErrTimeout)
	eventually(t, "both were made, and are removed", func() bool {
		return requests(r.server, "detach") == 1 && requests(r.server, "destroy") == 1
	})
	eventually(t, "nothing is left over", func() bool { return r.server.Handles() == 1 && r.server.Sessions() == 1 })
	require.Equal(t, 1, upgrades(r.server))
}

// TestFortyJoins: over one connection none waits for another.
func TestFortyJoins(t *testing.T) { overBoth(t, testFortyJoins) }

func testFortyJoins(t *testing.T, over transport) {
	r := over.rig(t, unhurried)
	const calls = 40
	attaches, messages := r.server.Fault(janustest.Match{Janus: "attach"}), r.server.Fault(janustest.Match{Janus: "message"})
	goOn := make(chan struct{})
	r.server.Pause()
	var attached, group sync.WaitGroup
	attached.Add(calls)
	for i := range calls {
		group.Go(func() {
			h, err := r.session.Attach(t.Context(), plugin, janusclient.AttachOptions{})
			attached.Done()
			if !assert.NoError(t, err) {
				return
			}
			<-goOn
			_, err = h.Message(t.Context(), body{"request": "join", "room": 1234, "display": fmt.Sprint(i)}, nil)
			assert.NoError(t, err)
		})
	}
	eventually(t, "all attaches at once", func() bool { return attaches.Hits() == calls })
	r.server.Resume()
	attached.Wait()
	r.server.Pause()
	close(goOn)
	eventually(t, "all messages at once", func() bool { return messages.Hits() == calls })
	r.server.Resume()
	group.Wait()
	require.Equal(t, calls, r.server.Participants("1234"))
}
