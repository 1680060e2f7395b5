// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/call"
	"mod_janus/bridge/host"
)

// tell sends the call an event of AudioBridge about participant 7.
func (l *lab) tell(c *call.Call, data string) {
	l.t.Helper()
	l.push(c, `"janus":"event","plugindata":{"plugin":"janus.plugin.audiobridge","data":`+data+`}`)
}

// push sends the call an event of Janus with these members.
func (l *lab) push(c *call.Call, members string) {
	at := c.Place()
	l.janus.PushEvent(at.ID, json.RawMessage(fmt.Sprintf(`{"session_id":%d,"sender":%d,%s}`, at.Session, at.ID, members)))
}

// gated places a call whose answer waits for another participant, and waits
// until it waits.
func (l *lab) gated(timeoutMS int, more map[string]string) (*call.Call, string) {
	l.t.Helper()
	vars := map[string]string{
		"janus-use-existing-room": "true", "janus-answer-on-participant-ready": "true",
		"janus-answer-participant-timeout-ms": fmt.Sprint(timeoutMS),
	}
	maps.Copy(vars, more)
	c, uuid := l.call("demo/MyName@1234", vars)
	l.host.Wait(l.t, "the answer waits", func() bool { return l.host.Logged(uuid, "answer waits") })
	return c, uuid
}

const (
	comes     = `{"audiobridge":"joined","room":1234,"participants":[{"id":7,"display":"Browser","setup":false,"muted":false}]}`
	isSetUp   = `{"audiobridge":"event","room":1234,"participants":[{"id":7,"display":"Browser","setup":true,"muted":false}]}`
	goesAgain = `{"audiobridge":"event","room":1234,"leaving":7}`
)

func TestAnswerWaitsForParticipant(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.gated(60000, nil)
	require.Equal(t, []string{"ring"}, l.host.Sessions[uuid].Progress, "the A-leg hears ringing")
	require.Contains(t, l.engine.Command("calls"), "|waiting|")
	l.tell(c, comes)
	l.host.Wait(t, "joined", func() bool { return l.host.Fired("janus::participant", "Participant-ID", "7") })
	l.tell(c, goesAgain)
	l.host.Wait(t, "left", func() bool { return l.host.Fired("janus::participant", "Action", "left") })
	l.tell(c, comes)
	require.Equal(t, []string{"ring"}, l.host.Sessions[uuid].Progress, "one that left before it was ready does not count")
	l.tell(c, isSetUp)
	l.up(uuid)
	require.Equal(t, []string{"ring", "media opus", "answer"}, l.host.Sessions[uuid].Progress)
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
}

func TestAnswerAfterTimeout(t *testing.T) {
	l := newLab(t, "")
	began := time.Now()
	c, uuid := l.gated(150, nil)
	l.tell(c, comes)
	l.up(uuid)
	require.GreaterOrEqual(t, time.Since(began), 150*time.Millisecond)
	require.True(t, l.logged(uuid, "no other participant was ready within 150ms"))
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
}

func TestAnswerAtOnceWhenSomebodyIsReady(t *testing.T) {
	l := newLab(t, "")
	first, uuid := l.call("demo/First@1234", existing)
	l.up(uuid)
	second, uuid := l.call("demo/Second@1234", map[string]string{
		"janus-use-existing-room": "true", "janus-answer-on-participant-ready": "true", "janus-answer-participant-timeout-ms": "60000",
	})
	l.up(uuid)
	l.end(first, host.CauseNormalClearing)
	l.end(second, host.CauseNormalClearing)
	l.clean(2)
}

// A hangup while the answer waits.
func TestHangupWhileWaiting(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.gated(60000, nil)
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
	require.Zero(t, l.janus.Participants("1234"))
	require.NotContains(t, l.host.Sessions[uuid].Progress, "answer")
}

func TestInbandDTMF(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.call("demo/MyName@1234", map[string]string{"janus-use-existing-room": "true", "janus-dtmf-inband": "true"})
	l.up(uuid)
	c.DTMF('5', 100)
	l.host.Wait(t, "the key sounds", func() bool { return slices.Contains(l.host.Sessions[uuid].Progress, "key 5 100ms") })
	l.host.Wait(t, "the key is told of", func() bool { return l.host.Fired("janus::dtmf", "DTMF-Digit", "5") })
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
}

// Whatever Janus tells of participants is told on.
func TestParticipantEvents(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.call("demo/MyName@1234", existing)
	l.up(uuid)
	for _, event := range []struct{ data, action string }{
		{comes, "joined"},
		{`{"audiobridge":"event","room":1234,"participants":[{"id":7,"display":"Browser","setup":true,"muted":true}]}`, "muted"},
		{isSetUp, "unmuted"},
		{`{"audiobridge":"talking","room":1234,"id":7}`, "talking"},
		{`{"audiobridge":"stopped-talking","room":1234,"id":7}`, "stopped-talking"},
		{`{"audiobridge":"event","room":1234,"suspended":7}`, "suspended"},
		{`{"audiobridge":"event","room":1234,"resumed":7}`, "resumed"},
		{goesAgain, "left"},
	} {
		l.tell(c, event.data)
		l.host.Wait(t, event.action, func() bool { return l.host.Fired("janus::participant", "Action", event.action) })
	}
	l.host.Mu.Lock()
	count := 0
	for _, event := range l.host.Events {
		if event.Subclass == "janus::participant" {
			require.Equal(t, uuid, event.UUID)
			require.Contains(t, event.Headers, [2]string{"Participant-Display", "Browser"})
			require.Contains(t, event.Headers, [2]string{"Janus-Server", "demo"})
			require.Contains(t, event.Headers, [2]string{"Janus-Room", "1234"})
			count++
		}
	}
	l.host.Mu.Unlock()
	require.Equal(t, 8, count, "each change is told once")
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
}
