// SPDX-License-Identifier: MPL-2.0

package pool

import (
	"context"
	"maps"
	"slices"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/bridge/metrics"
	"mod_janus/bridge/server"
)

// A copy is a second room of the same name, on another server than the store names. This switch
// makes it, or joins it, while it alone does not reach the server that the store names. The store
// goes on naming that server, and only legs with janus-pool-alone come to the copy.

// copyOf finds the server for a copy of a room. A server that has the room already comes first, and
// then the one that the hash says. lost is the name of the server that the store names.
func (p *Pool) copyOf(ctx context.Context, sought server.Sought, lost string) (found, error) {
	room, up := sought.Room, p.upBut(p.env.Server(lost))
	wait := notYetError{failure.New(host.CauseDestinationOutOfOrder, p.hasRoom(lost))}
	if len(up) == 0 {
		return found{}, wait
	}
	f, home, err := p.ask(ctx, room, up, Claim{})
	switch {
	case err != nil:
		return found{}, err
	case f.Server == nil && sought.Existing:
		return found{}, wait
	case f.Server == nil:
		free, err := p.candidates(up, home == nil, room)
		if err != nil {
			return found{}, err
		}
		f = found{Found: server.Found{Server: free[0]}, why: metrics.HowHash}
	}
	if p.enterCopy(Key(room), f.Server.Name) {
		p.env.logf(host.LevelWarning, "Pool %s: room %s goes on on %s in a copy for this switch alone: other switches reach %s, which has the room, and this one does not",
			p.name, Key(room), f.Server.Name, lost)
	}
	return f, nil
}

// enterCopy takes note that legs of ours go to a copy of a room; true: that is new.
func (p *Pool) enterCopy(key, name string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.copies == nil {
		p.copies = make(map[string]string)
	}
	was := p.copies[key]
	p.copies[key] = name
	return was != name
}

// isCopy tells whether what a server has of a room is a copy.
func (p *Pool) isCopy(key string, s *server.Server) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.copies[key] == s.Name
}

// leftCopy takes note that what a server has of a room is no copy: our legs have left it, or it is
// the room for everybody by now.
func (p *Pool) leftCopy(key string, s *server.Server) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.copies[key] == s.Name {
		delete(p.copies, key)
	}
}

// copiesOf are the servers on which our legs are in a copy of a room: one at most.
func (p *Pool) copiesOf(room config.DialString) []*server.Server {
	return slices.DeleteFunc(p.Members(), func(s *server.Server) bool { return !p.isCopy(Key(room), s) || !s.Occupied(room) })
}

// keepCopies forgets the copies of all rooms but these.
func (p *Pool) keepCopies(rooms map[string]bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.DeleteFunc(p.copies, func(key, _ string) bool { return !rooms[key] })
}
