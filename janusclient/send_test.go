// SPDX-License-Identifier: MPL-2.0

package janusclient_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/janustest"
)

// asked parses a request that must be right.
func asked(t *testing.T, format string, args ...any) janusclient.RawRequest {
	t.Helper()
	request, rest, err := janusclient.ParseRequest(fmt.Sprintf(format, args...), 1<<20)
	require.NoError(t, err)
	require.Empty(t, rest)
	return request
}

func TestSend(t *testing.T) { overBoth(t, testSend) }

func testSend(t *testing.T, over transport) {
	r := over.rig(t, nil)
	send := func(async bool, format string, args ...any) map[string]any {
		t.Helper()
		raw, err := r.session.Send(t.Context(), asked(t, format, args...), async)
		require.NoError(t, err)
		require.NotContains(t, string(raw), "\n")
		var answer map[string]any
		require.NoError(t, json.Unmarshal(raw, &answer))
		return answer
	}
	// the session's id, and a transaction, are filled in
	answer := send(false, `{"janus":"attach","plugin":%q}`, plugin)
	require.Equal(t, "success", answer["janus"])
	require.NotEmpty(t, answer["transaction"])
	// a transaction that is given stays
	require.Equal(t, "mine", send(false, `{"janus":"keepalive","transaction":"mine"}`)["transaction"])
	require.Equal(t, "server_info", send(false, `{"janus":"info"}`)["janus"])
	// a message answered at once, and one with an event after the ack
	handle := r.handle.ID()
	answer = send(false, `{"janus":"message","handle_id":%d,"body":{"request":"exists","room":1234}}`, handle)
	require.Equal(t, "success", answer["janus"])
	answer = send(false, `{"janus":"message","handle_id":%d,"transaction":"joining","body":{"request":"join","room":1234,"display":"x"}}`, handle)
	require.Equal(t, "event", answer["janus"])
	require.Equal(t, "joining", answer["transaction"])
	require.Equal(t, "joined", answer["plugindata"].(map[string]any)["data"].(map[string]any)["audiobridge"])
	// async: the ack; the event follows as any
	answer = send(true, `{"janus":"message","handle_id":%d,"transaction":"later","body":{"request":"configure","muted":true}}`, handle)
	require.Equal(t, "ack", answer["janus"])
	for {
		if event, ok := r.next(t).(janusclient.PluginEvent); ok && event.Transaction == "later" {
			break
		}
	}
	// Janus's refusals are answers
	answer = send(false, `{"janus":"dance"}`)
	require.Equal(t, "error", answer["janus"])
	answer = send(false, `{"janus":"attach","plugin":"janus.plugin.none"}`)
	require.EqualValues(t, janusclient.CodePluginNotFound, answer["error"].(map[string]any)["code"])
	// another session is made, and lived in
	answer = send(false, `{"janus":"create"}`)
	other := uint64(answer["data"].(map[string]any)["id"].(float64))
	require.NotEqual(t, r.session.ID(), other)
	require.Equal(t, "success", send(false, `{"janus":"destroy","session_id":%d}`, other)["janus"])
	require.NoError(t, r.session.Err())
}

// A session that Janus does not know any more is lost by that.
func TestSendLearnsOfTheLoss(t *testing.T) { overBoth(t, testSendLearnsOfTheLoss) }

func testSendLearnsOfTheLoss(t *testing.T, over transport) {
	r := over.rig(t, nil)
	raw, err := r.session.Send(t.Context(), asked(t, `{"janus":"destroy"}`), false)
	require.NoError(t, err)
	require.Contains(t, string(raw), `"success"`)
	_, _ = r.session.Send(t.Context(), asked(t, `{"janus":"keepalive"}`), false)
	select {
	case <-r.session.Done():
	case <-time.After(30 * time.Second):
		t.Fatal("the session does not know")
	}
	_, err = r.session.Send(t.Context(), asked(t, `{"janus":"keepalive"}`), false)
	require.ErrorIs(t, err, janusclient.ErrSessionLost)
}

func TestSendInTime(t *testing.T) { overBoth(t, testSendInTime) }

func testSendInTime(t *testing.T, over transport) {
	t.Parallel()
	r := over.rig(t, quick)
	rule := r.server.Fault(janustest.Match{Janus: "message", Request: "list"}, janustest.Hang())
	_, err := r.session.Send(t.Context(), asked(t, `{"janus":"message","handle_id":%d,"body":{"request":"list"}}`, r.handle.ID()), false)
	require.ErrorIs(t, err, janusclient.ErrTimeout)
	rule.Remove()
}

// Two at once with the same transaction would take each other's answers.
func TestSendOneTransactionOnce(t *testing.T) { overBoth(t, testSendOneTransactionOnce) }

