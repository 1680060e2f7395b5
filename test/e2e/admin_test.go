// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/admin"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// adminParams tell a server where its Admin API is.
func adminParams(url string) string {
	return fmt.Sprintf(`<param name="admin-url" value="%s"/><param name="admin-secret" value="%s"/>`, url, realjanus.AdminSecret)
}

// administered starts a Janus of its own, and a switch with the servers demo,
// whose Admin API is REST, and ws, where it is a WebSocket.
func administered(t *testing.T) (*realjanus.Janus, *lab.Switch) {
	t.Helper()
	j, err := realjanus.Start(t.TempDir(), realjanus.Config{})
	require.NoError(t, err)
	t.Cleanup(j.Kill)
	conf := lab.ConfOf(j, adminParams(j.Admin))
	second := fmt.Sprintf(`<server name="ws"><param name="url" value="%s"/>%s%s</server></configuration>`, j.URL, lab.Trust(j), adminParams(j.AdminWS))
	s, err := startSwitch(t.TempDir(), strings.Replace(conf, "</configuration>", second, 1))
	require.NoError(t, err)
	t.Cleanup(s.Stop)
	return j, s
}

// values reads "name|value" lines.
func values(t *testing.T, output string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for line := range strings.Lines(output) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "|")
		require.True(t, ok, output)
		all[name] = value
	}
	return all
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	require.NoError(t, err)
	return n
}

// What Janus says of a leg with a tone, over both transports of the Admin API, and
// a capture of it.
func TestAdminCommands(t *testing.T) {
	j, s := administered(t)
	uuid := originate(t, s, "%s", tone("janus-use-existing-room=true", "janus/demo/Tone@1234", 440))
	place := api(t, s, "uuid_getvar %s janus_session_id", uuid) + "/" + api(t, s, "uuid_getvar %s janus_handle_id", uuid)
	session, handle, _ := strings.Cut(place, "/")
	require.Contains(t, api(t, s, "janus admin demo sessions"), "\n"+session+"|true")
	require.Equal(t, "session|handle|uuid\n"+session+"|"+handle+"|"+uuid, api(t, s, "janus admin demo handles"))

	info := func(server, word string) map[string]string {
		return values(t, api(t, s, "janus admin %s info %s", server, word))
	}
	require.Equal(t, "-ERR the leg \""+uuid+"\" is on server \"demo\"", api(t, s, "janus admin ws info %s", uuid))
	for server, word := range map[string]string{"demo": uuid, "ws": place} {
		eventually(t, "packets both ways, and a report of the other side", func() bool {
			i := info(server, word)
			return i["iceState"] == "ready" && i["dtlsState"] == "connected" && number(t, i["packetsIn"]) > 50 && number(t, i["packetsOut"]) > 50
		})
	}
	i := info("demo", uuid)
	require.Equal(t, "opus", i["codec"])
	require.Equal(t, uuid, i["opaqueId"])
	require.Contains(t, i["selectedPair"], "<->")
	require.Equal(t, "0", i["lost"])
	call := values(t, api(t, s, "janus calls %s", uuid))
	require.Equal(t, "up", call["state"])
	require.Equal(t, place, call["session"]+"/"+call["handle"])
	require.Equal(t, "ready", call["janus.iceState"])
	require.Empty(t, call["janus.error"])
	raw := api(t, s, "janus admin demo info %s raw", uuid)
	require.True(t, json.Valid([]byte(raw)), raw)
	require.Contains(t, raw, "a=ice-pwd:***")

	file := filepath.Join(t.TempDir(), "leg.pcap")
	require.Equal(t, "+OK "+file, api(t, s, "janus admin demo pcap %s start %s", uuid, file))
	before := number(t, info("demo", uuid)["packetsIn"])
	eventually(t, "a second of sound", func() bool { return number(t, info("demo", uuid)["packetsIn"]) > before+50 })
	require.Equal(t, "+OK "+file, api(t, s, "janus admin demo pcap %s stop", uuid))
	require.Equal(t, "-ERR Capture not started", api(t, s, "janus admin demo pcap %s stop", uuid))
	pcap, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Greater(t, len(pcap), 50*60)
	require.Contains(t, [][]byte{{0xd4, 0xc3, 0xb2, 0xa1}, {0xa1, 0xb2, 0xc3, 0xd4}}, pcap[:4], "libpcap's magic number")

	client := adminOf(t, j)
	require.Equal(t, "+OK verbose", api(t, s, "janus admin ws log-level verbose"))
	status, err := client.Status(t.Context())
	require.NoError(t, err)
	require.Equal(t, admin.LogVerb, status.LogLevel)
	require.Equal(t, "+OK info", api(t, s, "janus admin demo log-level 4"))
	require.Equal(t, "-ERR Stored-Token based authentication disabled", api(t, s, "janus admin demo tokens"))
	require.Equal(t, "-ERR no Janus leg has the uuid \"nobody\"", api(t, s, "janus admin demo info nobody"))
	require.Equal(t, "-ERR server \"demo\" has no admin-url", api(t, sw, "janus admin demo sessions"), "the other switch's")
	for _, line := range []string{"admin", "admin demo", "admin demo dance", "drain"} {
		require.True(t, strings.HasPrefix(api(t, s, "janus %s", line), "-ERR usage: janus "), line)
	}
	require.Contains(t, api(t, s, "console_complete janus admin demo pc"), "pcap")
	require.Contains(t, api(t, s, "console_complete janus admin demo info "), uuid)
	require.Contains(t, api(t, s, "console_complete janus drain "), "demo")
	hangup(t, s, uuid)
	require.NotContains(t, s.Log(), realjanus.AdminSecret)
}

