// SPDX-License-Identifier: MPL-2.0

package metrics

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// newPool adds a pool to the lab that has a server and a store.
func (l *lab) newPool(name string) *Pool {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.Pool(name)
	l.pools = append(l.pools, PoolState{Pool: p, Servers: map[string]string{"demo": "up"}, Stored: true, StoreUp: true})
	return p
}

// change changes the states of the pools.
func (l *lab) change(how func([]PoolState) []PoolState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pools = how(l.pools)
}

// What has happened in a pool is counted there, and what has not is there with 0.
func TestPoolCounts(t *testing.T) {
	l := newLab(t, "demo")
	p := l.newPool("us")
	require.Same(t, p, l.Pool("us"), "a pool has one set of figures")
	p.Placed("demo", HowHash)
	p.Placed("demo", HowHash)
	p.Placed("demo", HowOwnLegs)
	p.Split()
	p.Moved()
	p.StoreTook(time.Millisecond)
	p.DiscoveryFailed()
	now := l.series()
	for key, want := range map[string]float64{
		"pool_servers{pool=us,state=up}": 1, "pool_servers{pool=us,state=down}": 0,
		"pool_placements_total{how=hash,pool=us,server=demo}": 2, "pool_placements_total{how=own legs,pool=us,server=demo}": 1,
		"pool_placements_total{how=store,pool=us,server=demo}": 0, "pool_placements_total{how=asked,pool=us,server=demo}": 0,
		"pool_splits_total{pool=us}": 1, "pool_moves_total{pool=us}": 1, "pool_store_up{pool=us}": 1, "pool_store_seconds{pool=us}": 1,
		"pool_discovery_errors_total{pool=us}": 1, "pool_splits_total{pool=eu}": 0,
	} {
		require.Contains(t, now, key)
		require.InDelta(t, want, now[key], 0, key)
	}
	l.change(func(pools []PoolState) []PoolState {
		pools[1].StoreUp, pools[1].Servers = false, map[string]string{"demo": "down", "two": "up"}
		return pools
	})
	now = l.series()
	require.InDelta(t, 0, now["pool_store_up{pool=us}"], 0)
	require.InDelta(t, 1, now["pool_servers{pool=us,state=down}"], 0)
	require.InDelta(t, 2, now["pool_placements_total{how=hash,pool=us,server=demo}"], 0)
	l.change(func(pools []PoolState) []PoolState {
		pools[1].Stored, pools[1].Servers = false, map[string]string{"two": "up"}
		return pools
	})
	now = l.series()
	require.NotContains(t, now, "pool_store_up{pool=us}")
	require.NotContains(t, now, "pool_store_seconds{pool=us}")
	require.NotContains(t, now, "pool_placements_total{how=hash,pool=us,server=demo}")
	require.Empty(t, p.placed)
}

// A pool that is not configured any more has no series, and begins anew when it is back.
func TestPoolsGo(t *testing.T) {
	l := newLab(t, "demo")
	p := l.newPool("us")
	p.Split()
	all := len(l.series())
	l.KeepPools([]string{"eu"})
	l.change(func(pools []PoolState) []PoolState { return pools[:1] })
	p.Split() // by a call that is still there
	for key := range l.series() {
		require.NotContains(t, key, "pool=us", key)
	}
	require.NotSame(t, p, l.newPool("us"))
	require.Len(t, l.series(), all)
	require.InDelta(t, 0, l.series()["pool_splits_total{pool=us}"], 0)
}

// The counters of a pool never fall, also when they are read while calls are placed.
func TestPoolNothingFalls(t *testing.T) {
	l := newLab(t, "demo")
	p := l.newPool("us")
	var work sync.WaitGroup
	const at, each = 4, 2000
	for range at {
		work.Go(func() {
			for range each {
				p.Placed("demo", HowAsked)
				p.Moved()
			}
		})
	}
	done := make(chan struct{})
	go func() { work.Wait(); close(done) }()
	before := map[string]float64{}
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		now := l.series()
		for key, value := range now {
			if strings.HasPrefix(key, "pool_") {
				require.GreaterOrEqual(t, value, before[key], key)
			}
		}
		before = now
	}
	require.InDelta(t, at*each, before["pool_placements_total{how=asked,pool=us,server=demo}"], 0)
}
