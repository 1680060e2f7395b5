// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/pool"
	"mod_janus/janusclient"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// poolSite is three Janus, which are the pool eu, and two switches on all of them. The first switch
// reaches each API by a link that can be cut.
type poolSite struct {
	t        *testing.T
	janus    map[string]*realjanus.Janus
	links    map[string]*link
	switches []*lab.Switch
}

var poolNames = []string{"j1", "j2", "j3"}

// newPoolSite starts all of it; params are those of the pool.
func newPoolSite(t *testing.T, params string) *poolSite {
	t.Helper()
	p := &poolSite{t: t, janus: map[string]*realjanus.Janus{}, links: map[string]*link{}}
	for _, name := range poolNames {
		j, err := realjanus.Start(t.TempDir(), realjanus.Config{Transport: "ws"})
		require.NoError(t, err)
		t.Cleanup(j.Kill)
		p.janus[name], p.links[name] = j, newLink(t, j.URL)
	}
	direct := func(name string) string { return p.janus[name].URL }
	linked := func(name string) string { return "ws://" + p.links[name].listener.Addr().String() + "/" }
	for i, address := range []func(string) string{linked, direct} {
		cfg := hostConfig(poolConf(address, params))
		cfg.FirstPort, cfg.LastPort = 20000+6000*i, 25998+6000*i
		s, err := lab.StartSwitch(filepath.Join(t.TempDir(), "switch"), cfg)
		require.NoError(t, err)
		t.Cleanup(s.Stop)
		t.Cleanup(func() {
			if t.Failed() {
				t.Log(tail(s.Log(), 60))
			}
		})
		p.switches = append(p.switches, s)
	}
	p.connected()
	return p
}

func poolConf(address func(string) string, params string) string {
	var out strings.Builder
	out.WriteString(`<configuration name="janus.conf"><settings/>`)
	for _, name := range poolNames {
		fmt.Fprintf(&out, `<server name="%s"><param name="url" value="%s"/><param name="enabled" value="true"/><param name="rtp-ip" value="%s"/>`+
			`<param name="cmd-timeout" value="20000"/><param name="public-url" value="%s"/></server>`, name, address(name), lab.Address(), "wss://"+name+".example.org/")
	}
	return out.String() + `<pool name="eu"><param name="servers" value="` + strings.Join(poolNames, ",") + `"/>` + params + `</pool></configuration>`
}

// connected waits until both switches see all Janus up.
func (p *poolSite) connected() {
	p.t.Helper()
	for _, s := range p.switches {
		eventually(p.t, "the switch sees the Janus", func() bool {
			return strings.Contains(api(p.t, s, "janus pools"), "eu|3|3|")
		})
	}
}

// order is the order in which a room prefers the servers.
func (p *poolSite) order(room int) []string {
	var all []pool.Weighted
	for _, name := range poolNames {
		all = append(all, pool.Weighted{Name: name, Weight: 1})
	}
	return pool.Rank("eu", fmt.Sprint(room), all)
}

// roomOf is the first room from one on that a server is the first of.
func (p *poolSite) roomOf(name string, from int) int {
	for ; ; from++ {
		if p.order(from)[0] == name {
			return from
		}
	}
}

// askers ask each Janus that runs.
func (p *poolSite) askers(names ...string) map[string]*asker {
	p.t.Helper()
	all := make(map[string]*asker)
	for _, name := range names {
		all[name] = ask(p.t, p.janus[name])
	}
	return all
}

// with are the servers on which a room has that many participants, all of them up.
func with(askers map[string]*asker, room, people int) (names []string) {
	for _, name := range poolNames {
		if a := askers[name]; a != nil && a.ready(janusclient.NumberID(uint64(room)), people) {
			names = append(names, name)
		}
	}
	return names
}