// A Janus is taken out of service under two calls, and put back.
func TestDrain(t *testing.T) {
	j, s := administered(t)
	events := watch(t, s, "CUSTOM janus::server")
	told := func(action, calls string) {
		t.Helper()
		eventually(t, action+" "+calls, func() bool {
			return len(events.Find("Action", action, "Janus-Calls", calls, "Janus-Server", "demo")) == 1
		})
	}
	first := originate(t, s, "%sjanus/demo/First@1234 &park()", existing)
	second := originate(t, s, "%sjanus/demo/Second@1234 &park()", existing)
	progress := values(t, api(t, s, "janus drain demo"))
	require.Equal(t, "draining", progress["state"])
	require.Equal(t, "2", progress["calls"])
	require.Equal(t, "false", progress["janusAccepts"])
	told("draining", "2")
	require.Equal(t, "-ERR OUTGOING_CALL_BARRED", api(t, s, "originate %sjanus/demo/x@1234 &park()", existing))
	user, err := janusclient.New(janusclient.Config{URL: j.HTTP})
	require.NoError(t, err)
	defer user.Close()
	_, err = user.Create(t.Context(), janusclient.SessionOptions{})
	var refusal *janusclient.Error
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, janusclient.CodeNotAcceptingSessions, refusal.Code)

	api(t, s, "uuid_kill %s", first)
	told("draining", "1")
	require.Equal(t, "up", values(t, api(t, s, "janus calls %s", second))["state"], "it goes on")
	api(t, s, "uuid_kill %s", second)
	told("drained", "0")
	require.Equal(t, "drained", values(t, api(t, s, "janus drain demo"))["state"])
	require.Equal(t, "+OK", api(t, s, "janus drain demo stop"))
	third := originate(t, s, "%sjanus/demo/Third@1234 &park()", existing)
	hangup(t, s, third)
}

// A Janus with stored tokens lets the module in when its operator says so.
func TestAdminTokens(t *testing.T) {
	j, err := realjanus.Start(t.TempDir(), realjanus.Config{TokenAuth: true})
	require.NoError(t, err)
	t.Cleanup(j.Kill)
	s, err := startSwitch(t.TempDir(), lab.ConfOf(j, `<param name="auth-token" value="t0ken-of-ours"/>`+adminParams(j.Admin)))
	require.NoError(t, err)
	t.Cleanup(s.Stop)
	require.Equal(t, "token|plugins", api(t, s, "janus admin demo tokens"))
	require.Equal(t, "+OK "+audiobridge.Plugin, api(t, s, "janus admin demo tokens add t0ken-of-ours audiobridge"))
	require.Equal(t, "token|plugins\nt0ken-of-ours|"+audiobridge.Plugin, api(t, s, "janus admin demo tokens"))
	hangup(t, s, originate(t, s, "%sjanus/demo/x@1234 &park()", existing))
	require.Equal(t, "+OK", api(t, s, "janus admin demo tokens remove t0ken-of-ours"))
	require.Equal(t, "-ERR Error removing token", api(t, s, "janus admin demo tokens remove t0ken-of-ours"))
}
