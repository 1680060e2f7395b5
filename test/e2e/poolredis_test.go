// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// sharedPool is a pool of three Janus for two switches, which share a Redis.
type sharedPool struct {
	t     *testing.T
	janus map[string]*realjanus.Janus
	asks  map[string]*asker // of those that live
	sw    [2]*lab.Switch
	redis *lab.Redis
	keys  *redis.Client
}

// newSharedPool starts the Janus j1 to j3, and two switches with the pool eu; params are further
// ones of the pool.
func newSharedPool(t *testing.T, params string) *sharedPool {
	t.Helper()
	p := withRedis(t)
	p.startAll([2]string{store(p.redis) + params, store(p.redis) + params})
	return p
}

// withRedis starts the Redis.
func withRedis(t *testing.T) *sharedPool {
	t.Helper()
	p := &sharedPool{t: t, janus: map[string]*realjanus.Janus{}, asks: map[string]*asker{}}
	p.redis, p.keys = startRedis(t, "")
	return p
}

// startRedis starts a Redis at an address, "" for 127.0.0.1, and connects to it.
func startRedis(t *testing.T, address string) (*lab.Redis, *redis.Client) {
	t.Helper()
	if err := lab.FindRedis(); err != nil {
		if os.Getenv("CI") != "" {
			require.NoError(t, err)
		}
		t.Skip(err)
	}
	r, err := lab.StartRedis(t.TempDir(), lab.RedisConfig{Address: address, Password: "s3cret-of-redis"})
	require.NoError(t, err)
	t.Cleanup(r.Kill)
	options, err := redis.ParseURL(r.URL())
	require.NoError(t, err)
	keys := redis.NewClient(options)
	t.Cleanup(func() { _ = keys.Close() })
	return r, keys
}

// store is the param that names a Redis.
func store(r *lab.Redis) string { return `<param name="store" value="` + r.URL() + `"/>` }

// sharedPools counts switches: minihosts that run side by side take their ports in the same order.
var sharedPools atomic.Int32

// startAll starts the Janus, and the switches with these params of the pool.
func (p *sharedPool) startAll(params [2]string) {
	t, servers := p.t, ""
	t.Helper()
	for _, name := range []string{"j1", "j2", "j3"} {
		j, err := realjanus.Start(t.TempDir(), realjanus.Config{})
		require.NoError(t, err)
		t.Cleanup(j.Kill)
		p.janus[name], p.asks[name] = j, ask(t, j)
		servers += strings.Replace(serverOf(j), `name="demo"`, `name="`+name+`"`, 1)
	}
	for i := range p.sw {
		conf := `<configuration name="janus.conf"><settings/>` + servers + `<pool name="eu"><param name="servers" value="j1,j2,j3"/>` + params[i] + `</pool></configuration>`
		var err error
		cfg := hostConfig(conf)
		cfg.FirstPort = 41000 + 1500*int(sharedPools.Add(1)%12)
		cfg.LastPort = cfg.FirstPort + 1498
		p.sw[i], err = lab.StartSwitch(filepath.Join(t.TempDir(), "switch"), cfg)
		require.NoError(t, err)
		t.Cleanup(p.sw[i].Stop)
		ready := "eu|3|3|0|0|none"
		if params[i] != "" {
			ready = "eu|3|3|0|0|up"
		}
		eventually(t, "the pool is up", func() bool { return strings.Contains(api(t, p.sw[i], "janus pools"), ready) })
	}
	t.Cleanup(func() {
		for _, s := range p.sw {
			require.NotContains(t, s.Log(), "s3cret-of-redis")
			if t.Failed() {
				t.Log(tail(s.Log(), 60))
			}
		}
	})
}

// serverOf is the <server> of a Janus.
func serverOf(j *realjanus.Janus) string {
	_, text, _ := strings.Cut(lab.ConfOf(j, ""), "<settings/>")
	text, _, _ = strings.Cut(text, "</configuration>")
	return text
}

// with are the Janus that have people in a room.
func (p *sharedPool) with(room int) (names []string, people int) {
	for name, a := range p.asks {
		if n := len(a.participants(janusclient.NumberID(uint64(room)))); n > 0 {
			names, people = append(names, name), people+n
		}
	}
	return names, people
}

