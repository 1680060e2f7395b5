// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/call"
	"mod_janus/bridge/host"
	"mod_janus/janusclient/janustest"
)

// fill calls each of some rooms twice, and returns the calls and their sessions.
func (p *poolLab) fill(rooms int) (calls []*call.Call, uuids []string) {
	p.t.Helper()
	for i := range 2 * rooms {
		c, uuid := p.call(fmt.Sprintf("eu/x%d@%d", i, 1000+i/2), nil)
		p.up(uuid)
		calls, uuids = append(calls, c), append(uuids, uuid)
	}
	return calls, uuids
}

func (p *poolLab) endAll(calls []*call.Call) {
	for _, c := range calls {
		p.end(c, host.CauseNormalClearing)
	}
	p.eventually("all have left", func() bool {
		for _, name := range p.names {
			if len(p.roomsOf(name)) > 0 && len(p.rules[name]) == 0 {
				return false
			}
		}
		return strings.Contains(p.engine.Command("status"), fmt.Sprintf("\n%d|0|", len(calls)))
	})
}

// A Janus that stays away loses its rooms: all legs of each go to the same next one, and nobody
// hears more of it than noise. Counts, variables and events follow.
func TestPoolFailover(t *testing.T) {
	p := newPoolLab(t, 3, `<param name="failover-after" value="1"/>`, nil)
	calls, uuids := p.fill(8)
	dead := p.order("1000")[0]
	p.away(dead)
	p.eventually("everybody is elsewhere", func() bool {
		for i := range 8 {
			room := fmt.Sprint(1000 + i)
			want := p.order(room)[0]
			if want == dead {
				want = p.order(room)[1]
			}
			if p.janus[want].Participants(room) != 2 {
				return false
			}
		}
		return true
	})
	moved := 0
	for i, uuid := range uuids {
		order := p.order(fmt.Sprint(1000 + i/2))
		want := order[0]
		if order[0] == dead {
			want = order[1]
			moved++
			p.host.Wait(t, "it is told", func() bool { return p.host.Sessions[uuid].Vars[host.VarServer] == want })
			p.host.Wait(t, "nothing but noise", func() bool {
				return slices.Equal([]string{"ring", "media opus", "answer", "noise true", "noise false"}, p.host.Sessions[uuid].Progress)
			})
		}
		p.eventually("it counts there", func() bool { return calls[i].Server().Name == want })
		require.Equal(t, want, p.host.Variable(uuid, host.VarServer))
		require.Contains(t, p.engine.Command("calls"), uuid+"|"+want+"|")
	}
	require.Positive(t, moved)
	require.Contains(t, p.engine.Command("where eu 1000"), "server|"+p.order("1000")[1]+"\n")
	p.eventually("one event a room", func() bool { return p.firedPool("moved") == moved/2 })
	require.Contains(t, p.engine.Command("list"), dead+"|true|"+fmt.Sprint(moved)+"|0|")
	p.endAll(calls)
}

// firedPool counts the events of a pool with this action.
func (p *poolLab) firedPool(action string) (n int) {
	p.host.Mu.Lock()
	defer p.host.Mu.Unlock()
	for _, event := range p.host.Events {
		for _, header := range event.Headers {
			if event.Subclass == host.EventPool && header == [2]string{host.HeaderAction, action} {
				n++
			}
		}
	}
	return n
}

// A Janus that is back before failover-after keeps its rooms, and so does one whose pool never
// fails over.
func TestPoolServerReturns(t *testing.T) {
	for _, after := range []string{"30", "0"} {
		p := newPoolLab(t, 3, `<param name="failover-after" value="`+after+`"/>`, nil)
		calls, uuids := p.fill(3)
		home := p.order("1000")[0]
		p.away(home)
		p.eventually("it is seen", func() bool { return strings.Contains(p.engine.Command("pools"), "eu|3|2|") })
		p.back(home, true)
		p.eventually("everybody is back", func() bool { return p.janus[home].Participants("1000") == 2 })
		for i, uuid := range uuids {
			p.eventually("it is up again", func() bool {
				return strings.Contains(p.engine.Command("calls"), uuid+"|"+p.order(fmt.Sprint(1000 + i/2))[0]+"|")
			})
		}
		require.Zero(t, p.firedPool("moved"))
		p.endAll(calls)
	}
}

