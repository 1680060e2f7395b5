// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/call"
	"mod_janus/bridge/host"
)

// alone are the variables of a leg that goes on in a copy.
var alone = map[string]string{"janus-pool-alone": "true"}

// others has a third switch report what it sees of a server.
func (l *sharedLab) others(server, seen string) {
	ctx := l.sw[0].t.Context()
	require.NoError(l.sw[0].t, l.keys.HSet(ctx, "janus:{eu}:view:fs3", server, seen).Err())
	require.NoError(l.sw[0].t, l.keys.SAdd(ctx, "janus:{eu}:switches", "fs3").Err())
}

// A Janus is out of reach that another switch sees. Legs that want to go on alone do so in one
// copy, both those in the room and new ones; the others wait, and the store goes on naming the
// Janus. When it is in reach again all are together, and the store says where.
func TestPoolAlone(t *testing.T) {
	t.Parallel()
	l := newSharedLab(t, 3, `<param name="failover-after" value="1"/>`)
	p, order := l.sw[0], l.sw[0].order("1000")
	here, uuid := p.call("eu/here@1000", alone)
	p.up(uuid)
	waits, uuid := p.call("eu/waits@1000", nil)
	p.up(uuid)
	there, uuid := l.sw[1].call("eu/there@1000", nil)
	l.sw[1].up(uuid)
	first := here.Server().Name
	before := l.hash("room:1000")
	require.Equal(t, first, before["server"])

	l.others(first, "up")
	p.away(first)
	p.eventually("the leg is in a copy", func() bool { return here.Server().Name != first && strings.Contains(p.engine.Command("calls"), "|up|") })
	copied := here.Server().Name
	require.NotEqual(t, first, copied)
	require.Contains(t, order, copied)
	p.host.Wait(t, "the log says why", func() bool {
		return p.host.Logged("room 1000 goes on on " + copied + " in a copy for this switch alone: other switches reach " + first)
	})
	late, uuid := p.call("eu/late@1000", alone)
	p.up(uuid)
	require.Equal(t, copied, p.host.Variable(uuid, host.VarServer))
	queued, queuedID := p.call("eu/queued@1000", nil)
	p.eventually("two are in the copy", func() bool { return p.janus[copied].Participants("1000") == 2 })
	require.Contains(t, p.engine.Command("where eu 1000"), "server|"+first+"\nurl|wss://"+first+".example.org/\nstate|down\n")
	require.Contains(t, p.engine.Command("where eu 1000"), "\nothers|"+copied+"\n")
	require.Contains(t, l.sw[1].engine.Command("where eu 1000"), "server|"+first+"\n")
	for _, c := range []*call.Call{waits, there} {
		require.Equal(t, first, c.Server().Name, "it waits")
	}
	require.Equal(t, before, l.hash("room:1000"))

	p.back(first, false)
	require.NoError(t, l.keys.Del(t.Context(), "janus:{eu}:view:fs3").Err())
	p.eventually("all are together", func() bool {
		names := p.with("1000")
		return len(names) == 1 && p.janus[names[0]].Participants("1000") == 5 && l.hash("room:1000")["server"] == names[0]
	})
	p.up(queuedID)
	for _, c := range []*call.Call{here, waits, late, queued} {
		p.end(c, host.CauseNormalClearing)
	}
	l.sw[1].end(there, host.CauseNormalClearing)
}

// A leg with janus-use-existing-room makes no copy, but joins one that exists.
func TestPoolAloneExisting(t *testing.T) {
	t.Parallel()
	l := newSharedLab(t, 2)
	p, order := l.sw[0], l.sw[0].order("1000")
	require.NoError(t, l.keys.HSet(t.Context(), "janus:{eu}:room:1000", "server", order[0], "epoch", 3).Err())
	l.others(order[0], "up")
	p.away(order[0])
	p.eventually("it is seen", func() bool { return strings.Contains(p.engine.Command("pools"), "eu|2|1|") })
	c, uuid := p.call("eu/x@1000", with(existing, "janus-pool-alone", "true"))
	p.eventually("it looks for the room", func() bool {
		return len(p.janus[order[1]].Requests()) > 0 && strings.Contains(p.engine.Command("where eu 1000"), "server|"+order[0])
	})
	p.janus[order[1]].CreateRoom("1000", "", "")
	p.up(uuid)
	require.Equal(t, order[1], p.host.Variable(uuid, host.VarServer))
	require.Equal(t, order[0], l.hash("room:1000")["server"])
	p.end(c, host.CauseNormalClearing)
}

// A room that every Janus has is where the store says, also while a switch does not reach that one:
// its caller waits, instead of meeting nobody in another one.
func TestPoolStoreOutOfReach(t *testing.T) {
	t.Parallel()
	l := newSharedLab(t, 2)
	p, order := l.sw[0], l.sw[0].order("1234")
	for _, server := range p.janus {
		server.CreateRoom("1234", "", "")
	}
	require.NoError(t, l.keys.HSet(t.Context(), "janus:{eu}:room:1234", "server", order[1], "epoch", 3).Err())
	l.others(order[1], "up")
	p.away(order[1])
	p.eventually("it is seen", func() bool { return strings.Contains(p.engine.Command("pools"), "eu|2|1|") })
	c, uuid := p.call("eu/x@1234", existing)
	cause, reason := p.down(uuid)
	require.Equal(t, host.CauseDestinationOutOfOrder, cause)
	require.Equal(t, `server "`+order[1]+`" of pool "eu" has the room, and is not connected`, reason)
	p.end(c, host.CauseNormalClearing)
	require.Empty(t, p.with("1234"))
}