// together waits until rooms are each on one Janus, with a leg of each switch, and returns it.
func (p *sharedPool) together(rooms ...int) map[int]string {
	p.t.Helper()
	at := make(map[int]string)
	for _, room := range rooms {
		var names []string
		var there int
		eventually(p.t, fmt.Sprintf("both are in room %d", room), func() bool {
			names, there = p.with(room)
			return there == 2 && len(names) == 1
		})
		at[room] = names[0]
	}
	return at
}

// stored is where the keys have the rooms that Redis knows.
func (p *sharedPool) stored() map[int]string { return storedRooms(p.keys) }

// storedRooms is where the keys of a Redis have the rooms of the pool.
func storedRooms(keys *redis.Client) map[int]string {
	at := make(map[int]string)
	for _, key := range keys.Keys(context.Background(), "janus:{eu}:room:*").Val() {
		room, _ := strconv.Atoi(key[strings.LastIndex(key, ":")+1:])
		at[room] = keys.HGet(context.Background(), key, "server").Val()
	}
	return at
}

// truthful waits until the keys have exactly these rooms, each where it is.
func (p *sharedPool) truthful(at map[int]string, limit time.Duration) {
	p.t.Helper()
	began := time.Now()
	err := realjanus.Until(limit, "the keys are true", func() bool { return maps.Equal(p.stored(), at) })
	require.NoError(p.t, err, "rooms %v, keys %v", at, p.stored())
	p.t.Logf("the keys are true after %s", time.Since(began).Round(100*time.Millisecond))
}

// dial places a call on each switch to each room, one after the other, and returns how long the
// slowest and the middle one took.
func (p *sharedPool) dial(rooms ...int) (slowest, middle time.Duration) {
	p.t.Helper()
	var took []time.Duration
	for _, room := range rooms {
		for i, s := range p.sw {
			began := time.Now()
			originate(p.t, s, "janus/eu/fs%d@%d &park()", i, room)
			took = append(took, time.Since(began))
		}
	}
	slices.Sort(took)
	return took[len(took)-1], took[len(took)/2]
}

func (p *sharedPool) hangUp() {
	p.t.Helper()
	for _, s := range p.sw {
		api(p.t, s, "fsctl hupall")
		gone(p.t, s)
	}
}

// Redis stands still, is killed and forgets everything, under calls: none fails, each costs a
// quarter of a second more at most, and the keys are true again within 30 s.
func TestPoolRedisGone(t *testing.T) {
	t.Parallel() // it waits
	p := newSharedPool(t, "")
	// how much longer than it should something may take on a machine that is busy
	const late = 2 * time.Second
	rooms := []int{9000, 9001, 9002}
	slowest, usual := p.dial(rooms...)
	t.Logf("a call takes %s, the slowest %s", usual, slowest)
	p.truthful(p.together(rooms...), patience)
	eventually(t, "the keys are not just renewed", func() bool {
		return p.keys.PTTL(t.Context(), "janus:{eu}:room:9000").Val() < 58*time.Second
	})
	for i, fault := range []struct {
		what        string
		fault, mend func()
	}{
		{"forgets everything", func() { require.NoError(t, p.keys.FlushAll(t.Context()).Err()) }, func() {}},
		{"stands still", p.redis.Pause, p.redis.Continue},
		{"was killed", p.redis.Kill, func() { require.NoError(t, p.redis.Start()) }},
	} {
		fault.fault()
		more := []int{9010 + 10*i, 9011 + 10*i}
		slowest, middle := p.dial(more...)
		t.Logf("Redis %s: a call takes %s, the slowest %s", fault.what, middle, slowest)
		require.Less(t, slowest, usual+250*time.Millisecond+late)
		rooms = append(rooms, more...)
		at := p.together(rooms...)
		fault.mend()
		p.truthful(at, 30*time.Second)
		for _, s := range p.sw {
			eventually(t, "Redis is in use again", func() bool { return strings.HasSuffix(api(t, s, "janus pools"), "|up") })
		}
	}
	for _, s := range p.sw {
		// a machine that is busy may add to them
		require.GreaterOrEqual(t, strings.Count(s.Log(), "cannot be used: "), 2)
		require.Equal(t, strings.Count(s.Log(), "cannot be used: "), strings.Count(s.Log(), "can be used again"))
	}
	p.hangUp()
}

