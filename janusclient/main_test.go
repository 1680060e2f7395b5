// SPDX-License-Identifier: MPL-2.0

package janusclient_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"mod_janus/janusclient"
	"mod_janus/janusclient/janustest"
)

const plugin = "janus.plugin.audiobridge"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// body is an AudioBridge request.
type body map[string]any

// rig is a client, with one session and one handle, on a fake Janus.
type rig struct {
	server  *janustest.Server
	client  *janusclient.Client
	session *janusclient.Session
	handle  *janusclient.Handle
	mail    chan janusclient.Event
	states  *states
	wire    *strings.Builder // everything shown to Debug
}

// states records OnState.
type states struct {
	mu    sync.Mutex
	up    []bool
	fault error // the latest
}

func (s *states) set(up bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.up = append(s.up, up)
	if err != nil {
		s.fault = err
	}
}

func (s *states) get() (up []bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]bool(nil), s.up...), s.fault
}

// newClient makes a client that is closed before the server is.
func newClient(t *testing.T, server *janustest.Server, change func(*janusclient.Config)) *janusclient.Client {
	t.Helper()
	config := janusclient.Config{URL: server.URL}
	if change != nil {
		change(&config)
	}
	client, err := janusclient.New(config)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return client
}

func (over transport) rig(t *testing.T, change func(*janusclient.Config), options ...janustest.Option) *rig {
	t.Helper()
	return rigOn(t, over.server(t, append(options, janustest.WithRoom("1234"))...), change)
}

// rigOn is a rig on a server that is there.
func rigOn(t *testing.T, server *janustest.Server, change func(*janusclient.Config)) *rig {
	t.Helper()
	r := &rig{server: server, mail: make(chan janusclient.Event, 10000), states: &states{}, wire: &strings.Builder{}}
	var mu sync.Mutex
	r.client = newClient(t, r.server, func(c *janusclient.Config) {
		c.Debug = func(direction string, message fmt.Stringer) {
			mu.Lock()
			defer mu.Unlock()
			r.wire.WriteString(direction + " " + message.String() + "\n")
		}
		c.CmdTimeout, c.PingInterval = 30*time.Second, 100*time.Millisecond // a machine may be busy
		if change != nil {
			change(c)
		}
	})
	patiently(t, func() (err error) {
		r.session, err = r.client.Create(t.Context(), janusclient.SessionOptions{OnState: r.states.set})
		return err
	})
	r.handle = r.attach(t)
	return r
}

func (r *rig) attach(t *testing.T) *janusclient.Handle {
	t.Helper()
	var h *janusclient.Handle
	patiently(t, func() (err error) {
		h, err = r.session.Attach(t.Context(), plugin, janusclient.AttachOptions{
			OnEvent: func(e janusclient.Event) { r.mail <- e },
		})
		return err
	})
	return h
}

// patiently makes a request again that a busy machine has not answered in a brief CmdTimeout.
func patiently(t *testing.T, request func() error) {
	t.Helper()
	err := request()
	for try := 1; try < 20 && errors.Is(err, janusclient.ErrTimeout); try++ {
		err = request()
	}
	require.NoError(t, err)
}

// next waits for the next event.
func (r *rig) next(t *testing.T) janusclient.Event {
	t.Helper()
	select {
	case e := <-r.mail:
		return e
	case <-time.After(30 * time.Second):
		require.FailNow(t, "no event came")
		return nil
	}
}

// push sends the handle an event of the plugin that carries n.
func (r *rig) push(n int) {
	raw, _ := json.Marshal(map[string]any{
		"janus": "event", "session_id": r.session.ID(), "sender": r.handle.ID(),
		"plugindata": map[string]any{"plugin": plugin, "data": map[string]any{"n": n}},
	})
	r.server.PushEvent(r.handle.ID(), raw)
}

// number reads the n of such an event.
func number(t *testing.T, e janusclient.Event) int {
	t.Helper()
	event, ok := e.(janusclient.PluginEvent)
	require.True(t, ok, "%T", e)
	var data struct {
		N int `json:"n"`
	}
	require.NoError(t, json.Unmarshal(event.Data, &data))
	return data.N
}

// message sends a request within the test's patience.
func (r *rig) message(t *testing.T, b body) (*janusclient.PluginReply, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return r.handle.Message(ctx, b, nil)
}

func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	require.Eventually(t, so, 30*time.Second, 2*time.Millisecond, what)
}

// brief is a CmdTimeout that tests wait for, and that a busy machine keeps to
// where there is an answer. Those that wait for it run in parallel.
const brief = 1500 * time.Millisecond

func quick(c *janusclient.Config) { c.CmdTimeout = brief }

// unhurried is for a Janus that a test pauses for as long as it takes.
func unhurried(c *janusclient.Config) { c.CmdTimeout, c.PingInterval = time.Minute, time.Hour }

// roundTripper makes a function an http.RoundTripper.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// transport is one that Janus has; most tests are run over each.
type transport string

const (
	overHTTP transport = "http"
	overWS   transport = "ws"
)

func overBoth(t *testing.T, test func(t *testing.T, over transport)) {
	t.Helper()
	for _, over := range []transport{overHTTP, overWS} {
		t.Run(string(over), func(t *testing.T) { test(t, over) })
	}
}

// server starts a fake Janus; one with reclaim_session_timeout, since most faults
// tried would be the end of a session over a WebSocket without.
func (over transport) server(t *testing.T, options ...janustest.Option) *janustest.Server {
	t.Helper()
	if over == overWS {
		options = append([]janustest.Option{janustest.WithWebSocket(), janustest.WithReclaim(time.Minute)}, options...)
	}
	server := janustest.NewServer(options...)
	t.Cleanup(server.Close)
	return server
}
