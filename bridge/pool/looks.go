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
	due   []look // by time
	loads map[string]Load
}

// look is a room of ours that the other servers are asked for.
type look struct {
	when time.Time
	room config.DialString
	at   *server.Server // that has the room
}

func (l *looks) add(more ...look) {
	l.mu.Lock()
	l.due = append(l.due, more...)
	slices.SortStableFunc(l.due, func(a, b look) int { return a.when.Compare(b.when) })
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
	return now, true, 0
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
	now := time.Now()
	p.looks.add(look{now.Add(config.SecondLookSoon), room, at}, look{now.Add(config.SecondLookLate), room, at})
}

// Run does the pool's work in the background, until the pool retires or the engine ends.
func (p *Pool) Run() {
	p.env.Work.Go("pool "+p.name, p.lookAgain)
	p.env.Work.Go("pool "+p.name, p.watch)
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
		return
	}
	var others []*server.Server
	for _, s := range p.Members() {
		if s != l.at && s.Connection.Up() {
			others = append(others, s)
		}
	}
	if len(others) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(p.ctx, l.at.Config().CmdTimeout)
	defer cancel()
	with := []*server.Server{l.at}
	for _, h := range p.askAll(ctx, l.room, p.ranked(l.room, others)) {
		if h.exists {
			with = append(with, h.server)
		}
	}
	if len(with) > 1 {
		p.judge(ctx, l.room, p.ranked(l.room, with))
	}
}

// judge looks at a room that is on several servers. Copies that nobody is in are those of the
// configurations of the servers, and nobody is parted by them.
func (p *Pool) judge(ctx context.Context, room config.DialString, with []*server.Server) {
	counts := p.participants(ctx, room, with)
	with = slices.DeleteFunc(with, func(s *server.Server) bool { return counts[s] <= 0 })
	if len(with) < 2 {
		return
	}
	slices.SortStableFunc(with, func(a, b *server.Server) int { return cmp.Compare(counts[b], counts[a]) })
	for _, copied := range with[1:] {
		p.env.logf(host.LevelWarning, "Pool %s: room %s is on %s (%d participants) and on %s (%d): they do not hear each other",
			p.name, Key(room), with[0].Name, counts[with[0]], copied.Name, counts[copied])
		p.fire("split", Key(room), with[0], copied)
	}
}

// watch looks every few seconds at how much there is on the servers, where that decides something.
func (p *Pool) watch() {
	tick := time.NewTicker(config.PoolLook)
	defer tick.Stop()
	for {
		p.measure()
		select {
		case <-p.ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// measure counts rooms and participants on the servers that have a limit.
func (p *Pool) measure() {
	for _, s := range p.Members() {
		if s.Config().MaxParticipants == 0 || !s.Connection.Up() {
			continue
		}
		ctx, cancel := context.WithTimeout(p.ctx, s.Config().CmdTimeout)
		rooms, err := s.RoomsThere(ctx)
		cancel()
		if err == nil {
			p.looks.setLoad(s.Name, loadOf(rooms))
		}
	}
}