// Two switches dial the same new rooms at the same moment: each room is on one Janus. They speak
// G.711, since it is how rooms are found that is tested, and not how much mixing a machine can do.
// MOD_JANUS_RACE says how many rooms.
func TestPoolRaceRedis(t *testing.T) {
	t.Parallel()
	p := newSharedPool(t, "")
	count, _ := strconv.Atoi(env("MOD_JANUS_RACE", "30"))
	var rooms []int
	for i := range count {
		rooms = append(rooms, 9100+i)
	}
	callAtOnce(t, p.sw[:], func(n int) (commands []string) {
		for _, room := range rooms {
			commands = append(commands, fmt.Sprintf("originate {janus-codec=PCMU,janus-room-sampling-rate=8000}janus/eu/fs%d@%d &park()", n, room))
		}
		return commands
	})
	split := 0
	for _, room := range rooms {
		if names, _ := p.with(room); len(names) > 1 {
			split++
		}
	}
	t.Logf("%d of %d rooms are on two Janus at first", split, count)
	at := p.together(rooms...)
	p.truthful(at, 30*time.Second)
	used := map[string]int{}
	for _, name := range at {
		used[name]++
	}
	t.Logf("rooms on each Janus: %v", used)
	require.Len(t, used, 3)
	p.hangUp()
}

// A Janus dies for good under legs of both switches: the legs of each of its rooms go on on one
// other Janus, which is the one that the store says, and the others stay where they are.
func TestPoolJanusDiesRedis(t *testing.T) {
	t.Parallel()
	p := newSharedPool(t, `<param name="failover-after" value="2s"/>`)
	rooms := []int{9200, 9201, 9202, 9203, 9204, 9205}
	p.dial(rooms...)
	before := p.together(rooms...)
	dead := before[rooms[0]]
	epochs := make(map[int]string)
	for _, room := range rooms {
		epochs[room] = p.epoch(room)
	}
	p.janus[dead].Kill()
	delete(p.asks, dead)
	began := time.Now()
	after := p.together(rooms...)
	t.Logf("all are together again %s after the kill", time.Since(began).Round(10*time.Millisecond))
	for _, room := range rooms {
		if before[room] != dead {
			require.Equal(t, before[room], after[room], "room %d stays", room)
			require.Equal(t, epochs[room], p.epoch(room), "room %d", room)
			continue
		}
		require.NotEqual(t, epochs[room], p.epoch(room), "room %d", room)
	}
	p.truthful(after, 30*time.Second)
	for _, s := range p.sw {
		require.Contains(t, api(t, s, "show channels count"), fmt.Sprintf("%d total", len(rooms)), "nobody was hung up")
		for _, room := range rooms {
			eventually(t, "the switch tells the same", func() bool {
				where := api(t, s, "janus where eu %d", room)
				return strings.Contains(where, "server|"+after[room]+"\n") && strings.Contains(where, "epoch|"+p.epoch(room)+"\n")
			})
		}
	}
	p.hangUp()
}

func (p *sharedPool) epoch(room int) string {
	return p.keys.HGet(context.Background(), fmt.Sprintf("janus:{eu}:room:%d", room), "epoch").Val()
}

// MOD_JANUS_SETUP=100 measures so many new rooms each: how long a call takes to a server, to a
// pool, and to a pool with a Redis.
func TestPoolSetUp(t *testing.T) {
	count, _ := strconv.Atoi(env("MOD_JANUS_SETUP", "0"))
	if count == 0 {
		t.Skip("MOD_JANUS_SETUP says how many calls to measure")
	}
	p := withRedis(t)
	p.startAll([2]string{store(p.redis), ""})
	ways := []struct {
		what, to string
		s        *lab.Switch
	}{{"a server", "j1", p.sw[1]}, {"a pool", "eu", p.sw[1]}, {"a pool with a Redis", "eu", p.sw[0]}}
	took := make([][]time.Duration, len(ways))
	for round := range count {
		for i, way := range ways {
			began := time.Now()
			uuid := originate(t, way.s, "janus/%s/x@%d &park()", way.to, 20000+10*round+i)
			took[i] = append(took[i], time.Since(began))
			hangup(t, way.s, uuid)
		}
	}
	for i, way := range ways {
		slices.Sort(took[i])
		t.Logf("%s: half of the calls take %s, nine of ten %s", way.what, took[i][count/2], took[i][count*9/10])
	}
}
