// SPDX-License-Identifier: MPL-2.0

package pool

import (
	"context"
	"fmt"
	"slices"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/server"
)

// seen is which servers of the pool this switch sees up. One whose API does not answer is up as
// long as legs of ours hear it: their rooms live.
func (p *Pool) seen() map[string]bool {
	up := make(map[string]bool)
	for _, s := range p.Members() {
		up[s.Name] = s.Connection.Up() || p.hears(s)
	}
	return up
}

// hears tells whether audio comes from a server to any leg of ours.
func (p *Pool) hears(s *server.Server) bool {
	return slices.ContainsFunc(p.env.Legs(p.name), func(leg Leg) bool { return leg.Server() == s && leg.Hears() })
}

// seenElsewhere tells whether another switch that lives sees a server up. While the store does not
// answer, what the others have reported last counts for as long as a report does.
func (p *Pool) seenElsewhere(ctx context.Context, name string) bool {
	for _, up := range p.views(ctx) {
		if up[name] {
			return true
		}
	}
	return false
}

// views are what the other switches see. Each leg that waits for its server asks many times a
// second, and the store is asked for all of them once.
func (p *Pool) views(ctx context.Context) map[string]map[string]bool {
	s := &p.sharing
	s.viewing.Lock()
	defer s.viewing.Unlock()
	s.mu.Lock()
	store, views, viewed := s.store, s.views, s.viewed
	s.mu.Unlock()
	if store == nil || time.Since(viewed) < config.ShareTick {
		return views
	}
	now, err := store.Views(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.viewed = time.Now()
	switch {
	case err == nil:
		s.views, s.viewsTold = now, s.viewed
	case time.Since(s.viewsTold) > config.ViewLease:
		s.views = nil
	}
	return s.views
}

// hasRoom says why a call cannot go to the server of its room.
func (p *Pool) hasRoom(name string) string {
	if p.env.Server(name) == nil {
		return fmt.Sprintf("server %q has the room in the store of pool %q, and is not configured on this switch", name, p.name)
	}
	return fmt.Sprintf("server %q of pool %q has the room, and is not connected", name, p.name)
}
