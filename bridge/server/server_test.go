// SPDX-License-Identifier: MPL-2.0

package server

import (
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/stretchr/testify/require"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/janusclient"
)

// testLeg is a leg that takes note of what it is told.
type testLeg struct{ told []string }

func (l *testLeg) SessionLost(*janusclient.Session, error) { l.told = append(l.told, "lost") }

func (l *testLeg) JanusAway() { l.told = append(l.told, "away") }

// silentHost is a switch that hears what it is told, and answers nothing.
type silentHost struct{ host.Host }

func (silentHost) Log(string, host.Level, string) {}

func (silentHost) Fire(host.Event) {}

// newTestServer is a server that is not connected, and has these legs.
func newTestServer(t *testing.T, legs ...Leg) *Server {
	t.Helper()
	cfg := config.DefaultServer("demo")
	cfg.URL = "http://127.0.0.1:1/janus"
	env := &Env{Context: t.Context(), Log: hclog.NewNullLogger(), Host: silentHost{}, Legs: func(*Server) []Leg { return legs }}
	s, err := New(env, cfg, nil)
	require.NoError(t, err)
	t.Cleanup(s.Connection.client.Close)
	return s
}

func TestWhatIsSaidOnTheConsoleOutlivesAReload(t *testing.T) {
	s := newTestServer(t)
	s.Enable(true)
	require.False(t, s.follow(false), "the configuration says no more")
	require.True(t, s.Enabled())
	cfg := *s.Config()
	cfg.Secret = "another"
	next, changed, err := Match(s.env, s, cfg)
	require.NoError(t, err)
	defer next.Connection.client.Close()
	require.True(t, changed)
	require.NotSame(t, s, next)
	require.True(t, next.Enabled())
}

// A leg of a server that was replaced wakes the drain wherever it goes on:
// the watch that ends passes on what was not for it.
func TestDrainOfAReplacedServer(t *testing.T) {
	s := newTestServer(t)
	s.env.Current = func(string) *Server { return s }
	drain := &Drain{}
	s.Draining.current.Store(drain)
	s.Retire()
	s.Legs.Began()
	s.Legs.Gone()
	require.Len(t, s.Legs.counts.fewer, 1)
	<-s.Legs.counts.fewer // by the watch of the server that was replaced
	s.Draining.watch(t.Context(), drain)
	require.Len(t, s.Legs.counts.fewer, 1)
}

// costly is a message that must not be masked.
type costly struct{ t *testing.T }

func (c costly) String() string { c.t.Error("masked, though nobody sees it"); return "" }

// What `janus debug` does not show is not masked for it, which costs more than the message itself.
func TestDebugIsOff(t *testing.T) {
	s := &Server{env: &Env{Debug: func() bool { return false }}}
	s.debugged("recv", costly{t})
}
