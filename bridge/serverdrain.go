// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/janusclient/admin"
)

// drain is the way of a server out of service.
type drain struct {
	began   time.Time
	atStart int64 // calls
}

// startDrain bars new calls and begins to watch those that there are.
func (s *server) startDrain() *drain {
	d := &drain{began: time.Now(), atStart: s.counts.inProgress.Load()}
	s.say(false)
	for {
		if s.draining.CompareAndSwap(nil, d) {
			s.env.Work.Go("the drain of server "+s.name, func() { s.watchDrain(s.env.Context, d) })
			return d
		}
		if earlier := s.draining.Load(); earlier != nil {
			return earlier
		}
	}
}

// drainOn goes on with the drain of the server that this one has replaced.
func (s *server) drainOn(d *drain) {
	if d != nil {
		s.draining.Store(d)
		s.env.Work.Go("the drain of server "+s.name, func() { s.watchDrain(s.env.Context, d) })
	}
}

// stopDrain takes the server into service again.
func (s *server) stopDrain(asJSON bool) string {
	s.draining.Store(nil)
	s.say(true)
	if s.cfg.Load().AdminURL != "" {
		if err := s.acceptSessions(true); err != nil {
			return fmt.Sprintf("-ERR new calls are taken here, but Janus may still refuse new sessions: %s\n", failure.Reason(err))
		}
	}
	return show(done{}, asJSON)
}

func (s *server) acceptSessions(accept bool) error {
	return s.administer(config.AdminPatience, func(ctx context.Context, client *admin.Client) error {
		_, err := client.AcceptNewSessions(ctx, accept)
		return err
	})
}

func (s *server) drainProgress(d *drain, accepts string) fields {
	calls, state := s.counts.inProgress.Load(), "draining"
	if calls == 0 {
		state = "drained"
	}
	var f fields
	f.add("server", s.name)
	f.add("state", state)
	f.add("calls", calls)
	f.add("callsAtStart", d.atStart)
	f.add("seconds", int64(time.Since(d.began)/time.Second))
	f.add("janusAccepts", accepts)
	return f
}

// watchDrain tells of every call that ends, until the server is in service again
// or in the configuration no more.
func (s *server) watchDrain(ctx context.Context, d *drain) {
	told := int64(-1)
	for ctx.Err() == nil && s.draining.Load() == d {
		s.mu.Lock()
		changed, enabled, retired := s.changed, s.enabled, s.retired
		s.mu.Unlock()
		if enabled || retired {
			replaced := retired && s.env.Current(s.name) != nil // which goes on with it
			if s.draining.CompareAndSwap(d, nil) && !replaced {
				s.env.logf(host.LevelNotice, "Server %s is not drained any more; if Janus still refuses sessions: janus drain %s stop", s.name, s.name)
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

func (s *server) tellDrain(calls int64) {
	state := "draining"
	if calls == 0 {
		state = "drained"
	}
	s.env.logf(host.LevelNotice, "Server %s is %s: %d calls in progress", s.name, state, calls)
	s.env.Host.Fire(host.Event{Subclass: host.EventServer, Headers: [][2]string{
		{host.HeaderAction, state}, {host.HeaderServer, s.name}, {host.HeaderCalls, strconv.FormatInt(calls, 10)},
	}})
}
