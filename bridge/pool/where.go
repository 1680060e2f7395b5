// SPDX-License-Identifier: MPL-2.0

package pool

import (
	"context"
	"errors"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/metrics"
	"mod_janus/bridge/server"
	"mod_janus/janusclient/audiobridge"
)

// Whereabouts is where a room of a pool is, or would be made.
type Whereabouts struct {
	Room   string // as it was written
	Server string
	URL    string // that a browser is told; "" where none is configured
	State  string // of the server
	Exists bool
	Why    string   // how the server was found
	Epoch  uint64   // of the claim in the store; 0 without one
	Others []string // servers on which the room is as well
}

// Where tells where a room is, and does not wait for a server that is away. Nothing is made, and
// nothing claimed.
func (p *Pool) Where(ctx context.Context, room config.DialString) (Whereabouts, error) {
	f, err := p.where(ctx, room)
	if err != nil {
		return Whereabouts{}, err
	}
	w := Whereabouts{
		Room: room.RoomText, Server: f.Server.Name, URL: f.Server.Config().PublicURL, State: p.stateOf(f.Server),
		Exists: f.Exists, Why: f.why, Epoch: f.epoch,
	}
	for _, s := range f.others {
		w.Others = append(w.Others, s.Name)
	}
	return w, nil
}

func (p *Pool) where(ctx context.Context, room config.DialString) (found, error) {
	up, err := p.up(config.FirstTryPatience)
	s := p.own(room, false)
	if s != nil && !s.Connection.Up() {
		return found{Found: server.Found{Server: s, Exists: true}, why: metrics.HowOwnLegs, others: p.copiesOf(room)}, nil
	}
	if err != nil {
		var wait notYetError
		if errors.As(err, &wait) {
			err = wait.error
		}
		return found{}, err
	}
	claim := p.lookup(ctx, room)
	if s != nil {
		f := found{Found: server.Found{Server: s, Exists: true}, why: metrics.HowOwnLegs}
		if claim.Server == s.Name {
			f.epoch = claim.Epoch
		}
		return f, nil
	}
	if p.outOfReach(claim) {
		return found{Found: server.Found{Server: p.env.Server(claim.Server)}, why: metrics.HowStore, epoch: claim.Epoch, others: p.copiesOf(room)}, nil
	}
	f, home, err := p.ask(ctx, room, up, claim)
	if err != nil || f.Server != nil {
		return f, err
	}
	candidates, err := p.candidates(up, home == nil, room)
	if err != nil {
		return found{}, err
	}
	return found{Found: server.Found{Server: candidates[0]}, why: metrics.HowHash}, nil
}

// Member is what is known of one server of a pool.
type Member struct {
	Server  *server.Server
	State   string
	Load    *Load // nil where Janus has not said it
	LastErr string
}

// Overview asks all servers at once how much there is on them.
func (p *Pool) Overview(ctx context.Context) []Member {
	members := p.Members()
	all := make([]Member, len(members))
	p.AtOnce(members, func(i int, s *server.Server) {
		all[i] = Member{Server: s, State: p.stateOf(s)}
		if err := s.State().LastErr; err != nil {
			all[i].LastErr = failure.Reason(err)
		}
		if !s.Connection.Up() {
			return
		}
		ctx, cancel := context.WithTimeout(ctx, s.Config().CmdTimeout)
		defer cancel()
		rooms, err := s.RoomsThere(ctx)
		if err != nil {
			all[i].LastErr = failure.Reason(err)
			return
		}
		load := loadOf(rooms)
		all[i].Load = &load
	})
	return all
}

// loadOf counts what a server says of its rooms.
func loadOf(rooms []audiobridge.Room) (load Load) {
	load.Rooms = len(rooms)
	for _, room := range rooms {
		load.Participants += room.NumParticipants
	}
	return load
}
