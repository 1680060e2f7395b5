// SPDX-License-Identifier: MPL-2.0

package pool

import (
	"context"
	"errors"
	"slices"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/bridge/server"
)

// Again finds where a leg goes on whose server has lost it. Within failover-after that is the same
// server, when it is back; after that the legs of a room all go to the same other one. It waits
// until there is an answer, as long as ctx lasts.
func (p *Pool) Again(ctx context.Context, room config.DialString, stay server.Stay) (server.Found, error) {
	last := stay.At.Connection.NotUp()
	for {
		if s := p.ownElsewhere(room, stay); s != nil {
			return server.Found{Server: s}, nil
		}
		if stay.Vanished {
			if f := p.askFor(ctx, room); f.Server != nil {
				return f, nil
			}
		}
		deadline := p.deadline(stay)
		if p.works(ctx, stay.At, deadline) {
			return server.Found{Server: stay.At}, nil
		}
		if p.mayFailOver(stay.At) && !time.Now().Before(deadline) {
			f, err := p.next(ctx, server.Sought{Room: room, Alone: stay.Alone}, stay.At)
			var wait notYetError
			if !errors.As(err, &wait) {
				return f, err
			}
			last = wait.error
		}
		select {
		case <-ctx.Done():
			return server.Found{}, last
		case <-time.After(config.PoolRetry):
		}
	}
}

// deadline is until when a leg waits for its server, counted from when Janus has ceased to answer:
// that may be before the leg has noticed.
func (p *Pool) deadline(stay server.Stay) time.Time {
	since := stay.Since
	if away := stay.At.Connection.AwayFor(); away > time.Since(since) {
		since = time.Now().Add(-away)
	}
	return since.Add(p.cfg.Load().FailoverAfter)
}

// mayFailOver tells whether the rooms of a server that is away go to another one: not where
// failover-after is 0, and not while it has not been away for so long.
func (p *Pool) mayFailOver(s *server.Server) bool {
	after := p.cfg.Load().FailoverAfter
	return after > 0 && p.ctx.Err() == nil && (!s.Connection.Up() && s.Connection.AwayFor() >= after || s.Connection.Up())
}

// works tells whether Janus answers on the session, for which it is given until the deadline, and a
// second at least.
func (p *Pool) works(ctx context.Context, s *server.Server, deadline time.Time) bool {
	if !s.Connection.Up() {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, max(time.Until(deadline), time.Second))
	defer cancel()
	return s.Connection.Works(ctx)
}

// ownElsewhere is another server on which legs of ours are in the room: one of them has moved there
// already. nil for none.
func (p *Pool) ownElsewhere(room config.DialString, stay server.Stay) *server.Server {
	for _, s := range p.ranked(room, p.Members()) {
		if s != stay.At && s.Connection.Up() && s.Occupied(room) && (stay.Alone || !p.isCopy(Key(room), s)) {
			return s
		}
	}
	return nil
}

// askFor asks all servers that are up for a room; the zero Found where none has it.
func (p *Pool) askFor(ctx context.Context, room config.DialString) server.Found {
	up := p.upBut(nil)
	if len(up) == 0 {
		return server.Found{}
	}
	f, _, _ := p.ask(ctx, room, up, Claim{})
	return f.Found
}

// upBut are the servers that are up, without one.
func (p *Pool) upBut(but *server.Server) (up []*server.Server) {
	for _, s := range p.Members() {
		if s != but && s.Connection.Up() {
			up = append(up, s)
		}
	}
	return up
}

// next is the server to which the legs of a room go that have lost theirs: where the room is
// already, else the first that takes new rooms, else, where none takes any, the first that is up.
func (p *Pool) next(ctx context.Context, sought server.Sought, lost *server.Server) (server.Found, error) {
	up, room := p.upBut(lost), sought.Room
	wait := notYetError{lost.Connection.NotUp()}
	switch {
	case len(up) == 0:
		return server.Found{}, wait
	case p.seenElsewhere(ctx, lost.Name): // the room is where the others are
		if !sought.Alone {
			return server.Found{}, wait
		}
		f, err := p.copyOf(ctx, sought, lost.Name)
		return f.Found, err
	case p.hears(lost): // the room lives, though Janus cannot be asked
		return server.Found{}, wait
	}
	f, home, err := p.ask(ctx, room, up, Claim{})
	if err != nil {
		return server.Found{}, err
	}
	want := f.Server
	if want == nil {
		if free, err := p.candidates(up, home == nil, room); err == nil {
			want = free[0]
		} else {
			want = p.ranked(room, up)[0]
		}
	}
	if want, err = p.takeOver(ctx, room, want, lost.Name, up); err != nil {
		return server.Found{}, err
	}
	if want == nil {
		return server.Found{}, wait
	}
	return server.Found{Server: want, Exists: f.Server == want}, nil
}

// takeOver has the store say that a room is on another server now than the one of the name from.
// The answer may be the choice of another switch, which counts; nil where that server is not up.
func (p *Pool) takeOver(ctx context.Context, room config.DialString, want *server.Server, from string, up []*server.Server) (*server.Server, error) {
	store := p.share()
	if store == nil {
		return want, nil
	}
	got, err := store.Claim(ctx, Key(room), want.Name, from)
	if err != nil {
		return want, ctx.Err() // as without a store
	}
	p.remember(Key(room), got)
	if i := slices.IndexFunc(up, func(s *server.Server) bool { return s.Name == got.Server }); i >= 0 {
		return up[i], nil
	}
	return nil, nil
}

// Back takes note that a leg has joined its room again at the server at which it was. The other
// servers are asked for the room: other switches, for which that server was away longer, may have
// taken the room elsewhere.
func (p *Pool) Back(room config.DialString, at *server.Server) {
	if p.looks.awaits(Key(room)) {
		p.looks.add(look{when: time.Now().Add(config.ReturnPause), room: room, at: at, back: true})
	}
}

// Moved takes note that a leg goes on at another server; first: as the first of its room.
func (p *Pool) Moved(room config.DialString, from, to *server.Server, first bool) {
	if !first {
		return
	}
	p.figures.Moved()
	p.env.logf(host.LevelNotice, "Pool %s: room %s goes on on %s; it was on %s", p.name, Key(room), to.Name, from.Name)
	p.fire("moved", Key(room), to, from)
	p.leftCopy(Key(room), from)
	p.settleClaim(room, to, Claim{Server: from.Name})
	p.lookSoon(room, to)
}
