// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/call"
	"mod_janus/bridge/host"
	"mod_janus/bridge/media"
	"mod_janus/janusclient/janustest"
)

// Rooms that are nowhere go where the hash says, and everybody of a room to the same server.
func TestPoolPlaces(t *testing.T) {
	p := newPoolLab(t, 3, "", nil)
	used := map[string]bool{}
	legs := 0
	for i := range 12 {
		room := fmt.Sprint(1000 + i)
		for range 2 {
			c, uuid := p.call("eu/x@"+room, nil)
			p.up(uuid)
			legs++
			defer p.end(c, host.CauseNormalClearing)
			require.Equal(t, "eu", p.host.Variable(uuid, host.VarPool))
			require.Equal(t, p.order(room)[0], p.host.Variable(uuid, host.VarServer))
			require.Equal(t, p.order(room)[0], c.Server().Name)
		}
		require.Equal(t, p.order(room)[:1], p.with(room))
		used[p.order(room)[0]] = true
		require.True(t, p.fired(host.EventPool, host.HeaderRoom, room))
	}
	require.Len(t, used, 3)
	require.Equal(t, "pool|servers|up|rooms|legs|store\neu|3|3|12|24|none\n", p.engine.Command("pools"))
	total, calls := 0, 0
	for _, s := range p.engine.currentServers() {
		total += int(s.State().TotalCalls)
		calls += int(s.State().Calls)
	}
	require.Equal(t, []int{legs, legs}, []int{total, calls}, "each leg counts at one server")
}

// A room that is somewhere is found there, whoever has made it; janus-use-existing-room makes
// none.
func TestPoolFindsRooms(t *testing.T) {
	p := newPoolLab(t, 3, "", nil)
	last := p.order("1000")[2]
	p.janus[last].CreateRoom("1000", "", "")
	c, uuid := p.call("eu/x@1000", existing)
	p.up(uuid)
	require.Equal(t, last, p.host.Variable(uuid, host.VarServer))
	require.Contains(t, p.engine.Command("where eu 1000"), "server|"+last+"\nurl|wss://"+last+".example.org/\nstate|up\nexists|true\nepoch|0\nwhy|own legs\n")
	p.end(c, host.CauseNormalClearing)
	p.eventually("Janus knows that it has left, and then the engine", func() bool {
		return p.janus[last].Participants("1000") == 0 && !strings.Contains(p.engine.Command("where eu 1000"), "why|own legs\n")
	})
	require.Contains(t, p.engine.Command("where eu 1000"), "exists|true\nepoch|0\nwhy|asked: 3 of 3\n")

	c, uuid = p.call("eu/x@1001", existing)
	cause, reason := p.down(uuid)
	require.Equal(t, host.CauseUnallocatedNumber, cause)
	require.Equal(t, `there is no room 1001 on any server of pool "eu"`, reason)
	p.end(c, host.CauseNormalClearing)
	for _, server := range p.janus {
		require.LessOrEqual(t, server.Rooms(), 1)
	}
}

// A room that every Janus has from its configuration: where most people are, else where the hash
// says.
func TestPoolRoomOnAll(t *testing.T) {
	p := newPoolLab(t, 3, "", nil)
	for _, server := range p.janus {
		server.CreateRoom("1234", "", "")
	}
	order := p.order("1234")
	require.Contains(t, p.engine.Command("where eu 1234"), "server|"+order[0]+"\n")
	p.janus[order[2]].Populate("1234", 2, "browser")
	p.janus[order[1]].Populate("1234", 1, "browser")
	out := p.engine.Command("where eu 1234")
	require.Contains(t, out, "server|"+order[2]+"\n")
	require.Contains(t, out, "others|"+order[1]+","+order[0]+"\n")
	p.engine.Command("cordon " + order[2])
	require.Contains(t, p.engine.Command("where eu 1234"), "server|"+order[2]+"\n", "people are there")
	p.engine.Command("cordon " + order[0])
	for _, server := range p.janus {
		server.CreateRoom("5678", "", "")
	}
	want := order[1]
	require.Contains(t, p.engine.Command("where eu 5678"), "server|"+want+"\n", "nobody is there, and the others are cordoned")
	c, uuid := p.call("eu/x@1234", existing)
	p.up(uuid)
	require.Equal(t, order[2], p.host.Variable(uuid, host.VarServer))
	p.end(c, host.CauseNormalClearing)
}

