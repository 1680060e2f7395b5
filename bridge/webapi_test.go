// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"mod_janus/bridge/host/hosttest"
)

// site is the live page of a lab as a browser uses it.
type site struct {
	*lab
	addr   string
	client *http.Client
}

// openSite has a lab serve the page.
func openSite(t *testing.T, l *lab) *site {
	t.Helper()
	s := &site{lab: l, addr: freePort(t), client: &http.Client{Transport: &http.Transport{}}}
	l.configure(listenOn(s.addr))
	l.session()
	t.Cleanup(s.client.CloseIdleConnections)
	return s
}

// ask sends a request; change is for what is unusual about it.
func (s *site) ask(method, path, kind, body string, change ...func(*http.Request)) (status int, text string, header http.Header) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, "http://"+s.addr+path, strings.NewReader(body))
	require.NoError(s.t, err)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	for _, do := range change {
		do(r)
	}
	resp, err := s.client.Do(r)
	require.NoError(s.t, err)
	defer func() { _ = resp.Body.Close() }()
	all, err := io.ReadAll(resp.Body)
	require.NoError(s.t, err)
	return resp.StatusCode, string(all), resp.Header
}

func (s *site) get(path string, into any) {
	s.t.Helper()
	status, text, _ := s.ask("GET", path, "", "")
	require.Equal(s.t, 200, status, "%s: %s", path, text)
	require.NoError(s.t, json.Unmarshal([]byte(text), into))
}

// getAs is get, as some user.
func (s *site) getAs(path string, into any, change func(*http.Request)) {
	s.t.Helper()
	status, text, _ := s.ask("GET", path, "", "", change)
	require.Equal(s.t, 200, status, text)
	require.NoError(s.t, json.Unmarshal([]byte(text), into))
}

// do runs a command, as a page does.
func (s *site) do(command string) (status int, text string) {
	s.t.Helper()
	status, text, _ = s.ask("POST", "/api/command", "application/json", command)
	return status, text
}

// follower is a page's stream.
type follower struct {
	t     *testing.T
	id    string
	body  io.Closer
	mu    sync.Mutex
	heard []heardEvent
	over  chan struct{}
}

type heardEvent struct{ name, data string }

// follow opens a stream, and returns when the snapshot is there.
func (s *site) follow(query string, change ...func(*http.Request)) *follower {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, "http://"+s.addr+"/api/stream"+query, nil)
	require.NoError(s.t, err)
	for _, do := range change {
		do(r)
	}
	resp, err := s.client.Do(r) //nolint:bodyclose // the follower closes it
	require.NoError(s.t, err)
	require.Equal(s.t, 200, resp.StatusCode)
	require.Equal(s.t, "text/event-stream", resp.Header.Get("Content-Type"))
	f := &follower{t: s.t, body: resp.Body, over: make(chan struct{})}
	go f.read(resp.Body)
	s.t.Cleanup(f.close)
	var first struct{ ID string }
	require.NoError(s.t, json.Unmarshal([]byte(f.wait("snapshot")), &first))
	f.id = first.ID
	return f
}

func (f *follower) read(body io.Reader) {
	defer close(f.over)
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, 1<<20)
	name := ""
	for lines.Scan() {
		if text, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			name = text
		}
		if text, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			f.mu.Lock()
			f.heard = append(f.heard, heardEvent{name, text})
			f.mu.Unlock()
		}
	}
}

func (f *follower) close() {
	_ = f.body.Close()
	<-f.over
}

// wait waits for an event of this name that has all these words.
func (f *follower) wait(name string, words ...string) (data string) {
	f.t.Helper()
	require.Eventually(f.t, func() bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		for _, event := range f.heard {
			met := event.name == name
			for _, word := range words {
				met = met && strings.Contains(event.data, word)
			}
			if met {
				data = event.data
				return true
			}
		}
		return false
	}, hosttest.Patience, 5*time.Millisecond, "%s %q", name, words)
	return data
}

func (f *follower) all() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return fmt.Sprint(f.heard)
}

func TestWhatThePageSees(t *testing.T) {
	s := openSite(t, newLab(t, ""))
	f := s.follow("?room=demo/1234")
	c, uuid := s.call(`demo/<script>alert(1)<\/script>@1234`, nil)
	s.up(uuid)
	f.wait("call", `"action":"joined"`, uuid, `"room":"1234"`, `"server":"demo"`)
	f.wait("row", uuid, `"state":"up"`)
	var calls []struct{ UUID, Server, Room, Display, State string }
	s.get("/api/calls", &calls)
	require.Len(t, calls, 1)
	require.Equal(t, uuid, calls[0].UUID)
	require.Contains(t, calls[0].Display, "<script>")
	_, raw, header := s.ask("GET", "/api/calls", "", "")
	require.NotContains(t, raw, "<script>")
	require.Equal(t, "application/json", header.Get("Content-Type"))
	var servers []struct {
		Name, State string
		Draining    bool
	}
	s.get("/api/servers", &servers)
	require.Equal(t, "connected", servers[0].State)
	var rooms []struct{ Room json.Number }
	s.get("/api/rooms/demo", &rooms)
	require.Equal(t, "1234", rooms[0].Room.String())
	var people []struct{ UUID string }
	s.get("/api/room/demo/1234", &people)
	require.Equal(t, uuid, people[0].UUID)
	status, text, _ := s.ask("GET", "/api/room/demo/4711", "", "")
	require.Equal(t, 502, status)
	require.Contains(t, text, "No such room")
	for _, path := range []string{"/api/rooms/nothing", "/api/room/demo/a%20b", "/api/room/demo/a%0Ab", "/api/calls/x", "/api/info/demo/" + uuid} {
		status, _, _ := s.ask("GET", path, "", "")
		require.GreaterOrEqual(t, status, 400, path)
	}
	s.end(c, 16)
	f.wait("call", `"action":"left"`, uuid)
	s.engine.Command("server demo disable")
	f.wait("server", `"action":"disabled"`)
	f.wait("servers", `"enabled":false`)
}

