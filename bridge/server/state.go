// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/janusclient"
)

// notify wakes whoever waits for a change; the lock is held.
func (s *Server) notify() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// use makes a new session the server's; the lock is held.
func (s *Server) use(session *janusclient.Session) {
	s.session, s.connected, s.apiDown = session, time.Now(), false
}

// changes is notify for what the lock does not guard.
func (s *Server) changes() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notify()
}

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

// say is setEnabled for whoever says it on the console: a reload leaves it so.
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
	s.mu.Lock()
	was := s.enabled
	s.enabled = enabled
	if enabled && !was && s.session == nil {
		s.downSince = time.Now()
	}
	s.notify()
	s.mu.Unlock()
	if was != enabled {
		state := map[bool]string{true: "enabled", false: "disabled"}[enabled]
		s.env.logf(host.LevelNotice, "Server %s is %s", s.Name, state)
		s.event(state, "")
	}
}

// retire takes the server out of service: no new calls, and when the last one
// is over the session ends, and run with it.
func (s *Server) Retire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.enabled, s.retired = false, true
	s.notify()
}

// began counts a leg, ended one that exists no more on the switch, letGo one
// whose farewell to Janus is said as well: until then the session is kept.
func (s *Server) LegBegan() {
	s.counts.total.Add(1)
	s.counts.inProgress.Add(1)
	s.legs.Add(1)
}

func (s *Server) LegEnded() {
	s.counts.inProgress.Add(-1)
}

func (s *Server) LegGone() {
	s.legs.Add(-1)
	s.changes()
}

func (s *Server) event(action, reason string) {
	headers := [][2]string{{host.HeaderAction, action}, {host.HeaderServer, s.Name}}
	if reason != "" {
		headers = append(headers, [2]string{host.HeaderReason, reason})
	}
	s.env.Host.Fire(host.Event{Subclass: host.EventServer, Headers: headers})
}

// State is what is known of a server.
type State struct {
	Enabled    bool
	Session    uint64    // 0 while there is none
	Since      time.Time // that session was made
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
		Janus: s.info.Load(), IDs: config.IDMode(s.ids.Load()),
		TotalCalls: s.counts.total.Load(), Calls: s.counts.inProgress.Load(),
	}
	s.mu.Lock()
	session := s.session
	state.Enabled, state.LastErr = s.enabled, s.lastErr
	if session != nil {
		state.Session, state.Since = session.ID(), s.connected
	}
	s.mu.Unlock()
	if session != nil {
		state.RoundTrip = session.RoundTrip()
	}
	return state
}

// Remembered is how much a server keeps of rooms and legs: nothing, when there is no leg.
type Remembered struct {
	Rooms, Bulletins, Detaches, Handles int
}

// Remembered is how much the server keeps of rooms and legs now.
func (s *Server) Remembered() Remembered {
	return Remembered{Rooms: s.Rooms.count(), Bulletins: s.News.count(), Detaches: s.Detaches.count(), Handles: s.LegHandles.count()}
}

// sessionTimeout is after how long Janus ends a session that says nothing.
func (s *Server) SessionTimeout(ctx context.Context) time.Duration {
	ctx, cancel := context.WithTimeout(ctx, config.ConnectPatience)
	defer cancel()
	s.waitFor(ctx, func() bool { return s.session != nil })
	if info, err := s.client.Info(ctx); err == nil && info.SessionTimeout > 0 {
		return time.Duration(info.SessionTimeout) * time.Second
	}
	return config.SessionTimeout
}
