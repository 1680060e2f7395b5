// SPDX-License-Identifier: MPL-2.0

package media

import (
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

var loopback = netip.MustParseAddr("127.0.0.1")

// switchPorts is a switch's allocator: it hands out the ports of a list, in order,
// and knows nothing of sockets.
type switchPorts struct {
	t *testing.T

	mu    sync.Mutex
	free  []uint16
	taken map[netip.AddrPort]bool
	asked int
}

func newSwitchPorts(t *testing.T, ports ...uint16) *switchPorts {
	return &switchPorts{t: t, free: ports, taken: make(map[netip.AddrPort]bool)}
}

func (p *switchPorts) RequestPort(addr netip.Addr) uint16 {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	if len(p.free) == 0 {
		return 0
	}
	port := p.free[0]
	p.free = p.free[1:]
	p.taken[netip.AddrPortFrom(addr, port)] = true
	return port
}

func (p *switchPorts) ReleasePort(addr netip.Addr, port uint16) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := netip.AddrPortFrom(addr, port)
	if !p.taken[key] {
		p.t.Errorf("%s is given back, and nobody has it", key)
	}
	delete(p.taken, key)
	p.free = append(p.free, port)
}

// out are the ports that are handed out, sorted.
func (p *switchPorts) out() []uint16 {
	p.mu.Lock()
	defer p.mu.Unlock()
	var ports []uint16
	for key := range p.taken {
		ports = append(ports, key.Port())
	}
	slices.Sort(ports)
	return ports
}

