// SPDX-License-Identifier: MPL-2.0

package media

import (
	"time"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
)

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

	header    rtp.Header // of the packet that is opened
	ssrc      uint32
	offered   uint8 // payload type of the codec in the offer; the answer may have another
	out       sender
	heard     bool // RTP has come within SilenceTimeout
	silent    bool // none has: StateSilent was told
	lastHeard time.Time
	began     time.Time // when DTLS was up
}

func newStream(l *Leg, codec Codec, p path, protect, unprotect *srtp.Context) *stream {
	st := &stream{
		leg: l, path: p, codec: codec, samples: uint32(codec.FrameSamples()), // #nosec G115 -- 960 at most
		protect: protect, unprotect: unprotect, ssrc: l.ssrc(),
	}
	st.began = time.Now()
	st.lastHeard = st.began
	st.offered = codec.PayloadType
	for _, offered := range l.cfg.Codecs {
		if offered.Is(codec) {
			st.offered = offered.PayloadType
		}
	}
	st.buffer.reset(st.codec.ClockRate, st.samples)
	st.buffer.opus = codec.Is(Opus)
	st.out.init(st)
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
		st.followPath(st.path.takeSTUN(packet, now))
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
	// packets to us should have the number of the offer (RFC 3264 6.1), and many servers use that
	// of their answer both ways
	if st.header.PayloadType != st.codec.PayloadType && st.header.PayloadType != st.offered {
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
		st.leg.timings.audio.CompareAndSwap(0, int64(max(1, now.Sub(st.began))))
		st.leg.states.tell(StateReceiving, nil)
	}
}

// play pushes the frames that are due to the ring to the switch, and notes that somebody may wait
// for them.
func (st *stream) play(lp *loop, now time.Time) {
	ring := &st.leg.cfg.Rings.ToSwitch
	tail, waiting := ring.Taken()
	st.playout.look(now, tail, waiting)
	pushed := false
	for {
		slot := &lp.passedOver
		if st.playout.room(now) {
			slot = ring.Reserve()
		}
		if !st.buffer.pop(slot, now) {
			break
		}
		if slot.Flags&SlotLost != 0 {
			st.leg.counts.concealed.Add(1)
		}
		if slot.Flags&SlotFEC != 0 {
			st.leg.counts.recoverable.Add(1)
		}
		if slot != &lp.passedOver {
			ring.Push()
			st.playout.waiting++
			pushed = true
		}
	}
	ring.SetRunning(st.buffer.playing)
	if pushed {
		lp.pushed = append(lp.pushed, st.leg)
	}
	if pushed || !st.buffer.playing {
		st.count()
	}
}

// count tells the figures of what is heard.
func (st *stream) count() {
	counts := &st.leg.counts
	counts.late.Store(st.buffer.late)
	counts.duplicated.Store(st.buffer.duplicated)
	counts.skipped.Store(st.buffer.skipped + st.out.skipped)
	counts.lost.Store(st.in.lost())
	counts.jitterUs.Store(st.in.jitterMicroseconds(st.codec.ClockRate))
	counts.bufferUs.Store(uint64(max(0, st.buffer.holds()) / time.Microsecond)) // #nosec G115 -- not negative
	counts.targetUs.Store(uint64(st.buffer.target / time.Microsecond))
}
