// SPDX-License-Identifier: MPL-2.0

package janusclient_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/janustest"
)

// joinRequest is answered by ack and event, listRequest at once.
var (
	joinRequest = body{"request": "join", "room": 1234}
	listRequest = body{"request": "list"}
)

// TestPassingFaults: what goes wrong once goes unnoticed.
func TestPassingFaults(t *testing.T) { overBoth(t, testPassingFaults) }

func testPassingFaults(t *testing.T, over transport) {
	faults := map[string]janustest.Fault{
		"drop":        janustest.Drop(),
		"drop answer": janustest.DropAnswer(),
		"500":         janustest.Status(http.StatusInternalServerError),
		"503":         janustest.Status(http.StatusServiceUnavailable),
		"cut body":    janustest.CutBody(5),
		"delay":       janustest.Delay(50 * time.Millisecond),
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := over.rig(t, nil)
			for _, match := range []janustest.Match{
				{Janus: "message", Request: "join", Nth: 1}, {Janus: "message", Request: "list", Nth: 1},
				{Janus: "attach", Nth: 2}, {Janus: "detach", Nth: 1}, {Janus: "keepalive", Nth: 1}, {Janus: "destroy", Nth: 1},
			} {
				r.server.Fault(match, fault)
			}
			_, err := r.message(t, joinRequest)
			if over == overWS && (name == "drop answer" || name == "cut body") {
				// the event went the way of the connection: a second join meets the first
				var refusal *janusclient.PluginError
				require.ErrorAs(t, err, &refusal)
				require.Equal(t, 491, refusal.Code)
			} else {
				require.NoError(t, err)
			}
			require.Equal(t, 1, r.server.Participants("1234"))
			_, err = r.message(t, listRequest)
			require.NoError(t, err)
			require.NoError(t, r.session.KeepAlive(t.Context()))
			require.NoError(t, r.attach(t).Detach(t.Context()))
			require.NoError(t, r.handle.Detach(t.Context()))
			require.NoError(t, r.session.Destroy(t.Context()))
			require.Zero(t, r.server.Participants("1234"))
			require.Zero(t, r.server.Sessions())
		})
	}
}

// TestLastingFaults: what stays wrong is named, and nothing hangs or panics.
func TestLastingFaults(t *testing.T) {
	for name, test := range map[string]struct {
		fault  janustest.Fault
		wanted string
		status int
	}{
		"drop":              {janustest.Drop(), "no answer", 0},
		"404":               {janustest.Status(404), "404", 404},
		"500":               {janustest.Status(500), "500", 500},
		"cut body":          {janustest.CutBody(5), "cut after 5 bytes", 200},
		"html":              {janustest.Body("text/html", "<html><body>nginx</body></html>"), "HTML instead of JSON", 0},
		"not json":          {janustest.Body("application/json", `{"janus":`), "not a Janus message", 0},
		"other json":        {janustest.Body("application/json", `{"a":1}`), "not a Janus message", 0},
		"array":             {janustest.Body("application/json", `[]`), "not a Janus message", 0},
		"empty":             {janustest.Body("application/json", ``), "an empty answer", 0},
		"nul":               {janustest.Body("application/json", "\x00"), "not a Janus message", 0},
		"deep":              {janustest.Body("application/json", strings.Repeat("[", 100000)), "nested deeper", 0},
		"oversized":         {janustest.Oversize(2 << 20), "above the limit of 1048576 bytes", 0},
		"wrong transaction": {janustest.WrongTransaction(), "another transaction", 0},
		"wrong session":     {janustest.WrongID(), "another session", 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := overHTTP.rig(t, nil)
			r.server.Fault(janustest.Match{Janus: "message"}, test.fault)
			_, err := r.message(t, listRequest)
			require.ErrorContains(t, err, test.wanted)
			var fault *janusclient.TransportError
			require.ErrorAs(t, err, &fault)
			require.Equal(t, test.status, fault.Status)
			require.NoError(t, r.session.Err(), "the session lives on")
		})
	}
}

func TestTimeouts(t *testing.T) { overBoth(t, testTimeouts) }

