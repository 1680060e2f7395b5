// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// What may fail between two switches and three Janus, as docs/scale-out.md has it, without anything
// that the switches share and with a Redis. What needs no network has a unit test: all servers are
// full in TestPoolTakesNoRooms, a room is destroyed between asking and joining in
// TestPoolRoomVanishes, a Redis that cannot be used in TestPoolStoreUnusable.
func TestPoolCells(t *testing.T) {
	t.Parallel()
	if realjanus.JanusVersion() != realjanus.Janus141 {
		t.Skip("pools are tested with the newest Janus alone")
	}
	if os.Getenv("MOD_JANUS_ICE_IP") == "" {
		t.Skip("media is cut only in a network namespace of our own: scripts/netns")
	}
	for column, stored := range []bool{false, true} {
		t.Run([]string{"without Redis", "with Redis"}[column], func(t *testing.T) {
			t.Parallel()
			c := newCells(t, column, stored)
			for _, cell := range []struct {
				name  string
				test  func(*cells)
				redis bool // the cell is about the Redis
			}{
				{"room 1234 of every Janus: all go where somebody is", (*cells).roomOnAll, false},
				{"API dead, media alive: nothing moves", (*cells).deadAPI, false},
				{"one switch cut off from one Janus: a copy without Redis, and waiting with it", (*cells).oneSwitchCut, false},
				{"a Janus that was cut off for everybody comes back with its rooms: most participants win", (*cells).cutForAll, false},
				{"Redis cut off from one switch: no call fails, and the keys are true again", (*cells).cutRedis, true},
				{"a switch dies with rooms: rooms and browsers stay", (*cells).switchDies, false},
			} {
				if cell.redis && !stored {
					continue
				}
				if !t.Run(cell.name, func(t *testing.T) {
					c.t = t
					cell.test(c)
					for _, s := range c.switches {
						api(t, s, "hupall")
						gone(t, s)
					}
				}) {
					return
				}
			}
		})
	}
}

// With Redis or without, both switches and a browser are where somebody is already.
func (c *cells) roomOnAll() {
	second := c.order(1234)[1]
	b := c.browser(second, 1234, "web")
	for _, s := range c.sw {
		eventually(c.t, "the switch says so", func() bool { // a machine that is busy may answer late
			server, _ := where(c.t, s, 1234)
			return server == second
		})
		originate(c.t, s, existing+"janus/eu/x@1234 &park()")
	}
	c.together(1234, 3, second)
	b.Close()
}

// The API of the room's Janus is cut for both switches, and its audio goes on.
func (c *cells) deadAPI() {
	room := c.roomOf("j1", 9000)
	legs := c.dial(1, "", room, room)
	c.together(room, 2, "j1")
	for i := range c.sw {
		c.cut(i, "j1", false)
	}
	for _, s := range c.sw {
		eventually(c.t, "the API is seen dead", func() bool { return strings.Contains(api(c.t, s, "janus pools"), "eu|3|2|") })
	}
	caller := 1 // with legs in the room: only they tell a switch without Redis that it lives
	if c.redis != nil {
		caller = 0
	}
	late := c.later(caller, fmt.Sprintf("janus/eu/late@%d", room))
	elsewhere := c.roomOf("j1", room+1)
	uuid := originate(c.t, c.sw[0], "janus/eu/x@%d &park()", elsewhere)
	require.Equal(c.t, c.order(elsewhere)[1], api(c.t, c.sw[0], "uuid_getvar %s janus_server", uuid))
	for until := time.Now().Add(2 * time.Second); time.Now().Before(until); time.Sleep(100 * time.Millisecond) {
		require.Empty(c.t, late, "the call waits")
		require.True(c.t, c.at(legs, 1, "j1"), "the legs stay")
		require.Equal(c.t, []string{"j1"}, with(c.asks, room, 2), "they are in their room")
		require.NotContains(c.t, api(c.t, c.sw[1], "janus calls"), "rejoining")
	}
	c.stored(room, "j1")
	for i := range c.sw {
		c.mend(i, "j1")
	}
	require.Contains(c.t, <-late, "+OK", "it has waited")
	c.together(room, 3, "j1")
	c.connected()
}

