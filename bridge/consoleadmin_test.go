// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/call"
	"mod_janus/bridge/host"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/janustest"
)

const adminSecret = "adm1n-s3cret"

// newAdminLab is a lab whose server demo has an Admin API, told to it by a
// reload, since its URL is not known before.
func newAdminLab(t *testing.T) *lab {
	t.Helper()
	l := newLab(t, "", janustest.WithAdminSecret(adminSecret))
	l.addParams(fmt.Sprintf(`<param name="admin-url" value="%s"/><param name="admin-secret" value="%s"/>`, l.janus.Admin, adminSecret))
	l.connected()
	return l
}

// addParams adds params to the server demo.
func (l *lab) addParams(params string) {
	l.t.Helper()
	l.host.Mu.Lock()
	l.host.XML = strings.Replace(l.host.XML, "</server>", params+"</server>", 1)
	l.host.Mu.Unlock()
	require.Contains(l.t, l.engine.Command("reload"), "changed|demo")
}

// joined places a call that is up.
func (l *lab) joined() (*call.Call, string) {
	l.t.Helper()
	c, uuid := l.call("demo/Ann@1234", nil)
	l.up(uuid)
	return c, uuid
}

// lines reads "name|value" lines.
func lines(t *testing.T, output string) map[string]string {
	t.Helper()
	values := map[string]string{}
	for line := range strings.Lines(output) {
		name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "|")
		require.True(t, ok, output)
		values[name] = value
	}
	return values
}

func TestAdminSessionsAndHandles(t *testing.T) {
	l := newAdminLab(t)
	c, uuid := l.joined()
	other, err := janusclient.New(janusclient.Config{URL: l.janus.URL})
	require.NoError(t, err)
	defer other.Close()
	session, err := other.Create(t.Context(), janusclient.SessionOptions{})
	require.NoError(t, err)
	handle, err := audiobridge.Attach(t.Context(), session, janusclient.AttachOptions{})
	require.NoError(t, err)

	own := l.host.Variable(uuid, host.VarSessionID)
	sessions := l.engine.Command("admin demo sessions")
	require.True(t, strings.HasPrefix(sessions, "session|ours\n"), sessions)
	require.Contains(t, sessions, "\n"+own+"|true\n")
	require.Contains(t, sessions, fmt.Sprintf("\n%d|false\n", session.ID()))

	ours := fmt.Sprintf("%s|%s|%s\n", own, l.host.Variable(uuid, host.VarHandleID), uuid)
	require.Equal(t, "session|handle|uuid\n"+ours, l.engine.Command("admin demo handles"))
	theirs := fmt.Sprintf("%d|%d|\n", session.ID(), handle.ID())
	require.Equal(t, "session|handle|uuid\n"+theirs, l.engine.Command(fmt.Sprintf("admin demo handles %d", session.ID())))
	all := l.engine.Command("admin demo handles all")
	require.Contains(t, all, ours)
	require.Contains(t, all, theirs)
	var rows []map[string]any
	require.NoError(t, json.Unmarshal([]byte(l.engine.Command("admin demo handles as json")), &rows))
	require.Len(t, rows, 1)
	require.Equal(t, uuid, rows[0]["uuid"])
	require.Equal(t, "-ERR No such session 77\n", l.engine.Command("admin demo handles 77"))
	l.end(c, host.CauseNormalClearing)
}

func TestAdminInfo(t *testing.T) {
	l := newAdminLab(t)
	c, uuid := l.joined()
	place := fmt.Sprintf("%s/%s", l.host.Variable(uuid, host.VarSessionID), l.host.Variable(uuid, host.VarHandleID))
	for _, word := range []string{uuid, place} {
		info := lines(t, l.engine.Command("admin demo info "+word))
		require.Equal(t, uuid, info["uuid"])
		require.Equal(t, audiobridge.Plugin, info["plugin"])
		require.Equal(t, uuid, info["opaqueId"])
		require.Equal(t, "ready", info["iceState"])
		require.Equal(t, "connected", info["dtlsState"])
		require.Equal(t, "500", info["packetsIn"])
		require.Equal(t, "4", info["nacksOut"])
		require.Equal(t, "42", info["roundTripMs"])
	}
	var info map[string]any
	require.NoError(t, json.Unmarshal([]byte(l.engine.Command("admin demo info "+uuid+" as json")), &info))
	require.InDelta(t, 42, info["roundTripMs"], 0)
	raw := l.engine.Command("admin demo info " + uuid + " raw")
	require.Equal(t, 1, strings.Count(raw, "\n"))
	require.Contains(t, raw, `"dtls-state":"connected"`)

	call := lines(t, l.engine.Command("calls "+uuid))
	require.Equal(t, uuid, call["uuid"])
	require.Equal(t, "Ann", call["display"])
	require.Equal(t, "up", call["state"])
	require.Equal(t, place, call["session"]+"/"+call["handle"])
	require.Equal(t, "ready", call["janus.iceState"])
	require.Equal(t, "42", call["janus.roundTripMs"])
	require.Empty(t, call["janus.error"])
	require.True(t, json.Valid([]byte(l.engine.Command("calls "+uuid+" as json"))))
	require.Equal(t, "-ERR no Janus leg has the uuid \"nobody\"\n", l.engine.Command("calls nobody"))

	l.janus.Fault(janustest.Match{Janus: "handle_info"}, janustest.Status(http.StatusForbidden))
	call = lines(t, l.engine.Command("calls "+uuid))
	require.Equal(t, "up", call["state"])
	require.NotEmpty(t, call["janus.error"])
	l.end(c, host.CauseNormalClearing)
}

