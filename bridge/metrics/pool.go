// SPDX-License-Identifier: MPL-2.0

package metrics

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// How the server of a room was found.
const (
	HowOwnLegs = "own legs" // legs of this switch are in the room
	HowStore   = "store"    // the store has said it
	HowAsked   = "asked"    // Janus was asked
	HowHash    = "hash"     // the room is new
)

var hows = []string{HowOwnLegs, HowStore, HowAsked, HowHash}

// Pool is what is counted at one pool. Its methods may be called from any goroutine, and wait for
// nothing.
type Pool struct {
	name                     string
	splits, moves, discovery *prometheus.CounterVec
	store                    *prometheus.HistogramVec

	mu     sync.Mutex
	placed map[placement]uint64
}

// placement is a kind of calls that a pool has sent somewhere.
type placement struct{ server, how string }

// PoolState is what is known of a configured pool now.
type PoolState struct {
	Pool            *Pool
	Servers         map[string]string // the state of each, one of Options.PoolStates
	Stored, StoreUp bool              // the pool has a store, which can be used
}

// Pool returns the figures of the pool of a name, which begin with the first call for it. A nil m
// is for tests: nobody sees the figures.
func (m *Metrics) Pool(name string) *Pool {
	if m == nil {
		return newPool(name)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.pools[name]
	if p == nil {
		p = newPool(name)
		m.pools[name] = p
	}
	return p
}

// KeepPools forgets the figures of all pools but those of some names.
func (m *Metrics) KeepPools(names []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name := range m.pools {
		if !slices.Contains(names, name) {
			delete(m.pools, name)
		}
	}
}

func newPool(name string) *Pool {
	p := &Pool{
		name: strings.ToValidUTF8(name, "?"), placed: make(map[placement]uint64), splits: poolSplits.counters(),
		moves: poolMoves.counters(), discovery: discoveryErrors.counters(), store: storeSeconds.histograms(),
	}
	for _, vec := range []*prometheus.CounterVec{p.splits, p.moves, p.discovery} {
		vec.WithLabelValues(p.name)
	}
	p.store.WithLabelValues(p.name)
	return p
}

// Placed counts a call that was sent to a server, which was found as one of the Hows says.
func (p *Pool) Placed(server, how string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.placed[placement{server, how}]++
}

// Split counts a room that was seen on two servers.
func (p *Pool) Split() { p.splits.WithLabelValues(p.name).Inc() }

// Moved counts a room that goes on at another server.
func (p *Pool) Moved() { p.moves.WithLabelValues(p.name).Inc() }

// StoreTook observes how long a request to the store took.
func (p *Pool) StoreTook(took time.Duration) { p.store.WithLabelValues(p.name).Observe(took.Seconds()) }

// DiscoveryFailed counts a look for servers that the DNS has not answered.
func (p *Pool) DiscoveryFailed() { p.discovery.WithLabelValues(p.name).Inc() }

// placements are the calls that were sent to the servers of a pool. What was counted at servers
// that are not in the pool any more is dropped.
func (p *Pool) placements(servers map[string]string) map[placement]uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := make(map[placement]uint64)
	for server := range servers {
		for _, how := range hows {
			of := placement{server, how}
			now[of] = p.placed[of]
		}
	}
	for of := range p.placed {
		if _, there := servers[of.server]; !there {
			delete(p.placed, of)
		}
	}
	return now
}

// collect sends all metrics of a pool.
func (s *PoolState) collect(ch chan<- prometheus.Metric, states []string) {
	name := s.Pool.name
	in := make(map[string]int)
	for _, state := range s.Servers {
		in[state]++
	}
	for _, state := range states {
		ch <- poolServers.value(float64(in[state]), name, state)
	}
	for of, calls := range s.Pool.placements(s.Servers) {
		ch <- poolPlacements.value(float64(calls), name, strings.ToValidUTF8(of.server, "?"), of.how)
	}
	s.Pool.splits.Collect(ch)
	s.Pool.moves.Collect(ch)
	s.Pool.discovery.Collect(ch)
	if s.Stored {
		ch <- storeUp.value(number(s.StoreUp), name)
		s.Pool.store.Collect(ch)
	}
}
