// SPDX-License-Identifier: MPL-2.0

package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"mod_janus/bridge/pool"
	"mod_janus/bridge/pool/store"
	"mod_janus/test/lab"
)

// client is one for what a test does beside the stores.
func client(t *testing.T, r *lab.Redis) *redis.Client {
	t.Helper()
	o, err := redis.ParseURL(r.URL())
	require.NoError(t, err)
	c := redis.NewClient(o)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// renew renews one room.
func renew(s *store.Store, room string, held pool.Claim) (pool.Claim, error) {
	now, err := s.Renew(context.Background(), []pool.Held{{Room: room, Claim: held}})
	if err != nil {
		return pool.Claim{}, err
	}
	return now[0], nil
}

// ledger holds what switches were told of who has which room.
type ledger struct {
	mu     sync.Mutex
	owners map[string]string // by room and epoch
	made   map[string]int    // how many claims have made this epoch
}

func (l *ledger) enter(t *testing.T, room string, held pool.Claim) {
	if held.Server == "" {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	key := fmt.Sprintf("%s, epoch %d", room, held.Epoch)
	if owner := l.owners[key]; owner != "" && owner != held.Server {
		t.Errorf("room %s is on %s and on %s", key, owner, held.Server)
	}
	l.owners[key] = held.Server
	if held.New {
		if l.made[key]++; l.made[key] > 1 {
			t.Errorf("room %s was made %d times", key, l.made[key])
		}
	}
}

// Whatever switches claim, renew, give up and let end, in whatever order: each epoch of a room has
// one server, and one claim that has made it.
func TestPoolStore(t *testing.T) {
	t.Parallel()
	r := startRedis(t, lab.RedisConfig{})
	l := &ledger{owners: map[string]string{}, made: map[string]int{}}
	const switches, rooms = 6, 8
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	var running sync.WaitGroup
	until := time.Now().Add(2 * time.Second)
	for n := range switches {
		s, _ := open(t, r.URL(), fmt.Sprintf("fs%d", n), func(o *store.Options) { o.Lease = 20 * time.Millisecond })
		random := rand.New(rand.NewPCG(seed, uint64(n)))
		running.Go(func() {
			known := make(map[string]pool.Claim)
			for time.Now().Before(until) {
				room := fmt.Sprint(random.IntN(rooms))
				before, want := known[room], fmt.Sprintf("j%d", random.IntN(3))
				var now pool.Claim
				var err error
				switch random.IntN(8) {
				case 0, 1, 2:
					now, err = s.Claim(t.Context(), room, want, "")
				case 3:
					now, err = s.Claim(t.Context(), room, want, before.Server)
				case 4:
					now, err = renew(s, room, before)
				case 5:
					now, err = s.Lookup(t.Context(), room)
				case 6:
					err = s.Release(t.Context(), room, before)
				case 7:
					time.Sleep(time.Duration(random.IntN(30)) * time.Millisecond)
					now = before
				}
				if err != nil { // a machine that is busy may be late
					continue
				}
				l.enter(t, room, now)
				now.New = false
				known[room] = now
			}
		})
	}
	running.Wait()
	require.Greater(t, len(l.made), 100, "claims that have made an epoch")
}

// Of those who claim a room at the same time one decides, and all are told the same.
func TestClaimIsDecidedOnce(t *testing.T) {
	t.Parallel()
	r := startRedis(t, lab.RedisConfig{})
	const switches, rooms = 4, 200
	var stores []*store.Store
	for n := range switches {
		s, _ := open(t, r.URL(), fmt.Sprintf("fs%d", n))
		up(t, s)
		stores = append(stores, s)
	}
	var mu sync.Mutex
	answers, made := make(map[string]map[string]bool), make(map[string]int)
	var running sync.WaitGroup
	for n, s := range stores {
		running.Go(func() {
			for i := range rooms {
				room := fmt.Sprint(i)
				held, err := s.Claim(t.Context(), room, fmt.Sprintf("j%d", n), "")
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				if answers[room] == nil {
					answers[room] = make(map[string]bool)
				}
				answers[room][fmt.Sprint(held.Server, held.Epoch)] = true
				if held.New {
					made[room]++
				}
				mu.Unlock()
			}
		})
	}
	running.Wait()
	require.Len(t, answers, rooms)
	for room, told := range answers {
		require.Len(t, told, 1, room)
		require.Equal(t, 1, made[room], room)
	}
}

// A room is taken over from its server once, is renewed by who knows, and is forgotten by nobody
// but its last owner.
func TestClaimRenewRelease(t *testing.T) {
	t.Parallel()
	r := startRedis(t, lab.RedisConfig{})
	ctx, c := t.Context(), client(t, r)
	a, _ := open(t, r.URL(), "fs1")
	b, _ := open(t, r.URL(), "fs2")

	none, err := a.Lookup(ctx, "1234")
	require.NoError(t, err)
	require.Zero(t, none)
	first, err := a.Claim(ctx, "1234", "j1", "")
	require.NoError(t, err)
	require.Equal(t, pool.Claim{Server: "j1", Epoch: 1, New: true}, first)
	require.Equal(t, map[string]string{"server": "j1", "epoch": "1", "by": "fs1"}, c.HGetAll(ctx, "janus:{eu}:room:1234").Val())
	life := c.PTTL(ctx, "janus:{eu}:room:1234").Val()
	require.LessOrEqual(t, life, time.Minute)
	require.Greater(t, life, 50*time.Second)

	// j1 is dead: who is second gets the first one's answer
	moved, err := b.Claim(ctx, "1234", "j2", "j1")
	require.NoError(t, err)
	require.Equal(t, pool.Claim{Server: "j2", Epoch: 2, New: true}, moved)
	second, err := a.Claim(ctx, "1234", "j3", "j1")
	require.NoError(t, err)
	require.Equal(t, pool.Claim{Server: "j2", Epoch: 2}, second)

	// who still believes in j1 is told, and can neither renew nor forget the room
	now, err := renew(a, "1234", first)
	require.NoError(t, err)
	require.Equal(t, pool.Claim{Server: "j2", Epoch: 2}, now)
	require.NoError(t, a.Release(ctx, "1234", first))
	held, err := b.Lookup(ctx, "1234")
	require.NoError(t, err)
	require.Equal(t, pool.Claim{Server: "j2", Epoch: 2}, held)

	// Redis forgets everything: the older epoch is there first, and gives way
	require.NoError(t, c.FlushAll(ctx).Err())
	now, err = renew(a, "1234", first)
	require.NoError(t, err)
	require.Equal(t, "j1", now.Server)
	now, err = renew(b, "1234", moved)
	require.NoError(t, err)
	require.Equal(t, pool.Claim{Server: "j2", Epoch: 2}, now)
	next, err := a.Claim(ctx, "other", "j1", "")
	require.NoError(t, err)
	require.EqualValues(t, 3, next.Epoch, "no epoch comes twice")

	// a room that was placed while there was no store
	all, err := a.Renew(ctx, []pool.Held{{Room: "late", Claim: pool.Claim{Server: "j3"}}, {Room: "1234", Claim: pool.Claim{Server: "j1"}}})
	require.NoError(t, err)
	require.Equal(t, []pool.Claim{{Server: "j3", Epoch: 4}, {Server: "j2", Epoch: 2}}, all)

	require.NoError(t, b.Release(ctx, "1234", moved))
	held, err = a.Lookup(ctx, "1234")
	require.NoError(t, err)
	require.Zero(t, held)
}

// More rooms than one request takes are renewed all the same, each in its place.
func TestRenewManyRooms(t *testing.T) {
	t.Parallel()
	r := startRedis(t, lab.RedisConfig{})
	s, _ := open(t, r.URL(), "fs1")
	up(t, s)
	var rooms []pool.Held
	for i := range 250 {
		rooms = append(rooms, pool.Held{Room: fmt.Sprint(i), Claim: pool.Claim{Server: fmt.Sprintf("j%d", i%3), Epoch: uint64(i + 1)}})
	}
	now, err := s.Renew(t.Context(), rooms)
	require.NoError(t, err)
	require.Len(t, now, len(rooms))
	for i, held := range now {
		require.Equal(t, rooms[i].Claim, held)
	}
	n, err := client(t, r).Keys(t.Context(), "janus:{eu}:room:*").Result()
	require.NoError(t, err)
	require.Len(t, n, len(rooms))
}

// Two pools of one Redis know nothing of each other, and neither do two rooms with odd names.
func TestPoolsAreApart(t *testing.T) {
	t.Parallel()
	r := startRedis(t, lab.RedisConfig{})
	for _, name := range []string{"eu", "eu:room", "e"} {
		s, _ := open(t, r.URL(), "fs1", func(o *store.Options) { o.Pool = name })
		for _, room := range []string{"1", "room:1", "{eu}", "Büro ☃", "*"} {
			held, err := s.Claim(t.Context(), room, "j1", "")
			require.NoError(t, err)
			require.True(t, held.New, "%s in %s", room, name)
		}
	}
	_, err := store.Open(store.Options{Address: r.URL(), Pool: "a}b", Switch: "fs1"})
	require.ErrorContains(t, err, "braces")
}

// What switches see, which servers are cordoned and how busy servers are, is told to all.
func TestReportsCordonsLoads(t *testing.T) {
	t.Parallel()
	r := startRedis(t, lab.RedisConfig{})
	ctx, c := t.Context(), client(t, r)
	a, _ := open(t, r.URL(), "fs1")
	b, _ := open(t, r.URL(), "fs2")

	require.NoError(t, a.Report(ctx, map[string]bool{"j1": true, "j2": false}))
	require.NoError(t, b.Report(ctx, map[string]bool{"j1": false}))
	views, err := b.Views(ctx)
	require.NoError(t, err)
	require.Equal(t, map[string]map[string]bool{"fs1": {"j1": true, "j2": false}}, views)
	require.LessOrEqual(t, c.PTTL(ctx, "janus:{eu}:view:fs1").Val(), 10*time.Second)
	require.NoError(t, c.Del(ctx, "janus:{eu}:view:fs1").Err()) // its life has ended
	views, err = b.Views(ctx)
	require.NoError(t, err)
	require.Empty(t, views)
	require.Equal(t, []string{"fs2"}, c.SMembers(ctx, "janus:{eu}:switches").Val())

	require.NoError(t, a.Cordon(ctx, "j2", "operator on fs1", true))
	require.NoError(t, c.HSet(ctx, "janus:{eu}:cordon", "j3", "by hand").Err())
	cordoned, err := b.Cordoned(ctx)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"j2": "operator on fs1", "j3": "by hand"}, cordoned)
	require.NoError(t, b.Cordon(ctx, "j2", "", false))
	require.NoError(t, b.Cordon(ctx, "j3", "", false))
	cordoned, err = a.Cordoned(ctx)
	require.NoError(t, err)
	require.Empty(t, cordoned)

	mine, err := a.MayAsk(ctx, "j1")
	require.NoError(t, err)
	require.True(t, mine)
	mine, err = b.MayAsk(ctx, "j1")
	require.NoError(t, err)
	require.False(t, mine)
	require.NoError(t, a.Load(ctx, "j1", pool.Load{Participants: 12, Rooms: 3}))
	loads, err := b.Loads(ctx)
	require.NoError(t, err)
	require.Equal(t, map[string]pool.Load{"j1": {Participants: 12, Rooms: 3}}, loads)
}