// A Janus is back, and our legs have left its rooms meanwhile. It still lists them as participants.
// They do not count, and the legs do not go back.
func TestPoolServerReturnsLate(t *testing.T) {
	t.Parallel()
	p := newPoolLab(t, 2, `<param name="failover-after" value="1"/>`, nil)
	calls, uuids := p.fill(1)
	order := p.order("1000")
	detaches := p.janus[order[0]].Fault(janustest.Match{Janus: "detach"}, janustest.Hang())
	p.away(order[0])
	p.eventually("both are elsewhere", func() bool { return p.janus[order[1]].Participants("1000") == 2 })
	p.back(order[0], false)
	p.eventually("the participants are counted twice", func() bool { return p.asked(order[0], "listparticipants") >= 2 })
	require.Equal(t, 2, p.janus[order[0]].Participants("1000"), "Janus has not heard that they have left")
	require.Zero(t, p.firedPool("split"))
	require.Equal(t, 2, p.janus[order[1]].Participants("1000"))
	detaches.Remove()
	p.eventually("nobody is left", func() bool { return p.janus[order[0]].Participants("1000") == 0 })
	p.endLiving(calls, uuids)
}

// One of two servers is slow to say who is in a room, and people come to the other one meanwhile:
// nobody moves by counts of different moments.
func TestPoolCountsTogether(t *testing.T) {
	t.Parallel()
	p := newPoolLab(t, 2, "", nil)
	calls, uuids := p.fill(1)
	order := p.order("1000")
	slow := p.janus[order[0]].Fault(janustest.Match{Request: "listparticipants"}, janustest.Delay(1500*time.Millisecond))
	p.janus[order[1]].CreateRoom("1000", "", "")
	p.janus[order[1]].Populate("1000", 1, "elsewhere")
	p.eventually("both are counted", func() bool { return slow.Hits() > 0 })
	slow.Remove()
	p.janus[order[1]].Populate("1000", 5, "later")
	p.eventually("the legs are with the others", func() bool { return p.janus[order[1]].Participants("1000") == 8 })
	require.True(t, p.logged("room 1000 is on "+order[1]+" (6 participants)"))
	require.False(t, p.logged("(1): they do not hear each other"))
	p.endLiving(calls, uuids)
}

// endLiving ends calls. The test fails where one of them has been hung up already.
func (p *poolLab) endLiving(calls []*call.Call, uuids []string) {
	p.t.Helper()
	for _, uuid := range uuids {
		require.False(p.t, p.hungUp(uuid))
	}
	for _, c := range calls {
		p.end(c, host.CauseNormalClearing)
	}
}

// Two copies of a room heal: the legs of the smaller one move, and others stay as they are.
func TestPoolHeals(t *testing.T) {
	p := newPoolLab(t, 2, "", nil)
	calls, uuids := p.fill(1)
	order := p.order("1000")
	p.janus[order[1]].CreateRoom("1000", "", "") // as another switch that did not see the first
	p.janus[order[1]].Populate("1000", 3, "elsewhere")
	p.eventually("all are there", func() bool { return p.janus[order[1]].Participants("1000") == 5 })
	for i, uuid := range uuids {
		p.eventually("it counts there", func() bool { return calls[i].Server().Name == order[1] })
		require.False(t, p.hungUp(uuid))
	}
	p.host.Wait(t, "healed", func() bool { return p.host.Fired(host.EventPool, host.HeaderAction, "healed") })
	require.Equal(t, 1, p.firedPool("split"))
	require.True(t, p.fired(host.EventCall, host.HeaderOldServer, order[0]))
	for _, c := range calls {
		p.end(c, host.CauseNormalClearing)
	}
}

