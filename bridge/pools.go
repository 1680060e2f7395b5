// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"
	"slices"

	"mod_janus/bridge/config"
	"mod_janus/bridge/pool"
	"mod_janus/bridge/server"
)

// applyPools makes the pools what the configuration says. The servers are there already.
func (e *Engine) applyPools(cfg config.Config) {
	e.mu.Lock()
	before := e.pools
	e.mu.Unlock()
	var after, fresh []*pool.Pool
	for _, wanted := range cfg.Pools {
		i := slices.IndexFunc(before, func(p *pool.Pool) bool { return p.PoolName() == wanted.Name })
		if i >= 0 {
			e.changeStore(before[i], wanted)
			before[i].Configure(wanted)
			after = append(after, before[i])
			continue
		}
		p := pool.New(e.poolEnv, wanted, e.openStore(wanted))
		after, fresh = append(after, p), append(fresh, p)
	}
	e.mu.Lock()
	e.pools = after
	e.mu.Unlock()
	e.metrics.KeepPools(e.Pools())
	for _, p := range before {
		if !slices.Contains(after, p) {
			p.Retire()
		}
	}
	for _, p := range fresh {
		p.Run()
	}
}

// fillPools puts the servers into their pools, and logs what is wrong with that, unless servers of
// the database are still to come, or it was said before.
func (e *Engine) fillPools(cfg *config.Config, again bool) {
	problems := cfg.FillPools()
	if cfg.Incomplete || again {
		return
	}
	for _, p := range problems {
		e.logf(p.Level, "%s", "janus.conf: "+p.Text)
	}
}

// legsOfPool are the legs that were dialled to a pool and are in a room.
func (e *Engine) legsOfPool(name string) (legs []pool.Leg) {
	for _, c := range e.snapshot() {
		if c.PoolName() != name {
			continue
		}
		if status := c.Status(); status.Participant != "" {
			if room, err := config.ParseRoom(status.Room); err == nil {
				legs = append(legs, pool.Leg{Mover: c, Room: config.DialString{Room: room, RoomText: status.Room}})
			}
		}
	}
	return legs
}

// poolOf is the pool of a server; nil for none.
func (e *Engine) poolOf(s *server.Server) *pool.Pool {
	for _, p := range e.currentPools() {
		if slices.Contains(p.Members(), s) {
			return p
		}
	}
	return nil
}

// poolNamed is the pool of a name; nil for none.
func (e *Engine) poolNamed(name string) *pool.Pool {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, p := range e.pools {
		if p.PoolName() == name {
			return p
		}
	}
	return nil
}

// currentPools are the pools, in the order of the configuration.
func (e *Engine) currentPools() []*pool.Pool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.pools)
}

// Pools returns the names of the pools, sorted.
func (e *Engine) Pools() []string {
	names := []string{}
	for _, p := range e.currentPools() {
		names = append(names, p.PoolName())
	}
	slices.Sort(names)
	return names
}

// Where tells on which server a room of a pool is, or would be made, for whoever asks from
// outside.
func (e *Engine) Where(ctx context.Context, name, room string) (pool.Whereabouts, error) {
	return e.console.Where(ctx, name, room)
}
