// SPDX-License-Identifier: MPL-2.0

package pool

import (
	"context"

	"mod_janus/bridge/server"
)

// loadAsker is a store that says whose turn it is to ask a server how much there is on it.
type loadAsker interface {
	MayAsk(ctx context.Context, server string) (bool, error)
}

// shareLoads has one switch at a time ask each server how much there is on it, and reads what they
// have said.
func (p *Pool) shareLoads(ctx context.Context, store Store) {
	asker, turns := store.(loadAsker)
	for _, s := range p.Members() {
		if !s.Connection.Up() {
			continue
		}
		if turns {
			if mine, err := asker.MayAsk(ctx, s.Name); err != nil || !mine {
				continue
			}
		}
		limit, cancel := context.WithTimeout(ctx, s.Config().CmdTimeout)
		rooms, err := s.RoomsThere(limit)
		cancel()
		if err == nil {
			_ = store.Load(ctx, s.Name, loadOf(rooms))
		}
	}
	loads, err := store.Loads(ctx)
	if err != nil {
		return
	}
	for name, load := range loads {
		p.looks.setLoad(name, load)
	}
	p.sharing.mu.Lock()
	clear(p.sharing.placed)
	p.sharing.mu.Unlock()
}

// What the first of two servers may have to carry more than the second and still gets the room: so
// many times as much, and so many participants.
const (
	loadFactor = 1.25
	loadMargin = 5
)

// lessLoaded is the first candidate, or the second where that has clearly less to carry. A small
// difference does not count: a switch that cannot ask the store just now takes the first, and the
// others should take the same one. What counts is what the store has said last, and the calls that
// this switch has sent there since.
func (p *Pool) lessLoaded(candidates []*server.Server) *server.Server {
	if len(candidates) < 2 {
		return candidates[0]
	}
	p.sharing.mu.Lock()
	defer p.sharing.mu.Unlock()
	carries := func(s *server.Server) float64 {
		return float64(p.looks.loadOf(s.Name).Participants+p.sharing.placed[s.Name]) / s.Config().Weight
	}
	chosen := candidates[0]
	if carries(candidates[0]) > loadFactor*carries(candidates[1])+loadMargin {
		chosen = candidates[1]
	}
	p.sharing.placed[chosen.Name]++
	return chosen
}
