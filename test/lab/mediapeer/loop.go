// SPDX-License-Identifier: MPL-2.0

package mediapeer

import (
	"encoding/binary"
	"net"
	"net/netip"
	"time"

	"github.com/pion/rtp"
	"golang.org/x/net/ipv4"
	"golang.org/x/sys/unix"
)

const (
	frameTime    = 20 * time.Millisecond
	frameSamples = 960 // of Opus's clock (RFC 7587)
	frameBytes   = 75  // 30 kbit/s

	turn      = 2 * time.Millisecond // in which peers are served together
	batchSize = 256                  // packets of one call
	maxPacket = 1500
)

// frameMark begins each of our frames: the TOC of Opus (RFC 6716 3.1) for 20 ms
// of CELT, mono, one frame, and a mark. Whoever bridges two legs of one codec
// passes frames on as they are, so they are recognised at the far end.
var frameMark = [4]byte{0xf8, 'M', 'o', 'J'}

// putFrame writes the nth frame of a talker.
func putFrame(b []byte, talker, n uint32) {
	clear(b)
	copy(b, frameMark[:])
	binary.BigEndian.PutUint32(b[4:], talker)
	binary.BigEndian.PutUint32(b[8:], n)
}

// readFrame says whose and which a frame is.
func readFrame(b []byte) (talker, n uint32, ok bool) {
	if len(b) < 12 || [4]byte(b[:4]) != frameMark {
		return 0, 0, false
	}
	return binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:]), true
}

// send is the loop in which peers talk, each at a phase of its own.
func (s *Server) send() {
	var messages []ipv4.Message
	var frame [frameBytes]byte
	began := time.Now()
	for turns := 1; ; turns++ {
		select {
		case <-s.done:
			return
		case <-time.After(time.Until(began.Add(time.Duration(turns) * turn))):
		}
		messages = messages[:0]
		now := time.Now()
		for _, p := range s.all() {
			if p.echo || !p.up() || !p.sent.due(now, p.number) {
				continue
			}
			putFrame(frame[:], uint32(p.number), p.sent.next)
			p.mu.Lock()
			packet := p.encrypt(frame[:])
			p.mu.Unlock()
			if packet != nil {
				p.sent.note(time.Now())
				messages = append(messages, ipv4.Message{Buffers: [][]byte{packet}, Addr: net.UDPAddrFromAddrPort(*p.remote.Load())})
			}
		}
		for len(messages) > 0 {
			n, err := s.packets.WriteBatch(messages, 0)
			if err != nil {
				n = max(n, 1) // an ICMP error of one that is gone
			}
			messages = messages[n:]
		}
	}
}

// encrypt makes the next packet of a peer; it holds until the next call. p.mu is held.
func (p *peer) encrypt(payload []byte) []byte {
	p.header.SequenceNumber++
	p.header.Timestamp += frameSamples
	plain, err := (&rtp.Packet{Header: p.header, Payload: payload}).Marshal()
	if err != nil {
		return nil
	}
	if p.encrypted, err = p.out.EncryptRTP(p.encrypted[:0], plain, nil); err != nil {
		return nil
	}
	return p.encrypted
}

// receive is the loop that reads. It looks every millisecond and takes all that
// waits: arrival is the kernel's time.
func (s *Server) receive() {
	messages := make([]ipv4.Message, batchSize)
	for i := range messages {
		messages[i] = ipv4.Message{Buffers: [][]byte{make([]byte, maxPacket)}, OOB: make([]byte, 64)}
	}
	plain := make([]byte, maxPacket)
	for {
		n, err := s.packets.ReadBatch(messages, 0)
		select {
		case <-s.done:
			return
		default:
		}
		if err != nil {
			continue // an ICMP error of something sent before
		}
		for i := range n {
			m := &messages[i]
			if from, ok := m.Addr.(*net.UDPAddr); ok {
				at := arrival(m.OOB[:m.NN])
				address := from.AddrPort()
				s.take(m.Buffers[0][:m.N], netip.AddrPortFrom(address.Addr().Unmap(), address.Port()), at, plain)
			}
		}
		if n < batchSize {
			time.Sleep(time.Millisecond)
		}
	}
}

// arrival is the time in a control message SCM_TIMESTAMPNS (socket(7)), or now.
func arrival(oob []byte) time.Time {
	if headers, err := unix.ParseSocketControlMessage(oob); err == nil {
		for _, h := range headers {
			if h.Header.Level == unix.SOL_SOCKET && h.Header.Type == unix.SCM_TIMESTAMPNS && len(h.Data) >= 16 {
				return time.Unix(int64(binary.NativeEndian.Uint64(h.Data)), int64(binary.NativeEndian.Uint64(h.Data[8:]))) // #nosec G115
			}
		}
	}
	return time.Now()
}

// take gives a packet to whom it is for (RFC 7983).
func (s *Server) take(packet []byte, from netip.AddrPort, at time.Time, plain []byte) {
	switch {
	case len(packet) < 12:
		return
	case packet[0] < 4:
		s.takeSTUN(packet, from)
		return
	}
	s.mu.RLock()
	p := s.byAddr[from]
	s.mu.RUnlock()
	if p == nil {
		return
	}
	p.alive()
	switch {
	case packet[0] >= 20 && packet[0] < 64:
		_, _ = p.dtls.Write(packet, nil)
	case packet[0] >= 128 && packet[0] < 192 && (packet[1] < 192 || packet[1] > 223) && p.up(): // not RTCP (RFC 5761 4)
		p.takeRTP(packet, at, plain)
	}
}

func (p *peer) takeRTP(packet []byte, at time.Time, plain []byte) {
	var header rtp.Header
	clear, err := p.in.DecryptRTP(plain[:0], packet, &header)
	if err != nil {
		return
	}
	n, err := header.Unmarshal(clear)
	if err != nil {
		return
	}
	payload := clear[n:]
	p.ear.take(payload, at)
	if !p.echo {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if back := p.encrypt(payload); back != nil {
		_, _ = p.server.socket.WriteToUDPAddrPort(back, *p.remote.Load())
	}
}
