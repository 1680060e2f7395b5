// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"mod_janus/bridge/call"
	"mod_janus/bridge/host"
	"mod_janus/bridge/host/hosttest"
	testlab "mod_janus/test/lab"
)

// sharedLab is two engines, as on two switches, whose pool eu has the same Janus and the same
// Redis.
type sharedLab struct {
	redis *testlab.Redis
	keys  *redis.Client
	sw    [2]*poolLab
}

// param is the param of the pool that names a Redis.
func storeParam(r *testlab.Redis) string { return `<param name="store" value="` + r.URL() + `"/>` }

func newSharedLab(t *testing.T, n int, params ...string) *sharedLab {
	t.Helper()
	l := &sharedLab{redis: startRedis(t, testlab.RedisConfig{})}
	options, err := redis.ParseURL(l.redis.URL())
	require.NoError(t, err)
	l.keys = redis.NewClient(options)
	t.Cleanup(func() { _ = l.keys.Close() })
	l.sw[0] = newPoolLab(t, n, storeParam(l.redis)+strings.Join(params, ""), nil)
	l.sw[1] = l.sw[0].another(t)
	for _, p := range l.sw {
		p.eventually("the store is up", func() bool { return strings.HasSuffix(p.engine.Command("pools"), "|up\n") })
	}
	return l
}

// startRedis starts a Redis that ends with the test.
func startRedis(t *testing.T, cfg testlab.RedisConfig) *testlab.Redis {
	t.Helper()
	if err := testlab.FindRedis(); err != nil {
		if os.Getenv("CI") != "" {
			require.NoError(t, err)
		}
		t.Skip(err)
	}
	r, err := testlab.StartRedis(t.TempDir(), cfg)
	require.NoError(t, err)
	t.Cleanup(r.Kill)
	return r
}

// another is a second switch with the same configuration.
func (p *poolLab) another(t *testing.T) *poolLab {
	t.Helper()
	q := &poolLab{lab: &lab{t: t, peers: &peers{}}, janus: p.janus, names: p.names, rules: p.rules}
	q.host = hosttest.New(p.host.XML)
	q.host.Marked = func(uuid string) { q.leg(uuid).Message(host.MessageMedia) }
	q.lab.janus = p.lab.janus
	var err error
	q.engine, err = Start(q.host)
	require.NoError(t, err)
	t.Cleanup(func() {
		require.Zero(t, q.engine.Stop(hosttest.Patience), "legs left over")
		require.Zero(t, q.host.PortsOut(), "RTP ports left over")
	})
	q.eventually("all are connected", func() bool {
		return strings.Contains(q.engine.Command("pools"), fmt.Sprintf("eu|%d|%d|", len(p.names), len(p.names)))
	})
	return q
}

// hash is a key of the pool's, without the names of switches.
func (l *sharedLab) hash(key string) map[string]string {
	m := l.keys.HGetAll(context.Background(), "janus:{eu}:"+key).Val()
	delete(m, "by")
	return m
}

// What two switches dial at the same moment is one room, which the store knows, and forgets when it
// is destroyed.
func TestPoolStoreOneRoom(t *testing.T) {
	t.Parallel()
	l := newSharedLab(t, 3)
	const rooms = 30
	var legs [2][]*call.Call
	var uuids [2][]string
	var both sync.WaitGroup
	for n, p := range l.sw {
		both.Go(func() {
			for i := range rooms {
				c, uuid := p.call(fmt.Sprintf("eu/x@%d", 1000+i), destroyedWhenEmpty)
				legs[n], uuids[n] = append(legs[n], c), append(uuids[n], uuid)
			}
		})
	}
	both.Wait()
	used := map[string]bool{}
	for i := range rooms {
		room := fmt.Sprint(1000 + i)
		for n, p := range l.sw {
			p.up(uuids[n][i])
		}
		require.Len(t, l.sw[0].with(room), 1, room)
		at := l.sw[0].with(room)[0]
		used[at] = true
		held := l.hash("room:" + room)
		require.Equal(t, at, held["server"], room)
		require.Contains(t, l.sw[1].engine.Command("where eu "+room), "server|"+at+"\nurl|wss://"+at+".example.org/\nstate|up\nexists|true\nepoch|"+held["epoch"]+"\nwhy|own legs\n")
	}
	require.Len(t, used, 3)
	for n, p := range l.sw {
		for _, c := range legs[n] {
			p.end(c, host.CauseNormalClearing)
		}
	}
	l.sw[0].eventually("the store has forgotten the rooms", func() bool {
		return len(l.keys.Keys(context.Background(), "janus:{eu}:room:*").Val()) == 0
	})
}

