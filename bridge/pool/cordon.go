// SPDX-License-Identifier: MPL-2.0

package pool

import (
	"context"
	"fmt"
	"slices"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/bridge/server"
)

// Cordon keeps new rooms away from a server, or lets them come again: for all switches where they
// share a store, else for this one. Rooms that live there go on. The error is for a store that does
// not take it.
func (p *Pool) Cordon(s *server.Server, on bool) error {
	p.sharing.cordoning.Lock()
	defer p.sharing.cordoning.Unlock()
	was := p.cordonedForAll(s.Name)
	p.mu.Lock()
	was = was || p.cordoned[s.Name]
	if p.cordoned == nil {
		p.cordoned = make(map[string]bool)
	}
	store := p.share()
	if on || store != nil {
		p.cordoned[s.Name] = on
	} else {
		delete(p.cordoned, s.Name) // a store that a reload brings need not be told
	}
	p.mu.Unlock()
	if store != nil {
		ctx, cancel := context.WithTimeout(p.ctx, config.ControlPatience)
		defer cancel()
		err := store.Cordon(ctx, s.Name, p.env.Host.Global("hostname"), on)
		p.sharedCordon(s.Name, on, err == nil)
		if err != nil {
			return fmt.Errorf("it counts on this switch alone: the store of pool %q does not take it: %s", p.name, failure.Reason(err))
		}
	}
	if was != on {
		action, words := "cordoned", "gets no new rooms"
		if !on {
			action, words = "uncordoned", "gets new rooms again"
		}
		p.env.logf(host.LevelNotice, "Pool %s: server %s %s", p.name, s.Name, words)
		p.fire(action, "", s, nil)
	}
	return nil
}

// isCordoned tells whether somebody has cordoned a server, or Janus itself refuses new sessions.
func (p *Pool) isCordoned(s *server.Server) bool {
	p.mu.Lock()
	here := p.cordoned[s.Name]
	p.mu.Unlock()
	return here || p.cordonedForAll(s.Name) || !s.Connection.Accepts()
}

// Drain is how far a server of a pool is on its way out of service.
type Drain struct {
	Began        time.Time
	Calls        int64 // at the beginning
	Rooms        int   // in which anybody is, as far as Janus tells
	Participants int
	Over         bool // nobody is there: it takes no calls any more
}

// draining is the way of a server out of service: cordoned first, and out of service when nobody is
// in any of its rooms.
type draining struct {
	Drain
	stop func()
}

// Drain begins to take a server out of service, or goes on with that. With move the rooms in which
// all participants are legs of this switch are moved to other servers.
func (p *Pool) Drain(s *server.Server, move bool) (Drain, error) {
	err := p.Cordon(s, true)
	p.mu.Lock()
	d := p.drains[s.Name]
	if d == nil {
		ctx, cancel := context.WithCancel(p.ctx)
		d = &draining{Drain: Drain{Began: time.Now(), Calls: s.State().Calls}, stop: cancel}
		if p.drains == nil {
			p.drains = make(map[string]*draining)
		}
		p.drains[s.Name] = d
		p.env.Work.Go("the drain of server "+s.Name, func() { p.watchDrain(ctx, s, d) })
	}
	p.mu.Unlock()
	p.stage(s, d)
	if move {
		p.env.Work.Go("moving the rooms of server "+s.Name, func() { p.empty(s) })
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return d.Drain, err
}

// StopDrain takes a server into service again, and lets new rooms come. The error is that of
// server.Draining.Stop.
func (p *Pool) StopDrain(s *server.Server) error {
	p.mu.Lock()
	d := p.drains[s.Name]
	delete(p.drains, s.Name)
	p.mu.Unlock()
	if d != nil {
		d.stop()
	}
	err := p.Cordon(s, false)
	if stopped := s.Draining.Stop(); stopped != nil {
		err = stopped
	}
	return err
}

// isDraining tells whether a server is on its way out of service.
func (p *Pool) isDraining(s *server.Server) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.drains[s.Name] != nil
}

