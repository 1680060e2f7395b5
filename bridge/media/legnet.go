// SPDX-License-Identifier: MPL-2.0

package media

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/pion/transport/v5"
)

// legNet is the network as pion/ice sees it for one route. It keeps pion/ice from listing the
// machine's network interfaces for every leg, as the addresses are given; and the sockets that
// pion/ice makes itself, towards STUN and TURN servers, have ports like the leg's own,
// on the leg's own addresses.
type legNet struct {
	transport.Net
	ctx   context.Context // of the route
	cfg   *LegConfig
	local []netip.Addr
}

// Interfaces lists none.
func (legNet) Interfaces() ([]*transport.Interface, error) { return nil, nil }

// address is the leg's own address of the family of a network ("udp4"); not valid where it has
// none.
func (n legNet) address(network string) netip.Addr {
	for _, addr := range n.local {
		if addr.Unmap().Is4() == strings.HasSuffix(network, "4") {
			return addr.Unmap()
		}
	}
	return netip.Addr{}
}

// open has create open a socket on the leg's own address of the network's family; nil,
// the system's choice, where it has none.
func (n legNet) open(network string, create func(*net.UDPAddr) (transport.UDPConn, error)) (transport.UDPConn, error) {
	addr := n.address(network)
	if !addr.IsValid() {
		return create(nil)
	}
	var conn transport.UDPConn
	release, err := n.cfg.bind(addr, func(port uint16) (err error) {
		conn, err = create(net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, port)))
		return err
	})
	if err != nil {
		return nil, err
	}
	return &leasedConn{conn, release}, nil
}

// ListenUDP opens a socket for a server reflexive candidate.
func (n legNet) ListenUDP(network string, _ *net.UDPAddr) (transport.UDPConn, error) {
	return n.open(network, func(local *net.UDPAddr) (transport.UDPConn, error) { return n.Net.ListenUDP(network, local) })
}

// ListenPacket opens a socket to a TURN server.
func (n legNet) ListenPacket(network, _ string) (net.PacketConn, error) {
	return n.ListenUDP(network, nil)
}

// DialUDP opens a socket to a TURN server over DTLS.
func (n legNet) DialUDP(network string, _, remote *net.UDPAddr) (transport.UDPConn, error) {
	return n.open(network, func(local *net.UDPAddr) (transport.UDPConn, error) { return n.Net.DialUDP(network, local, remote) })
}

const (
	// streamLimit is how long a write on a TCP connection to a TURN server may take.
	streamLimit = 500 * time.Millisecond
	// streamBuffer is its SO_SNDBUF: a second or two of audio. What waits longer is of no use, and
	// the kernel would keep megabytes.
	streamBuffer = 16 << 10
)

// DialTCP opens a connection to a TURN server. It gives up when gathering does,
// or when the route is closed.
func (n legNet) DialTCP(network string, _, remote *net.TCPAddr) (transport.TCPConn, error) {
	conn, err := (&net.Dialer{Timeout: gatherLimit}).DialContext(n.ctx, network, remote.String())
	if err != nil {
		return nil, err
	}
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return nil, net.UnknownNetworkError(network)
	}
	_ = tcp.SetWriteBuffer(streamBuffer)
	return &streamConn{tcp}, nil
}

// streamConn is a TCP connection to a TURN server that does not make its writers wait: pion/ice
// writes to it in the goroutine that all of an agent depends on. One that stalls is closed, since
// half of a message may have been sent.
type streamConn struct{ *net.TCPConn }

// Write sends within streamLimit, or not at all any more.
func (c *streamConn) Write(b []byte) (int, error) {
	_ = c.SetWriteDeadline(time.Now().Add(streamLimit))
	sent, err := c.TCPConn.Write(b)
	if err != nil {
		_ = c.Close()
	}
	return sent, err
}

// leasedConn gives its port back when it is closed.
type leasedConn struct {
	transport.UDPConn
	release func()
}

// Close closes the socket, and then gives back its port.
func (c *leasedConn) Close() error {
	defer c.release()
	return c.UDPConn.Close()
}