// A server that is away, or answers nothing, gets no new rooms, and the rooms of the others stay.
func TestPoolServerAway(t *testing.T) {
	p := newPoolLab(t, 3, `<param name="failover-after" value="0"/>`, nil)
	order := p.order("1000")
	p.away(order[0])
	p.eventually("it is seen", func() bool { return strings.Contains(p.engine.Command("pools"), "eu|3|2|") })
	c, uuid := p.call("eu/x@1000", nil)
	p.up(uuid)
	require.Equal(t, order[1], p.host.Variable(uuid, host.VarServer))
	require.Regexp(t, `(?m)^`+order[0]+`\|down\|1\|\|\|0\|janus.conf\|`, p.engine.Command("pool eu"))
	p.back(order[0], false)
	p.eventually("it is back", func() bool { return strings.Contains(p.engine.Command("pools"), "eu|3|3|") })
	d, uuid := p.call("eu/x@1000", nil)
	p.up(uuid)
	require.Equal(t, order[1], p.host.Variable(uuid, host.VarServer), "the room stays where it is")
	p.end(c, host.CauseNormalClearing)
	p.end(d, host.CauseNormalClearing)
}

// One that answers late is no reason to wait long, and one that never answers gets no new room.
func TestPoolServerSlow(t *testing.T) {
	p := newPoolLab(t, 3, "", nil)
	order := p.order("1000")
	p.janus[order[0]].Fault(janustest.Match{Request: "exists"}, janustest.Refuse(499, "unwell"))
	p.janus[order[2]].Fault(janustest.Match{Request: "exists"}, janustest.Hang())
	c, uuid := p.call("eu/x@1000", nil)
	p.up(uuid)
	require.Equal(t, order[1], p.host.Variable(uuid, host.VarServer))
	p.end(c, host.CauseNormalClearing)
}

// A caller who has met nobody, since the server with the others was late, comes to them.
func TestPoolLateAnswer(t *testing.T) {
	t.Parallel()
	p := newPoolLab(t, 2, "", nil)
	p.host.Mu.Lock()
	p.host.XML = strings.Replace(p.host.XML, `<pool name="eu">`, `<pool name="us">`, 1)
	p.host.Mu.Unlock()
	require.Contains(t, p.engine.Command("reload"), "+OK") // so that no server of the pool has just come up
	for _, server := range p.janus {
		server.CreateRoom("1234", "", "")
	}
	home, other := "j1", "j2"
	if strings.Contains(p.engine.Command("where us 1234"), "server|j2\n") {
		home, other = other, home
	}
	p.janus[other].Populate("1234", 2, "browser")
	late := p.janus[other].Fault(janustest.Match{Request: "exists"}, janustest.Delay(500*time.Millisecond))
	c, uuid := p.call("us/x@1234", existing)
	p.up(uuid)
	require.Equal(t, home, p.host.Variable(uuid, host.VarServer))
	late.Remove()
	p.eventually("it is with the others", func() bool { return p.janus[other].Participants("1234") == 3 })
	p.end(c, host.CauseNormalClearing)
}

// A room that is destroyed between the look and the join is looked for again.
func TestPoolRoomVanishes(t *testing.T) {
	p := newPoolLab(t, 3, "", nil)
	last := p.order("1000")[2]
	p.janus[last].CreateRoom("1000", "", "")
	gone := p.janus[last].Fault(janustest.Match{Request: "join", Nth: 1}, janustest.Refuse(485, "No such room (1000)"))
	c, uuid := p.call("eu/x@1000", nil)
	p.up(uuid)
	require.Equal(t, 2, gone.Hits(), "the second join is the one that counts")
	require.Equal(t, last, p.host.Variable(uuid, host.VarServer))
	p.end(c, host.CauseNormalClearing)
	p.eventually("handles gone", func() bool { return p.janus[last].Handles() <= 1 }) // that of the questions
}