func testSendOneTransactionOnce(t *testing.T, over transport) {
	r := over.rig(t, unhurried)
	rule := r.server.Fault(janustest.Match{Janus: "message", Request: "list"})
	same := asked(t, `{"janus":"message","transaction":"same","handle_id":%d,"body":{"request":"list"}}`, r.handle.ID())
	r.server.Pause()
	first := make(chan error)
	go func() {
		_, err := r.session.Send(t.Context(), same, false)
		first <- err
	}()
	eventually(t, "the first is under way", func() bool { return rule.Hits() == 1 })
	_, err := r.session.Send(t.Context(), same, false)
	require.ErrorContains(t, err, "in use")
	r.server.Resume()
	require.NoError(t, <-first)
}

func TestParseRequest(t *testing.T) {
	_, rest, err := janusclient.ParseRequest(` {"janus":"ping"} async `, 100)
	require.NoError(t, err)
	require.Equal(t, " async ", rest)
	for text, words := range map[string]string{
		``:                                   "not a JSON object",
		`[1]`:                                "not a JSON object",
		`"janus"`:                            "not a JSON object",
		`{"janus":"pi`:                       "ends too soon",
		`{"janus":}`:                         "not JSON, near byte",
		`{"a":1}`:                            `without a "janus" member`,
		`{"janus":7}`:                        `without a "janus" member`,
		`{"janus":null}`:                     `without a "janus" member`,
		`{"janus":"x","session_id":"seven"}`: `"session_id" is not a positive integer`,
		`{"janus":"x","handle_id":-1}`:       `"handle_id" is not a positive integer`,
		`{"janus":"x","handle_id":1.5}`:      `"handle_id" is not a positive integer`,
		`{"janus":"x","a":` + strings.Repeat("[", 100) + `}`: "nested deeper",
		`{"janus":"` + strings.Repeat("x", 2000) + `"}`:      "at most 1000 are sent",
	} {
		_, _, err := janusclient.ParseRequest(text, 1000)
		require.ErrorContains(t, err, words, text)
	}
	request := asked(t, `{"janus":"x","session_id":18446744073709551615,"handle_id":9007199254740993}`)
	require.Equal(t, uint64(1<<64-1), request.SessionID())
	require.Equal(t, uint64(9007199254740993), request.HandleID())
}

func FuzzParseRequest(f *testing.F) {
	f.Add(`{"janus":"message","body":{"request":"list"}} async`)
	f.Add(`{"janus":"x","session_id":1} {"`)
	f.Fuzz(func(t *testing.T, text string) {
		request, rest, err := janusclient.ParseRequest(text, 1<<16)
		if err == nil && (request.Name() == "" || len(rest) >= len(text)) {
			t.Fatalf("%q", text)
		}
	})
}

// OnMessage is shown what comes, as it came.
func TestOnMessage(t *testing.T) { overBoth(t, testOnMessage) }

func testOnMessage(t *testing.T, over transport) {
	server := over.server(t, janustest.WithRoom("1234"))
	client := newClient(t, server, nil)
	messages := make(chan string, 100)
	session, err := client.Create(t.Context(), janusclient.SessionOptions{OnMessage: func(raw json.RawMessage) { messages <- string(raw) }})
	require.NoError(t, err)
	handle, err := session.Attach(t.Context(), plugin, janusclient.AttachOptions{})
	require.NoError(t, err)
	event := fmt.Sprintf(`{"janus":"event","session_id":%d,"sender":%d,"big":9007199254740993}`, session.ID(), handle.ID())
	server.PushEvent(handle.ID(), json.RawMessage(event))
	select {
	case raw := <-messages:
		require.JSONEq(t, event, raw)
		require.Contains(t, raw, "9007199254740993", "no float")
	case <-time.After(30 * time.Second):
		t.Fatal("nothing came")
	}
	require.NoError(t, session.Destroy(t.Context()))
}

// Where four fragments are the limit, an answer in five ends the connection.
func TestMessageInChunks(t *testing.T) {
	r := overWS.rig(t, func(c *janusclient.Config) { c.MaxMessageChunks = 4 })
	rule := r.server.Fault(janustest.Match{Janus: "keepalive"}, janustest.Chunks(4))
	require.NoError(t, r.session.KeepAlive(t.Context()))
	rule.Remove()
	rule = r.server.Fault(janustest.Match{Janus: "keepalive"}, janustest.Chunks(5))
	defer rule.Remove()
	_, err := r.session.Send(t.Context(), asked(t, `{"janus":"keepalive"}`), false)
	require.ErrorContains(t, err, "more than 4 chunks (max-message-chunks)")
}
