// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/host"
	"mod_janus/bridge/host/hosttest"
	"mod_janus/bridge/pool"
	"mod_janus/janusclient/janustest"
)

// poolLab is an engine between a fake switch and several fake Janus, which are the pool eu.
type poolLab struct {
	*lab
	janus map[string]*janustest.Server
	names []string
	rules map[string][]*janustest.Rule // of those that are away
}

// newPoolLab starts n Janus, j1 to jn; params are those of the pool, and of single servers.
func newPoolLab(t *testing.T, n int, poolParams string, serverParams map[string]string) *poolLab {
	t.Helper()
	p := &poolLab{lab: &lab{t: t, peers: &peers{}}, janus: map[string]*janustest.Server{}, rules: map[string][]*janustest.Rule{}}
	for i := range n {
		name := fmt.Sprintf("j%d", i+1)
		p.janus[name] = janustest.NewServer(janustest.WithAutoWebRTCUp())
		p.janus[name].Answer = janustest.CannedAnswer
		p.names = append(p.names, name)
	}
	p.host = hosttest.New(p.xml(poolParams, serverParams))
	p.host.Marked = func(uuid string) { p.leg(uuid).Message(host.MessageMedia) }
	p.lab.janus = p.janus["j1"]
	var err error
	p.engine, err = Start(p.host)
	require.NoError(t, err)
	t.Cleanup(func() {
		limit := hosttest.Patience
		if t.Failed() {
			limit = time.Second
		}
		require.Zero(t, p.engine.Stop(limit), "legs left over")
		require.Zero(t, p.host.PortsOut(), "RTP ports left over")
		for _, server := range p.janus {
			server.Close()
		}
	})
	p.eventually("all are connected", func() bool { return strings.Contains(p.engine.Command("pools"), fmt.Sprintf("eu|%d|%d|", n, n)) })
	return p
}

func (p *poolLab) xml(poolParams string, serverParams map[string]string) string {
	var out strings.Builder
	out.WriteString("<configuration>")
	for _, name := range p.names {
		fmt.Fprintf(&out, `<server name="%s"><param name="url" value="%s"/><param name="enabled" value="true"/><param name="rtp-ip" value="127.0.0.1"/>
			<param name="cmd-timeout" value="3000"/><param name="public-url" value="wss://%s.example.org/"/>%s</server>`, name, p.janus[name].URL, name, serverParams[name])
	}
	fmt.Fprintf(&out, `<pool name="eu"><param name="servers" value="%s"/>%s</pool></configuration>`, strings.Join(p.names, ","), poolParams)
	return out.String()
}

// away cuts a Janus off, as long as back is not called.
func (p *poolLab) away(name string) {
	p.rules[name] = append(p.rules[name], p.janus[name].Fault(janustest.Match{}, janustest.Drop()))
	p.janus[name].BreakConnections()
}

// back lets a Janus be reached again; forgetful: it was restarted.
func (p *poolLab) back(name string, forgetful bool) {
	if forgetful {
		p.janus[name].LoseSessions()
		for _, room := range p.roomsOf(name) {
			p.janus[name].ForgetRoom(room)
		}
	}
	for _, rule := range p.rules[name] {
		rule.Remove()
	}
}

// roomsOf are the rooms of the tests that a Janus has.
func (p *poolLab) roomsOf(name string) (rooms []string) {
	for i := range 60 {
		if room := fmt.Sprint(1000 + i); p.janus[name].Participants(room) > 0 {
			rooms = append(rooms, room)
		}
	}
	return rooms
}

// with are the servers on which a room has participants.
func (p *poolLab) with(room string) (names []string) {
	for _, name := range p.names {
		if p.janus[name].Participants(room) > 0 {
			names = append(names, name)
		}
	}
	return names
}

// looked waits until a server that does not have a room was asked for it by its first call, and by
// both looks at a new room.
func (p *poolLab) looked(name string) {
	p.eventually("the call has asked for the room, and both looks at a new room have", func() bool { return p.asked(name, "exists") >= 3 })
}

// asked is how many requests of a kind a server has had.
func (p *poolLab) asked(name, request string) (n int) {
	for _, r := range p.janus[name].Requests() {
		if r.Request == request {
			n++
		}
	}
	return n
}

// order is the order in which a room prefers the servers.
func (p *poolLab) order(room string) []string {
	var all []pool.Weighted
	for _, name := range p.names {
		all = append(all, pool.Weighted{Name: name, Weight: 1})
	}
	return pool.Rank("eu", room, all)
}

// fired tells whether an event was fired, and logged whether a line of log has these words.
func (p *poolLab) fired(subclass, name, value string) bool {
	p.host.Mu.Lock()
	defer p.host.Mu.Unlock()
	return p.host.Fired(subclass, name, value)
}

func (p *poolLab) logged(words ...string) bool {
	p.host.Mu.Lock()
	defer p.host.Mu.Unlock()
	return p.host.Logged(words...)
}

// hungUp tells whether the engine has hung a session up.
func (p *poolLab) hungUp(uuid string) bool {
	p.host.Mu.Lock()
	defer p.host.Mu.Unlock()
	return p.host.Sessions[uuid].Down
}