// What the servers are to be like: no weight, full, drained.
func TestPoolTakesNoRooms(t *testing.T) {
	order := (&poolLab{names: []string{"j1", "j2", "j3"}}).order("1000")
	p := newPoolLab(t, 3, "", map[string]string{order[0]: `<param name="weight" value="0"/>`, order[1]: `<param name="max-participants" value="2"/>`})
	require.Contains(t, p.engine.Command("where eu 1000"), "server|"+order[1]+"\n")
	p.janus[order[1]].CreateRoom("77", "", "")
	p.janus[order[1]].Populate("77", 2, "browser")
	p.eventually("it is full", func() bool { return strings.Contains(p.engine.Command("pool eu"), "\n"+order[1]+"|full|1|1|2|") })
	require.Contains(t, p.engine.Command("where eu 1000"), "server|"+order[2]+"\n")
	require.Contains(t, p.engine.Command("where eu 77"), "server|"+order[1]+"\n", "a living room has no limit")
	require.Contains(t, p.engine.Command("drain "+order[2]), "drained")
	require.Contains(t, p.engine.Command("where eu 1000"), "server|"+order[1]+"\n", "all are full: the one with the fewest")
	require.True(t, p.logged("Pool eu: all servers have their max-participants"))
	p.engine.Command("server " + order[1] + " disable")
	require.Regexp(t, `^-ERR (no server of pool "eu" takes new rooms: |server )`, p.engine.Command("where eu 1000"))
}

// Many calls to one room at the same time make one room.
func TestPoolCrowd(t *testing.T) {
	p := newPoolLab(t, 3, "", nil)
	var all []*call.Call
	for range 20 {
		c, _ := p.call("eu/x@1000", nil)
		all = append(all, c)
	}
	for i := range all {
		p.up(fmt.Sprintf("leg-%d", i+1))
	}
	require.Len(t, p.with("1000"), 1)
	require.Equal(t, 20, p.janus[p.with("1000")[0]].Participants("1000"))
	for _, c := range all {
		p.end(c, host.CauseNormalClearing)
	}
	p.eventually("all have left", func() bool { return len(p.with("1000")) == 0 })
	require.Contains(t, p.engine.Command("status"), "\n20|0|")
}

// Two copies of a room are told of.
func TestPoolSplitIsTold(t *testing.T) {
	p := newPoolLab(t, 2, "", nil)
	order := p.order("1000")
	var once sync.Once
	made := make(chan struct{})
	p.janus[order[0]].Fault(janustest.Match{Request: "join"}, janustest.Delay(0))
	c, uuid := p.call("eu/x@1000", nil)
	p.up(uuid)
	once.Do(func() { close(made) })
	<-made
	p.janus[order[1]].CreateRoom("1000", "", "") // as another switch that did not see the first
	p.janus[order[1]].Populate("1000", 3, "elsewhere")
	p.host.Wait(t, "the event", func() bool { return p.host.Fired(host.EventPool, host.HeaderAction, "split") })
	require.True(t, p.logged("Pool eu: room 1000 is on "+order[1]+" (3 participants) and on "+order[0]))
	p.host.Wait(t, "the leg moves", func() bool { return p.host.Fired(host.EventPool, host.HeaderAction, "moved") })
	p.host.Wait(t, "it is healed", func() bool { return p.host.Fired(host.EventPool, host.HeaderAction, "healed") })
	now := p.series()
	require.InDelta(t, 1, now[`pool_splits_total{pool="eu"}`], 0)
	require.InDelta(t, 1, now[`pool_moves_total{pool="eu"}`], 0)
	require.InDelta(t, 1, now[`pool_placements_total{how="hash",pool="eu",server="`+order[0]+`"}`], 0)
	require.InDelta(t, 2, now[`pool_servers{pool="eu",state="up"}`], 0)
	require.NotContains(t, now, `pool_store_up{pool="eu"}`)
	p.end(c, host.CauseNormalClearing)
}

