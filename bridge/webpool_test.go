// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// openPoolSite has a pool of two Janus serve the page.
func openPoolSite(t *testing.T) (*poolLab, *site) {
	t.Helper()
	p := newPoolLab(t, 2, "", nil)
	s := &site{lab: p.lab, addr: freePort(t), client: &http.Client{Transport: &http.Transport{}}}
	s.configure(listenOn(s.addr))
	t.Cleanup(s.client.CloseIdleConnections)
	return p, s
}

// A pool without a server that has a session makes the module unready, whatever other servers do.
func TestReadinessOfPools(t *testing.T) {
	p, s := openPoolSite(t)
	status, body := get(t, s.addr, "/readyz")
	require.Equal(t, 200, status, body)
	s.configure(func(xml string) string { return strings.Replace(xml, `value="j1,j2"`, `value="j2"`, 1) })
	p.away("j2")
	p.eventually("not ready", func() bool { status, body = get(t, s.addr, "/readyz"); return status == 503 })
	require.JSONEq(t, `{"ready":false,"reasons":["no server of pool \"eu\" is connected"]}`, body)
	p.back("j2", false)
	p.eventually("ready", func() bool { status, _ = get(t, s.addr, "/readyz"); return status == 200 })
	s.engine.Command("server j2 disable")
	p.eventually("disabled", func() bool { status, body = get(t, s.addr, "/readyz"); return status == 503 })
	require.Contains(t, body, `no server of pool \"eu\"`)
	s.configure(func(xml string) string {
		return strings.Replace(xml, `name="servers" value="j2"`, `name="discover" value="dns:nowhere.invalid:8188"`, 1)
	})
	status, body = get(t, s.addr, "/readyz")
	require.Equal(t, 503, status, body)
	require.Contains(t, body, `pool \"eu\" has no servers`)
}

// A web application that asks where a room is hears what the console says.
func TestWhereForWebApplications(t *testing.T) {
	p, s := openPoolSite(t)
	as := s.withUsers()
	home := p.order("1000")[0]
	ask := func(path string) (status int, text string) {
		status, text, _ = s.ask("GET", "/api/where/"+path, "", "", as("eve"))
		return status, text
	}
	status, text := ask("eu/1000")
	require.Equal(t, 200, status, text)
	require.JSONEq(t, `{"server":"`+home+`","url":"wss://`+home+`.example.org/","state":"up","exists":false,"epoch":0}`, text)
	c, uuid := s.call("eu/Anna@1000", nil)
	s.up(uuid)
	_, text = ask("eu/1000")
	require.Contains(t, text, `"exists":true`)
	require.Contains(t, text, `"server":"`+home+`"`)
	for path, want := range map[string]int{"us/1000": 404, "eu/a%0Ab": 400, "eu/%20%FF": 400, "eu/" + strings.Repeat("x", 5000): 400} {
		status, text = ask(path)
		require.Equal(t, want, status, "%s: %s", path, text)
		var said struct{ Error string }
		require.NoError(t, json.Unmarshal([]byte(text), &said))
		if path == "us/1000" {
			require.Equal(t, "-ERR "+said.Error+"\n", p.engine.Command("where us 1000"))
		}
		require.NotEmpty(t, said.Error)
	}
	for _, room := range []string{"a%20b", "a@b", "10%2525"} {
		status, text = ask("eu/" + room)
		require.Equal(t, 200, status, "%s: %s", room, text)
	}
	status, _, _ = s.ask("GET", "/api/where/eu/1000", "", "")
	require.Equal(t, 401, status)
	s.end(c, 16)
}

// The page sees pools, and who may operate acts on their servers; who may only see does not.
func TestThePageAndPools(t *testing.T) {
	p, s := openPoolSite(t)
	as := s.withUsers()
	f := s.follow("", as("eve"))
	var pools []struct {
		Pool        string
		Servers, Up int
	}
	s.getAs("/api/pools", &pools, as("eve"))
	require.Len(t, pools, 1)
	require.Equal(t, 2, pools[0].Up)
	state := func() string {
		var servers []struct {
			Server, State, Source string
			Weight                float64
		}
		s.getAs("/api/pool/eu", &servers, as("eve"))
		require.Len(t, servers, 2)
		require.Equal(t, "janus.conf", servers[0].Source)
		return servers[0].State
	}
	require.Equal(t, "up", state())
	for _, action := range []struct{ command, line, state string }{
		{`{"verb":"cordon","server":"j1"}`, "janus cordon j1", "cordoned"},
		{`{"verb":"uncordon","server":"j1"}`, "janus uncordon j1", "up"},
		{`{"verb":"drain","server":"j1","args":["move"]}`, "janus drain j1 move", "draining"},
		{`{"verb":"drain","server":"j1","args":["stop"]}`, "janus drain j1 stop", "up"},
		{`{"verb":"drain","server":"j1"}`, "janus drain j1", "draining"},
	} {
		before := state()
		status, text, _ := s.ask("POST", "/api/command", "application/json", action.command, as("eve"))
		require.Equal(t, 403, status, text)
		require.Equal(t, before, state(), "a viewer has changed it")
		status, text, _ = s.ask("POST", "/api/command", "application/json", action.command, as("ops"))
		require.Equal(t, 200, status, text)
		require.Contains(t, text, `"ok":true`)
		// a server that is drained at once lets its session go, and connects again
		p.eventually(action.line, func() bool { return state() == action.state })
		s.host.Mu.Lock()
		require.True(t, s.host.Logged("5 ", "HTTP: ops: "+action.line+": done"), "%q", s.host.Lines)
		s.host.Mu.Unlock()
	}
	f.wait("pool", `"action":"cordoned"`, `"pool":"eu"`, `"server":"j1"`)
	_, text, _ := s.ask("POST", "/api/command", "application/json", `{"verb":"cordon","server":"nothing"}`, as("ops"))
	require.Contains(t, text, `"ok":false`)
	require.Contains(t, text, strings.TrimPrefix(strings.TrimSpace(strings.ReplaceAll(p.engine.Command("cordon nothing"), `"`, `\"`)), "-ERR "))
}
