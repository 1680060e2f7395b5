// SPDX-License-Identifier: MPL-2.0

package media

import (
	"encoding/binary"
	"time"
)

// sender makes a leg's RTP of what the switch writes: a packet for each 20 ms of time, whatever the
// switch does. Janus 1.2.4 and later keep their jitter buffer by sequence number, so a number that
// stands still while time passes makes what follows late.
type sender struct {
	st      *stream
	clock   sendClock
	packets packetizer
	dtx     dtx
	level   uint8        // the number of the extension for levels; 0: Janus does not want them
	squares *g711Squares // nil for Opus

	started    bool
	seq        uint16
	timestamp  uint32
	marker     bool
	lastSource uint32        // timestamp of the latest slot
	lastLength time.Duration // and its duration

	held    uint32 // packets that DTX has left out
	skipped uint64 // frames left out because they were too many for the time
	again   repeater
}

func (o *sender) init(st *stream) {
	o.st = st
	o.packets.init(st.codec)
	o.level = st.codec.LevelID
	switch {
	case st.codec.Is(PCMU):
		o.squares = squaresPCMU
	case st.codec.Is(PCMA):
		o.squares = squaresPCMA
	}
	// below 2^15: a loss before the first wrap would leave SRTP's count of wraps behind (RFC 3711
	// 3.3.1)
	o.seq, o.timestamp, o.marker = uint16(newSessionID())>>1, uint32(newSessionID()), true // #nosec G115 -- cut on purpose
}

// send takes all that the switch has pushed, and puts silence where it has not.
func (st *stream) send(lp *loop, now time.Time) {
	o, ring := &st.out, &st.leg.cfg.Rings.FromSwitch
	st.repeat()
	if st.leg.resync.Swap(false) {
		o.marker = true
	}
	if !o.started {
		o.start(ring, now)
	}
	o.clock.look(now)
	o.passOver(now)
	if ring.Ahead(0) == nil {
		_ = ring.Peek() // which counts, and repairs
		o.fill(lp, now)
		return
	}
	waiting, last := o.waiting(ring)
	if o.clock.waits(now, waiting) {
		return
	}
	for range o.clock.missing(now, waiting, last, o.skippedBefore(ring.Ahead(0))) {
		o.sendSilence(lp)
	}
	o.clock.wrote(now)
	for range RingSlots {
		slot := ring.Peek()
		if slot == nil {
			break
		}
		o.sendSlot(lp, slot, ring.Ahead(1) != nil, now)
		ring.Pop()
	}
}

// waiting is the duration of the frames that the switch has written, and that of the last of them.
func (o *sender) waiting(ring *Ring) (all, last time.Duration) {
	for n := range RingSlots {
		slot := ring.Ahead(n)
		if slot == nil {
			break
		}
		last = o.duration(slot)
		all += last
	}
	return all, last
}

// start begins with what is said now: what waits is as old as the connection took.
func (o *sender) start(ring *Ring, now time.Time) {
	ring.Discard()
	ring.SetLevels(o.level != 0 && o.packets.opus)
	o.clock.begin(now, frameTime)
	o.started = true
}

// passOver leaves a gap where the loop has stood still for more than a second. The number moves on
// by less than would upset SRTP's count of wraps.
func (o *sender) passOver(now time.Time) {
	if frames := o.clock.jump(now); frames > 0 {
		o.clock.sent(time.Duration(frames)*frameTime, true)
		o.timestamp += uint32(frames) * o.st.samples // #nosec G115 -- wraps as it should
		o.seq += uint16(min(frames, 1000))           // #nosec G115 -- bounded
		o.marker = true
	}
}

// fill sends silence for the frames that are overdue.
func (o *sender) fill(lp *loop, now time.Time) {
	for o.clock.overdue(now) {
		o.sendSilence(lp)
	}
}

// skippedBefore is how many frames are missing before a slot by the switch's timestamps, or
// unstamped.
func (o *sender) skippedBefore(first *Slot) int {
	step := first.Timestamp - o.lastSource
	if o.lastLength == 0 || step == 0 || step >= 4*o.st.codec.ClockRate {
		return unstamped
	}
	passed := units(int64(step), o.st.codec.ClockRate)
	skipped := int((passed - o.lastLength) / frameTime)
	if skipped <= 0 && passed != o.lastLength {
		return unstamped
	}
	return skipped
}

// duration is that of a slot, by what the shim says of it.
func (o *sender) duration(slot *Slot) time.Duration {
	samples := uint32(slot.Samples)
	if samples == 0 || samples > o.st.codec.ClockRate/5 {
		samples = o.st.samples
	}
	return units(int64(samples), o.st.codec.ClockRate)
}

