// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"strconv"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/janusclient/admin"
)

// Drain is the way of a server out of service.
type Drain struct {
	Began time.Time
	Calls int64 // at the beginning
}

// StartDrain bars new calls and begins to watch those that there are.
func (s *Server) StartDrain() *Drain {
	d := &Drain{Began: time.Now(), Calls: s.counts.inProgress.Load()}
	s.Enable(false)
	for {
		if s.draining.CompareAndSwap(nil, d) {
			s.env.Work.Go("the drain of server "+s.Name, func() { s.watchDrain(s.env.Context, d) })
			return d
		}
		if earlier := s.draining.Load(); earlier != nil {
			return earlier
		}
	}
}

// drainOn goes on with the drain of the server that this one has replaced.
func (s *Server) drainOn(d *Drain) {
	if d != nil {
		s.draining.Store(d)
		s.env.Work.Go("the drain of server "+s.Name, func() { s.watchDrain(s.env.Context, d) })
	}
}

// StopDrain takes the server into service again. The error says why Janus itself may still refuse new sessions.
func (s *Server) StopDrain() error {
	s.draining.Store(nil)
	s.Enable(true)
	if s.cfg.Load().AdminURL == "" {
		return nil
	}
	return s.AcceptSessions(true)
}

// AcceptSessions has Janus accept new sessions, whosever, or refuse them, by its Admin API.
func (s *Server) AcceptSessions(accept bool) error {
	return s.Administer(config.AdminPatience, func(ctx context.Context, client *admin.Client) error {
		_, err := client.AcceptNewSessions(ctx, accept)
		return err
	})
}

// watchDrain tells of every call that ends, until the server is in service again
// or in the configuration no more.
func (s *Server) watchDrain(ctx context.Context, d *Drain) {
	told := int64(-1)
	for ctx.Err() == nil && s.draining.Load() == d {
		s.mu.Lock()
		changed, enabled, retired := s.changed, s.enabled, s.retired
		s.mu.Unlock()
		if enabled || retired {
			replaced := retired && s.env.Current(s.Name) != nil // which goes on with it
			if s.draining.CompareAndSwap(d, nil) && !replaced {
				s.env.logf(host.LevelNotice, "Server %s is not drained any more; if Janus still refuses sessions: janus drain %s stop", s.Name, s.Name)
			}
			return
		}
		calls := s.counts.inProgress.Load()
		if calls != told {
			told = calls
			s.tellDrain(calls)
		}
		select {
		case <-ctx.Done():
		case <-changed:
		}
	}
}

func (s *Server) tellDrain(calls int64) {
	state := "draining"
	if calls == 0 {
		state = "drained"
	}
	s.env.logf(host.LevelNotice, "Server %s is %s: %d calls in progress", s.Name, state, calls)
	s.env.Host.Fire(host.Event{Subclass: host.EventServer, Headers: [][2]string{
		{host.HeaderAction, state}, {host.HeaderServer, s.Name}, {host.HeaderCalls, strconv.FormatInt(calls, 10)},
	}})
}
