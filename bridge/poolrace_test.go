// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/call"
	"mod_janus/bridge/host"
	"mod_janus/bridge/host/hosttest"
	testlab "mod_janus/test/lab"
)

// Two switches dial the same new rooms at the same moment, without Redis and with it: none is on
// two Janus for long. MOD_JANUS_RACE says how many rooms.
func TestPoolRace(t *testing.T) {
	t.Parallel()
	rooms, _ := strconv.Atoi(os.Getenv("MOD_JANUS_RACE"))
	if rooms == 0 {
		rooms = 30
	}
	for _, stored := range []bool{false, true} {
		t.Run(map[bool]string{false: "without Redis", true: "with Redis"}[stored], func(t *testing.T) {
			t.Parallel()
			var sw [2]*poolLab
			if stored {
				sw = newSharedLab(t, 3).sw
			} else {
				sw[0] = newPoolLab(t, 3, "", nil)
				sw[1] = sw[0].another(t)
			}
			var legs [2][]*call.Call
			var both sync.WaitGroup
			began := time.Now()
			for n, p := range sw {
				both.Go(func() {
					for i := range rooms {
						c, _ := p.call(fmt.Sprintf("eu/x@%d", 1000+i), nil)
						legs[n] = append(legs[n], c)
					}
				})
			}
			both.Wait()
			dialled := time.Since(began)
			for _, p := range sw {
				for i := range rooms {
					p.up(fmt.Sprintf("leg-%d", i+1))
				}
			}
			up := time.Now()
			split := func() (names []string) {
				for i := range rooms {
					if room := fmt.Sprint(1000 + i); len(sw[0].with(room)) != 1 {
						names = append(names, room)
					}
				}
				return names
			}
			first := split()
			sw[0].eventually("no room is on two Janus", func() bool { return len(split()) == 0 })
			t.Logf("%d rooms dialled twice in %s, up after %s: %d on two Janus then, none %s later",
				rooms, dialled, up.Sub(began), len(first), time.Since(up).Round(time.Millisecond))
			for n, p := range sw {
				for _, c := range legs[n] {
					p.end(c, host.CauseNormalClearing)
				}
			}
		})
	}
}

// Whatever answers at the address of the store: calls are placed without it, and `janus pools` and
// the log say what is wrong with it.
func TestPoolStoreUnusable(t *testing.T) {
	t.Parallel()
	const secret = "s3cret-of-redis"
	locked := startRedis(t, testlab.RedisConfig{Password: secret})
	replica := startRedis(t, testlab.RedisConfig{ReplicaOf: startRedis(t, testlab.RedisConfig{})})
	for name, tt := range map[string]struct {
		address func(p *poolLab) string
		why     string
	}{
		"it wants a password":         {func(*poolLab) string { return "redis://" + locked.HostPort() }, "it wants a password"},
		"the password is wrong":       {func(*poolLab) string { return "redis://:wrong-" + secret + "@" + locked.HostPort() }, "user or password is wrong"},
		"it is a read-only replica":   {func(*poolLab) string { return replica.URL() }, "it is a read-only replica: the address must be the master's"},
		"it is another program":       {func(p *poolLab) string { return "redis://:" + secret + "@" + hostOf(p.janus["j1"].URL) }, "what answers there is not Redis"},
		"it is a machine that is not": {func(*poolLab) string { return "redis://redis.invalid:6379" }, "redis.invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPoolLab(t, 2, "", nil)
			p.host.Mu.Lock()
			p.host.XML = strings.Replace(p.host.XML, "</pool>", `<param name="store" value="`+tt.address(p)+`"/></pool>`, 1)
			p.host.Mu.Unlock()
			require.Contains(t, p.engine.Command("reload"), "+OK")
			p.eventually("it is said", func() bool { return strings.Contains(p.engine.Command("pools"), tt.why) })
			require.True(t, p.logged(`the store of pool "eu" (redis://`))
			began := time.Now()
			c, uuid := p.call("eu/x@1000", nil)
			p.up(uuid)
			require.Less(t, time.Since(began), hosttest.Patience)
			require.Equal(t, p.order("1000")[0], p.host.Variable(uuid, host.VarServer))
			p.end(c, host.CauseNormalClearing)
			require.False(t, p.logged(secret))
			require.NotContains(t, p.engine.Command("pools"), secret)
		})
	}
}

// hostOf is the host and port of a URL.
func hostOf(address string) string {
	_, rest, _ := strings.Cut(address, "://")
	host, _, _ := strings.Cut(rest, "/")
	return host
}
