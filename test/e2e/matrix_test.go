// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/admin"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// cell is one call in one state, about to end in one way.
type cell struct {
	t      *testing.T
	d      *door
	s      *lab.Switch
	dir    string
	a      *asker
	admin  *admin.Client
	uuid   string
	placed chan string // what originate says
}

const matrixRoom = 8950

// place dials; the room is created by the call.
func (c *cell) place() {
	c.uuid = fmt.Sprintf("00000000-0000-4000-8000-%012d", time.Now().UnixNano()%1e12)
	c.placed = make(chan string, 1)
	go func() {
		jobs, err := c.s.Burst([]string{fmt.Sprintf("originate {origination_uuid=%s}janus/demo/Caller@%d &park()", c.uuid, matrixRoom)})
		if err != nil || len(jobs) != 1 {
			c.placed <- fmt.Sprint("no answer: ", err)
			return
		}
		c.placed <- jobs[0].Output
	}()
}

func (c *cell) state(is string) {
	c.t.Helper()
	eventually(c.t, "the call is "+is, func() bool { return strings.Contains(api(c.t, c.s, "janus calls"), "|"+is+"|") })
}

func (c *cell) up() {
	c.t.Helper()
	c.place()
	c.state("up")
	eventually(c.t, "its media is up", func() bool { return c.a.ready(janusclient.NumberID(matrixRoom), 1) })
}

func (c *cell) number(variable string) uint64 {
	n, _ := strconv.ParseUint(api(c.t, c.s, "uuid_getvar %s %s", c.uuid, variable), 10, 64)
	return n
}

// handles are those of this module's session at Janus, other than the asker's.
func (c *cell) handles() (all []uint64) {
	sessions, err := c.admin.ListSessions(c.t.Context())
	require.NoError(c.t, err)
	for _, session := range sessions {
		handles, err := c.admin.ListHandles(c.t.Context(), session)
		if err != nil {
			continue // it has just gone
		}
		for _, handle := range handles {
			if handle != c.a.ID() {
				all = append(all, handle)
			}
		}
	}
	return all
}

func (c *cell) lose(session uint64) {
	c.t.Helper()
	require.NoError(c.t, c.admin.DestroySession(c.t.Context(), session))
	c.d.forget(session)
}

// The states of a call, and how it gets there and stays there.
var matrixStates = map[string]func(*cell){
	"dialling": func(c *cell) {
		c.d.shut(`"janus":"create"`, false)
		session, _ := strconv.ParseUint(field(api(c.t, c.s, "janus server demo"), "id"), 10, 64)
		c.lose(session)
		eventually(c.t, "the session is lost", func() bool { return c.d.held() > 0 })
		c.place()
		c.state("dialling")
	},
	"creating": func(c *cell) { c.d.shut(`"request":"create"`, false); c.place(); c.state("creating") },
	"joining":  func(c *cell) { c.d.shut(`"request":"join"`, false); c.place(); c.state("joining") },
	"connecting": func(c *cell) {
		c.d.shut("", true)
		c.place()
		eventually(c.t, "it is in the room", func() bool { return len(c.a.participants(janusclient.NumberID(matrixRoom))) == 1 })
		require.False(c.t, c.a.ready(janusclient.NumberID(matrixRoom), 1))
	},
	"up": (*cell).up,
	"rejoining": func(c *cell) {
		c.up()
		c.d.shut(`"janus":"create"`, false)
		c.lose(c.number("janus_session_id"))
		c.state("rejoining")
	},
	"leaving": func(c *cell) {
		c.up()
		c.d.shut(`"request":"leave"`, false)
		api(c.t, c.s, "uuid_kill %s", c.uuid)
		eventually(c.t, "it leaves", func() bool { return c.d.held() > 0 })
	},
}

// field is the value behind a name in what `janus server <name>` prints.
func field(text, name string) string {
	_, rest, _ := strings.Cut(text, "\n"+name+"|")
	value, _, _ := strings.Cut(rest, "\n")
	return value
}