// sendSlot sends a frame of the switch; more: another one waits.
func (o *sender) sendSlot(lp *loop, slot *Slot, more bool, now time.Time) {
	o.lastSource, o.lastLength = slot.Timestamp, o.duration(slot)
	payload := slot.Payload()
	switch {
	case slot.Flags&SlotLost != 0:
		o.lose(lp, o.lastLength)
		return
	case slot.Flags&SlotSilence != 0 || !o.packets.begin(payload):
		for range max(1, o.lastLength/frameTime) {
			if !o.clock.ahead(now) {
				o.sendSilence(lp)
			}
		}
		return
	}
	for packet, duration := o.packets.cut(); packet != nil; packet, duration = o.packets.cut() {
		if o.clock.leaveOut(now, more || o.lastLength > frameTime) {
			o.skipped++
			continue
		}
		o.sendPacket(lp, packet, duration, o.levelOf(slot, packet), false)
	}
}

// lose leaves a gap, in number and time, so that the far end sees a loss and conceals it.
func (o *sender) lose(lp *loop, duration time.Duration) {
	o.flush(lp)
	frames := max(1, int(duration/frameTime))
	o.moveOn(time.Duration(frames)*frameTime, false)
}

// levelOf is how loud a packet is, in -dBov and 1; 0: not known.
func (o *sender) levelOf(slot *Slot, packet []byte) uint8 {
	if o.level != 0 && o.squares != nil {
		return o.squares.level(packet) + 1
	}
	return slot.Level
}

// flush sends what the switch has written of the next packet, in front of silence; true:
// there was something.
func (o *sender) flush(lp *loop) bool {
	packet, duration := o.packets.flush()
	if packet == nil {
		return false
	}
	o.sendPacket(lp, packet, duration, 0, false)
	return true
}

// concealFirst is how many frames that the switch has not written are left to the far end's decoder
// to conceal, before there is silence.
const concealFirst = 2

// sendSilence sends a packet in place of one that the switch has not written. Of Opus it is an
// empty one, as an encoder that pauses sends it (RFC 7587 3.1.3): the decoder conceals, and keeps
// what the next frame builds on. Encoded silence would cost the first 60 ms of what follows, as
// CELT tells how loud a frame is by the frame before it.
// Who is told that the packet is silent does not mix what was concealed.
func (o *sender) sendSilence(lp *loop) {
	if o.flush(lp) {
		return
	}
	payload, level := o.packets.silence(), uint8(levelSilence+1)
	switch first := o.clock.silent < concealFirst; {
	case o.packets.opus && first:
		payload, level = o.packets.empty(), 0
	case o.packets.opus && o.level != 0:
		payload = o.packets.empty()
	}
	o.sendPacket(lp, payload, frameTime, level, true)
	if o.clock.paused() {
		o.marker = true // of what follows (RFC 3551 4.1)
	}
}

// moveOn goes on by what a packet holds, sent or not.
func (o *sender) moveOn(duration time.Duration, silence bool) {
	frames := max(1, int(duration/frameTime))
	o.clock.sent(duration, silence)
	o.seq += uint16(frames)                      // #nosec G115 -- wraps as it should
	o.timestamp += uint32(frames) * o.st.samples // #nosec G115 -- wraps as it should
}

func (o *sender) sendPacket(lp *loop, payload []byte, duration time.Duration, level uint8, silence bool) {
	st := o.st
	if st.leg.cfg.DTX && o.packets.opus && o.dtx.hold(payload) {
		// A gap in the numbers as well: RFC 7587 3.1.3 has none, and Janus 1.2.4 and later then
		// play nothing of the 400 ms after it.
		o.held++
		o.marker = true
		o.moveOn(duration, silence)
		return
	}
	b := lp.plain[:12+levelBytes+len(payload)]
	b[0], b[1] = 0x80, st.codec.PayloadType
	if o.marker {
		b[1] |= 0x80
		o.marker = false
	}
	binary.BigEndian.PutUint16(b[2:], o.seq)
	binary.BigEndian.PutUint32(b[4:], o.timestamp)
	binary.BigEndian.PutUint32(b[8:], st.ssrc)
	at := 12
	if o.level != 0 && level != 0 {
		b[0] |= 0x10
		putLevel(b[at:], o.level, min(level-1, levelSilence))
		at += levelBytes
	}
	at += copy(b[at:], payload)
	o.moveOn(duration, silence)
	sealed, err := st.protect.EncryptRTP(lp.out[:0], b[:at], &st.header)
	if err != nil || st.leg.expired.Load() || !st.path.send(sealed) {
		return
	}
	o.again.note(sealed, o.clock.looked)
	st.leg.counts.packetsOut.Add(1)
	st.leg.counts.bytesOut.Add(uint64(len(payload)))
	st.rtcp.sent(len(payload))
}

// timestampAt is the stream's time (RFC 3550 6.4.1: that of the report).
func (o *sender) timestampAt(now time.Time) uint32 {
	return o.timestamp + uint32(int64(o.clock.late(now))*int64(o.st.codec.ClockRate)/int64(time.Second)) // #nosec G115 -- wraps as it should
}