// where is what a switch says of a room.
func where(t *testing.T, s *lab.Switch, room int) (server, why string) {
	t.Helper()
	var said struct{ Server, Why string }
	require.NoError(t, json.Unmarshal([]byte(api(t, s, "janus where eu %d as json", room)), &said))
	return said.Server, said.Why
}

// pair has both switches call a room: each plays a tone of its own for the other.
func (p *poolSite) pair(room int) []string {
	p.t.Helper()
	var uuids []string
	for i, s := range p.switches {
		destination := fmt.Sprintf("janus/eu/S%d@%d", i+1, room)
		uuids = append(uuids, originate(p.t, s, "%s", tone("janus-room-description=pool", destination, []int{440, 1000}[i])))
	}
	return uuids
}

// hearEachOther asserts that the legs of a pair do.
func (p *poolSite) hearEachOther(t *testing.T, uuids []string) {
	t.Helper()
	for i, s := range p.switches {
		thrice(t, func(try testingT) {
			requireOnly(try, hearOn(t, s, 1, 48000, uuids[i])[0], []float64{1000, 440}[i], []float64{440, 1000}[i])
		})
	}
}

// callAtOnce has each switch place its calls, all at the same time, and fails where one of them
// does.
func callAtOnce(t *testing.T, switches []*lab.Switch, commands func(i int) []string) {
	t.Helper()
	var all sync.WaitGroup
	for i, s := range switches {
		all.Go(func() {
			jobs, err := s.Burst(commands(i))
			if err != nil {
				t.Errorf("switch %d: %s", i+1, err)
			}
			for _, job := range jobs {
				if !strings.HasPrefix(job.Output, "+OK") {
					t.Errorf("switch %d: %s", i+1, job.Output)
				}
			}
		})
	}
	all.Wait()
}

// hangup ends all legs of both switches.
func (p *poolSite) hangup() {
	p.t.Helper()
	for _, s := range p.switches {
		api(p.t, s, "hupall")
	}
	for _, s := range p.switches {
		gone(p.t, s)
	}
}

// linkPatience is how long a link tries to reach its port for one connection.
const linkPatience = 5 * time.Second

// link is a way to a TCP port that can be cut.
type link struct {
	to       string
	listener net.Listener

	mu    sync.Mutex
	from  net.Addr // of the connections to the port; nil: any address
	down  bool
	conns map[net.Conn]bool
}

func newLink(t *testing.T, address string) *link { return newLinkAt(t, "127.0.0.1:0", address) }

func newLinkAt(t *testing.T, at, address string) *link {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", at)
	require.NoError(t, err)
	l := &link{to: u.Host, listener: listener, conns: make(map[net.Conn]bool)}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			all.Go(func() { l.carry(conn) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		l.cut(true)
		all.Wait()
	})
	return l
}

// carry joins a connection to one with the port, until either ends or the link is cut.
func (l *link) carry(conn net.Conn) {
	defer conn.Close()
	l.mu.Lock()
	to, from := l.to, l.from
	l.mu.Unlock()
	far, err := (&net.Dialer{LocalAddr: from, Timeout: linkPatience}).DialContext(context.Background(), "tcp", to)
	if err != nil {
		return
	}
	defer far.Close()
	l.mu.Lock()
	if l.down {
		l.mu.Unlock()
		return
	}
	l.conns[conn], l.conns[far] = true, true
	l.mu.Unlock()
	done := make(chan struct{}, 2)
	for _, way := range [][2]net.Conn{{conn, far}, {far, conn}} {
		go func() {
			_, _ = io.Copy(way[0], way[1])
			done <- struct{}{}
		}()
	}
	<-done
	conn.Close()
	far.Close()
	<-done
	l.mu.Lock()
	delete(l.conns, conn)
	delete(l.conns, far)
	l.mu.Unlock()
}

// cut ends all connections and lets no new ones through, or lets them through again.
func (l *link) cut(down bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down = down
	for conn := range l.conns {
		conn.Close()
	}
}
