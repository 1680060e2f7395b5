// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/test/lab"
)

// answer is what `janus send` printed: one line of JSON.
func answer(t *testing.T, text string) map[string]any {
	t.Helper()
	require.NotContains(t, text, "\n")
	var said map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &said), text)
	return said
}

// Requests in one's own words, over both transports, and the events that follow.
func TestDriver(t *testing.T) {
	for _, transport := range []string{janus.HTTP, janus.WS} {
		conf := lab.JanusConf(transport, `<param name="raw-events" value="true"/>`)
		s, err := startSwitch(filepath.Join(t.TempDir(), "switch"), conf)
		require.NoError(t, err)
		defer s.Stop()
		events := watch(t, s, "CUSTOM janus::event")
		send := func(text string) map[string]any {
			t.Helper()
			return answer(t, api(t, s, "janus send demo %s", text))
		}
		said := send(`{"janus":"message","transaction":"ours","body":{"request":"create","room":8800,"description":"by hand"}}`)
		require.Equal(t, "success", said["janus"])
		require.Equal(t, "ours", said["transaction"])
		require.Equal(t, "by hand", ask(t, janus).room(janusclient.NumberID(8800)).Description)
		require.Equal(t, "server_info", send(`{"janus":"info"}`)["janus"])
		said = send(`{"janus":"message","body":{"request":"join","room":8800,"display":"hand"}}`)
		require.Equal(t, "event", said["janus"], "what follows the ack")
		require.Equal(t, "hand", ask(t, janus).participants(janusclient.NumberID(8800))[0].Display)
		require.Equal(t, "ack", send(`{"janus":"message","transaction":"later","body":{"request":"configure","muted":true}} async`)["janus"])
		eventually(t, "the event follows", func() bool {
			for _, event := range events.Find("Event-Subclass", "janus%3A%3Aevent", "Janus_id", "demo") {
				if strings.Contains(event.Get("Body"), `"later"`) {
					return true
				}
			}
			return false
		})
		require.Equal(t, "error", send(`{"janus":"dance"}`)["janus"])
		require.Equal(t, "success", send(`{"janus":"message","body":{"request":"destroy","room":8800}}`)["janus"])

		refused := api(t, s, `janus send demo {"janus":"destroy"}`)
		require.Contains(t, refused, "-ERR this is the session of all calls of server demo")
		require.Contains(t, api(t, s, `janus send demo {"janus":`), "-ERR the request is not JSON")
		require.Equal(t, "success", send(`{"janus":"destroy"} force`)["janus"])
		eventually(t, "there is a new session", func() bool {
			return strings.Contains(api(t, s, `janus send demo {"janus":"keepalive"}`), `"ack"`)
		})
	}
}

// The application: on a leg, the handle is the leg's own.
func TestSendFromTheDialplan(t *testing.T) {
	uuid := originate(t, sw, "janus/demo/x@8801 &park()")
	id := api(t, sw, "uuid_getvar %s janus_participant_id", uuid)
	api(t, sw, `uuid_broadcast %s 'janus_send::demo {"janus":"message","body":{"request":"configure","muted":true}}' aleg`, uuid)
	eventually(t, "the leg is muted", func() bool { return ask(t, janus).person(8801, id).Muted })
	eventually(t, "the result is there", func() bool { return api(t, sw, "uuid_getvar %s janus_send_result", uuid) == "+OK" })
	require.Equal(t, "event", answer(t, api(t, sw, "uuid_getvar %s janus_response", uuid))["janus"])
	api(t, sw, `uuid_broadcast %s 'janus_send::nowhere {"janus":"ping"}' aleg`, uuid)
	eventually(t, "it is refused", func() bool {
		return api(t, sw, "uuid_getvar %s janus_send_result", uuid) == `-ERR no server "nowhere" is configured`
	})
	hangup(t, sw, uuid)
}
