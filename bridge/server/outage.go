// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"math/rand/v2"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/janusclient"
)

// rejoinsAtOnce bounds the calls of a server that join again at the same time, so that a Janus that has
// just come back is not run over.
const rejoinsAtOnce = 8

// pauseOfRejoin differs from call to call, so that they do not come all at once.
func RejoinPause() time.Duration { return config.RejoinPause/2 + rand.N(config.RejoinPause) } // #nosec G404 -- no secret

// beginRejoin waits until a leg may join again, as long as ctx lasts; done lets the next one begin.
func (s *Server) BeginRejoin(ctx context.Context) (done func(), err error) {
	select {
	case s.rejoins <- struct{}{}:
		return func() { <-s.rejoins }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// regain waits for a session that works, as long as ctx lasts.
func (s *Server) Regain(ctx context.Context) (*janusclient.Session, error) {
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
			again = time.After(RejoinPause())
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

// LosePatience lets no call wait any longer while the server is down; false: it is connected.
func (s *Server) LosePatience() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.downSince = time.Now().Add(-config.ConnectPatience)
	return s.session == nil
}

// away tells whether Janus's API is out of reach.
func (s *Server) Away() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.session == nil || s.apiDown
}

// OnAPI follows the connection by which events come.
func (s *Server) OnAPI(up bool, err error) {
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
		s.env.logf(host.LevelWarning, "Server %s is out of reach, calls go on: %s", s.Name, failure.Of(err).Reason)
		for _, leg := range s.env.Legs(s) {
			leg.JanusAway()
		}
	case up && was:
		s.env.logf(host.LevelNotice, "Server %s is in reach again", s.Name)
	}
}
