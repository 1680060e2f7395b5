// SPDX-License-Identifier: MPL-2.0

package pool

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/bridge/server"
)

// looks is what a pool looks at in the background: rooms once more, and how much there is on the
// servers.
type looks struct {
	wake chan struct{} // holds a token when a look was added

	mu    sync.Mutex
	due   []look          // by time
	backs map[string]bool // rooms that are looked at soon because legs are back in them
	loads map[string]Load
}

// look is a room of ours that other servers are asked for.
type look struct {
	when  time.Time
	room  config.DialString
	at    *server.Server // that has the room
	alone *server.Server // the only one that is asked; nil: all others

	back    bool   // legs have joined the room again where it was
	claimed string // the server on which the store has the room; "" where that is not another one
}

func (l *looks) add(more ...look) {
	l.mu.Lock()
	for _, one := range more {
		i, _ := slices.BinarySearchFunc(l.due, one, func(a, b look) int {
			return cmp.Or(a.when.Compare(b.when), -1) // after those of the same time
		})
		l.due = slices.Insert(l.due, i, one)
	}
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// next takes the look that is due, or says how long it is until one is.
func (l *looks) next() (now look, due bool, pause time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.due) == 0 {
		return look{}, false, time.Hour
	}
	now = l.due[0]
	if pause = time.Until(now.when); pause > 0 {
		return look{}, false, pause
	}
	l.due = l.due[1:]
	if now.back {
		delete(l.backs, Key(now.room))
	}
	return now, true, 0
}

// awaits takes note that a room is to be looked at because legs are back in it; false: it is
// already, for another leg.
func (l *looks) awaits(room string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.backs[room] {
		return false
	}
	if l.backs == nil {
		l.backs = make(map[string]bool)
	}
	l.backs[room] = true
	return true
}

func (l *looks) loadOf(name string) Load {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.loads[name]
}

func (l *looks) setLoad(name string, load Load) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.loads == nil {
		l.loads = make(map[string]Load)
	}
	l.loads[name] = load
}

// Made takes note that a leg of ours has made a room. Where another switch has made the same room
// on another server at the same time, the looks that follow find out.
func (p *Pool) Made(room config.DialString, at *server.Server) {
	p.fire("placed", Key(room), at, nil)
	p.claimMade(room, at)
	p.lookSoon(room, at)
}

// lookSoon has the other servers asked for a room that is new on a server, or that was found there
// while others did not answer.
func (p *Pool) lookSoon(room config.DialString, at *server.Server) {
	now := time.Now()
	p.looks.add(look{when: now.Add(config.SecondLookSoon), room: room, at: at}, look{when: now.Add(config.SecondLookLate), room: room, at: at})
}

// lookNow has all servers asked for a room. Another switch has said that several servers have it.
func (p *Pool) lookNow(key string) {
	room, err := config.ParseRoomName(key)
	if err != nil {
		return
	}
	if at := p.own(room, true); at != nil {
		p.looks.add(look{when: time.Now(), room: room, at: at})
	}
}

// Run does the pool's work in the background, until the pool retires or the engine ends.
func (p *Pool) Run() {
	p.env.Work.Go("pool "+p.name, p.lookAgain)
	p.env.Work.Go("pool "+p.name, p.lookAtAll)
	p.env.Work.Go("pool "+p.name, p.watch)
}

// lookAtAll has the other servers asked for all rooms with legs of ours, slowly. It finds the
// copies that another switch has made, of which nothing here tells: that switch moves only its own
// legs.
func (p *Pool) lookAtAll() {
	for p.pause(config.RoomsLook) {
		for _, l := range p.roomsHere(nil) {
			p.lookOnce(l)
			if !p.pause(config.RoomsLookPause) {
				return
			}
		}
	}
}

// pause waits; false: the pool has retired, or the engine ends.
func (p *Pool) pause(wait time.Duration) bool {
	select {
	case <-p.ctx.Done():
		return false
	case <-time.After(wait):
		return true
	}
}

// lookAgain asks for rooms once more, at most 50 a second.
func (p *Pool) lookAgain() {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for p.ctx.Err() == nil {
		l, due, pause := p.looks.next()
		if due {
			p.lookOnce(l)
			pause = config.SecondLookPause
		}
		timer.Reset(pause)
		select {
		case <-p.ctx.Done():
		case <-timer.C:
		case <-p.wakeUnless(due):
		}
	}
}