// The figures of legs come where they are asked for, and what is about the participants of a room
// only to who shows that room.
func TestWhatThePageShows(t *testing.T) {
	s := openSite(t, newLab(t, ""))
	c, uuid := s.call("demo/Anna@1234", nil)
	s.up(uuid)
	quiet, here, figures := s.follow(""), s.follow(""), s.follow("?stats="+uuid)
	figures.wait("stats", uuid, `"bufferMs"`, `"remoteLossPercent"`)
	status, text, _ := s.ask("POST", "/api/stream/"+here.id, "application/json", `{"room":"demo/1234","stats":[]}`)
	require.Equal(t, 204, status, text)
	status, text = s.do(`{"verb":"mute","uuid":"` + uuid + `"}`)
	require.Equal(t, 200, status)
	require.JSONEq(t, `{"ok":true,"text":""}`, text)
	here.wait("participant", `"action":"muted"`, `"display":"Anna"`)
	c2, uuid2 := s.call("demo/Bert@1234", nil)
	s.up(uuid2)
	quiet.wait("call", uuid2, "joined")
	require.NotContains(t, quiet.all(), "participant {")
	require.NotContains(t, quiet.all(), "{stats ")
	status, _, _ = s.ask("POST", "/api/stream/"+here.id, "application/json", `{"stats":[`+strings.Repeat(`"a",`, 30)+`"a"]}`)
	require.Equal(t, 400, status)
	status, _, _ = s.ask("POST", "/api/stream/nothing", "application/json", `{}`)
	require.Equal(t, 404, status)
	s.end(c, 16)
	s.end(c2, 16)
}

