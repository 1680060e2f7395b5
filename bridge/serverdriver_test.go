// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/console"
	"mod_janus/bridge/host"
	"mod_janus/janusclient/janustest"
)

// send runs `janus send demo`, whose output must be one line of JSON.
func (l *lab) send(text string) map[string]any {
	l.t.Helper()
	output := l.engine.Command("send demo " + text)
	require.Equal(l.t, 1, strings.Count(output, "\n"))
	var answer map[string]any
	require.NoError(l.t, json.Unmarshal([]byte(output), &answer), output)
	return answer
}

func TestSend(t *testing.T) {
	l := newLab(t, `<param name="raw-events" value="true"/>`)
	l.connected()
	answer := l.send(`{"janus": "message",` + "\n" + `"body": {"request": "exists", "room": 1234}}`)
	require.Equal(t, "success", answer["janus"])
	require.Equal(t, 1, l.janus.Handles(), "the driver's own")
	require.Equal(t, "t-1", l.send(`{"janus":"message","transaction":"t-1","body":{"request":"exists","room":1234}}`)["transaction"])
	require.Equal(t, 1, l.janus.Handles(), "it stays")
	// the answer is the event after the ack, or with async the ack
	answer = l.send(`{"janus":"message","transaction":"t-2","body":{"request":"join","room":1234,"display":"driver"}}`)
	require.Equal(t, "event", answer["janus"])
	require.Equal(t, "ack", l.send(`{"janus":"message","transaction":"t-3","body":{"request":"configure","muted":true}} async`)["janus"])
	l.host.Wait(t, "the event follows", func() bool {
		for _, event := range l.host.Events {
			if event.Subclass == "janus::event" && strings.Contains(event.Body, `"t-3"`) {
				return true
			}
		}
		return false
	})
	require.True(t, l.fired("janus::event", "janus_id", "demo"))
	require.True(t, l.fired("janus::event", "janus_url", l.janus.URL))
	// what Janus refuses is an answer
	require.Equal(t, "error", l.send(`{"janus":"dance"}`)["janus"])
	// a handle that is gone is made anew
	require.Equal(t, "success", l.send(`{"janus":"detach"}`)["janus"])
	require.Zero(t, l.janus.Handles())
	require.Equal(t, "success", l.send(`{"janus":"message","body":{"request":"exists","room":1234}}`)["janus"])
	l.janus.LoseSessions()
	l.host.Wait(t, "the session is lost", func() bool { return l.host.Fired("janus::server", "Action", "down") })
	require.Equal(t, "success", l.send(`{"janus":"message","body":{"request":"exists","room":1234}}`)["janus"])
}

// Without raw-events nothing is fired.
func TestNoRawEvents(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.call("demo/MyName@1234", existing)
	l.up(uuid)
	l.tell(c, comes)
	l.host.Wait(t, "joined", func() bool { return l.host.Fired("janus::participant", "Participant-ID", "7") })
	require.False(t, l.fired("janus::event", "janus_id", "demo"))
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
}

func TestSendDestroy(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.call("demo/MyName@1234", existing)
	l.up(uuid)
	session := l.host.Variable(uuid, host.VarSessionID)
	const refused = "-ERR this is the session of all calls of server demo: it is destroyed only with force\n"
	require.Equal(t, refused, l.engine.Command(`send demo {"janus":"destroy"}`))
	require.Equal(t, refused, l.engine.Command(`send demo {"janus":"destroy","session_id":`+session+`} async`))
	require.Equal(t, 1, l.janus.Sessions())
	// somebody else's may be destroyed
	other := l.send(`{"janus":"create"}`)["data"].(map[string]any)["id"].(float64)
	require.Equal(t, "success", l.send(fmt.Sprintf(`{"janus":"destroy","session_id":%.0f}`, other))["janus"])
	require.Equal(t, 1, l.janus.Sessions())
	require.Equal(t, "success", l.send(`{"janus":"destroy"} force`)["janus"])
	l.host.Wait(t, "the call joins again", func() bool { return l.host.Fired("janus::call", "Action", "rejoined") })
	require.NotEqual(t, session, l.host.Variable(uuid, host.VarSessionID))
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
}