// A room that a browser has made is found by asking, and stands in the store from then on; so the
// next switch need not ask all.
func TestPoolStoreLearns(t *testing.T) {
	t.Parallel()
	l := newSharedLab(t, 3)
	last := l.sw[0].order("1000")[2]
	l.sw[0].janus[last].CreateRoom("1000", "", "")
	c, uuid := l.sw[0].call("eu/x@1000", nil)
	l.sw[0].up(uuid)
	require.Equal(t, last, l.sw[0].host.Variable(uuid, host.VarServer))
	l.sw[0].eventually("the store knows it", func() bool { return l.hash("room:1000")["server"] == last })
	require.Contains(t, l.sw[1].engine.Command("where eu 1000"), "why|store\n")
	l.sw[0].end(c, host.CauseNormalClearing)
}

// A server that one switch has cordoned gets no new rooms from any.
func TestPoolStoreCordon(t *testing.T) {
	t.Parallel()
	l := newSharedLab(t, 2)
	first := l.sw[0].order("1000")[0]
	require.Contains(t, l.sw[0].engine.Command("cordon "+first), "+OK")
	for _, p := range l.sw {
		p.eventually("it is cordoned", func() bool { return strings.Contains(p.engine.Command("pool eu"), first+"|cordoned|") })
		require.NotContains(t, p.engine.Command("where eu 1000"), "server|"+first)
	}
	require.Contains(t, l.sw[1].engine.Command("uncordon "+first), "+OK")
	for _, p := range l.sw {
		p.eventually("it is not", func() bool { return strings.Contains(p.engine.Command("pool eu"), first+"|up|") })
	}
}

// A server that is away keeps its room as long as another switch sees it up. Then one claim moves
// the room, and the legs of both switches go to the same server.
func TestPoolStoreFailover(t *testing.T) {
	t.Parallel()
	l := newSharedLab(t, 3, `<param name="failover-after" value="1"/>`)
	ctx, order := t.Context(), l.sw[0].order("1000")
	var legs [2]*call.Call
	for n, p := range l.sw {
		c, uuid := p.call("eu/x@1000", nil)
		p.up(uuid)
		legs[n] = c
	}
	first := legs[0].Server().Name
	before := l.hash("room:1000")
	require.Equal(t, first, before["server"])
	require.Contains(t, order[:2], first)
	third := "janus:{eu}:view:fs3"
	require.NoError(t, l.keys.HSet(ctx, third, first, "up").Err())
	require.NoError(t, l.keys.SAdd(ctx, "janus:{eu}:switches", "fs3").Err())
	l.sw[0].away(first)
	for n, p := range l.sw {
		p.eventually("it is seen", func() bool { return strings.Contains(p.engine.Command("pools"), "eu|3|2|") })
		p.eventually("the leg waits", func() bool { return strings.Contains(p.engine.Command("calls"), "rejoining") })
		_, err := p.engine.Where(ctx, "eu", "1000")
		require.NoError(t, err)
		require.Equal(t, first, legs[n].Server().Name)
	}
	require.Never(t, func() bool { return l.hash("room:1000")["server"] != first || legs[0].Server().Name != first }, 2*time.Second, 50*time.Millisecond)

	require.NoError(t, l.keys.Del(ctx, third).Err())
	for _, p := range l.sw {
		p.eventually("both are elsewhere", func() bool {
			at := l.hash("room:1000")["server"]
			return at != first && p.janus[at].Participants("1000") == 2
		})
	}
	after := l.hash("room:1000")
	require.NotEqual(t, first, after["server"])
	require.NotEqual(t, before["epoch"], after["epoch"])
	for n, p := range l.sw {
		p.eventually("the leg is there", func() bool { return legs[n].Server().Name == after["server"] })
		require.Contains(t, p.engine.Command("where eu 1000"), "server|"+after["server"]+"\n")
		p.end(legs[n], host.CauseNormalClearing)
	}
}

