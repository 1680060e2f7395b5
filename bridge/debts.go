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

// debts are handles of calls that are over which Janus could not be told of:
// until it is, their participants stay in their rooms, and are heard of by all.
type debts struct {
	mu     sync.Mutex
	owed   []debt
	paying bool
}

// debt is a handle that is still to be detached, and the session with which it
// would go.
type debt struct {
	handle  roomHandle
	session *janusclient.Session
}

// maxDebts bounds what is remembered while Janus does not answer; the handles
// above go with the session.
const maxDebts = 4096

// owe has a handle detached as soon as Janus answers again.
func (s *server) owe(d debt) {
	s.debts.mu.Lock()
	defer s.debts.mu.Unlock()
	if d.session.Err() != nil || len(s.debts.owed) >= maxDebts {
		return
	}
	s.debts.owed = append(s.debts.owed, d)
	if !s.debts.paying {
		s.debts.paying = true
		s.engine.spawn("the debts of server "+s.name, s.pay)
	}
}

// indebted tells whether anything is owed.
func (s *server) indebted() bool {
	s.debts.mu.Lock()
	defer s.debts.mu.Unlock()
	return len(s.debts.owed) > 0
}

// pay detaches what is owed, and ends when nothing is.
func (s *server) pay() {
	pause := newBackoff()
	for {
		select {
		case <-s.engine.ctx.Done():
			return // the sessions end, and all handles with them
		case <-time.After(pause.NextBackOff()):
		}
		s.debts.mu.Lock()
		if len(s.debts.owed) == 0 {
			s.debts.paying = false
			s.debts.mu.Unlock()
			return
		}
		next := s.debts.owed[0]
		s.debts.mu.Unlock()
		if s.settle(next) {
			s.debts.mu.Lock()
			s.debts.owed = s.debts.owed[1:]
			s.debts.mu.Unlock()
			s.changes()
			pause.Reset()
		}
	}
}

// settle makes one attempt; true: nothing is left of the handle.
func (s *server) settle(d debt) bool {
	if d.session.Err() != nil {
		return true
	}
	ctx, cancel := context.WithTimeout(s.engine.ctx, config.FarewellLimit)
	defer cancel()
	err := d.handle.Detach(ctx)
	if err == nil {
		s.engine.logf(host.LevelDebug, "Server %s: handle %d is detached at last", s.name, d.handle.ID())
	}
	return err == nil || d.session.Err() != nil
}
