// SPDX-License-Identifier: MPL-2.0

package media

import "time"

const (
	// bufferFrames is how many frames the jitter buffer can hold: 640 ms of 20 ms frames.
	bufferFrames = 32
	// minDelay and maxDelay bound what the buffer aims at. The switch takes a frame every 20 ms:
	// the delay of a path without jitter is therefore between minDelay and 20 ms more, 25 on
	// average; a packet is seen up to a tick after it came.
	minDelay = 15 * time.Millisecond
	maxDelay = 200 * time.Millisecond
	// dtxBytes is the longest Opus packet that says that the sender is silent from now on (RFC 7587
	// 3.1.3; libopus, opus_encode). No frame of G.711 is so short.
	dtxBytes = 2
)

// entry is a place in the buffer. It keeps its packet's number when that has
// been played, so that a duplicate is known.
type entry struct {
	filled  bool
	known   bool // seq counts
	seq     uint16
	ts      uint32
	payload []byte // its room is used again
}

// usualPayload is what there is room for from the start: 20 ms of Opus at 64 kb/s, or of G.711. A
// larger frame makes its place grow once.
const usualPayload = 160

// jitterBuffer puts packets back in order and evens out their delays. Time is
// passed in and playout is driven by the consumer: pop is one frame.
//
// The delay of a frame is the time from the earliest possible arrival of its
// packet, as the fastest of the last seconds came, until the switch takes it.
// The buffer aims at a delay that covers the spread of the last seconds, between
// minDelay and maxDelay. It begins a talk spurt at that delay. The delay grows by
// itself when packets are late, as what was concealed meanwhile is played all the same,
// and falls again by leaving out a frame now and then.
type jitterBuffer struct {
	clock   uint32 // Hz
	samples uint32 // of a frame
	opus    bool   // a packet may carry the frame before it as well: FEC
	fecLeft int    // packets for which it counts that one has

	entries [bufferFrames]entry
	started bool   // a packet has come, next and highest count
	begun   bool   // a frame has been played since: nothing before next is of use
	playing bool   // false while a talk spurt is awaited
	next    uint16 // to be played
	highest uint16 // come so far
	nextTS  uint32 // of the frame to be played
	held    int    // entries filled
	stretch int    // frames concealed in a row for want of packets
	owed    int    // of those, how many stand for frames that may yet prove lost
	mark    bool   // the next frame is the first after a pause
	quiet   bool   // the last frame played announced a pause

	strayed bool   // the last packet was far from the stream
	stray   uint16 // and this is its number

	loss      lossRate
	spread    spread
	target    time.Duration
	fullSince time.Time // since when the delay is above what the buffer aims at

	late, duplicated, lost, skipped uint64
}

// reset makes the buffer one for a new stream; the counters go on.
func (j *jitterBuffer) reset(clock, samples uint32) {
	for i := range j.entries {
		j.entries[i].filled, j.entries[i].known = false, false
	}
	if j.entries[0].payload == nil {
		room := make([]byte, bufferFrames*usualPayload)
		for i := range j.entries {
			j.entries[i].payload = room[i*usualPayload : i*usualPayload : (i+1)*usualPayload]
		}
	}
	j.clock, j.samples, j.target = clock, samples, minDelay
	j.started, j.playing, j.strayed = false, false, false
	j.held = 0
	j.spread, j.loss = spread{}, lossRate{}
}

// ahead is how far seq is after other, in sequence arithmetic (RFC 3550 A.1).
func ahead(seq, other uint16) int { return int(int16(seq - other)) } // #nosec G115 -- wraps on purpose

// push takes a packet.
func (j *jitterBuffer) push(seq uint16, ts uint32, payload []byte, now time.Time) {
	if len(payload) > SlotData || !j.belongs(seq, ts) {
		return
	}
	j.spread.observe(now, ts, j.clock)
	if j.opus && carriesFEC(payload) {
		j.fecLeft = fecWindow
	} else if j.fecLeft > 0 {
		j.fecLeft--
	}
	j.aim()
	e := &j.entries[seq%bufferFrames]
	if e.known && e.seq == seq {
		j.duplicated++
		return
	}
	if ahead(seq, j.next) < 0 && !j.moveBack(seq, ts) {
		j.late++
		return
	}
	for ahead(seq, j.next) >= bufferFrames { // overfull: the oldest go
		j.skip()
	}
	e.filled, e.known, e.seq, e.ts = true, true, seq, ts
	e.payload = append(e.payload[:0], payload...)
	j.held++
	if ahead(seq, j.highest) > 0 {
		j.highest = seq
	}
}

