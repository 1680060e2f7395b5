// SPDX-License-Identifier: MPL-2.0

package pool

import (
	"context"
	"maps"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/server"
)

// renew keeps the claims of all rooms with legs of ours, and learns which of them are elsewhere by
// now.
func (p *Pool) renew(ctx context.Context, store Store) {
	var rooms []Held
	var dials []config.DialString
	var servers []*server.Server
	known := make(map[string]bool)
	for _, s := range p.Members() {
		occupied, left := s.Rooms.Known()
		for _, room := range left {
			known[Key(room)] = true // its claim is given up when it has been destroyed
		}
		for _, room := range occupied {
			claim := p.claimOf(Key(room))
			if claim.Server != s.Name {
				claim = Claim{Server: s.Name}
			}
			rooms = append(rooms, Held{Key(room), claim})
			dials, servers = append(dials, room), append(servers, s)
			known[Key(room)] = true
		}
	}
	p.sharing.mu.Lock()
	maps.DeleteFunc(p.sharing.claims, func(room string, _ Claim) bool { return !known[room] })
	p.sharing.mu.Unlock()
	p.keepCopies(known)
	if len(rooms) == 0 {
		return
	}
	now, err := store.Renew(ctx, rooms)
	if err != nil {
		return
	}
	for i, claim := range now {
		if claim.Server == "" {
			continue
		}
		p.remember(rooms[i].Room, claim)
		if claim.Server == servers[i].Name {
			p.leftCopy(rooms[i].Room, servers[i]) // it is the room by now
		} else {
			p.elsewhere(dials[i], servers[i], claim.Server)
		}
	}
}

// elsewhere is for a room that legs of ours are in at one server, and that the store has on another
// one, which is claimed: the servers are asked where it really is.
func (p *Pool) elsewhere(room config.DialString, at *server.Server, claimed string) {
	p.looks.add(look{when: time.Now(), room: room, at: at, claimed: claimed})
}

// correct has the store say that a room is on at where legs of ours are in it, and not on the
// server that the store names, if nobody is in it there. Whoever keeps away from that server would
// else be told of it until the lease ends.
func (p *Pool) correct(ctx context.Context, room config.DialString, at *server.Server, claimed string) {
	if claimed == "" || claimed == at.Name {
		return
	}
	switch s := p.env.Server(claimed); {
	case s == nil || !s.Connection.Up():
		// the legs of others may still wait for it
		if s != nil && !p.mayFailOver(s) || p.seenElsewhere(ctx, claimed) {
			return
		}
	default:
		if n, err := s.RoomParticipants(ctx, room); err != nil || n > 0 {
			return
		}
	}
	p.claimFrom(room, at, claimed)
}

// remember keeps what the store has said last of a room.
func (p *Pool) remember(room string, claim Claim) {
	claim.New = false
	p.sharing.mu.Lock()
	defer p.sharing.mu.Unlock()
	if p.sharing.store != nil {
		p.sharing.claims[room] = claim
	}
}

// claimOf is what the store has said last of a room with legs of ours; the zero Claim where it has
// said nothing.
func (p *Pool) claimOf(room string) Claim {
	p.sharing.mu.Lock()
	defer p.sharing.mu.Unlock()
	return p.sharing.claims[room]
}

// settleClaim has the store say where a room is that Janus was asked for: on at, and not on the
// server that the store has named, which does not have the room.
func (p *Pool) settleClaim(room config.DialString, at *server.Server, before Claim) {
	if before.Server == at.Name || p.isCopy(Key(room), at) {
		return
	}
	if before.Server != "" {
		if s := p.env.Server(before.Server); s != nil && !s.Connection.Up() {
			return // it may have the room, for switches that see it
		}
	}
	p.claimFrom(room, at, before.Server)
}

// claimFrom has the store say that a room is on at, and not on the server from any more. Where it
// names a third server, that one is asked.
func (p *Pool) claimFrom(room config.DialString, at *server.Server, from string) {
	store := p.share()
	if store == nil {
		return
	}
	p.env.Work.Go("pool "+p.name, func() {
		claim, err := store.Claim(p.ctx, Key(room), at.Name, from)
		if err != nil {
			return // the next renewal finds out
		}
		p.remember(Key(room), claim)
		if claim.Server != at.Name {
			p.elsewhere(room, at, claim.Server)
		}
	})
}

// claimMade has the store say where a room is that a leg of ours has made, where the store did not
// decide it: it was late, say. Where another server has the room by now both are looked at at once.
func (p *Pool) claimMade(room config.DialString, at *server.Server) {
	if p.claimOf(Key(room)).Server != at.Name {
		p.settleClaim(room, at, Claim{}) // where the store cannot be used, it is claimed when it can
	}
}

// Destroyed takes note that a room of a server is gone, so that the store forgets it too. It does
// not wait.
func (p *Pool) Destroyed(room config.DialString, at *server.Server) {
	store, claim := p.share(), p.claimOf(Key(room))
	if store == nil || claim.Server != at.Name || claim.Epoch == 0 {
		return
	}
	p.env.Work.Go("pool "+p.name, func() {
		if !at.Occupied(room) {
			_ = store.Release(context.Background(), Key(room), claim) // else it ends by itself
		}
	})
}

// moved is for a room that somebody has given another server: what is known of its claim is old.
func (p *Pool) moved(change Change) {
	if s := p.env.Server(change.Server); s != nil {
		p.leftCopy(change.Room, s)
	}
	p.sharing.mu.Lock()
	defer p.sharing.mu.Unlock()
	if known, there := p.sharing.claims[change.Room]; there && known.Epoch < change.Epoch {
		p.sharing.claims[change.Room] = Claim{Server: change.Server, Epoch: change.Epoch}
	}
}