// Copies heal too where nothing here tells of the greater one: another switch has made it, and its
// own legs are right where they are.
func TestPoolHealsLate(t *testing.T) {
	t.Parallel()
	p := newPoolLab(t, 3, "", nil)
	calls, uuids := p.fill(1)
	order := p.order("1000")
	p.looked(order[1])
	p.looked(order[2])
	p.janus[order[1]].CreateRoom("1000", "", "")
	p.janus[order[1]].Populate("1000", 3, "elsewhere")
	p.eventually("all are there", func() bool { return p.janus[order[1]].Participants("1000") == 5 })
	p.endLiving(calls, uuids)
}

// Of two copies the one on a server that is drained goes, however many legs of ours are in it: else
// a look in the middle of a move would bring back who has moved already.
func TestPoolHealsFromDrained(t *testing.T) {
	t.Parallel()
	p := newPoolLab(t, 2, "", nil)
	calls, uuids := p.fill(1)
	order := p.order("1000")
	require.Contains(t, p.engine.Command("drain "+order[0]), "state|draining")
	p.janus[order[1]].CreateRoom("1000", "", "")
	p.janus[order[1]].Populate("1000", 1, "elsewhere")
	p.eventually("all are there", func() bool { return p.janus[order[1]].Participants("1000") == 3 })
	p.endLiving(calls, uuids)
}

// Where the other copy does not admit the leg, the leg goes back, and is never hung up.
func TestPoolHealRefused(t *testing.T) {
	p := newPoolLab(t, 2, "", nil)
	calls, uuids := p.fill(1)
	order := p.order("1000")
	p.janus[order[1]].CreateRoom("1000", "", "4711")
	p.janus[order[1]].Populate("1000", 3, "elsewhere")
	p.host.Wait(t, "it goes back", func() bool { return p.host.Logged("it goes back to " + order[0]) })
	p.eventually("both are there again", func() bool { return p.janus[order[0]].Participants("1000") == 2 })
	p.endLiving(calls, uuids)
}

// Where those of the smaller copy do not move, a browser say, the legs of the greater one come to
// them, unless somebody else is in that as well.
func TestPoolYields(t *testing.T) {
	t.Parallel()
	p := newPoolLab(t, 2, "", nil)
	home := p.order("1001")[0]
	rooms := []string{"1001"}
	for room := 1002; len(rooms) < 2; room++ {
		if p.order(fmt.Sprint(room))[0] == home {
			rooms = append(rooms, fmt.Sprint(room))
		}
	}
	other := p.order("1001")[1]
	p.engine.Command("cordon " + home)
	var calls []*call.Call
	for _, room := range append(rooms, rooms...) {
		c, uuid := p.call("eu/x@"+room, nil)
		p.up(uuid)
		require.Equal(t, other, c.Server().Name)
		calls = append(calls, c)
		p.janus[home].CreateRoom(room, "", "")
	}
	p.engine.Command("uncordon " + home)
	for _, room := range rooms {
		p.janus[home].Populate(room, 1, "browser")
	}
	p.janus[other].Populate(rooms[1], 1, "browser")
	p.eventually("the legs are with the browser", func() bool { return p.janus[home].Participants(rooms[0]) == 3 })
	p.host.Wait(t, "it is healed", func() bool { return p.host.Fired(host.EventPool, host.HeaderAction, "healed") })
	require.Equal(t, 3, p.janus[other].Participants(rooms[1]), "the others would be alone")
	for _, c := range calls {
		p.end(c, host.CauseNormalClearing)
	}
}

// A cordoned server keeps its rooms, which take more callers, and gets no new ones.
func TestPoolCordon(t *testing.T) {
	p := newPoolLab(t, 3, "", nil)
	order := p.order("1000")
	c, uuid := p.call("eu/x@1000", nil)
	p.up(uuid)
	require.Equal(t, "+OK\n", p.engine.Command("cordon "+order[0]))
	require.Contains(t, p.engine.Command("pool eu"), "\n"+order[0]+"|cordoned|")
	d, uuid := p.call("eu/y@1000", nil)
	p.up(uuid)
	require.Equal(t, order[0], p.host.Variable(uuid, host.VarServer))
	for room := 1001; ; room++ {
		if o := p.order(fmt.Sprint(room)); o[0] == order[0] {
			require.Contains(t, p.engine.Command("where eu "+fmt.Sprint(room)), "server|"+o[1]+"\n")
			require.Equal(t, "+OK\n", p.engine.Command("uncordon "+order[0]))
			require.Contains(t, p.engine.Command("where eu "+fmt.Sprint(room)), "server|"+o[0]+"\n")
			break
		}
	}
	require.Equal(t, 1, p.firedPool("cordoned"))
	require.Equal(t, 1, p.firedPool("uncordoned"))
	require.Contains(t, p.engine.Command("cordon"), "-ERR usage: janus cordon <server>")
	require.Contains(t, p.engine.Command("cordon j9"), `-ERR no server "j9"`)
	p.endAll([]*call.Call{c, d})
}

