// SPDX-License-Identifier: MPL-2.0

package media

import (
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"github.com/pion/transport/v5/deadline"
)

// queueDepth is how many STUN or DTLS packets may wait for pion: a flight of DTLS is about six, and
// a check list is worked off at one check per candidate pair and interval.
const queueDepth = 32

// queued is a packet on its way from whoever reads the socket to pion.
type queued struct {
	data []byte
	from netip.AddrPort
}

// packetQueue is a net.PacketConn whose packets come out of a queue and leave through a function.
// pion's ICE and DTLS each hold one and need not know who reads the socket. It implements
// ice.AddrPortReaderWriter as well.
type packetQueue struct {
	local  netip.AddrPort
	accept func(netip.AddrPort) bool // nil: packets from everywhere
	write  func([]byte, netip.AddrPort) (int, error)

	packets   chan queued
	deadline  *deadline.Deadline
	closed    chan struct{}
	closeOnce sync.Once
}

func newPacketQueue(local netip.AddrPort, write func([]byte, netip.AddrPort) (int, error)) *packetQueue {
	return &packetQueue{
		local:    local,
		write:    write,
		packets:  make(chan queued, queueDepth),
		deadline: deadline.New(),
		closed:   make(chan struct{}),
	}
}

// put hands over a copy of a packet. It never blocks: a full queue loses packets,
// as the network does.
func (q *packetQueue) put(data []byte, from netip.AddrPort) {
	if len(q.packets) == cap(q.packets) {
		return // before the copy is made: a flood shall not make garbage
	}
	select {
	case q.packets <- queued{append([]byte(nil), data...), from}:
	default:
	}
}

// ReadFromAddrPort returns the next packet, or net.ErrClosed, or os.ErrDeadlineExceeded.
func (q *packetQueue) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	for {
		select {
		case <-q.closed:
			return 0, netip.AddrPort{}, net.ErrClosed
		case <-q.deadline.Done():
			return 0, netip.AddrPort{}, os.ErrDeadlineExceeded
		case p := <-q.packets:
			if q.accept == nil || q.accept(p.from) {
				return copy(b, p.data), p.from, nil
			}
		}
	}
}

// WriteToAddrPort sends a packet through the leg's socket.
func (q *packetQueue) WriteToAddrPort(b []byte, to netip.AddrPort) (int, error) {
	select {
	case <-q.closed:
		return 0, net.ErrClosed
	default:
		return q.write(b, to)
	}
}

// ReadFrom implements net.PacketConn.
func (q *packetQueue) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := q.ReadFromAddrPort(b)
	if err != nil {
		return 0, nil, err
	}
	return n, net.UDPAddrFromAddrPort(from), nil
}

// WriteTo implements net.PacketConn.
func (q *packetQueue) WriteTo(b []byte, to net.Addr) (int, error) {
	addr, ok := to.(*net.UDPAddr)
	if !ok {
		return 0, net.InvalidAddrError("not a UDP address")
	}
	return q.WriteToAddrPort(b, addr.AddrPort())
}

// Close ends reads and writes through this queue; the socket stays.
func (q *packetQueue) Close() error {
	q.closeOnce.Do(func() { close(q.closed) })
	return nil
}

// LocalAddr is the socket's address.
func (q *packetQueue) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(q.local) }

// SetDeadline sets the read deadline; writes never block.
func (q *packetQueue) SetDeadline(t time.Time) error { return q.SetReadDeadline(t) }

// SetReadDeadline ends reads that wait at t.
func (q *packetQueue) SetReadDeadline(t time.Time) error {
	q.deadline.Set(t)
	return nil
}

// SetWriteDeadline does nothing: writes never block.
func (q *packetQueue) SetWriteDeadline(time.Time) error { return nil }
