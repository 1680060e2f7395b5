// SPDX-License-Identifier: MPL-2.0

package store_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/pool"
	"mod_janus/bridge/pool/store"
	"mod_janus/test/lab"
)

const secret = "s3cret-of-redis"

// late is how much longer than it should something may take on a machine that is busy.
const late = 2 * time.Second

// port listens on a port of its own.
func port(t *testing.T) net.Listener {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return l
}

// listen serves connections with something that is not Redis, until the test ends.
func listen(t *testing.T, serve func(net.Conn)) (address string) {
	t.Helper()
	l := port(t)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go serve(conn)
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-ended
	})
	return l.Addr().String()
}

// reflect answers each request as a server that knows no command: with what it was sent.
func reflect(conn net.Conn) {
	defer conn.Close()
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		count, _ := strconv.Atoi(strings.TrimPrefix(lines.Text(), "*"))
		var words []string
		for i := 0; i < 2*count && lines.Scan(); i++ {
			words = append(words, "`"+lines.Text()+"`")
		}
		if _, err := conn.Write([]byte("-ERR unknown command, with args beginning with: " + strings.Join(words, " ") + "\r\n")); err != nil {
			return
		}
	}
}

// A Redis that cannot be used is warned of once, in words that say why and name no password; calls
// are told at once that it is out of order.
func TestUnusable(t *testing.T) {
	t.Parallel()
	locked := startRedis(t, lab.RedisConfig{Password: secret})
	replica := startRedis(t, lab.RedisConfig{ReplicaOf: startRedis(t, lab.RedisConfig{})})
	cluster := startRedis(t, lab.RedisConfig{Cluster: true})
	web := &http.Server{Handler: http.NotFoundHandler()}
	l := port(t)
	go func() { _ = web.Serve(l) }()
	t.Cleanup(func() { _ = web.Close() })
	closed := port(t)
	require.NoError(t, closed.Close())

	for name, tt := range map[string]struct{ address, why string }{
		"no password":     {"redis://" + locked.HostPort(), "it wants a password"},
		"wrong password":  {"redis://:wrong-" + secret + "@" + locked.HostPort(), "user or password is wrong"},
		"replica":         {replica.URL(), "it is a read-only replica: the address must be the master's"},
		"no database 99":  {"redis://" + cluster.HostPort() + "/99", "it answered"},
		"web server":      {"redis://:" + secret + "@" + l.Addr().String(), "what answers there is not Redis"},
		"reflects":        {"redis://:" + secret + "@" + listen(t, reflect), "***"},
		"silent":          {"redis://" + listen(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c); _ = c.Close() }), "no answer within 2s"},
		"nobody":          {"redis://" + closed.Addr().String(), "connection refused"},
		"plain, not TLS":  {"rediss://" + locked.HostPort(), "no answer within 2s"},
		"no such machine": {"redis://redis.invalid:6379", "redis.invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, lines := open(t, tt.address, "fs1")
			eventually(t, func() bool { return len(lines.with("WARNING ")) > 0 })
			require.Contains(t, lines.with("WARNING ")[0], "the store of pool \"eu\" (")
			require.Contains(t, lines.with("WARNING ")[0], tt.why)
			require.Contains(t, s.State(), tt.why)
			begun := time.Now()
			_, err := s.Claim(t.Context(), "1234", "j1", "")
			require.ErrorIs(t, err, store.ErrDown)
			require.Less(t, time.Since(begun), 100*time.Millisecond)
			require.Len(t, lines.with(""), 1)
			require.Empty(t, lines.with(secret))
		})
	}
}

// The errors of an address say what would be right, and show no password.
func TestAddress(t *testing.T) {
	for address, want := range map[string]string{
		"":                                   "this is no address of Redis",
		"localhost:6379":                     "this is no address of Redis",
		"http://:" + secret + "@host/":       "this is no address of Redis",
		"redis://:" + secret + "@ho st/":     "this is no address of Redis",
		"redis://:" + secret + "%zz@host/":   "this is no address of Redis",
		"redis://:" + secret + "@/0":         "names no host",
		"redis://:" + secret + "@host/db":    "the database is \"db\", want a number",
		"redis://host/?colour=blue":          "colour",
		"redis://host/?master_name=":         "master_name is empty",
		"redis://host/3?addr=other:6379":     "a Cluster has only 0",
		"redis://host/?addr=" + secret + "x": "addr",
	} {
		err := store.Check(address, "eu")
		require.ErrorContains(t, err, want, address)
		require.NotContains(t, strings.ReplaceAll(err.Error(), "addr param: "+secret, ""), secret)
	}
	for _, address := range []string{
		"redis://host", "redis://:p@host:6380/3", "rediss://user:p@host/0?skip_verify=true", "redis://[2001:db8::1]:6379",
		"redis://s1:26379/2?addr=s2:26379&master_name=main&password=p", "redis://c1:6379?addr=c2:6379&addr=c3:6379",
	} {
		require.NoError(t, store.Check(address, "eu"), address)
	}
}