// Janus itself may say that it takes no new sessions: a preStop hook has asked its Admin API.
func TestPoolPreStop(t *testing.T) {
	p := newPoolLab(t, 2, "", nil)
	refuse := p.janus["j1"].Fault(janustest.Match{Janus: "info"}, janustest.Body("application/json",
		`{"janus":"server_info","name":"Janus","accepting-new-sessions":false}`))
	p.eventually("it is cordoned", func() bool { return strings.Contains(p.engine.Command("pool eu"), "j1|cordoned|") })
	p.eventually("it is told", func() bool { return p.firedPool("cordoned") > 0 })
	refuse.Remove()
	p.eventually("it is not", func() bool { return strings.Contains(p.engine.Command("pool eu"), "j1|up|") })
	p.eventually("this is told", func() bool { return p.firedPool("uncordoned") > 0 })
}

// A drained server of a pool lives on until nobody is in its rooms.
func TestPoolDrain(t *testing.T) {
	p := newPoolLab(t, 3, "", nil)
	order := p.order("1000")
	c, uuid := p.call("eu/x@1000", nil)
	p.up(uuid)
	require.Contains(t, p.engine.Command("drain "+order[0]), "server|"+order[0]+"\nstate|draining\ncalls|1\ncallsAtStart|1\n")
	require.Contains(t, p.engine.Command("pool eu"), "\n"+order[0]+"|draining|")
	d, uuid := p.call("eu/y@1000", nil)
	p.up(uuid)
	require.Equal(t, order[0], p.host.Variable(uuid, host.VarServer), "a living room takes more callers")
	p.end(c, host.CauseNormalClearing)
	p.end(d, host.CauseNormalClearing)
	p.eventually("it is drained", func() bool {
		return strings.Contains(p.engine.Command("drain "+order[0]), "state|drained\n") && strings.Contains(p.engine.Command("list"), order[0]+"|false|")
	})
	require.Equal(t, "+OK\n", p.engine.Command("drain "+order[0]+" stop"))
	p.eventually("it is back", func() bool { return strings.Contains(p.engine.Command("pool eu"), "\n"+order[0]+"|up|") })
}

// With move the rooms that are ours alone go elsewhere, one after the other.
func TestPoolDrainMove(t *testing.T) {
	p := newPoolLab(t, 3, "", nil)
	calls, uuids := p.fill(6)
	home := p.order("1001")[0] // and of 1003, 1004 and 1005
	p.janus[home].Populate("1001", 1, "browser")
	stay, uuid := p.call("eu/stay@1003", map[string]string{"janus-rejoin": "false"})
	p.up(uuid)
	defer p.end(stay, host.CauseNormalClearing)
	stays := []string{"1001", "1003"}
	p.engine.Command("drain " + home + " move")
	p.eventually("the others have moved", func() bool { return slices.Equal(stays, p.roomsOf(home)) })
	moved := 0
	for i, uuid := range uuids {
		room := fmt.Sprint(1000 + i/2)
		order := p.order(room)
		want := order[0]
		if order[0] == home && !slices.Contains(stays, room) {
			want = order[1]
			moved++
		}
		p.eventually("it counts there", func() bool { return calls[i].Server().Name == want })
		require.False(t, p.hungUp(uuid))
	}
	require.Equal(t, 4, moved)
	p.host.Wait(t, "the other is told", func() bool { return p.host.Logged("room 1003 stays on " + home) })
	require.Contains(t, p.engine.Command("drain j9 move"), "-ERR no server")
	for _, c := range calls {
		p.end(c, host.CauseNormalClearing)
	}
}