func TestAdminPCAP(t *testing.T) {
	l := newAdminLab(t)
	c, uuid := l.joined()
	require.Equal(t, "-ERR Capture not started\n", l.engine.Command("admin demo pcap "+uuid+" stop"))
	require.Equal(t, "+OK /tmp/leg.pcap\n", l.engine.Command("admin demo pcap "+uuid+" start /tmp/leg.pcap"))
	require.Equal(t, "-ERR pcap already started\n", l.engine.Command("admin demo pcap "+uuid+" start"))
	require.Equal(t, "/tmp/leg.pcap", lines(t, l.engine.Command("admin demo info "+uuid))["pcapFile"])
	require.JSONEq(t, `{"result":"ok","file":"/tmp/leg.pcap"}`, l.engine.Command("admin demo pcap "+uuid+" stop as json"))
	require.Regexp(t, `^\+OK janus-\d+\.pcap\n$`, l.engine.Command("admin demo pcap "+uuid+" start"))
	require.Regexp(t, `^\+OK janus-\d+\.pcap\n$`, l.engine.Command("admin demo pcap "+uuid+" stop"))
	l.end(c, host.CauseNormalClearing)
}

func TestAdminSettings(t *testing.T) {
	l := newAdminLab(t)
	require.Equal(t, "+OK info\n", l.engine.Command("admin demo log-level"))
	require.Equal(t, "+OK verbose\n", l.engine.Command("admin demo log-level 5"))
	require.Equal(t, "+OK debug\n", l.engine.Command("admin demo log-level debug"))
	require.JSONEq(t, `{"result":"ok","level":7,"name":"debug"}`, l.engine.Command("admin demo log-level as json"))
	require.Equal(t, "-ERR Stored-Token based authentication disabled\n", l.engine.Command("admin demo tokens"))

	require.Equal(t, "+OK\n", l.engine.Command("admin demo accept off"))
	other, err := janusclient.New(janusclient.Config{URL: l.janus.URL})
	require.NoError(t, err)
	defer other.Close()
	_, err = other.Create(t.Context(), janusclient.SessionOptions{})
	require.ErrorContains(t, err, "not accepting")
	require.Equal(t, "+OK\n", l.engine.Command("admin demo accept on"))
	_, err = other.Create(t.Context(), janusclient.SessionOptions{})
	require.NoError(t, err)
}

func TestAdminTokens(t *testing.T) {
	l := newLab(t, "", janustest.WithStoredTokens(), janustest.WithAdminSecret(adminSecret))
	l.addParams(fmt.Sprintf(`<param name="admin-url" value="%s"/><param name="admin-secret" value="%s"/>`,
		l.janus.Admin, adminSecret))
	l.engine.Command("debug true")
	// no session is needed: the server cannot even connect without a token
	require.Equal(t, "token|plugins\n", l.engine.Command("admin demo tokens"))
	require.Equal(t, "+OK janus.plugin.audiobridge\n", l.engine.Command("admin demo tokens add t0ken audiobridge"))
	require.Equal(t, "+OK janus.plugin.audiobridge,janus.plugin.sip\n", l.engine.Command("admin demo tokens allow t0ken janus.plugin.sip"))
	require.Equal(t, "token|plugins\nt0ken|janus.plugin.audiobridge,janus.plugin.sip\n", l.engine.Command("admin demo tokens"))
	require.JSONEq(t, `{"result":"ok","plugins":["janus.plugin.audiobridge"]}`, l.engine.Command("admin demo tokens disallow t0ken sip as json"))
	require.Equal(t, "-ERR Token *** not found\n", l.engine.Command("admin demo tokens allow unknown sip"))
	require.Equal(t, "+OK\n", l.engine.Command("admin demo tokens remove t0ken"))
	require.Equal(t, "token|plugins\n", l.engine.Command("admin demo tokens"))
	l.engine.Command("debug false")
	require.Contains(t, l.log(), `"admin_secret":"***"`)
	require.NotContains(t, l.log(), adminSecret)
	require.NotContains(t, l.log(), "t0ken")
}

