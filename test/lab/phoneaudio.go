// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pion/rtp"
	"golang.org/x/sys/unix"
)

// PhoneMedia is what a phone sends.
type PhoneMedia struct {
	Codec  string        // PCMU, PCMA or opus
	Frame  time.Duration // that each packet lasts, 20 ms unless set
	Frames [][]byte      // payloads, again and again; none: G.711 silence, or nothing in Opus
	Fate   func(n int) PacketFate

	SaysFrame time.Duration // what SDP says of Frame, if not the truth
}

// PacketFate is what becomes of a packet.
type PacketFate int

// The fates of a packet. A phone that pauses counts no packet, one that is lost has been counted.
const (
	Sent PacketFate = iota
	Lost
	Paused
)

func (m PhoneMedia) frame() time.Duration {
	if m.Frame == 0 {
		return 20 * time.Millisecond
	}
	return m.Frame
}

func (m PhoneMedia) payload(n int) []byte {
	switch {
	case len(m.Frames) > 0:
		return m.Frames[n%len(m.Frames)]
	case m.Codec == "PCMU":
		return slices.Repeat([]byte{0xff}, int(m.frame()/time.Millisecond)*8)
	case m.Codec == "PCMA":
		return slices.Repeat([]byte{0xd5}, int(m.frame()/time.Millisecond)*8)
	default:
		return nil
	}
}

// phoneAudio is the RTP half of a call.
type phoneAudio struct {
	conn  *net.UDPConn
	local netip.AddrPort
	codec phoneCodec

	mu       sync.Mutex
	media    PhoneMedia
	n        int // of media
	remote   netip.AddrPort
	sends    bool
	key      phoneKey
	received []PhonePacket

	stop    chan struct{}
	running sync.WaitGroup
}

// phoneKey is a key that is held down.
type phoneKey struct {
	event  byte
	length time.Duration // 0: none is
	held   time.Duration
	began  uint32 // RTP time
}

func newPhoneAudio(address netip.Addr, media PhoneMedia) (*phoneAudio, error) {
	codec, known := phoneCodecs[media.Codec]
	if !known {
		return nil, &net.ParseError{Type: "codec of a phone (PCMU, PCMA or opus)", Text: media.Codec}
	}
	conn, err := listenUDP(address)
	if err != nil {
		return nil, err
	}
	a := &phoneAudio{conn: conn, local: conn.LocalAddr().(*net.UDPAddr).AddrPort(), codec: codec, media: media, stop: make(chan struct{})}
	if err := stampArrivals(conn); err != nil {
		_ = conn.Close()
		return nil, err
	}
	a.running.Go(a.send)
	a.running.Go(a.receive)
	return a, nil
}

func (a *phoneAudio) close() {
	close(a.stop)
	_ = a.conn.Close()
	a.running.Wait()
}

// send keeps the phone's clock: one packet for each frame of time.
func (a *phoneAudio) send() {
	header := rtp.Header{
		Version: 2, SSRC: rand.Uint32(), SequenceNumber: uint16(rand.Uint32() & 0x7fff), // #nosec G115 G404
		Timestamp: rand.Uint32(), Marker: true, // #nosec G404
	}
	for due := time.Now(); ; {
		select {
		case <-a.stop:
			return
		case <-time.After(time.Until(due)):
		}
		a.mu.Lock()
		frame, remote := a.media.frame(), a.remote
		var packets [][]byte
		if a.sends && remote.IsValid() {
			packets = a.packets(&header, frame)
		}
		a.mu.Unlock()
		for _, packet := range packets {
			_, _ = a.conn.WriteToUDPAddrPort(packet, remote)
		}
		due = due.Add(frame)
		header.Timestamp += a.units(frame)
	}
}

func (a *phoneAudio) units(d time.Duration) uint32 {
	return uint32(d * time.Duration(a.codec.rate) / time.Second) // #nosec G115 -- wraps as it should
}

