// SPDX-License-Identifier: MPL-2.0

package media

import (
	"encoding/binary"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
)

// pauseAfter is how long the switch may write nothing before its next frame
// begins a new talk spurt: marker bit, and a timestamp moved on by the clock.
const pauseAfter = 60 * time.Millisecond

// stream is a leg's RTP once the keys are there. The media loop alone uses it.
type stream struct {
	leg       *Leg
	path      path
	before    uint64 // dropped on paths before this one
	codec     Codec
	samples   uint32 // of a frame
	protect   *srtp.Context
	unprotect *srtp.Context
	buffer    jitterBuffer
	playout   playout
	in        receiver
	rtcp      reporter
	lossThere lossMeter // of what is sent, as the far end reports it
	dtx       dtx

	header    rtp.Header // of the packet that is opened
	ssrc      uint32
	seq       uint16
	timestamp uint32
	marker    bool
	lastWrite time.Time // when the switch last pushed
	heard     bool      // RTP has come within SilenceTimeout
	silent    bool      // none has: StateSilent was told
	lastHeard time.Time
}

func newStream(l *Leg, codec Codec, p path, protect, unprotect *srtp.Context) *stream {
	st := &stream{
		leg: l, path: p, codec: codec, samples: uint32(codec.FrameSamples()), // #nosec G115 -- 960 at most
		protect: protect, unprotect: unprotect, ssrc: l.ssrc(),
		seq: uint16(newSessionID()), timestamp: uint32(newSessionID()), marker: true, // #nosec G115 -- cut on purpose
		lastHeard: time.Now(),
	}
	st.buffer.reset(st.codec.ClockRate, st.samples)
	st.buffer.opus = codec.Is(Opus)
	st.playout.frame = st.buffer.frame()
	st.rtcp.init(time.Now(), l.cfg.ReportInterval)
	return st
}

// dropped is how many packets have come and found the queue full.
func (st *stream) dropped() uint64 { return st.before + st.path.dropped() }

// receive takes all that waits.
func (st *stream) receive(lp *loop, now time.Time) {
	for {
		n := st.path.receive(&lp.batch)
		for i := range n {
			st.take(lp, lp.batch.packet(i), now)
		}
		if n < batchSize {
			break
		}
	}
	if !st.silent && now.Sub(st.lastHeard) > st.leg.cfg.SilenceTimeout {
		st.heard, st.silent = false, true
		st.leg.states.tell(StateSilent, nil)
	}
}

// take sorts a packet (RFC 7983).
func (st *stream) take(lp *loop, packet []byte, now time.Time) {
	switch classify(packet) {
	case packetRTP:
		st.takeRTP(lp, packet, now)
	case packetRTCP:
		st.takeRTCP(packet, now)
	case packetSTUN:
		st.path.toICE(packet)
	case packetDTLS:
		st.leg.dtls.put(packet, st.path.from())
	}
}

func (st *stream) takeRTP(lp *loop, packet []byte, now time.Time) {
	counts := &st.leg.counts
	opened, err := st.unprotect.DecryptRTP(lp.out[:0], packet, &st.header)
	if err != nil {
		// not authentic, or there already: SRTP's replay protection (RFC 3711 3.3.2)
		if isReplay(err) {
			st.buffer.duplicated++
			counts.duplicated.Store(st.buffer.duplicated)
		}
		return
	}
	if st.header.PayloadType != st.codec.PayloadType {
		return
	}
	payload := rtpPayload(opened)
	if st.in.packet(st.header.SSRC, st.header.SequenceNumber, st.header.Timestamp, st.codec.ClockRate, now) {
		st.buffer.reset(st.codec.ClockRate, st.samples)
	}
	if len(payload) > 0 {
		st.buffer.push(st.header.SequenceNumber, st.header.Timestamp, payload, now)
	}
	counts.packetsIn.Add(1)
	counts.bytesIn.Add(uint64(len(payload)))
	st.lastHeard = now
	if !st.heard {
		st.heard, st.silent = true, false
		st.leg.states.tell(StateReceiving, nil)
	}
}