// boundPorts binds UDP ports of the loopback address and keeps them until the test ends.
func boundPorts(t *testing.T, count int) (ports []uint16) {
	t.Helper()
	for range count {
		conn, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp4", "127.0.0.1:0")
		require.NoError(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		ports = append(ports, conn.LocalAddr().(*net.UDPAddr).AddrPort().Port())
	}
	return ports
}

// freePorts are UDP ports that were free a moment ago.
func freePorts(t *testing.T, count int) (ports []uint16) {
	t.Helper()
	for range count {
		conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		require.NoError(t, err)
		defer conn.Close()
		ports = append(ports, conn.LocalAddr().(*net.UDPAddr).AddrPort().Port())
	}
	return ports
}

func portsConfig(ports Ports) LegConfig {
	return LegConfig{Rings: NewRings(), Codecs: []Codec{Opus}, LocalAddrs: []netip.Addr{loopback}, Ports: ports}
}

// A leg's ports are the switch's, and go back when it closes.
func TestPortsOfTheSwitch(t *testing.T) {
	ports := newSwitchPorts(t, freePorts(t, 8)...)
	p := newPair(t, pairOptions{config: func(c *LegConfig) { c.Ports = ports }})
	require.NoError(t, p.wait(StateUp))
	hears(t, p)
	require.Equal(t, []uint16{p.leg.current.Load().sockets[0].local.Port()}, ports.out())
	offer, err := p.leg.Restart(t.Context(), nil, netip.Addr{})
	require.NoError(t, err)
	require.Len(t, ports.out(), 2, "an ICE restart has a socket of its own")
	_, err = p.leg.Answer(p.answerTo(offer))
	require.NoError(t, err)
	require.NoError(t, p.wait(StateReconnected))
	require.Eventually(t, func() bool { return len(ports.out()) == 1 }, patience, tick, "the former path's port is back")
	require.NoError(t, p.leg.Close())
	require.NoError(t, p.leg.Close())
	require.Empty(t, ports.out())
}

// Ports that another program has bound are given back, and others taken, for each address and for
// the sockets of STUN and TURN.
func TestPortsInUse(t *testing.T) {
	e, err := NewEngine(EngineConfig{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	host := turnServer(t)
	ports := newSwitchPorts(t, append(boundPorts(t, portTries-1), freePorts(t, 6)...)...)
	cfg := portsConfig(ports)
	cfg.ICEServers = []ICEServer{{URL: "stun:" + host}, {URL: "turn:" + host + "?transport=udp", Username: "caller", Password: "geheim"}}
	leg, err := e.NewLeg(t.Context(), cfg)
	require.NoError(t, err)
	offer, err := leg.Offer()
	require.NoError(t, err)
	require.Contains(t, offer, "typ relay")
	require.Len(t, ports.out(), 4, "host, server reflexive by either server, relay")
	require.NoError(t, leg.Close())
	require.Empty(t, ports.out())
}

// Where there is none, the error says whose range it is; what was taken goes back.
func TestPortsExhausted(t *testing.T) {
	e, err := NewEngine(EngineConfig{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	ports := newSwitchPorts(t, freePorts(t, 1)...)
	cfg := portsConfig(ports)
	cfg.LocalAddrs = append(cfg.LocalAddrs, netip.MustParseAddr("::1"))
	_, err = e.NewLeg(t.Context(), cfg)
	require.ErrorIs(t, err, ErrNoPort)
	require.ErrorContains(t, err, "no RTP port left on ::1; raise rtp-end-port")
	require.Empty(t, ports.out())

	ports = newSwitchPorts(t, boundPorts(t, 3)...)
	_, err = e.NewLeg(t.Context(), portsConfig(ports))
	require.ErrorIs(t, err, ErrNoPort)
	require.ErrorContains(t, err, "in use by other programs")
	require.Equal(t, portTries, ports.asked, "tries are bounded")
	require.Empty(t, ports.out())

	ports = newSwitchPorts(t, freePorts(t, 1)...)
	cfg = portsConfig(ports)
	cfg.LocalAddrs = []netip.Addr{netip.MustParseAddr("192.0.2.1")} // none of this machine
	_, err = e.NewLeg(t.Context(), cfg)
	require.ErrorContains(t, err, "192.0.2.1")
	require.Equal(t, 1, ports.asked, "another port would not help")
	require.Empty(t, ports.out())
}

// A panic while a leg is made keeps no port.
func TestPortsAfterPanic(t *testing.T) {
	e, err := NewEngine(EngineConfig{})
	require.NoError(t, err)
	ports := newSwitchPorts(t, freePorts(t, 2)...)
	cfg := portsConfig(panicSecond{ports})
	cfg.LocalAddrs = append(cfg.LocalAddrs, loopback)
	require.Panics(t, func() { _, _ = e.NewLeg(t.Context(), cfg) })
	require.Empty(t, ports.out())
	require.NoError(t, e.Close())
}

// panicSecond panics when it is asked a second time.
type panicSecond struct{ *switchPorts }

func (p panicSecond) RequestPort(addr netip.Addr) uint16 {
	port := p.switchPorts.RequestPort(addr)
	if p.asked > 1 {
		p.ReleasePort(addr, port)
		panic("a panic of the test")
	}
	return port
}

// A range of the configuration is instead of the switch's ports,
// for the sockets of STUN and TURN as well.
func TestPortRangeIsNotTheSwitchs(t *testing.T) {
	e, err := NewEngine(EngineConfig{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	ports := newSwitchPorts(t)
	cfg := portsConfig(ports)
	cfg.PortMin, cfg.PortMax = 45680, 45699
	cfg.ICEServers = []ICEServer{{URL: "turn:" + turnServer(t) + "?transport=udp", Username: "caller", Password: "geheim"}}
	leg, err := e.NewLeg(t.Context(), cfg)
	require.NoError(t, err)
	candidates, err := leg.current.Load().agent.Load().GetLocalCandidates()
	require.NoError(t, err)
	require.Len(t, candidates, 2)
	for _, c := range candidates {
		port := c.Port()
		if related := c.RelatedAddress(); related != nil {
			port = related.Port
		}
		require.True(t, port >= 45680 && port <= 45699, c.String())
	}
	require.Zero(t, ports.asked)
}
