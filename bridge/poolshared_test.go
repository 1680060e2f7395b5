// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"
	"strings"
	"sync"
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

func (m *memory) Views(context.Context) (map[string]map[string]bool, error) { return m.views, nil }

func (m *memory) Loads(context.Context) (map[string]pool.Load, error) { return nil, nil }

func (m *memory) State() string { return "up" }

func (m *memory) Report(context.Context, map[string]bool) error { return nil }

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
		return shared.Find(ctx, room, false)
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