func testTimeouts(t *testing.T, over transport) {
	t.Parallel()
	r := over.rig(t, quick)
	r.server.Fault(janustest.Match{Janus: "message"}, janustest.Hang())
	_, err := r.message(t, listRequest)
	require.ErrorIs(t, err, janusclient.ErrTimeout)
	require.NotErrorIs(t, err, context.DeadlineExceeded)

	r = over.rig(t, nil)
	r.server.Fault(janustest.Match{Janus: "message"}, janustest.Hang())
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	_, err = r.handle.Message(ctx, listRequest, nil)
	require.ErrorIs(t, err, janusclient.ErrTimeout)
	require.ErrorIs(t, err, context.DeadlineExceeded)

	ctx, cancel = context.WithCancel(t.Context())
	cancel()
	_, err = r.handle.Message(ctx, listRequest, nil)
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, janusclient.ErrTimeout)
}

func TestEventBeforeAck(t *testing.T) { overBoth(t, testEventBeforeAck) }

func testEventBeforeAck(t *testing.T, over transport) {
	r := over.rig(t, nil)
	r.server.Fault(janustest.Match{Request: "join"}, janustest.EventBeforeAck())
	reply, err := r.message(t, joinRequest)
	require.NoError(t, err)
	require.Contains(t, string(reply.Data), `"joined"`)
}

func TestDuplicateAnswersAreOne(t *testing.T) { overBoth(t, testDuplicateAnswersAreOne) }

func testDuplicateAnswersAreOne(t *testing.T, over transport) {
	r := over.rig(t, nil)
	r.server.Fault(janustest.Match{Request: "join"}, janustest.Duplicate())
	reply, err := r.message(t, joinRequest)
	require.NoError(t, err)
	require.Contains(t, string(reply.Data), `"joined"`)
	r.push(7) // comes after the duplicate
	require.Equal(t, 7, number(t, r.next(t)))
}

func TestLateAnswerBecomesAnEvent(t *testing.T) {
	t.Parallel()
	r := overHTTP.rig(t, quick)
	// The ack comes, the event only when the poll is let go.
	r.server.Fault(janustest.Match{Janus: "poll"}, janustest.Status(http.StatusBadGateway))
	r.server.BreakConnections()
	eventually(t, "polls fail", func() bool { _, err := r.states.get(); return err != nil })
	_, err := r.message(t, joinRequest)
	require.ErrorIs(t, err, janusclient.ErrTimeout)
	r.server.Fault(janustest.Match{Janus: "poll"})
	event, ok := r.next(t).(janusclient.PluginEvent)
	require.True(t, ok)
	require.NotEmpty(t, event.Transaction)
	require.Contains(t, string(event.Data), `"joined"`)
}

// TestWrongEvents: events that carry a wrong transaction or sender answer nobody.
func TestWrongEvents(t *testing.T) {
	for name, fault := range map[string]janustest.Fault{
		"transaction": janustest.WrongTransaction(), "sender": janustest.WrongID(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := overHTTP.rig(t, quick)
			r.server.Fault(janustest.Match{Janus: "poll"}, fault)
			r.server.BreakConnections() // the poll that is open has no fault
			eventually(t, "a new poll", func() bool { return r.server.Polls() == 1 })
			_, err := r.message(t, joinRequest)
			require.ErrorIs(t, err, janusclient.ErrTimeout)
		})
	}
}

func TestCoreErrors(t *testing.T) { overBoth(t, testCoreErrors) }

func testCoreErrors(t *testing.T, over transport) {
	r := over.rig(t, nil)
	_, err := r.session.Attach(t.Context(), "janus.plugin.none", janusclient.AttachOptions{})
	var refusal *janusclient.Error
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, &janusclient.Error{Code: janusclient.CodePluginNotFound, Reason: "No such plugin 'janus.plugin.none'", Request: "attach"}, refusal)

	stranger, err := r.session.Adopt(99, plugin, janusclient.AttachOptions{})
	require.NoError(t, err)
	_, err = stranger.Message(t.Context(), listRequest, nil)
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, janusclient.CodeHandleNotFound, refusal.Code)
	require.NoError(t, stranger.Detach(t.Context()), "gone is gone")

	_, err = r.handle.Message(t.Context(), joinRequest, &janusclient.JSEP{Type: "offer", SDP: "v=0"})
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, janusclient.CodeJSEPInvalidSDP, refusal.Code)

	var no *janusclient.PluginError
	_, err = r.message(t, body{"request": "nonsense"})
	require.ErrorAs(t, err, &no)
	require.Equal(t, 482, no.Code)
	require.Equal(t, "nonsense", no.Request)
	require.Equal(t, plugin, no.Plugin)

	_, err = r.handle.Message(t.Context(), func() {}, nil)
	require.ErrorContains(t, err, "JSON")
}
