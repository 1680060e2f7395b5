// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"

	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/janusclient"
)

// renewable tells that Janus may hold handles of ours in the session that we do not
// know, and that the session serves nothing else: neither a leg, nor a farewell
// that waits, nor a handle of the driver.
func (s *Server) renewable(session *janusclient.Session) bool {
	return session.UnheardAttaches() > 0 && s.legs.Load() == 0 && !session.InUse() && s.Detaches.count() == 0
}

// renew puts another session in the place of one in which answers to attaches were lost: the unknown handles go with the
// old one. If that fails the old one stays; it returns the one in force.
func (s *Server) renew(ctx context.Context, old *janusclient.Session) *janusclient.Session {
	session, err := s.open(ctx)
	if err != nil {
		s.env.logf(host.LevelDebug, "Server %s: session %d cannot be renewed yet: %s", s.Name, old.ID(), failure.Of(err).Reason)
		return old
	}
	s.mu.Lock()
	// A leg is counted before it asks for the session, so that either it is seen
	// here or it sees the new one.
	idle := s.renewable(old)
	if idle {
		s.use(session)
		s.notify()
	}
	s.mu.Unlock()
	if !idle {
		s.destroy(session)
		return old
	}
	s.env.logf(host.LevelInfo, "Server %s: session %d takes the place of %d, in which the answers to %d attaches were lost",
		s.Name, session.ID(), old.ID(), old.UnheardAttaches())
	s.event("up", "")
	s.destroy(old)
	return session
}
