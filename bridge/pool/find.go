// SPDX-License-Identifier: MPL-2.0

package pool

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/bridge/metrics"
	"mod_janus/bridge/server"
)

// notYetError is for a look that finds nothing now and may find something in a moment.
type notYetError struct{ error }

func (e notYetError) Unwrap() error { return e.error }

// Find finds the server on which a room is, or gets made. While the server of the room is away, or
// none is connected, it waits, at most config.ConnectPatience.
func (p *Pool) Find(ctx context.Context, sought server.Sought) (server.Found, error) {
	began := time.Now()
	for {
		found, err := p.find(ctx, sought, time.Since(began))
		var wait notYetError
		switch {
		case ctx.Err() != nil:
			return server.Found{}, ctx.Err()
		case !errors.As(err, &wait):
			if err == nil {
				how, _, _ := strings.Cut(found.why, ":")
				p.figures.Placed(found.Server.Name, how)
			}
			return found.Found, err
		case time.Since(began) > config.ConnectPatience:
			return server.Found{}, wait.error
		}
		select {
		case <-ctx.Done():
			return server.Found{}, ctx.Err()
		case <-time.After(config.PoolRetry):
		}
	}
}

// found is a server for a room, and how it was found.
type found struct {
	server.Found
	why    string
	others []*server.Server // on which the room is as well
	epoch  uint64           // of the claim in the store; 0 for none
	silent bool             // not all servers have answered in time
}

// find looks once: at our own legs, in the store, at all servers, and then gives the room a place.
func (p *Pool) find(ctx context.Context, sought server.Sought, waited time.Duration) (found, error) {
	ctx = WithPatience(ctx, config.StoreLimit)
	room := sought.Room
	own := p.own(room, sought.Alone)
	switch {
	case own == nil:
	case own.Connection.Up():
		return found{Found: server.Found{Server: own}, why: metrics.HowOwnLegs}, nil
	case !sought.Alone || !p.seenElsewhere(ctx, own.Name):
		return found{}, notYetError{own.Connection.NotUp()}
	}
	up, err := p.up(waited)
	if err != nil {
		return found{}, err
	}
	if own != nil {
		return p.copyOf(ctx, sought, own.Name)
	}
	claim := p.lookup(ctx, room)
	if p.outOfReach(claim) {
		return p.away(ctx, sought, claim.Server)
	}
	f, home, err := p.ask(ctx, room, up, claim)
	switch {
	case err != nil:
		return f, err
	case f.Server != nil:
		p.remember(Key(room), Claim{Server: f.Server.Name, Epoch: f.epoch})
		p.settleClaim(room, f.Server, claim)
		if f.silent {
			p.lookSoon(room, f.Server)
		}
		return f, nil
	case sought.Existing:
		return found{}, failure.New(host.CauseUnallocatedNumber, fmt.Sprintf("there is no room %s on any server of pool %q", room.RoomText, p.name))
	}
	return p.place(ctx, sought, up, home)
}

// up are the servers that can be asked. A server that was never tried yet is waited for a moment.
func (p *Pool) up(waited time.Duration) (up []*server.Server, err error) {
	var last error
	untried := false
	for _, s := range p.Members() {
		switch {
		case s.Connection.Up():
			up = append(up, s)
		case s.Enabled():
			untried = untried || !s.Connection.Tried()
			last = s.Connection.NotUp()
		}
	}
	switch {
	case untried && waited < config.FirstTryPatience, len(up) == 0 && last != nil:
		return nil, notYetError{fmt.Errorf("pool %q: %w", p.name, last)}
	case len(up) == 0:
		return nil, failure.New(host.CauseOutgoingCallBarred, fmt.Sprintf("all servers of pool %q are disabled", p.name))
	}
	return up, nil
}

// lookup asks the store for a room; the zero Claim where there is no store, or it does not answer.
func (p *Pool) lookup(ctx context.Context, room config.DialString) Claim {
	store := p.share()
	if store == nil {
		return Claim{}
	}
	claim, err := store.Lookup(ctx, Key(room))
	if err != nil {
		return Claim{} // as without a store, which says itself that it is away
	}
	return claim
}

// heard is what a server says of a room.
type heard struct {
	server *server.Server
	exists bool
	err    error
}

