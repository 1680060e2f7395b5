// SPDX-License-Identifier: MPL-2.0

package media

import (
	"context"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/ice/v4"
)

// path carries a leg's packets over the pair that ICE has chosen. The media
// loop alone receives and sends; neither blocks.
type path interface {
	// receive takes packets that wait, as many as a batch holds.
	receive(b *batch) int
	// send sends a packet; false if it was lost right here.
	send(packet []byte) bool
	// takeSTUN takes a STUN packet that the loop has met.
	takeSTUN(packet []byte, now time.Time) pathState
	// keep keeps the far end's consent.
	keep(now time.Time) pathState
	// from is the address at the other end.
	from() netip.AddrPort
	// at is the address at this end.
	at() netip.AddrPort
	// dropped is how many packets have come and found the queue full.
	dropped() uint64
}

func (s *socket) receive(b *batch) int { return b.receive(s.fd) }

func (s *socket) send(packet []byte) bool { return sendConnected(s.fd, packet) }

func (s *socket) from() netip.AddrPort { return s.remote }

func (s *socket) at() netip.AddrPort { return s.local }

// relayDepth is how many packets may wait for the loop, or to be sent: a second of audio.
const relayDepth = 50

// relayPath goes through pion/ice: a TURN relay (RFC 8656), or a server
// reflexive candidate with a socket of its own. What is read there is no
// socket of ours, so a goroutine reads it and hands packets over, and another
// one writes, as a relay over TCP can block; such a leg costs more, and there are few.
type relayPath struct {
	conn    *ice.Conn
	local   netip.AddrPort // on the relay
	remote  netip.AddrPort
	dtls    *dtlsLink
	packets chan *relayed
	toSend  chan *relayed
	free    sync.Pool
	full    atomic.Uint64 // packets that found packets full
}

type relayed struct {
	data [receiveMTU]byte
	n    int
}

func newRelayPath(conn *ice.Conn, local, remote netip.AddrPort, dtls *dtlsLink) *relayPath {
	return &relayPath{
		conn: conn, local: local, remote: remote, dtls: dtls, packets: make(chan *relayed, relayDepth), toSend: make(chan *relayed, relayDepth),
		free: sync.Pool{New: func() any { return new(relayed) }},
	}
}

// read runs until the ICE agent is closed.
func (p *relayPath) read() {
	for {
		packet, ok := p.free.Get().(*relayed)
		if !ok {
			return
		}
		n, err := p.conn.Read(packet.data[:])
		if err != nil {
			return
		}
		packet.n = n
		if classify(packet.data[:n]) == packetDTLS {
			p.dtls.put(packet.data[:n], p.remote)
			p.free.Put(packet)
			continue
		}
		select {
		case p.packets <- packet:
		default: // the loop is late: lost, as on the network
			p.full.Add(1)
			p.free.Put(packet)
		}
	}
}

func (p *relayPath) receive(b *batch) int {
	for i := range batchSize {
		select {
		case packet := <-p.packets:
			b.headers[i].length = uint32(copy(b.buffers[i][:], packet.data[:packet.n])) // #nosec G115 -- an MTU
			p.free.Put(packet)
		default:
			return i
		}
	}
	return batchSize
}

// send never waits: what a relay that stalls does not take is lost, as on the network.
func (p *relayPath) send(packet []byte) bool {
	waiting, ok := p.free.Get().(*relayed)
	if !ok {
		return false
	}
	waiting.n = copy(waiting.data[:], packet)
	select {
	case p.toSend <- waiting:
		return true
	default:
		p.free.Put(waiting)
		return false
	}
}

// write sends what send was given. When ctx ends it sends what waits by then,
// a farewell perhaps, and ends.
func (p *relayPath) write(ctx context.Context) {
	for {
		select {
		case packet := <-p.toSend:
			_, _ = p.conn.Write(packet.data[:packet.n]) // or it is lost
			p.free.Put(packet)
		case <-ctx.Done():
			for len(p.toSend) > 0 {
				packet := <-p.toSend
				if _, err := p.conn.Write(packet.data[:packet.n]); err != nil {
					return
				}
			}
			return
		}
	}
}

// takeSTUN has nothing to do: pion/ice reads the connection itself.
func (p *relayPath) takeSTUN([]byte, time.Time) pathState { return pathSame }

// keep has nothing to do: pion/ice keeps the consent, and route.onICE hears of it.
func (p *relayPath) keep(time.Time) pathState { return pathSame }

func (p *relayPath) from() netip.AddrPort { return p.remote }

func (p *relayPath) at() netip.AddrPort { return p.local }

func (p *relayPath) dropped() uint64 { return p.full.Load() }