// wakeUnless is the channel that tells of new looks; none while a pause must be kept.
func (p *Pool) wakeUnless(paused bool) <-chan struct{} {
	if paused {
		return nil
	}
	return p.looks.wake
}

// lookOnce asks the other servers for a room that legs of ours are in.
func (p *Pool) lookOnce(l look) {
	if !l.at.Occupied(l.room) {
		if l.at = p.own(l.room, true); l.at == nil {
			p.forgetSplit(Key(l.room))
			return
		}
	}
	ctx, cancel := context.WithTimeout(p.ctx, l.at.Config().CmdTimeout)
	defer cancel()
	p.correct(ctx, l.room, l.at, l.claimed)
	if !l.at.Connection.Up() {
		return // its legs may be on their way elsewhere; it is looked at again when it is back
	}
	others := p.upBut(l.at)
	if l.alone != nil && l.alone != l.at {
		others = []*server.Server{l.alone}
	}
	if len(others) == 0 {
		return
	}
	with := []*server.Server{l.at}
	for _, h := range p.askAll(ctx, l.room, p.ranked(l.room, others)) {
		if h.exists {
			with = append(with, h.server)
		}
	}
	p.judge(ctx, l.room, l.at, p.ranked(l.room, with))
}

// watch looks every few seconds whether the servers accept sessions, and how much there is on them
// where that decides something, and more often whether one has come back.
func (p *Pool) watch() {
	tick := time.NewTicker(config.ServersLook)
	defer tick.Stop()
	var measured time.Time
	var up map[*server.Server]bool
	for {
		before := up
		up = make(map[*server.Server]bool) // without those that have left the pool
		for _, s := range p.Members() {
			was, seen := before[s]
			up[s] = s.Connection.Up()
			if seen && !was && up[s] {
				p.returned(s)
			}
		}
		if time.Since(measured) >= config.PoolLook {
			measured = time.Now()
			p.measure()
		}
		select {
		case <-p.ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// returned has a server that is back asked for the rooms of our legs that are elsewhere.
func (p *Pool) returned(s *server.Server) {
	when := time.Now().Add(config.ReturnPause)
	more := p.roomsHere(s)
	for i := range more {
		more[i].when, more[i].alone = when, s
	}
	p.looks.add(more...)
}

// roomsHere are the rooms with legs of ours that are not on a certain server, each once.
func (p *Pool) roomsHere(but *server.Server) (rooms []look) {
	seen := make(map[string]bool)
	for _, leg := range p.env.Legs(p.name) {
		if at := leg.Server(); at != but && !seen[Key(leg.Room)] {
			seen[Key(leg.Room)] = true
			rooms = append(rooms, look{room: leg.Room, at: at})
		}
	}
	return rooms
}

// measure asks the servers whether they accept sessions, and counts rooms and participants on those
// that have a limit.
func (p *Pool) measure() {
	for _, s := range p.Members() {
		if !s.Connection.Up() {
			continue
		}
		p.env.Work.Go("asking server "+s.Name, func() {
			ctx, cancel := context.WithTimeout(p.ctx, s.Config().CmdTimeout)
			defer cancel()
			p.askAccepts(ctx, s)
			if s.Config().MaxParticipants == 0 {
				return
			}
			if rooms, err := s.RoomsThere(ctx); err == nil {
				p.looks.setLoad(s.Name, loadOf(rooms))
			}
		})
	}
}

// askAccepts asks a server whether it accepts sessions, and tells where that has changed.
func (p *Pool) askAccepts(ctx context.Context, s *server.Server) {
	s.Connection.AskAgain(ctx)
	refuses := !s.Connection.Accepts()
	p.mu.Lock()
	refused := p.refusing[s.Name]
	if p.refusing == nil {
		p.refusing = make(map[string]bool)
	}
	p.refusing[s.Name] = refuses
	p.mu.Unlock()
	switch {
	case refuses && !refused:
		p.env.logf(host.LevelNotice, "Pool %s: server %s accepts no new sessions: it gets no new rooms", p.name, s.Name)
		p.fire("cordoned", "", s, nil)
	case refused && !refuses:
		p.env.logf(host.LevelNotice, "Pool %s: server %s accepts new sessions again", p.name, s.Name)
		p.fire("uncordoned", "", s, nil)
	}
}