// Without Redis the legs of the switch that is cut off go to a copy, which heals. With it they
// wait, as others see the Janus; those that may go on alone do so.
func (c *cells) oneSwitchCut() {
	room := c.roomOf("j1", 9100)
	there := c.dial(1, "", room, room)
	mine := c.dial(0, "", room)
	brief := c.dial(0, "janus-rejoin-timeout=3", room)
	alone := c.dial(0, "janus-pool-alone=true", room)
	c.together(room, 5, "j1")
	c.cut(0, "j1", true)
	if c.redis == nil {
		eventually(c.t, "all of the switch are in a copy", func() bool {
			return c.at(slices.Concat(mine, brief, alone), 0, c.order(room)[1]) && slices.Contains(with(c.asks, room, 3), c.order(room)[1])
		})
	} else {
		eventually(c.t, "the cut is seen", func() bool { return strings.Contains(api(c.t, c.sw[0], "janus pools"), "eu|3|2|") })
		late := c.later(0, fmt.Sprintf("janus/eu/late@%d", room))
		eventually(c.t, "who may is in a copy", func() bool { return c.at(alone, 0, c.order(room)[1]) })
		require.Contains(c.t, <-late, "DESTINATION_OUT_OF_ORDER", "it has waited for 10 s")
		eventually(c.t, "its time to join again is over", func() bool { return api(c.t, c.sw[0], "uuid_exists %s", brief[0]) == "false" })
		require.True(c.t, c.at(mine, 0, "j1"))
		require.Contains(c.t, c.sw[0].Log(), fmt.Sprintf("room %d goes on on %s in a copy for this switch alone", room, c.order(room)[1]))
		c.stored(room, "j1")
	}
	require.True(c.t, c.at(there, 1, "j1"), "the others stay")
	c.mend(0, "j1")
	people := 5
	if c.redis != nil {
		people--
	}
	at := ""
	eventually(c.t, "all are together again", func() bool {
		if names := with(c.asks, room, people); len(names) == 1 {
			at = names[0]
		}
		return at != "" && c.at(slices.Concat(mine, alone), 0, at) && c.at(there, 1, at)
	})
	c.stored(room, at)
	c.connected()
}

// Both switches lose a Janus that lives, with a room that browsers are in: their legs go elsewhere,
// and come back to the browsers.
func (c *cells) cutForAll() {
	room := c.roomOf("j1", 9200)
	a := c.dial(0, "", room)
	b := c.dial(1, "", room)
	for i := range 3 {
		browser := c.browser("j1", room, fmt.Sprint("web", i))
		defer browser.Close()
	}
	c.together(room, 5, "j1")
	for i := range c.sw {
		c.cut(i, "j1", true)
	}
	next := c.order(room)[1]
	eventually(c.t, "both have gone on elsewhere", func() bool { return slices.Contains(with(c.asks, room, 2), next) })
	c.stored(room, next)
	for i := range c.sw {
		c.mend(i, "j1")
	}
	eventually(c.t, "both have come back", func() bool { return c.at(a, 0, "j1") && c.at(b, 1, "j1") })
	c.together(room, 5, "j1")
	c.stored(room, "j1")
	c.connected()
}

// The TCP connections of one switch with Redis are cut, and no new ones come about.
func (c *cells) cutRedis() {
	rooms := []int{9300, 9301, 9302}
	c.redisLink.cut(true)
	var all []chan string
	for _, room := range rooms {
		for i := range c.sw {
			all = append(all, c.later(i, fmt.Sprintf("janus/eu/x@%d", room)))
		}
	}
	for _, answer := range all {
		require.Contains(c.t, <-answer, "+OK")
	}
	for _, room := range rooms {
		c.together(room, 2, "")
	}
	eventually(c.t, "it is said", func() bool { return !strings.HasSuffix(api(c.t, c.sw[0], "janus pools"), "|up") })
	c.redisLink.cut(false)
	eventually(c.t, "it is used again", func() bool { return strings.HasSuffix(api(c.t, c.sw[0], "janus pools"), "|up") })
	for _, room := range rooms {
		c.stored(room, c.together(room, 2, ""))
	}
}

// One switch is killed. The browser of a room in which only that one had a leg stays, the other
// switch finds it, and Janus forgets the legs.
func (c *cells) switchDies() {
	shared, lonely := c.roomOf("j2", 9400), c.roomOf("j3", 9400)
	mine := c.dial(0, "", shared)
	c.dial(1, "", shared, lonely)
	browser := c.browser("j3", lonely, "web")
	defer browser.Close()
	c.together(shared, 2, "j2")
	c.together(lonely, 2, "j3")
	c.sw[1].Kill()
	c.switches = c.sw[:1]
	c.stored(lonely, "j3")
	late := c.dial(0, "", lonely)
	require.True(c.t, c.at(late, 0, "j3"))
	eventually(c.t, "Janus has forgotten the legs", func() bool {
		return slices.Equal(with(c.asks, shared, 1), []string{"j2"}) && slices.Equal(with(c.asks, lonely, 2), []string{"j3"})
	})
	require.True(c.t, c.at(mine, 0, "j2"))
}

// browser has one join a room of a Janus.
func (c *cells) browser(at string, room int, name string) *lab.Browser {
	c.t.Helper()
	b, err := lab.NewBrowser(c.t.Context(), c.janus[at].HTTP)
	require.NoError(c.t, err)
	c.t.Cleanup(b.Close)
	require.NoError(c.t, b.Join(c.t.Context(), audiobridge.JoinRequest{Room: janusclient.NumberID(uint64(room)), Media: audiobridge.Media{Display: name}}, false))
	return b
}
