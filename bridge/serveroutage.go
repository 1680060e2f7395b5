// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"
	"time"

	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/janusclient"
)

// regain waits for a session that works, as long as ctx lasts.
func (s *server) regain(ctx context.Context) (*janusclient.Session, error) {
	last := context.DeadlineExceeded
	for {
		s.mu.Lock()
		session, changed := s.session, s.changed
		if s.lastErr != nil {
			last = s.lastErr
		}
		s.mu.Unlock()
		var again <-chan time.Time
		if session != nil && session.Err() == nil {
			err := session.KeepAlive(ctx)
			if err == nil {
				return session, nil
			}
			if ctx.Err() == nil {
				last = err
			}
			again = time.After(pauseOfRejoin())
		}
		select {
		case s.hurry <- struct{}{}:
		default:
		}
		select {
		case <-ctx.Done():
			return nil, last
		case <-changed:
		case <-again:
		}
	}
}

// tell posts to every call of the server.
func (s *server) tell(msg any) {
	for _, c := range s.engine.snapshot() {
		if c.server == s {
			c.post(msg)
		}
	}
}

// away tells whether Janus's API is out of reach.
func (s *server) away() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.session == nil || s.apiDown
}

// onAPI follows the connection by which events come.
func (s *server) onAPI(up bool, err error) {
	s.mu.Lock()
	was := s.apiDown
	s.apiDown = !up
	if err != nil {
		s.lastErr = err
	}
	s.notify()
	s.mu.Unlock()
	switch {
	case !up && !was:
		s.engine.logf(host.LevelWarning, "Server %s is out of reach, calls go on: %s", s.name, failure.Of(err).Reason)
		s.tell(msgAway{})
	case up && was:
		s.engine.logf(host.LevelNotice, "Server %s is in reach again", s.name)
	}
}