// All kinds of Redis that an operator may have take the same requests.
func TestKindsOfRedis(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		cfg      lab.RedisConfig
		query    string
		sentinel bool
	}{
		"password": {cfg: lab.RedisConfig{Password: secret}},
		"TLS":      {cfg: lab.RedisConfig{TLS: true, Password: secret}, query: "?skip_verify=true"},
		"Cluster":  {cfg: lab.RedisConfig{Cluster: true}, query: "?addr="},
		"Sentinel": {cfg: lab.RedisConfig{Password: secret}, query: "?master_name=main&password=" + secret, sentinel: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := startRedis(t, tt.cfg)
			query := tt.query
			if tt.cfg.Cluster {
				query += r.HostPort()
			}
			if tt.sentinel {
				r = startRedis(t, lab.RedisConfig{Sentinel: r})
			}
			ctx := t.Context()
			s, lines := open(t, r.URL()+query, "fs1")
			up(t, s)
			w := watch(t, s)
			held, err := s.Claim(ctx, "1234", "j1", "")
			require.NoError(t, err)
			now, err := renew(s, "1234", held)
			require.NoError(t, err)
			require.Equal(t, held.Epoch, now.Epoch)
			require.NoError(t, s.Report(ctx, map[string]bool{"j1": true}))
			_, err = s.Views(ctx)
			require.NoError(t, err)
			require.NoError(t, s.Load(ctx, "j1", pool.Load{Participants: 1, Rooms: 1}))
			loads, err := s.Loads(ctx)
			require.NoError(t, err)
			require.Len(t, loads, 1)
			require.NoError(t, s.Cordon(ctx, "j1", "me", true))
			require.NoError(t, s.Release(ctx, "1234", now))
			heard := pool.Change{Action: "healed", Server: "j1", By: "fs1"}
			eventually(t, func() bool {
				_ = s.Publish(ctx, heard)
				return w.has(heard)
			})
			require.Empty(t, lines.with("WARNING "))
			require.Empty(t, lines.with(secret))
		})
	}
}

// A Redis that stands still costs one call a quarter of a second and the next ones nothing. It is
// used again when it goes on, and what it has forgotten meanwhile is no failure.
func TestStandsStill(t *testing.T) {
	t.Parallel()
	r := startRedis(t, lab.RedisConfig{})
	s, lines := open(t, r.URL(), "fs1")
	up(t, s)
	_, err := s.Claim(t.Context(), "1234", "j1", "")
	require.NoError(t, err)

	r.Pause()
	t.Cleanup(r.Continue)
	ctx := pool.WithPatience(t.Context(), 250*time.Millisecond)
	begun := time.Now()
	_, err = s.Lookup(ctx, "1234")
	require.ErrorContains(t, err, "no answer within 250ms")
	require.GreaterOrEqual(t, time.Since(begun), 240*time.Millisecond)
	require.Less(t, time.Since(begun), 250*time.Millisecond+late)
	begun = time.Now()
	_, err = s.Claim(ctx, "1234", "j1", "")
	require.ErrorIs(t, err, store.ErrDown)
	for range 100 {
		_, err = s.Claim(t.Context(), "other", "j1", "")
		require.ErrorIs(t, err, store.ErrDown)
	}
	require.Less(t, time.Since(begun), 100*time.Millisecond)
	require.Equal(t, "no answer within 250ms", s.State())
	require.Len(t, lines.with("WARNING "), 1)

	r.Continue()
	up(t, s)
	require.Len(t, lines.with("NOTICE "), 1)
	require.NoError(t, client(t, r).FlushAll(t.Context()).Err())
	held, err := s.Lookup(t.Context(), "1234")
	require.NoError(t, err)
	require.Zero(t, held)
}

// A Redis that is killed and started again, empty, is used again by connections of its own.
func TestKilled(t *testing.T) {
	t.Parallel()
	r := startRedis(t, lab.RedisConfig{})
	s, lines := open(t, r.URL(), "fs1")
	up(t, s)
	held, err := s.Claim(t.Context(), "1234", "j1", "")
	require.NoError(t, err)
	r.Kill()
	begun := time.Now()
	_, err = s.Claim(t.Context(), "1234", "j1", "")
	require.Error(t, err)
	require.Less(t, time.Since(begun), 250*time.Millisecond+late)
	require.NoError(t, r.Start())
	up(t, s)
	now, err := renew(s, "1234", held)
	require.NoError(t, err)
	require.Equal(t, pool.Claim{Server: "j1", Epoch: held.Epoch}, now)
	require.Len(t, lines.with("WARNING "), 1)
	require.Len(t, lines.with("NOTICE "), 1)
}

// A caller who hangs up, or a key that somebody else has written, says nothing about Redis.
func TestNotRedisItself(t *testing.T) {
	t.Parallel()
	r := startRedis(t, lab.RedisConfig{})
	s, lines := open(t, r.URL(), "fs1")
	up(t, s)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Claim(gone, "1234", "j1", "")
	require.Error(t, err)
	require.NoError(t, client(t, r).Set(t.Context(), "janus:{eu}:room:1234", "mine", 0).Err())
	_, err = s.Claim(t.Context(), "1234", "j1", "")
	require.ErrorContains(t, err, "something else has written a key")
	_, err = s.Lookup(t.Context(), "1234")
	require.ErrorContains(t, err, "something else has written a key")
	now, err := s.Renew(t.Context(), []pool.Held{{Room: "1234", Claim: pool.Claim{Server: "j1"}}, {Room: "1", Claim: pool.Claim{Server: "j1"}}})
	require.NoError(t, err)
	require.Equal(t, []pool.Claim{{}, {Server: "j1", Epoch: 1}}, now)
	require.Equal(t, "up", s.State())
	require.Empty(t, lines.with("WARNING "))
	require.False(t, errors.Is(err, store.ErrDown))
}

// The requests of one call share its patience.
func TestPatience(t *testing.T) {
	t.Parallel()
	r := startRedis(t, lab.RedisConfig{})
	s, _ := open(t, r.URL(), "fs1")
	up(t, s)
	ctx := pool.WithPatience(t.Context(), 250*time.Millisecond)
	_, err := s.Lookup(ctx, "1234")
	require.NoError(t, err)
	_, over := pool.PatienceOf(ctx).Spend(time.Second)
	time.Sleep(250 * time.Millisecond)
	over()
	_, err = s.Claim(ctx, "1234", "j1", "")
	require.ErrorContains(t, err, "the call has waited 250ms for it")
	require.Equal(t, "up", s.State())
}