// belongs says whether a packet is of the stream, and begins anew at the first
// one, or where two in a row are far away (RFC 3550 A.1): one alone has strayed.
func (j *jitterBuffer) belongs(seq uint16, ts uint32) bool {
	distance := ahead(seq, j.next)
	switch near := distance < 4*bufferFrames && distance >= -4*bufferFrames; {
	case j.started && near:
		j.strayed = false
		return true
	case j.started && (!j.strayed || seq != j.stray+1):
		j.strayed, j.stray = true, seq
		return false
	}
	j.restart(seq, ts)
	return true
}

// restart begins anew at a packet: the first, or one from far away.
func (j *jitterBuffer) restart(seq uint16, ts uint32) {
	j.reset(j.clock, j.samples)
	j.stretch, j.owed = 0, 0
	j.started, j.begun, j.mark = true, false, true
	j.next, j.highest, j.nextTS = seq, seq, ts
	j.fullSince = time.Time{}
}

// moveBack lets a packet in that is older than the first one, while nothing
// has been played.
func (j *jitterBuffer) moveBack(seq uint16, ts uint32) bool {
	if j.begun || ahead(j.highest, seq) >= bufferFrames {
		return false
	}
	j.next, j.nextTS = seq, ts
	return true
}

// skip goes past the frame that is next, there or not.
func (j *jitterBuffer) skip() {
	e := j.first()
	j.loss.count(e == nil)
	if e != nil {
		e.filled = false
		j.held--
		j.nextTS = e.ts + j.samples
	} else {
		j.nextTS += j.samples
		j.lost++
	}
	j.next++
}

// pop fills a slot with the next frame, which the switch will take at the given
// time, after those that wait for it already. false: there is none to be
// played, or none yet: a missing one is waited for as long as others wait.
func (j *jitterBuffer) pop(slot *Slot, at time.Time, waiting int) bool {
	if !j.started || !j.playing && !j.begin(at) {
		return false
	}
	j.shrink(at, waiting)
	if waiting == 0 && j.settle(slot, at) {
		return true
	}
	e := j.first()
	switch {
	case e == nil && waiting > 0:
		return false
	case e == nil && j.held == 0:
		return j.underrun(slot)
	case e == nil:
		j.conceal(slot, at)
	case j.pausing(e) && j.delay(at) < j.target:
		j.put(slot, SlotSilence, nil)
		j.nextTS += j.samples
		j.mark = true
	default:
		j.stretch, j.owed = 0, 0
		j.nextTS = e.ts
		j.put(slot, 0, e.payload)
		j.quiet = len(e.payload) <= dtxBytes
		j.skip()
	}
	j.begun = true
	return true
}

// begin starts a talk spurt, when its first frame has waited as long as the delay is to be.
func (j *jitterBuffer) begin(at time.Time) bool {
	if j.held == 0 {
		return false
	}
	for j.first() == nil { // what is missing is part of the pause
		j.next++
	}
	if j.delay(at) < j.target {
		return false
	}
	j.playing, j.fullSince = true, time.Time{}
	return true
}

// pausing says that the sender was silent before this packet (DTX): its
// timestamp is ahead of its number, and no packet is missing.
func (j *jitterBuffer) pausing(e *entry) bool {
	pause := int32(e.ts - j.nextTS)                            // #nosec G115 -- wraps on purpose
	return pause >= int32(j.samples) && pause < int32(j.clock) // #nosec G115 -- a frame, a second
}

// first is the packet that is next, nil when it is missing.
func (j *jitterBuffer) first() *entry { return j.at(j.next) }

// at is the packet of a number, nil when it is not there.
func (j *jitterBuffer) at(seq uint16) *entry {
	if e := &j.entries[seq%bufferFrames]; e.filled && e.seq == seq {
		return e
	}
	return nil
}

func (j *jitterBuffer) put(slot *Slot, flags uint16, payload []byte) {
	if flags == 0 && j.mark {
		flags, j.mark = SlotMark, false
	}
	slot.Set(j.nextTS, j.next, flags, uint16(j.samples), payload) // #nosec G115 -- 960 at most
}
