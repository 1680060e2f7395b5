// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// cells is three Janus, which are the pool eu, and two switches. Each switch can be cut off from
// each Janus, the first one from the Redis too.
type cells struct {
	poolSite
	sw    [2]*lab.Switch
	asks  map[string]*asker
	apis  [2]map[string]*link
	media [2]string         // the RTP ports of each switch
	rtp   map[string]string // those of each Janus
	table string            // of nftables, whose chains are named after what they cut

	redis     *sharedPool // nil: there is none
	redisLink *link
}

func newCells(t *testing.T, number int, stored bool) *cells {
	t.Helper()
	c := &cells{asks: map[string]*asker{}, rtp: map[string]string{}, table: fmt.Sprint("cells", number)}
	c.t, c.janus = t, map[string]*realjanus.Janus{}
	for i, name := range poolNames {
		first := 8000 + 300*(3*number+i)
		c.rtp[name] = fmt.Sprintf("%d-%d", first, first+299)
		// a session outlives a cut of its API for so long, and a switch that has died
		j, err := realjanus.Start(t.TempDir(), realjanus.Config{Transport: "ws", ReclaimTimeout: 12, Media: fmt.Sprintf("rtp_port_range = %q", c.rtp[name])})
		require.NoError(t, err)
		t.Cleanup(j.Kill)
		c.janus[name], c.asks[name] = j, ask(t, j)
	}
	params := [2]string{}
	if stored {
		c.redis = withRedis(t)
		c.redisLink = newLink(t, "tcp://"+c.redis.redis.HostPort())
		params[0] = store(c.redis.redis)
		params[1] = params[0]
		params[0] = strings.Replace(params[0], c.redis.redis.HostPort(), c.redisLink.listener.Addr().String(), 1)
	}
	for i := range c.sw {
		c.apis[i] = map[string]*link{}
		for _, name := range poolNames {
			c.apis[i][name] = newLink(t, c.janus[name].URL)
		}
		cfg := hostConfig(poolConf(func(name string) string { return "ws://" + c.apis[i][name].listener.Addr().String() + "/" },
			`<param name="failover-after" value="1"/>`+params[i]))
		cfg.FirstPort = 61200 + 600*(2*number+i)
		cfg.LastPort = cfg.FirstPort + 598
		c.media[i] = fmt.Sprintf("%d-%d", cfg.FirstPort, cfg.LastPort)
		var err error
		c.sw[i], err = lab.StartSwitch(filepath.Join(t.TempDir(), "switch"), cfg)
		require.NoError(t, err)
		s := c.sw[i]
		t.Cleanup(s.Stop)
		t.Cleanup(func() {
			if t.Failed() {
				t.Log(tail(s.Log(), 60))
			}
		})
	}
	c.switches = c.sw[:]
	c.connected()
	if stored {
		for _, s := range c.sw {
			eventually(t, "the store is up", func() bool { return strings.HasSuffix(api(t, s, "janus pools"), "|up") })
		}
	}
	c.nft("add table ip " + c.table)
	t.Cleanup(func() { _ = exec.Command("nft", "delete", "table", "ip", c.table).Run() }) //nolint:noctx // when the test's context has ended
	return c
}

func (c *cells) nft(command string) {
	c.t.Helper()
	out, err := exec.CommandContext(c.t.Context(), "nft", strings.Fields(command)...).CombinedOutput()
	require.NoError(c.t, err, "%s: %s", command, out)
}

// cut parts a switch from a Janus: from its API, and from its media as well.
func (c *cells) cut(i int, name string, media bool) {
	c.t.Helper()
	if media {
		chain := fmt.Sprintf("ip %s s%d%s", c.table, i, name)
		c.nft("add chain " + chain + " { type filter hook input priority filter ; }")
		c.nft("add rule " + chain + " udp sport " + c.media[i] + " udp dport " + c.rtp[name] + " drop")
		c.nft("add rule " + chain + " udp dport " + c.media[i] + " udp sport " + c.rtp[name] + " drop")
	}
	c.apis[i][name].cut(true)
}

// mend takes a cut back.
func (c *cells) mend(i int, name string) {
	c.t.Helper()
	_ = exec.CommandContext(c.t.Context(), "nft", "delete", "chain", "ip", c.table, fmt.Sprintf("s%d%s", i, name)).Run() // where there is one
	c.apis[i][name].cut(false)
}

// dial has a switch call rooms, one after the other, and returns the legs.
func (c *cells) dial(i int, variables string, rooms ...int) (uuids []string) {
	c.t.Helper()
	for _, room := range rooms {
		uuids = append(uuids, originate(c.t, c.sw[i], "{janus-codec=PCMU,%s}janus/eu/s%d@%d &park()", variables, i, room))
	}
	return uuids
}

// later has a switch place a call in the background; the answer comes when the call is up or has
// failed.
func (c *cells) later(i int, destination string) chan string {
	answer := make(chan string, 1)
	go func() {
		jobs, err := c.sw[i].Burst([]string{"originate " + destination + " &park()"})
		if err != nil {
			answer <- err.Error()
			return
		}
		answer <- jobs[0].Output
	}()
	return answer
}

// at tells whether legs of a switch are at a Janus, as the switch says.
func (c *cells) at(uuids []string, i int, name string) bool {
	return !slices.ContainsFunc(uuids, func(uuid string) bool {
		return api(c.t, c.sw[i], "uuid_getvar %s janus_server", uuid) != name
	})
}

// together waits until a room is on one Janus alone with so many people, whose media is up, and
// returns it; name is the one that is expected, "" any.
func (c *cells) together(room, people int, name string) string {
	c.t.Helper()
	began := time.Now()
	var at []string
	eventually(c.t, fmt.Sprintf("%d are together in room %d", people, room), func() bool {
		at = with(c.asks, room, people)
		return len(at) == 1 && (name == "" || at[0] == name)
	})
	c.t.Logf("%d are together in room %d on %s after %s", people, room, at[0], time.Since(began).Round(10*time.Millisecond))
	return at[0]
}

// stored waits until the key of a room names a Janus, where there is a Redis.
func (c *cells) stored(room int, name string) {
	c.t.Helper()
	if c.redis != nil {
		eventually(c.t, fmt.Sprintf("the key of room %d is %s", room, name), func() bool { return c.redis.stored()[room] == name })
	}
}