func TestSendErrors(t *testing.T) {
	l := newLab(t, `<param name="cmd-timeout" value="300"/>`)
	l.connected()
	for line, words := range map[string]string{
		"send":                               "usage: janus send " + console.SendSyntax(),
		"send demo":                          "usage: janus send " + console.SendSyntax(),
		`send demo {"janus":"ping"} later`:   "usage: janus send " + console.SendSyntax(),
		`send nowhere {"janus":"ping"}`:      `no server "nowhere" is configured`,
		`send demo ping`:                     "not a JSON object",
		`send demo {"janus":"ping"`:          "ends too soon",
		`send demo {"janus":"ping",}`:        "not JSON, near byte",
		`send demo {"secret":"open sesame"}`: `without a "janus" member`,
		`send demo {"janus":"` + strings.Repeat("x", 10<<20) + `"}`: "a request of 10485772 bytes, at most 1048576 are sent",
	} {
		output := l.engine.Command(line)
		require.True(t, strings.HasPrefix(output, "-ERR ") && strings.Contains(output, words), "%.60s: %.200s", line, output)
	}
	require.NotContains(t, l.log(), "sesame")
	rule := l.janus.Fault(janustest.Match{Janus: "message", Request: "list"}, janustest.Hang())
	require.Equal(t, "-ERR no answer from Janus in time\n", l.engine.Command(`send demo {"janus":"message","body":{"request":"list"}}`))
	rule.Remove()
}

// In the dialplan the handle is that of the session's leg.
func TestSendApplication(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.call("demo/MyName@1234", existing)
	l.up(uuid)
	l.host.Session("a-leg", map[string]string{"signal_bond": uuid})
	l.host.Session("stranger", nil)
	for _, session := range []string{uuid, "a-leg"} {
		l.engine.SendApplication(session, `demo {"janus":"message","body":{"request":"configure","display":"`+session+`"}}`)
		require.Equal(t, "+OK", l.host.Variable(session, host.VarSendResult))
		require.Contains(t, l.host.Variable(session, host.VarResponse), `"janus":"event"`)
		require.Contains(t, l.host.Variable(session, host.VarResponse), `"sender":`+l.host.Variable(uuid, host.VarHandleID))
	}
	require.Equal(t, 1, l.janus.Handles())
	l.engine.SendApplication("stranger", `demo {"janus":"message","body":{"request":"configure","display":"x"}}`)
	require.Equal(t, "+OK", l.host.Variable("stranger", host.VarSendResult))
	require.Contains(t, l.host.Variable("stranger", host.VarResponse), "not in a room", "Janus's own answer, on the driver's handle")
	for line, words := range map[string]string{"": "-ERR usage: janus_send <server>", "demo {": "-ERR the request is not JSON"} {
		l.engine.SendApplication("stranger", line)
		require.Contains(t, l.host.Variable("stranger", host.VarSendResult), words)
		require.Empty(t, l.host.Variable("stranger", host.VarResponse))
	}
	require.Contains(t, l.log(), "4 stranger Application janus_send: -ERR usage")
	l.end(c, host.CauseNormalClearing)
	l.eventually("the driver's handle is left", func() bool { return l.janus.Handles() == 1 })
}

// The ICE password of a leg of ours is not for the bus; whoever drives a handle
// by himself needs that of Janus.
func TestRawEventsOfLegs(t *testing.T) {
	l := newLab(t, `<param name="raw-events" value="true"/>`)
	c, uuid := l.call("demo/MyName@1234", existing)
	l.up(uuid)
	l.tell(c, `{"audiobridge":"event","note":"a=ice-pwd:pepper"}`)
	said := l.send(`{"janus":"message","body":{"request":"exists","room":1234}}`)
	l.janus.PushEvent(uint64(said["sender"].(float64)), json.RawMessage(fmt.Sprintf(
		`{"janus":"event","session_id":%s,"sender":%.0f,"jsep":{"sdp":"a=ice-pwd:salt"}}`, l.host.Variable(uuid, host.VarSessionID), said["sender"])))
	body := func(text string) bool {
		return slices.ContainsFunc(l.host.Events, func(event host.Event) bool { return strings.Contains(event.Body, text) })
	}
	l.host.Wait(t, "both events", func() bool { return body(`a=ice-pwd:***`) && body(`a=ice-pwd:salt`) })
	require.False(t, body("pepper"))
	l.end(c, host.CauseNormalClearing)
	l.eventually("the driver's handle is left", func() bool { return l.janus.Handles() == 1 })
}