// The ways in which a call can end. Those that end it on the switch's side
// leave the door as it is, so that they meet the state; what a Janus does that
// has the call not yet, or no more, cannot happen: there the switch ends it.
var matrixEnds = map[string]func(*cell){
	"switch": func(c *cell) { c.kill() },
	"janus": func(c *cell) {
		handle := admin.Handle{Session: c.number("janus_session_id"), ID: c.number("janus_handle_id")}
		end := c.admin.DetachHandle
		if len(c.a.participants(janusclient.NumberID(matrixRoom))) == 1 {
			end = c.admin.HangupWebRTC
		}
		if handle.ID == 0 || end(c.t.Context(), handle) != nil {
			c.kill()
		}
	},
	"kick": func(c *cell) {
		for _, p := range c.a.participants(janusclient.NumberID(matrixRoom)) {
			if c.a.Kick(c.t.Context(), audiobridge.ManageRequest{Room: janusclient.NumberID(matrixRoom), ID: p.ID}) == nil {
				return
			}
		}
		c.kill()
	},
	"destroyed": func(c *cell) {
		if len(c.a.participants(janusclient.NumberID(matrixRoom))) == 0 ||
			c.a.Destroy(c.t.Context(), audiobridge.DestroyRequest{Room: janusclient.NumberID(matrixRoom)}) != nil {
			c.kill()
		}
	},
	"disabled": func(c *cell) {
		require.Equal(c.t, "+OK", api(c.t, c.s, "janus server demo disable"))
		c.kill()
	},
	"reloaded": func(c *cell) {
		rewrite(c.t, c.dir, `<server name="demo">`, `<server name="other">`)
		require.Contains(c.t, api(c.t, c.s, "janus reload"), "removed|demo")
		c.kill()
	},
	"unloaded": func(c *cell) {
		began := time.Now()
		require.Contains(c.t, api(c.t, c.s, "unload -f mod_janus"), "+OK")
		took := time.Since(began)
		c.t.Logf("unloaded in %s", took.Round(time.Millisecond))
		require.LessOrEqual(c.t, took, 12*time.Second, "5 s for the engine, and what a busy machine adds")
	},
	"shutdown": func(c *cell) { c.s.Shutdown() },
}

func (c *cell) kill() {
	if api(c.t, c.s, "uuid_exists %s", c.uuid) == "true" {
		api(c.t, c.s, "uuid_kill %s", c.uuid)
	}
}

// Every state × every end: nobody stays in the room, no handle at Janus, no
// leg in the switch, and the module counts none.
func TestEveryEndInEveryState(t *testing.T) {
	t.Parallel() // it waits, cell after cell
	j, err := realjanus.Start(t.TempDir(), realjanus.Config{})
	require.NoError(t, err)
	defer j.Kill()
	a := ask(t, j)
	adm := adminOf(t, j)
	d := newDoor(t, j)
	conf := strings.Replace(lab.JanusConf(d.URL, param("cmd-timeout", "3000")), "<settings/>", `<settings><param name="debug" value="true"/></settings>`, 1)
	dir := filepath.Join(t.TempDir(), "switch")
	shared, err := startSwitch(dir, conf)
	require.NoError(t, err)
	defer shared.Stop()
	for state, reach := range matrixStates {
		for end, do := range matrixEnds {
			t.Run(state+"/"+end, func(t *testing.T) {
				c := &cell{t: t, d: d, a: a, admin: adm, dir: dir, s: shared}
				if end == "shutdown" {
					var err error
					c.s, err = startSwitch(t.TempDir(), conf)
					require.NoError(t, err)
					defer c.s.Stop()
				}
				defer d.open()
				defer func() {
					if t.Failed() {
						t.Log(tail(c.s.Log(), 60))
						_, _ = shared.API("load mod_janus") // the next cell wants it
					}
				}()
				eventually(t, "the server is connected", func() bool { return field(api(t, c.s, "janus server demo"), "state") == "connected" })
				reach(c)
				do(c)
				d.open()
				if end != "shutdown" {
					c.afterwards(end)
				}
				c.nothingAtJanus()
			})
		}
	}
	require.NotRegexp(t, `\[(ERR|CRIT)\]`, shared.Log())
}

// afterwards takes the switch back to where it was.
func (c *cell) afterwards(end string) {
	switch end {
	case "disabled":
		require.Equal(c.t, "+OK", api(c.t, c.s, "janus server demo enable"))
	case "reloaded":
		rewrite(c.t, c.dir, `<server name="other">`, `<server name="demo">`)
		require.Contains(c.t, api(c.t, c.s, "janus reload"), "added|demo")
	case "unloaded":
		require.Contains(c.t, api(c.t, c.s, "load mod_janus"), "+OK")
	}
	select {
	case <-c.placed:
	case <-time.After(patience):
		require.Fail(c.t, "originate hangs")
	}
	gone(c.t, c.s)
}

func (c *cell) nothingAtJanus() {
	c.t.Helper()
	eventually(c.t, "nobody is in the room", func() bool { return len(c.a.participants(janusclient.NumberID(matrixRoom))) == 0 })
	eventually(c.t, "no handle is left", func() bool { return len(c.handles()) == 0 })
	_ = c.a.Destroy(c.t.Context(), audiobridge.DestroyRequest{Room: janusclient.NumberID(matrixRoom)})
}
