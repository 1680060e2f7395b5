// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"slices"
	"sync"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/janusclient"
)

// PendingDetaches are the handles of calls that are over of which Janus could not be told: until it
// is, their participants stay in their rooms, and are heard of by all.
type PendingDetaches struct {
	server *Server

	mu      sync.Mutex
	waiting []pendingDetach
	running bool
}

// pendingDetach is a handle that is still to be detached, the session with which it would go, and
// who is in which room by it.
type pendingDetach struct {
	handle  RoomHandle
	session *janusclient.Session
	who     Occupant
}

// Occupant is a participant of a room of a server: the ids of both, as text. The zero Occupant is
// for a handle that is in no room.
type Occupant struct{ Room, Participant string }

// maxPendingDetaches bounds what is remembered while Janus does not answer; the handles
// above go with the session.
const maxPendingDetaches = 4096

// Add has a handle of a session detached as soon as Janus answers again; who is in a room by it.
func (p *PendingDetaches) Add(handle RoomHandle, session *janusclient.Session, who Occupant) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if session.Err() != nil || len(p.waiting) >= maxPendingDetaches {
		return
	}
	p.waiting = append(p.waiting, pendingDetach{handle, session, who})
	if !p.running {
		p.running = true
		p.server.env.Work.Go("the detaches of server "+p.server.Name, p.run)
	}
}

// count is how many handles wait.
func (p *PendingDetaches) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.waiting)
}

// leaves tells whether a participant is one whose handle waits to be detached.
func (p *PendingDetaches) leaves(who Occupant) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.ContainsFunc(p.waiting, func(d pendingDetach) bool { return d.who == who && d.session.Err() == nil })
}

// run detaches the handles that wait, and ends when nothing is.
func (p *PendingDetaches) run() {
	pause := newBackoff()
	for {
		select {
		case <-p.server.env.Context.Done():
			return // the sessions end, and all handles with them
		case <-time.After(pause.NextBackOff()):
		}
		p.mu.Lock()
		if len(p.waiting) == 0 {
			p.running = false
			p.mu.Unlock()
			return
		}
		next := p.waiting[0]
		p.mu.Unlock()
		if p.try(next) {
			p.mu.Lock()
			p.waiting = p.waiting[1:]
			p.mu.Unlock()
			p.server.Connection.changes()
			pause.Reset()
		}
	}
}

// try makes one attempt; true: nothing is left of the handle.
func (p *PendingDetaches) try(d pendingDetach) bool {
	if d.session.Err() != nil {
		return true
	}
	s := p.server
	ctx, cancel := context.WithTimeout(s.env.Context, config.FarewellLimit)
	defer cancel()
	err := d.handle.Detach(ctx)
	if err == nil {
		s.env.logf(host.LevelDebug, "Server %s: handle %d is detached at last", s.Name, d.handle.ID())
	}
	return err == nil || d.session.Err() != nil
}
