// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/config"
	"mod_janus/bridge/pool"
	"mod_janus/bridge/server"
)

// memory is a store of two switches, in this process: the pool's, and one that sees what it is
// told to see.
type memory struct {
	pool.Store // what is not below is not called

	mu     sync.Mutex
	claims map[string]pool.Claim
	views  map[string]map[string]bool

	reported map[string]bool // by this switch
	late     atomic.Bool     // nobody is told what the switches see
}

func (m *memory) Lookup(_ context.Context, room string) (pool.Claim, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.claims[room], nil
}

func (m *memory) Claim(_ context.Context, room, want, from string) (pool.Claim, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if held := m.claims[room]; held.Server != "" && held.Server != from {
		return held, nil
	}
	m.claims[room] = pool.Claim{Server: want, Epoch: m.claims[room].Epoch + 1}
	return m.claims[room], nil
}

func (m *memory) Views(context.Context) (map[string]map[string]bool, error) {
	if m.late.Load() {
		return nil, errors.New("it is late")
	}
	return m.views, nil
}

func (m *memory) Loads(context.Context) (map[string]pool.Load, error) { return nil, nil }

func (m *memory) State() string { return "up" }

func (m *memory) Report(_ context.Context, up map[string]bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reported = up
	return nil
}

func (m *memory) Renew(context.Context, []pool.Held) ([]pool.Claim, error) { return nil, nil }

func (m *memory) Cordoned(context.Context) (map[string]string, error) { return nil, nil }

func (m *memory) Load(context.Context, string, pool.Load) error { return nil }

func (m *memory) Watch(ctx context.Context, _ func(pool.Change)) { <-ctx.Done() }

func (m *memory) Close() {}

// The store decides where a room is that does not exist, and whether its server may be given up.
func TestPoolStoreDecides(t *testing.T) {
	p := newPoolLab(t, 3, "", nil)
	m := &memory{claims: map[string]pool.Claim{}, views: map[string]map[string]bool{}}
	shared := pool.New(p.engine.poolEnv, config.PoolConfig{Name: "eu", Servers: p.names, FailoverAfter: time.Second}, m)
	defer shared.Retire()
	room, err := config.ParseDialString("eu/x@1000")
	require.NoError(t, err)
	find := func(limit time.Duration) (server.Found, error) {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		return shared.Find(ctx, server.Sought{Room: room})
	}
	order := p.order("1000")
	m.claims["1000"] = pool.Claim{Server: order[2], Epoch: 7} // by another switch
	found, err := find(time.Minute)
	require.NoError(t, err)
	require.Equal(t, order[2], found.Server.Name)

	p.away(order[2])
	p.eventually("it is seen", func() bool { return strings.Contains(p.engine.Command("pools"), "eu|3|2|") })
	m.views = map[string]map[string]bool{"other": {order[2]: true}}
	_, err = find(3 * time.Second)
	require.ErrorIs(t, err, context.DeadlineExceeded, "the other switch sees the server: the call waits")
	m.views = map[string]map[string]bool{"other": {order[2]: false}}
	found, err = find(time.Minute)
	require.NoError(t, err)
	require.Equal(t, order[0], found.Server.Name)
	require.Equal(t, pool.Claim{Server: order[0], Epoch: 8}, m.claims["1000"])

	m.claims["1000"] = pool.Claim{Server: "j9", Epoch: 3} // which is configured nowhere
	found, err = find(time.Minute)
	require.NoError(t, err)
	require.Equal(t, order[0], found.Server.Name)
	require.Equal(t, pool.Claim{Server: order[0], Epoch: 4}, m.claims["1000"])
}

// listener is a leg that hears its server as long as it is told to.
type listener struct {
	pool.Mover
	at    *server.Server
	hears atomic.Bool
}

func (l *listener) Server() *server.Server { return l.at }

func (l *listener) Hears() bool { return l.hears.Load() }

// A Janus whose API is dead and whose audio goes on keeps its rooms: new callers wait, the other
// switches are told that it is up, and rooms that are new go elsewhere.
func TestPoolHearsServer(t *testing.T) {
	t.Parallel()
	p := newPoolLab(t, 3, "", nil)
	order := p.order("1000")
	leg := &listener{at: p.engine.server(order[0])}
	leg.hears.Store(true)
	env := *p.engine.poolEnv
	env.Legs = func(string) []pool.Leg { return []pool.Leg{{Mover: leg}} }
	m := &memory{claims: map[string]pool.Claim{"1000": {Server: order[0], Epoch: 7}}}
	shared := pool.New(&env, config.PoolConfig{Name: "eu", Servers: p.names, FailoverAfter: time.Second}, m)
	defer shared.Retire()
	p.away(order[0])
	p.eventually("it is seen", func() bool { return strings.Contains(p.engine.Command("pools"), "eu|3|2|") })
	find := func(room string, limit time.Duration) (server.Found, error) {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		dial, err := config.ParseDialString("eu/x@" + room)
		require.NoError(t, err)
		return shared.Find(ctx, server.Sought{Room: dial})
	}
	_, err := find("1000", 3*time.Second)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Equal(t, pool.Claim{Server: order[0], Epoch: 7}, m.claims["1000"])
	reported := func(server string) bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		return m.reported[server]
	}
	p.eventually("it is reported up", func() bool { return reported(order[0]) })
	for room := 1001; ; room++ { // whose home is that server
		if p.order(fmt.Sprint(room))[0] == order[0] {
			found, err := find(fmt.Sprint(room), time.Minute)
			require.NoError(t, err)
			require.NotEqual(t, order[0], found.Server.Name)
			break
		}
	}
	leg.hears.Store(false)
	found, err := find("1000", time.Minute)
	require.NoError(t, err)
	require.Equal(t, order[1], found.Server.Name)
	p.eventually("it is reported down", func() bool { return !reported(order[0]) })
}

// What the others have reported counts while the store does not answer, so that a room is not taken
// over only because the store is late.
func TestPoolViewsOutlastStore(t *testing.T) {
	t.Parallel()
	p := newPoolLab(t, 2, "", nil)
	order := p.order("1000")
	m := &memory{
		claims: map[string]pool.Claim{"1000": {Server: order[0], Epoch: 7}},
		views:  map[string]map[string]bool{"other": {order[0]: true}},
	}
	shared := pool.New(p.engine.poolEnv, config.PoolConfig{Name: "eu", Servers: p.names, FailoverAfter: time.Second}, m)
	defer shared.Retire()
	p.away(order[0])
	p.eventually("it is seen", func() bool { return strings.Contains(p.engine.Command("pools"), "eu|2|1|") })
	dial, err := config.ParseDialString("eu/x@1000")
	require.NoError(t, err)
	find := func(limit time.Duration) error {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		_, err := shared.Find(ctx, server.Sought{Room: dial})
		return err
	}
	require.ErrorIs(t, find(2*time.Second), context.DeadlineExceeded)
	m.late.Store(true)
	require.ErrorIs(t, find(2*time.Second), context.DeadlineExceeded, "the other switch has just seen it up")
	require.Equal(t, pool.Claim{Server: order[0], Epoch: 7}, m.claims["1000"])
}