// ask asks Janus on which servers a room is: first the one that the store names, then all at once.
// home is the first of those that get new rooms; nil where it has not answered.
func (p *Pool) ask(ctx context.Context, room config.DialString, up []*server.Server, claim Claim) (f found, home *server.Server, err error) {
	ranked := p.ranked(room, up)
	if i := slices.IndexFunc(ranked, func(s *server.Server) bool { return s.Name == claim.Server }); i >= 0 {
		s := ranked[i]
		if h := p.askOne(ctx, room, s); h.err == nil && h.exists {
			return found{Found: server.Found{Server: s, Exists: true}, why: metrics.HowStore, epoch: claim.Epoch}, nil, nil
		}
	}
	home = ranked[0]
	answers := p.askAll(ctx, room, ranked)
	if ctx.Err() != nil {
		return found{}, nil, ctx.Err()
	}
	var with []*server.Server
	for _, h := range answers {
		if h.exists {
			with = append(with, h.server)
		}
		if h.err != nil && h.server == home {
			home = nil
		}
	}
	if len(with) == 0 {
		return found{}, home, nil
	}
	if len(with) > 1 {
		with = p.byParticipants(ctx, room, with)
	}
	return found{
		Found: server.Found{Server: with[0], Exists: true}, others: with[1:],
		why: fmt.Sprintf("%s: %d of %d", metrics.HowAsked, len(answers), len(p.Members())), silent: len(answers) < len(ranked),
	}, home, nil
}

// askAll asks servers for a room at once, and returns the answers that came in time, in the order
// of the servers: the first has its cmd-timeout, the others a tenth of a second.
func (p *Pool) askAll(ctx context.Context, room config.DialString, servers []*server.Server) (answers []heard) {
	all := make(chan heard, len(servers))
	for _, s := range servers {
		p.env.Work.Go("asking server "+s.Name, func() { all <- p.askOne(p.env.Context, room, s) })
	}
	patience := time.NewTimer(config.ExistsPatience)
	defer patience.Stop()
	patient, homeCame := true, false
	for len(answers) < len(servers) && (patient || !homeCame) {
		select {
		case h := <-all:
			answers = append(answers, h)
			homeCame = homeCame || h.server == servers[0]
		case <-patience.C:
			patient = false
		case <-ctx.Done():
			return answers
		}
	}
	slices.SortFunc(answers, func(a, b heard) int { return slices.Index(servers, a.server) - slices.Index(servers, b.server) })
	return answers
}

// askOne asks one server, which has its cmd-timeout. What it does not say it has not.
func (p *Pool) askOne(ctx context.Context, room config.DialString, s *server.Server) heard {
	ctx, cancel := context.WithTimeout(ctx, s.Config().CmdTimeout)
	defer cancel()
	exists, err := s.RoomExists(ctx, room)
	return heard{s, exists, err}
}

// byParticipants puts the server first on which a room has the most participants. Of those that are
// equal the ones come first that get new rooms, else they stay in their order.
func (p *Pool) byParticipants(ctx context.Context, room config.DialString, servers []*server.Server) []*server.Server {
	counts := p.participants(ctx, room, servers)
	sorted := slices.Clone(servers)
	closed := make(map[*server.Server]int)
	for _, s := range servers {
		if p.takesNoRooms(s) != "" {
			closed[s] = 1
		}
	}
	slices.SortStableFunc(sorted, func(a, b *server.Server) int { return cmp.Or(counts[b]-counts[a], closed[a]-closed[b]) })
	return sorted
}

// participants asks servers at once how many participants a room has there; -1 where one does not
// say it in time.
func (p *Pool) participants(ctx context.Context, room config.DialString, servers []*server.Server) map[*server.Server]int {
	all := slices.Repeat([]int{-1}, len(servers))
	p.AtOnce(servers, func(i int, s *server.Server) {
		ctx, cancel := context.WithTimeout(ctx, s.Config().CmdTimeout)
		defer cancel()
		if n, err := s.RoomParticipants(ctx, room); err == nil {
			all[i] = n
		}
	})
	counts := make(map[*server.Server]int)
	for i, s := range servers {
		counts[s] = all[i]
	}
	return counts
}

