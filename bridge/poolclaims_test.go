// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"mod_janus/bridge/host"
	"mod_janus/bridge/host/hosttest"
	"mod_janus/janusclient/janustest"
	testlab "mod_janus/test/lab"
)

// A room that has moved while the Redis did not answer stands there where it was, for a minute.
// When the Redis is back a switch with legs in the room says where it is, whatever has become of
// the server before.
func TestPoolStoreCorrected(t *testing.T) {
	t.Parallel()
	for name, back := range map[string]func(p *poolLab, first string){
		"away":  func(*poolLab, string) {},
		"empty": func(p *poolLab, first string) { p.back(first, true) },
		"with the room": func(p *poolLab, first string) {
			p.back(first, true)
			p.janus[first].CreateRoom("1000", "", "")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := startRedis(t, testlab.RedisConfig{})
			p := newPoolLab(t, 3, storeParam(r)+`<param name="failover-after" value="1"/>`, nil)
			options, err := redis.ParseURL(r.URL())
			require.NoError(t, err)
			l := &sharedLab{redis: r, keys: redis.NewClient(options)}
			defer l.keys.Close()
			p.eventually("the store is up", func() bool { return strings.HasSuffix(p.engine.Command("pools"), "|up\n") })
			c, uuid := p.call("eu/x@1000", nil)
			p.up(uuid)
			first := c.Server().Name
			p.eventually("the store knows it", func() bool { return l.hash("room:1000")["server"] == first })
			r.Pause()
			p.eventually("the store is away", func() bool { return !strings.HasSuffix(p.engine.Command("pools"), "|up\n") })
			p.away(first)
			p.eventually("the leg is elsewhere", func() bool { return c.Server().Name != first && strings.Contains(p.engine.Command("calls"), "|up|") })
			back(p, first)
			r.Continue()
			require.Eventually(t, func() bool { return l.hash("room:1000")["server"] == c.Server().Name }, hosttest.Patience/2, 50*time.Millisecond,
				"the store says where it is, before the lease ends")
			require.NotEqual(t, first, c.Server().Name)
			p.end(c, host.CauseNormalClearing)
		})
	}
}

// Of two copies the one may be left by its last participant whose leg still counts here: the event
// says that the room is on the other one.
func TestPoolHealedWhere(t *testing.T) {
	t.Parallel()
	p := newPoolLab(t, 2, "", nil)
	order := p.order("1000")
	c, uuid := p.call("eu/x@1000", nil)
	p.up(uuid)
	p.janus[order[1]].CreateRoom("1000", "", "")
	p.janus[order[1]].Populate("1000", 1, "elsewhere")
	p.eventually("there are two copies", func() bool { return p.firedPool("split") == 1 })
	p.janus[order[0]].Fault(janustest.Match{Request: "listparticipants"}, janustest.Body("application/json",
		`{"janus":"success","plugindata":{"plugin":"janus.plugin.audiobridge","data":{"audiobridge":"participants","room":1000,"participants":[]}}}`))
	p.eventually("there are not", func() bool { return p.firedPool("healed") == 1 })
	require.True(t, p.logged("room 1000 is on one server again: "+order[1]))
	p.end(c, host.CauseNormalClearing)
}

// A leg whose Janus does not answer goes on elsewhere without waiting for what it has to say there.
func TestPoolFailoverAtOnce(t *testing.T) {
	t.Parallel()
	p := newPoolLab(t, 2, `<param name="failover-after" value="1"/>`, nil)
	c, uuid := p.call("eu/x@1000", nil)
	p.up(uuid)
	order := p.order("1000")
	p.away(order[0])
	p.eventually("the leg is elsewhere", func() bool { return p.janus[order[1]].Participants("1000") == 1 })
	require.False(t, p.logged("Detaching: "))
	p.back(order[0], false)
	p.eventually("the handle is gone there", func() bool { return p.janus[order[0]].Participants("1000") == 0 })
	p.end(c, host.CauseNormalClearing)
}

// What an operator says of a server while the Redis is away is told to it when it is back.
func TestPoolStoreUncordonWhileAway(t *testing.T) {
	t.Parallel()
	l := newSharedLab(t, 2)
	a, b := l.sw[0], l.sw[1]
	require.Equal(t, "+OK\n", a.engine.Command("cordon j1"))
	b.eventually("it is cordoned", func() bool { return strings.Contains(b.engine.Command("pool eu"), "j1|cordoned|") })
	l.redis.Pause()
	a.eventually("the store is away", func() bool { return !strings.HasSuffix(a.engine.Command("pools"), "|up\n") })
	require.Contains(t, a.engine.Command("uncordon j1"), "-ERR it counts on this switch alone")
	require.Contains(t, a.engine.Command("cordon j2"), "-ERR it counts on this switch alone")
	l.redis.Continue()
	for _, p := range l.sw {
		p.eventually("both know", func() bool {
			pool := p.engine.Command("pool eu")
			return strings.Contains(pool, "j1|up|") && strings.Contains(pool, "j2|cordoned|")
		})
	}
}

// A Janus is away for a short time for one switch, and for longer for another, which has taken the
// room elsewhere meanwhile, with more legs: those that have joined again where they were follow.
func TestPoolBackAlone(t *testing.T) {
	t.Parallel()
	p := newPoolLab(t, 2, `<param name="failover-after" value="30"/>`, nil)
	c, uuid := p.call("eu/x@1000", nil)
	p.up(uuid)
	order := p.order("1000")
	p.looked(order[1])
	p.away(order[0])
	p.eventually("it is seen", func() bool { return strings.Contains(p.engine.Command("pools"), "eu|2|1|") })
	p.janus[order[1]].CreateRoom("1000", "", "")
	p.janus[order[1]].Populate("1000", 3, "elsewhere")
	p.eventually("the leg looks for its server", func() bool { return strings.Contains(p.engine.Command("calls"), "rejoining") })
	p.back(order[0], true)
	p.eventually("the leg is with the others", func() bool { return c.Server().Name == order[1] && p.janus[order[1]].Participants("1000") == 4 })
	require.False(t, p.hungUp(uuid))
	p.end(c, host.CauseNormalClearing)
}