func TestPoolCommands(t *testing.T) {
	p := newPoolLab(t, 2, "", nil)
	var list []map[string]any
	require.NoError(t, json.Unmarshal([]byte(p.engine.Command("pool eu as json")), &list))
	require.Len(t, list, 2)
	require.Equal(t, "up", list[0]["state"])
	var where map[string]any
	require.NoError(t, json.Unmarshal([]byte(p.engine.Command("where eu board as json")), &where))
	require.Equal(t, "hash", where["why"])
	require.Equal(t, false, where["exists"])
	p.janus["j2"].CreateRoom("77", "", "")
	require.Contains(t, p.engine.Command("rooms eu"), "server|room|")
	require.Contains(t, p.engine.Command("rooms eu"), "\nj2|77|")
	require.NoError(t, json.Unmarshal([]byte(p.engine.Command("rooms eu as json")), &list))
	for line, want := range map[string]string{
		"where":               "-ERR usage: janus where <pool> <room> [as json]",
		"where eu":            "-ERR usage: ",
		"where us 1234":       `-ERR no pool "us" is configured`,
		"pool us":             `-ERR no pool "us" is configured`,
		"pool":                "-ERR usage: janus pool <pool> [as json]",
		"pools x":             "-ERR usage: janus pools [as json]",
		"where eu \"a\x01b\"": "-ERR room ",
		"rooms us":            `-ERR no server "us" is configured`,
	} {
		require.Contains(t, p.engine.Command(line), want, line)
	}
	_, cause := p.engine.Dial(&call.Request{Destination: "us/x@1", Rings: media.NewRings()})
	require.Equal(t, host.CauseNoRouteDestination, cause)
	require.Equal(t, []string{"eu"}, p.engine.Pools())
	for _, name := range p.names {
		p.engine.Command("server " + name + " disable")
	}
	_, cause = p.engine.Dial(&call.Request{Destination: "eu/x@1", Rings: media.NewRings()})
	require.Equal(t, host.CauseOutgoingCallBarred, cause)
}

// A pool comes and goes with a reload; a server joins one by itself.
func TestPoolReload(t *testing.T) {
	p := newPoolLab(t, 2, "", nil)
	c, uuid := p.call("eu/x@1000", nil)
	p.up(uuid)
	before := p.host.XML
	change := func(xml string) {
		p.host.Mu.Lock()
		p.host.XML = xml
		p.host.Mu.Unlock()
		require.Contains(t, p.engine.Command("reload"), "+OK")
	}
	change(strings.ReplaceAll(before, `<pool name="eu">`, `<pool name="j1">`))
	require.Empty(t, p.engine.Pools())
	require.True(t, p.logged(`pool "j1" is ignored: a server has the same name`))
	require.Equal(t, "-ERR no pool \"eu\" is configured\n", p.engine.Command("pool eu"))
	servers, _, _ := strings.Cut(before, "<pool")
	without := servers + "</configuration>"
	change(strings.Replace(without, `<server name="j2">`, `<server name="j2"><param name="pool" value="us"/>`, 1))
	require.Equal(t, []string{"us"}, p.engine.Pools())
	require.NotContains(t, p.engine.Command("metrics"), `pool="eu"`)
	require.Contains(t, p.series(), `pool_splits_total{pool="us"}`)
	require.Contains(t, p.engine.Command("where us 1"), "server|j2\n")
	require.Contains(t, p.engine.Command("calls"), "|1000|", "the call goes on")
	change(before)
	require.Equal(t, []string{"eu"}, p.engine.Pools())
	p.end(c, host.CauseNormalClearing)
}

// The handle for questions may be detached by somebody: it is attached again.
func TestPoolQuestionsHandleLost(t *testing.T) {
	p := newPoolLab(t, 1, "", nil)
	require.Contains(t, p.engine.Command("where eu 1000"), "exists|false")
	p.janus["j1"].CreateRoom("1000", "", "")
	asked := 0
	for _, r := range p.janus["j1"].Requests() {
		if r.Request == "exists" && asked == 0 { // /janus/<session>/<handle>
			handle, err := strconv.ParseUint(r.Path[strings.LastIndex(r.Path, "/")+1:], 10, 64)
			require.NoError(t, err)
			asked++
			p.janus["j1"].Detach(handle)
		}
	}
	require.Equal(t, 1, asked)
	require.Contains(t, p.engine.Command("where eu 1000"), "exists|true")
}

// A leg moves between rooms of its server; a room of the pool on another one is named.
func TestPoolMoveToRoom(t *testing.T) {
	p := newPoolLab(t, 2, "", nil)
	c, uuid := p.call("eu/x@1000", nil)
	p.up(uuid)
	order := p.order("1000")
	p.janus[order[1]].CreateRoom("77", "", "")
	p.janus[order[0]].CreateRoom("78", "", "")
	require.Contains(t, p.engine.Command("move "+uuid+" 77"), "-ERR room 77 is on server "+order[1]+", and the leg on "+order[0])
	require.Contains(t, p.engine.Command("move "+uuid+" 78"), "+OK")
	p.end(c, host.CauseNormalClearing)
}