// told collects what a store tells of changes.
type told struct {
	mu  sync.Mutex
	all []pool.Change
}

func (w *told) add(c pool.Change) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = append(w.all, c)
}

func (w *told) has(want pool.Change) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.all {
		if c == want {
			return true
		}
	}
	return false
}

// watch hears what a store tells until the test ends.
func watch(t *testing.T, s *store.Store) *told {
	w := &told{}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.Watch(ctx, w.add)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	return w
}

// Changes are told to all switches, also after Redis was away.
func TestWatch(t *testing.T) {
	t.Parallel()
	r := startRedis(t, lab.RedisConfig{})
	a, _ := open(t, r.URL(), "fs1", func(o *store.Options) {
		o.PublicURL = func(server string) string { return "wss://" + server + ".example.org/" }
	})
	b, _ := open(t, r.URL(), "fs2")
	w := watch(t, b)
	listens := func(room string) { // a subscription takes a moment
		t.Helper()
		moved := pool.Change{Action: "moved", Room: room, Server: "j2", From: "j1", Epoch: 7}
		heard := moved
		heard.By = "fs1"
		eventually(t, func() bool {
			_ = a.Publish(t.Context(), moved)
			return w.has(heard)
		}, "a change is told")
	}
	hears := func(want pool.Change) {
		t.Helper()
		eventually(t, func() bool { return w.has(want) }, want)
	}
	listens("before")
	held, err := a.Claim(t.Context(), "1234", "j1", "")
	require.NoError(t, err)
	hears(pool.Change{Action: "placed", Room: "1234", Server: "j1", Epoch: held.Epoch, By: "fs1", URL: "wss://j1.example.org/"})
	held, err = b.Claim(t.Context(), "1234", "j2", "j1")
	require.NoError(t, err)
	hears(pool.Change{Action: "moved", Room: "1234", Server: "j2", From: "j1", Epoch: held.Epoch, By: "fs2"})
	require.NoError(t, b.Release(t.Context(), "1234", held))
	hears(pool.Change{Action: "released", Room: "1234", Server: "j2", Epoch: held.Epoch, By: "fs2"})
	require.NoError(t, a.Cordon(t.Context(), "j3", "an operator", true))
	hears(pool.Change{Action: "cordoned", Server: "j3", By: "fs1"})
	require.NoError(t, a.Cordon(t.Context(), "j3", "", false))
	hears(pool.Change{Action: "uncordoned", Server: "j3", By: "fs1"})

	r.Kill()
	require.NoError(t, r.Start())
	listens("after")
}
