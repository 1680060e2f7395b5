// SPDX-License-Identifier: MPL-2.0

package pool

import (
	"mod_janus/bridge/metrics"
	"mod_janus/bridge/server"
)

// The states of a server in its pool, as `janus pool` shows them.
const (
	stateUp       = "up"
	stateDown     = "down"
	stateDisabled = "disabled"
	stateCordoned = "cordoned"
	stateDraining = "draining"
	stateFull     = "full"
	stateNoWeight = "without weight"
	stateGone     = "gone" // from the DNS
)

// States are all states that a server of a pool can be in.
func States() []string {
	return []string{stateUp, stateDown, stateDisabled, stateCordoned, stateDraining, stateFull, stateGone}
}

// ForMetrics is what the metrics show of the pool.
func (p *Pool) ForMetrics() metrics.PoolState {
	state := metrics.PoolState{Pool: p.figures, Servers: make(map[string]string)}
	for _, s := range p.Members() {
		state.Servers[s.Name] = p.stateOf(s)
	}
	if store := p.share(); store != nil {
		state.Stored, state.StoreUp = true, store.State() == StoreUp
	}
	return state
}

// stateOf is the state of a server in one word.
func (p *Pool) stateOf(s *server.Server) string {
	if s.Config().Gone {
		return stateGone
	}
	if s.Draining.On() || p.isDraining(s) {
		return stateDraining
	}
	if !s.Connection.Up() {
		if !s.Enabled() {
			return stateDisabled
		}
		return stateDown
	}
	if reason := p.takesNoRooms(s); reason != "" && reason != stateNoWeight {
		return reason
	}
	return stateUp
}

// takesNoRooms is why a server that is up gets no new rooms; "" where it does.
func (p *Pool) takesNoRooms(s *server.Server) string {
	cfg := s.Config()
	switch {
	case cfg.Gone:
		return stateGone
	case s.Draining.On(), p.isDraining(s):
		return stateDraining
	case !s.Enabled():
		return stateDisabled
	case p.isCordoned(s):
		return stateCordoned
	case cfg.Weight <= 0:
		return stateNoWeight
	case cfg.MaxParticipants > 0 && p.looks.loadOf(s.Name).Participants >= cfg.MaxParticipants:
		return stateFull
	}
	return ""
}