// packets are what is sent for one frame of time.
func (a *phoneAudio) packets(header *rtp.Header, frame time.Duration) [][]byte {
	if a.key.length > 0 {
		return a.keyPackets(header, frame)
	}
	n := a.n
	a.n++
	fate := Sent
	if a.media.Fate != nil {
		fate = a.media.Fate(n)
	}
	payload := a.media.payload(n)
	if fate == Paused || payload == nil {
		header.Marker = true
		return nil
	}
	header.PayloadType = a.codec.payloadType
	packet := marshal(*header, payload)
	header.SequenceNumber++
	header.Marker = false
	if fate == Lost {
		return nil
	}
	return [][]byte{packet}
}

// keyPackets tell of the key that is held (RFC 4733 2.5): all with the time of its beginning,
// its end three times.
func (a *phoneAudio) keyPackets(header *rtp.Header, frame time.Duration) (packets [][]byte) {
	first := a.key.held == 0
	if first {
		a.key.began = header.Timestamp
	}
	a.key.held += frame
	times, end := 1, byte(0)
	if a.key.held >= a.key.length {
		times, end = 3, 0x80
		a.key.length = 0
	}
	h := *header
	h.PayloadType, h.Timestamp, h.Marker = keysType, a.key.began, first
	event := []byte{a.key.event, end | 10, 0, 0}
	binary.BigEndian.PutUint16(event[2:], uint16(min(a.units(a.key.held), math.MaxUint16))) // #nosec G115 -- bounded
	for range times {
		h.SequenceNumber = header.SequenceNumber
		packets = append(packets, marshal(h, event))
		header.SequenceNumber++
	}
	header.Marker = true
	return packets
}

func marshal(header rtp.Header, payload []byte) []byte {
	packet := rtp.Packet{Header: header, Payload: payload}
	b, err := packet.Marshal()
	if err != nil {
		panic(err) // of a header without extensions: cannot be
	}
	return b
}

// Send changes what the phone sends, from the next packet on. The codec stays.
func (c *PhoneCall) Send(media PhoneMedia) {
	c.audio.mu.Lock()
	defer c.audio.mu.Unlock()
	media.Codec = c.audio.media.Codec
	c.audio.media, c.audio.n = media, 0
}

// Key holds a key down (RFC 4733) for so long, 0123456789*#ABCD.
func (c *PhoneCall) Key(key byte, length time.Duration) {
	event := strings.IndexByte("0123456789*#ABCD", key)
	if event < 0 || length <= 0 {
		return
	}
	c.audio.mu.Lock()
	defer c.audio.mu.Unlock()
	c.audio.key = phoneKey{event: byte(event), length: length} // #nosec G115 -- below 16
}

// stampArrivals has the kernel say when a packet has come in: the phone itself may be late to look.
func stampArrivals(conn *net.UDPConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := raw.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1) // #nosec G115 -- a descriptor
	}); err != nil {
		return err
	}
	return failed
}

func (a *phoneAudio) receive() {
	b, control := make([]byte, 2048), make([]byte, 128)
	for {
		n, controls, _, _, err := a.conn.ReadMsgUDPAddrPort(b, control)
		if err != nil {
			return // closed
		}
		var packet rtp.Packet
		if n < 12 || b[1] >= 192 && b[1] <= 223 || packet.Unmarshal(b[:n]) != nil {
			continue // RTCP, or nothing of ours
		}
		a.mu.Lock()
		a.received = append(a.received, PhonePacket{
			At: arrival(control[:controls]), Type: packet.PayloadType, Sequence: packet.SequenceNumber, Timestamp: packet.Timestamp,
			SSRC: packet.SSRC, Payload: slices.Clone(packet.Payload),
		})
		a.mu.Unlock()
	}
}

// arrival is when the kernel has had a packet.
func arrival(control []byte) time.Time {
	messages, err := unix.ParseSocketControlMessage(control)
	if err == nil {
		for _, m := range messages {
			if m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SO_TIMESTAMPNS && len(m.Data) >= 16 {
				return time.Unix(int64(binary.NativeEndian.Uint64(m.Data)), int64(binary.NativeEndian.Uint64(m.Data[8:]))) // #nosec G115
			}
		}
	}
	return time.Now()
}