// watchDrain looks every two seconds whether anybody is still there.
func (p *Pool) watchDrain(ctx context.Context, s *server.Server, d *draining) {
	tick := time.NewTicker(config.DrainLook)
	defer tick.Stop()
	for !p.stage(s, d) {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if now := p.env.Server(s.Name); now != nil {
			s = now // a reload may have put another one in its place
		}
	}
}

// stage counts who is still on a server that is drained. When nobody is, the server takes no calls
// any more, and its Janus no sessions, where there is an Admin API; true: that is so.
func (p *Pool) stage(s *server.Server, d *draining) bool {
	ctx, cancel := context.WithTimeout(p.ctx, s.Config().CmdTimeout)
	defer cancel()
	rooms, err := s.RoomsThere(ctx)
	if err != nil {
		return false
	}
	occupied, participants := 0, 0
	for _, room := range rooms {
		if room.NumParticipants > 0 {
			occupied++
			participants += room.NumParticipants
		}
	}
	p.mu.Lock()
	d.Rooms, d.Participants = occupied, participants
	over := participants == 0 && s.State().Calls == 0
	first := over && !d.Over
	d.Over = over
	current := p.drains[s.Name] == d
	p.mu.Unlock()
	if first && current {
		s.Draining.Start()
		if s.Config().AdminURL != "" {
			if err := s.Draining.AcceptSessions(false); err != nil {
				p.env.logf(host.LevelWarning, "Pool %s: nobody is on server %s any more, but Janus may still make new sessions: %s", p.name, s.Name, failure.Reason(err))
			}
		}
	}
	return over
}

// empty moves the rooms of a server in which everybody is a leg of this switch, two a second.
func (p *Pool) empty(s *server.Server) {
	for _, room := range p.roomsOn(s) {
		if !p.moveRoom(room, s) {
			p.env.logf(host.LevelNotice, "Pool %s: room %s stays on %s: there is somebody in it who cannot be moved", p.name, Key(room), s.Name)
			continue
		}
		if !p.pause(config.RoomMovePause) {
			return
		}
	}
}

// moveRoom moves a room to another server, if everybody in it is a leg of this switch.
func (p *Pool) moveRoom(room config.DialString, from *server.Server) bool {
	legs := p.legsIn(room, from)
	ctx, cancel := context.WithTimeout(p.ctx, from.Config().CmdTimeout)
	defer cancel()
	n, err := from.RoomParticipants(ctx, room)
	stays := slices.ContainsFunc(legs, func(leg Leg) bool { return !leg.Movable() })
	if err != nil || n > len(legs) || len(legs) == 0 || stays {
		return false
	}
	up := p.upBut(from)
	free, err := p.candidates(up, false, room)
	if len(up) == 0 || err != nil {
		p.env.logf(host.LevelWarning, "Pool %s: room %s stays on %s: no other server takes it", p.name, Key(room), from.Name)
		return false
	}
	to, err := p.takeOver(ctx, room, free[0], from.Name, up)
	if err != nil || to == nil {
		return false
	}
	for _, leg := range legs {
		leg.MoveTo(to, "server "+from.Name+" is drained")
	}
	return true
}

// roomsOn are the rooms in which legs of this pool are on a server.
func (p *Pool) roomsOn(s *server.Server) (rooms []config.DialString) {
	seen := make(map[string]bool)
	for _, leg := range p.env.Legs(p.name) {
		if leg.Server() == s && !seen[Key(leg.Room)] {
			seen[Key(leg.Room)] = true
			rooms = append(rooms, leg.Room)
		}
	}
	return rooms
}

// legsIn are the legs of this pool in a room on a server.
func (p *Pool) legsIn(room config.DialString, s *server.Server) (legs []Leg) {
	for _, leg := range p.env.Legs(p.name) {
		if leg.Server() == s && Key(leg.Room) == Key(room) {
			legs = append(legs, leg)
		}
	}
	return legs
}