// What is done on the page is done as on the console, and is in the log with who did it.
func TestWhatThePageDoes(t *testing.T) {
	s := openSite(t, newLab(t, ""))
	c, uuid := s.call("demo/Anna@1234", nil)
	s.up(uuid)
	for command, want := range map[string]string{
		`{"verb":"volume","uuid":"` + uuid + `","args":["150"]}`:              `{"ok":true,"text":"150%"}`,
		`{"verb":"display","uuid":"` + uuid + `","args":["Anna von B"]}`:      `{"ok":true,"text":""}`,
		`{"verb":"mute","uuid":"nothing"}`:                                    `{"ok":false,"text":"no Janus leg has the uuid \"nothing\""}`,
		`{"verb":"room","server":"demo","room":"1234","args":["mute-all"]}`:   `{"ok":true,"text":"","data":{"result":"ok"}}`,
		`{"verb":"room","server":"demo","room":"1234","args":["unmute-all"]}`: `{"ok":true,"text":"","data":{"result":"ok"}}`,
		`{"verb":"server","server":"demo","args":["enable"]}`:                 `{"ok":true,"text":""}`,
	} {
		status, text := s.do(command)
		require.Equal(t, 200, status, command)
		require.JSONEq(t, want, text, command)
	}
	require.Equal(t, "Anna von B", s.leg(uuid).Status().Display)
	s.host.Mu.Lock()
	require.True(t, s.host.Logged("5 ", "HTTP: 127.0.0.1: janus volume "+uuid+" 150: done"), "%q", s.host.Lines)
	require.True(t, s.host.Logged("5 ", "HTTP: 127.0.0.1: janus mute nothing: no Janus leg"))
	s.host.Mu.Unlock()
	for body, want := range map[string]int{
		`{"verb":"send","server":"demo","args":["{}"]}`: 400, `{"verb":"help"}`: 400, `{"verb":"mute","uuid":"` + uuid + ` x"}`: 400, `not JSON`: 400,
		`{"verb":"mute","colour":"red"}`: 400, ``: 400, `[]`: 400, `{"verb":"mute","uuid":"` + strings.Repeat("x", 100<<10) + `"}`: 413,
	} {
		status, text := s.do(body)
		require.Equal(t, want, status, "%.100s: %s", body, text)
	}
	status, _, _ := s.ask("POST", "/api/command", "text/plain", `{"verb":"kick","uuid":"`+uuid+`"}`)
	require.Equal(t, 415, status, "a form of another site could send this")
	status, _, _ = s.ask("POST", "/api/command", "application/json", `{"verb":"kick","uuid":"`+uuid+`"}`, func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") })
	require.Equal(t, 403, status)
	require.Equal(t, "up", s.leg(uuid).Status().State)
	s.end(c, 16)
}

// No PIN, secret or key reaches a page, or the log.
func TestThePageKnowsNoSecrets(t *testing.T) {
	s := openSite(t, newLab(t, `<param name="admin-secret" value="adminhush"/><param name="auth-token" value="tokenhush"/>`))
	f := s.follow("?room=demo/1234")
	c, uuid := s.call("demo/Anna@1234", map[string]string{"janus-room-secret": "roomhush", "janus-room-pin": "pinhush"})
	s.up(uuid)
	c.DTMF('7', 100)
	_, text := s.do(`{"verb":"move","uuid":"` + uuid + `","args":["1234","movehush"]}`)
	_, more := s.do(`{"verb":"room","server":"demo","room":"1234","args":["mute-all","secret=typedhush"]}`)
	f.wait("call", "joined")
	for _, path := range []string{"/api/calls", "/api/calls/" + uuid, "/api/servers", "/api/rooms/demo", "/api/room/demo/1234"} {
		_, answered, _ := s.ask("GET", path, "", "")
		text += answered
	}
	s.host.Mu.Lock()
	defer s.host.Mu.Unlock()
	require.NotContains(t, text+more+f.all()+strings.Join(s.host.Lines, "\n"), "hush")
	require.NotContains(t, f.all(), "dtmf")
	go s.end(c, 16) // the host is locked
}

// withUsers has the page ask for passwords.
func (s *site) withUsers() (as func(name string) func(*http.Request)) {
	hash, err := bcrypt.GenerateFromPassword([]byte("right"), bcrypt.MinCost)
	require.NoError(s.t, err)
	path := filepath.Join(s.t.TempDir(), "users")
	require.NoError(s.t, os.WriteFile(path, []byte("eve:"+string(hash)+":view\nops:"+string(hash)+":operate\n"), 0o600))
	s.configure(func(xml string) string {
		return strings.Replace(xml, "<settings>", `<settings><param name="http-users" value="`+path+`"/>`, 1)
	})
	return func(name string) func(*http.Request) { return func(r *http.Request) { r.SetBasicAuth(name, "right") } }
}

func TestWhoMayWhat(t *testing.T) {
	s := openSite(t, newLab(t, ""))
	as := s.withUsers()
	c, uuid := s.call("demo/Anna@1234", nil)
	s.up(uuid)
	f := s.follow("", as("eve"))
	f.wait("snapshot", `"role":"view"`, `"user":"eve"`)
	mute := `{"verb":"mute","uuid":"` + uuid + `"}`
	for name, want := range map[string]int{"eve": 403, "ops": 200} {
		status, text, _ := s.ask("POST", "/api/command", "application/json", mute, as(name))
		require.Equal(t, want, status, text)
	}
	status, _, _ := s.ask("POST", "/api/rooms/demo/1234/audio", "application/sdp", "v=0", as("eve"))
	require.Equal(t, 403, status, "who may only see does not listen")
	status, _, _ = s.ask("POST", "/api/stream/"+f.id, "application/json", `{}`, as("ops"))
	require.Equal(t, 404, status, "the stream is eve's")
	for _, path := range []string{"/", "/page/app.js", "/api/calls", "/api/stream"} {
		status, text, _ := s.ask("GET", path, "", "")
		require.Equal(t, 401, status)
		require.NotContains(t, text, "Anna")
		status, _, _ = s.ask("GET", path, "", "", as("nobody"))
		require.Equal(t, 401, status, path)
	}
	s.host.Mu.Lock()
	require.True(t, s.host.Logged("5 ", "HTTP: ops: janus mute "+uuid+": done"))
	s.host.Mu.Unlock()
	s.end(c, 16)
}

// A hundred pages are served, the next one is told so, and one that reads nothing holds up nobody.
// All of them end at once when the module is unloaded.
func TestManyPages(t *testing.T) {
	l := newLab(t, "")
	l.withoutMedia()
	s := openSite(t, l)
	var pages []*follower
	for range 99 {
		pages = append(pages, s.follow(""))
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.addr+"/api/stream", nil)
	require.NoError(t, err)
	stuck, err := s.client.Do(r) // nobody reads it
	require.NoError(t, err)
	defer func() { _ = stuck.Body.Close() }()
	status, text, _ := s.ask("GET", "/api/stream", "", "")
	require.Equal(t, 503, status)
	require.Contains(t, text, "100 pages are open already")
	c, uuid := s.call("demo/Anna@1234", nil)
	s.up(uuid)
	for _, page := range pages {
		page.wait("call", "joined", uuid)
	}
	s.end(c, 16)
	began := time.Now()
	require.Zero(t, l.engine.Stop(hosttest.Patience))
	require.Less(t, time.Since(began), 10*time.Second)
	for _, page := range pages {
		<-page.over
	}
}
