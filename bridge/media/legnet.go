// SPDX-License-Identifier: MPL-2.0

package media

import (
	"net"
	"net/netip"
	"strings"

	"github.com/pion/transport/v5"
)

// legNet is the network as pion/ice sees it for one route. It keeps pion/ice from listing the machine's network interfaces for every
// leg, as the addresses are given; and the sockets that pion/ice makes itself, towards STUN and TURN servers, have ports like the
// leg's own, on the leg's own addresses.
type legNet struct {
	transport.Net
	cfg   *LegConfig
	local []netip.Addr
}

// Interfaces lists none.
func (legNet) Interfaces() ([]*transport.Interface, error) { return nil, nil }

// address is the leg's own address of the family of a network ("udp4"); not valid where it has none.
func (n legNet) address(network string) netip.Addr {
	for _, addr := range n.local {
		if addr.Unmap().Is4() == strings.HasSuffix(network, "4") {
			return addr.Unmap()
		}
	}
	return netip.Addr{}
}

// open has create open a socket on the leg's own address of the network's family; nil, the system's choice, where it has none.
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
