// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"
	"sync"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/janusclient"
)

// pendingDetaches are handles of calls that are over which Janus could not be told of:
// until it is, their participants stay in their rooms, and are heard of by all.
type pendingDetaches struct {
	mu      sync.Mutex
	waiting []pendingDetach
	running bool
}

// pendingDetach is a handle that is still to be detached, and the session with which it
// would go.
type pendingDetach struct {
	handle  roomHandle
	session *janusclient.Session
}

// maxPendingDetaches bounds what is remembered while Janus does not answer; the handles
// above go with the session.
const maxPendingDetaches = 4096

// detachLater has a handle detached as soon as Janus answers again.
func (s *server) detachLater(d pendingDetach) {
	s.detaches.mu.Lock()
	defer s.detaches.mu.Unlock()
	if d.session.Err() != nil || len(s.detaches.waiting) >= maxPendingDetaches {
		return
	}
	s.detaches.waiting = append(s.detaches.waiting, d)
	if !s.detaches.running {
		s.detaches.running = true
		s.env.Work.Go("the detaches of server "+s.name, s.detachPending)
	}
}

// hasPendingDetaches tells whether any handle waits.
func (s *server) hasPendingDetaches() bool {
	s.detaches.mu.Lock()
	defer s.detaches.mu.Unlock()
	return len(s.detaches.waiting) > 0
}

// detachPending detaches the handles that wait, and ends when nothing is.
func (s *server) detachPending() {
	pause := newBackoff()
	for {
		select {
		case <-s.env.Context.Done():
			return // the sessions end, and all handles with them
		case <-time.After(pause.NextBackOff()):
		}
		s.detaches.mu.Lock()
		if len(s.detaches.waiting) == 0 {
			s.detaches.running = false
			s.detaches.mu.Unlock()
			return
		}
		next := s.detaches.waiting[0]
		s.detaches.mu.Unlock()
		if s.tryDetach(next) {
			s.detaches.mu.Lock()
			s.detaches.waiting = s.detaches.waiting[1:]
			s.detaches.mu.Unlock()
			s.changes()
			pause.Reset()
		}
	}
}

// tryDetach makes one attempt; true: nothing is left of the handle.
func (s *server) tryDetach(d pendingDetach) bool {
	if d.session.Err() != nil {
		return true
	}
	ctx, cancel := context.WithTimeout(s.env.Context, config.FarewellLimit)
	defer cancel()
	err := d.handle.Detach(ctx)
	if err == nil {
		s.env.logf(host.LevelDebug, "Server %s: handle %d is detached at last", s.name, d.handle.ID())
	}
	return err == nil || d.session.Err() != nil
}