// AtOnce does something for each of some servers at the same time, and returns when all is done; i
// is the server's place among them. A panic ends what is done for its server.
func (p *Pool) AtOnce(servers []*server.Server, do func(i int, s *server.Server)) {
	var all sync.WaitGroup
	for i, s := range servers {
		all.Add(1)
		p.env.Work.Go("asking server "+s.Name, func() {
			defer all.Done()
			do(i, s)
		})
	}
	all.Wait()
}

// place gives a room that is nowhere its server. home has answered, or is nil.
func (p *Pool) place(ctx context.Context, sought server.Sought, up []*server.Server, home *server.Server) (found, error) {
	room := sought.Room
	candidates, err := p.candidates(up, home == nil, room)
	if err != nil {
		return found{}, err
	}
	first := candidates[0]
	store := p.share()
	if store == nil {
		return found{Found: server.Found{Server: first}, why: metrics.HowHash}, nil
	}
	want := p.lessLoaded(candidates)
	got, err := store.Claim(ctx, Key(room), want.Name, "")
	if err != nil {
		return found{Found: server.Found{Server: first}, why: metrics.HowHash}, nil // as without a store
	}
	for _, s := range up {
		if s.Name == got.Server {
			p.remember(Key(room), got)
			return found{Found: server.Found{Server: s}, why: metrics.HowStore, epoch: got.Epoch}, nil
		}
	}
	return p.away(ctx, sought, got.Server)
}

// outOfReach tells whether the store names a server of this pool that is not up for this switch.
// The room is there for the others, wherever else it may be too.
func (p *Pool) outOfReach(claim Claim) bool {
	s := p.env.Server(claim.Server)
	return s != nil && p.Has(s) && !s.Connection.Up()
}

// away is for a room whose server in the store is not up for this switch. Where that server may be
// given up another one takes the room over; else the call waits for it, or goes to a copy.
func (p *Pool) away(ctx context.Context, sought server.Sought, name string) (found, error) {
	if sought.Alone && p.seenElsewhere(ctx, name) {
		return p.copyOf(ctx, sought, name)
	}
	s, room := p.env.Server(name), sought.Room
	if s == nil && !p.seenElsewhere(ctx, name) {
		up := p.upBut(nil)
		if free, err := p.candidates(up, false, room); err == nil { // it is configured nowhere any more
			if to, err := p.takeOver(ctx, room, free[0], name, up); err == nil && to != nil {
				return found{Found: server.Found{Server: to}, why: metrics.HowStore}, nil
			}
		}
	}
	if s != nil && p.mayFailOver(s) && !s.Connection.Up() {
		if next, err := p.next(ctx, sought, s); err == nil {
			return found{Found: next, why: metrics.HowStore}, nil
		}
	}
	return found{}, notYetError{failure.New(host.CauseDestinationOutOfOrder, p.hasRoom(name))}
}

// candidates are the servers that may get a new room, in the room's order. Where all are full it
// is the least loaded of them. The error says why there is none.
func (p *Pool) candidates(up []*server.Server, homeSilent bool, room config.DialString) ([]*server.Server, error) {
	var free, full []*server.Server
	var why []string
	for i, s := range p.ranked(room, up) {
		if i == 0 && homeSilent && len(up) > 1 {
			why = append(why, s.Name+" does not answer")
			continue
		}
		switch reason := p.takesNoRooms(s); reason {
		case "":
			free = append(free, s)
		case stateFull:
			full = append(full, s)
		default:
			why = append(why, s.Name+" is "+reason)
		}
	}
	if len(free) > 0 {
		return free, nil
	}
	if len(full) == 0 {
		return nil, failure.New(host.CauseDestinationOutOfOrder, fmt.Sprintf("no server of pool %q takes new rooms: %s", p.name, strings.Join(why, ", ")))
	}
	slices.SortStableFunc(full, func(a, b *server.Server) int {
		return p.looks.loadOf(a.Name).Participants - p.looks.loadOf(b.Name).Participants
	})
	p.warnFull(full[0])
	return full, nil
}

// warnFull says that all servers are full, once a minute.
func (p *Pool) warnFull(least *server.Server) {
	p.mu.Lock()
	due := time.Since(p.lastFull) > config.FullWarning
	if due {
		p.lastFull = time.Now()
	}
	p.mu.Unlock()
	if due {
		p.env.logf(host.LevelWarning, "Pool %s: all servers have their max-participants; new rooms go to %s, which has the fewest", p.name, least.Name)
	}
}