// play tops up the ring to the switch: what the switch has taken since the
// last turn is the playout clock.
func (st *stream) play(now time.Time) {
	ring := &st.leg.cfg.Rings.ToSwitch
	tail, waiting := ring.Taken()
	st.playout.look(now, tail, ring.Underruns(), waiting)
	if st.playout.starved {
		st.buffer.starved(st.playout.at(now))
	}
	for st.playout.wants(now) {
		slot := ring.Reserve()
		if slot == nil || !st.buffer.pop(slot, st.playout.at(now), st.playout.waiting) {
			break
		}
		st.playout.pushed()
		if slot.Flags&SlotLost != 0 {
			st.leg.counts.concealed.Add(1)
		}
		if slot.Flags&SlotFEC != 0 {
			st.leg.counts.recoverable.Add(1)
		}
		ring.Push()
	}
	counts := &st.leg.counts
	counts.late.Store(st.buffer.late)
	counts.duplicated.Store(st.buffer.duplicated)
	counts.skipped.Store(st.buffer.skipped)
	counts.lost.Store(st.in.lost())
	counts.jitterUs.Store(st.in.jitterMicroseconds(st.codec.ClockRate))
	counts.bufferUs.Store(uint64((st.buffer.depth() + time.Duration(st.playout.waiting)*st.playout.frame) / time.Microsecond)) // #nosec G115 -- not negative
	counts.targetUs.Store(uint64(st.buffer.target / time.Microsecond))
}

// send takes all that the switch has pushed.
func (st *stream) send(lp *loop, now time.Time) {
	ring := &st.leg.cfg.Rings.FromSwitch
	if st.leg.resync.Swap(false) {
		st.pause(now)
	}
	for slot := ring.Peek(); slot != nil; slot = ring.Peek() {
		if now.Sub(st.lastWrite) > pauseAfter {
			st.pause(now)
		}
		st.lastWrite = now
		st.sendSlot(lp, slot)
		ring.Pop()
	}
}

// pause moves the timestamp on by the clock, in whole frames.
func (st *stream) pause(now time.Time) {
	if !st.lastWrite.IsZero() {
		frames := uint32(now.Sub(st.lastWrite) / st.buffer.frame()) // #nosec G115 -- a call is shorter
		st.timestamp += frames * st.samples
	}
	st.marker, st.lastWrite = true, now
}

func (st *stream) sendSlot(lp *loop, slot *Slot) {
	samples := uint32(slot.Samples)
	if samples == 0 {
		samples = st.samples
	}
	defer func() { st.timestamp += samples }()
	payload := slot.Payload()
	if slot.Flags&SlotLost != 0 {
		st.seq++ // the far end sees the loss and conceals it
		return
	}
	if slot.Flags&SlotSilence != 0 || len(payload) == 0 || st.leg.cfg.DTX && st.buffer.opus && st.dtx.hold(payload) {
		st.marker = true
		return
	}
	b := lp.plain[:12+len(payload)]
	b[0], b[1] = 0x80, st.codec.PayloadType
	if st.marker {
		b[1] |= 0x80
		st.marker = false
	}
	binary.BigEndian.PutUint16(b[2:], st.seq)
	binary.BigEndian.PutUint32(b[4:], st.timestamp)
	binary.BigEndian.PutUint32(b[8:], st.ssrc)
	copy(b[12:], payload)
	st.seq++
	sealed, err := st.protect.EncryptRTP(lp.out[:0], b, &st.header)
	if err != nil || st.leg.expired.Load() || !st.path.send(sealed) {
		return
	}
	st.leg.counts.packetsOut.Add(1)
	st.leg.counts.bytesOut.Add(uint64(len(payload)))
	st.rtcp.sent(st.timestamp, len(payload))
}