// A room goes to the second of its servers where that has clearly less to carry than the first.
func TestPoolStoreLoad(t *testing.T) {
	t.Parallel()
	l := newSharedLab(t, 2)
	p := l.sw[0]
	order := p.order("1000")
	p.janus[order[0]].CreateRoom("77", "", "")
	p.janus[order[0]].Populate("77", 9, "browser")
	p.eventually("the load is known", func() bool { return l.hash("load:" + order[0])["participants"] == "9" })
	p.eventually("the next room goes to the other one", func() bool {
		c, uuid := p.call("eu/x@1000", destroyedWhenEmpty)
		p.up(uuid)
		at := p.host.Variable(uuid, host.VarServer)
		p.end(c, host.CauseNormalClearing)
		p.eventually("the room is gone", func() bool { return len(p.with("1000")) == 0 && len(l.hash("room:1000")) == 0 })
		return at == order[1]
	})
}

// Without its Redis a pool goes on as if there were none: the log says so once, and the commands
// show it.
func TestPoolStoreAway(t *testing.T) {
	t.Parallel()
	r := startRedis(t, testlab.RedisConfig{Password: "s3cret"})
	r.Kill()
	p := newPoolLab(t, 2, storeParam(r), nil)
	p.eventually("it is down", func() bool { return strings.Contains(p.engine.Command("pools"), "connection refused") })
	begun := time.Now()
	c, uuid := p.call("eu/x@1000", nil)
	p.up(uuid)
	require.Less(t, time.Since(begun), hosttest.Patience)
	require.Equal(t, p.order("1000")[0], p.host.Variable(uuid, host.VarServer))
	now := p.series()
	require.Contains(t, now, `pool_store_up{pool="eu"}`)
	require.InDelta(t, 0, now[`pool_store_up{pool="eu"}`], 0)
	p.end(c, host.CauseNormalClearing)
	require.True(t, p.logged(`the store of pool "eu" (redis://127.0.0.1:`))
	require.False(t, p.logged("s3cret"))
	require.NotContains(t, p.engine.Command("pools"), "s3cret")
}

// A reload gives a pool another store, or takes it away, while calls go on.
func TestPoolStoreReload(t *testing.T) {
	t.Parallel()
	l := newSharedLab(t, 2)
	p := l.sw[0]
	c, uuid := p.call("eu/x@1000", nil)
	p.up(uuid)
	before := p.host.XML
	change := func(param string) {
		p.host.Mu.Lock()
		p.host.XML = strings.Replace(before, storeParam(l.redis), param, 1)
		p.host.Mu.Unlock()
		require.Contains(t, p.engine.Command("reload"), "+OK")
	}
	was := p.series()
	require.InDelta(t, 1, was[`pool_store_up{pool="eu"}`], 0)
	require.Positive(t, was[`pool_store_seconds_count{pool="eu"}`])
	change("")
	require.Contains(t, p.engine.Command("pools"), "|none\n")
	require.NotContains(t, p.series(), `pool_store_up{pool="eu"}`)
	change(`<param name="store" value="redis://:s3cret@/0"/>`)
	require.Contains(t, p.engine.Command("pools"), "|none\n")
	require.True(t, p.logged(`pool "eu": param store: the address of Redis names no host`))
	other := startRedis(t, testlab.RedisConfig{})
	change(storeParam(other))
	p.eventually("the other store is up", func() bool { return strings.HasSuffix(p.engine.Command("pools"), "|up\n") })
	options, err := redis.ParseURL(other.URL())
	require.NoError(t, err)
	client := redis.NewClient(options)
	defer client.Close()
	p.eventually("the room stands there", func() bool { return client.Exists(t.Context(), "janus:{eu}:room:1000").Val() == 1 })
	p.noneFell(was, p.series())
	require.False(t, p.logged("s3cret"))
	p.end(c, host.CauseNormalClearing)
}

// destroyedWhenEmpty are variables with which the last leg takes its room with it.
var destroyedWhenEmpty = map[string]string{"janus-room-auto-destroy": "true"}
