// SPDX-License-Identifier: MPL-2.0

package server

import (
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/bridge/metrics"
	"mod_janus/janusclient"
)

// Enabled tells whether the server takes new calls.
func (s *Server) Enabled() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.enabled
}

func (s *Server) isRetired() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.retired
}

// Enable takes the server into service or out of it for whoever says so on the console: a reload
// leaves it so.
func (s *Server) Enable(enabled bool) {
	s.mu.Lock()
	s.said = true
	s.mu.Unlock()
	s.setEnabled(enabled)
}

// word is what was said on the console, if anything was.
func (s *Server) word() (enabled, said bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.enabled, s.said
}

// follow makes the server what the configuration wants, unless somebody has said
// otherwise on the console; true: that is a change.
func (s *Server) follow(wanted bool) bool {
	enabled, said := s.word()
	if said {
		if enabled != wanted {
			stays, undo := "disabled", "enable"
			if enabled {
				stays, undo = "enabled", "disable"
			}
			s.env.logf(host.LevelNotice, "Server %s stays %s, as was said on the console; to follow the configuration: janus server %s %s",
				s.Name, stays, s.Name, undo)
		}
		return false
	}
	s.setEnabled(wanted)
	return enabled != wanted
}

// setEnabled bars or admits new calls, at once. A disabled server keeps its
// session as long as calls are in progress.
func (s *Server) setEnabled(enabled bool) {
	if enabled && !s.Enabled() {
		s.Connection.expect()
	}
	s.mu.Lock()
	was := s.enabled
	s.enabled = enabled
	s.mu.Unlock()
	s.Connection.changes()
	if was != enabled {
		state := map[bool]string{true: "enabled", false: "disabled"}[enabled]
		s.env.logf(host.LevelNotice, "Server %s is %s", s.Name, state)
		s.event(state, "")
	}
}

// Retire takes the server out of service: no new calls, and when the last one
// is over the session ends, and Connection.Run with it.
func (s *Server) Retire() {
	s.mu.Lock()
	s.enabled, s.retired = false, true
	s.mu.Unlock()
	s.Connection.changes()
}

// State is what is known of a server.
type State struct {
	Enabled    bool
	Session    uint64    // 0 while there is none
	Since      time.Time // that session was made
	URL        string    // in use, or used last; may hold a password
	RoundTrip  time.Duration
	LastErr    error             // nil where the last attempt to connect succeeded
	Janus      *janusclient.Info // what Janus says of itself; nil while it has not been asked
	IDs        config.IDMode     // as found out
	TotalCalls uint64            // calls ever dialled
	Calls      int64             // legs that exist
}

// State is what is known of the server now.
func (s *Server) State() State {
	state := State{
		Enabled: s.Enabled(), IDs: config.IDMode(s.ids.Load()),
		TotalCalls: s.Legs.counts.total.Load(), Calls: s.Legs.counts.inProgress.Load(),
	}
	s.Connection.tell(&state)
	return state
}

// ForMetrics is what the metrics show of the server now.
func (s *Server) ForMetrics() metrics.ServerState {
	now := s.State()
	return metrics.ServerState{
		Server: s.Metrics, Up: !s.Connection.Away(), Enabled: now.Enabled, Draining: s.Draining.On(), RoundTrip: now.RoundTrip,
	}
}

// Remembered is how much a server keeps of rooms and legs: nothing, when there is no leg.
type Remembered struct {
	Rooms, Bulletins, Detaches, Handles int
}

// Remembered is how much the server keeps of rooms and legs now.
func (s *Server) Remembered() Remembered {
	return Remembered{Rooms: s.Rooms.count(), Bulletins: s.News.count(), Detaches: s.Detaches.count(), Handles: s.Legs.handles()}
}