func TestAdminErrors(t *testing.T) {
	l := newAdminLab(t)
	for _, line := range []string{
		"admin", "admin demo", "admin demo dance", "admin demo sessions now", "admin demo handles 1 2", "admin demo handles x",
		"admin demo handles 0", "admin demo info", "admin demo info x y", "admin demo info x raw raw", "admin demo pcap x",
		"admin demo log-level loud", "admin demo log-level 8", "admin demo log-level -1", "admin demo log-level 1 2", "admin demo tokens add",
		"admin demo tokens allow t", "admin demo tokens dance t", "admin demo tokens remove", "admin demo accept", "admin demo accept maybe",
		"calls a b", "drain", "drain demo now", "drain demo stop it",
	} {
		require.True(t, strings.HasPrefix(l.engine.Command(line), "-ERR usage: janus "), "%s: %s", line, l.engine.Command(line))
	}
	for line, want := range map[string]string{
		"admin nowhere sessions":   "-ERR no server \"nowhere\" is configured\n",
		"drain nowhere":            "-ERR no server \"nowhere\" is configured\n",
		"admin demo info nobody":   "-ERR no Janus leg has the uuid \"nobody\"\n",
		"admin demo info 1/2":      "-ERR No such session 1\n",
		"admin demo info 1/x":      "-ERR no Janus leg has the uuid \"1/x\"\n",
		"admin demo pcap 0/1 stop": "-ERR no Janus leg has the uuid \"0/1\"\n",
	} {
		require.Equal(t, want, l.engine.Command(line), line)
	}
	l.janus.Fault(janustest.Match{Janus: "list_sessions"}, janustest.Body("text/html", "<html>"))
	require.Contains(t, l.engine.Command("admin demo sessions"), "-ERR janus: list_sessions to ")
	l.addParams(`<param name="admin-secret" value="wr0ng"/>`)
	require.Equal(t, "-ERR Unauthorized request (wrong or missing secret/token)\n", l.engine.Command("admin demo log-level"))
	l.addParams(`<param name="admin-url" value="http://127.0.0.1:1/admin"/>`)
	require.Contains(t, l.engine.Command("admin demo log-level"), "connection refused")
	require.Contains(t, l.engine.Command("drain demo"), "-ERR no new calls here, but Janus may still make new sessions: ")
	require.Contains(t, l.engine.Command("drain demo stop"), "-ERR new calls are taken here, but ")
	require.NotContains(t, l.log(), "wr0ng")
}

func TestAdminWithoutURL(t *testing.T) {
	l := newLab(t, fmt.Sprintf(`<param name="admin-secret" value="%s"/>`, adminSecret))
	require.Contains(t, l.log(), `server "demo": admin-secret has no effect without admin-url`)
	c, uuid := l.joined()
	require.Equal(t, "-ERR server \"demo\" has no admin-url\n", l.engine.Command("admin demo sessions"))
	call := lines(t, l.engine.Command("calls "+uuid))
	require.NotContains(t, call, "janus.error")
	require.NotEqual(t, "0", call["handle"])
	l.end(c, host.CauseNormalClearing)
}

// A leg of another server, whose Janus would not know it.
func TestAdminLegOfAnotherServer(t *testing.T) {
	l := newAdminLab(t)
	c, uuid := l.joined()
	l.host.Mu.Lock()
	l.host.XML = strings.Replace(l.host.XML, "</configuration>", fmt.Sprintf(
		`<server name="other"><param name="url" value="http://127.0.0.1:1/janus"/><param name="admin-url" value="%s"/></server></configuration>`,
		l.janus.Admin), 1)
	l.host.Mu.Unlock()
	require.Contains(t, l.engine.Command("reload"), "added|other")
	require.Equal(t, fmt.Sprintf("-ERR the leg %q is on server \"demo\"\n", uuid), l.engine.Command("admin other info "+uuid))
	l.end(c, host.CauseNormalClearing)
}
