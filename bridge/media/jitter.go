// SPDX-License-Identifier: MPL-2.0

package media

import (
	"slices"
	"time"
)

const (
	// bufferFrames is how many frames the jitter buffer can hold: 640 ms of 20 ms frames.
	bufferFrames = 32
	// maxDelay bounds what the buffer aims at.
	maxDelay = 200 * time.Millisecond
	// early is how much before its time a frame is played, as the loop looks once a tick.
	early = tick / 2
	// grace is how long a frame that is not there is waited for before it is concealed. Whoever
	// hears it has a buffer of his own, or mixes what has come.
	grace = 10 * time.Millisecond
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
	seen    time.Time // when the loop took it
	payload []byte
}

const (
	// usualPayload is what a payload has room for from the start: 20 ms of Opus at 64 kb/s, or of
	// G.711. A larger one makes its room grow once.
	usualPayload = 160
	// usualFrames is for how many frames there is room from the start. More wait where there is
	// much jitter, and make room once.
	usualFrames = 4
)

// jitterBuffer puts packets back in order, evens out their delays, and says when each frame is to
// be played. Time is passed in; pop is one frame.
//
// The delay of a frame is the time from the earliest possible arrival of its packet, as the fastest
// of the last seconds came, until it is played. The buffer aims at a delay that covers the spread
// of the last seconds, up to maxDelay: nothing where there is no jitter. It begins a talk spurt at
// that delay. The delay grows by itself when packets are late, as what was concealed meanwhile is
// played all the same, and falls again as frames follow each other a little faster. So the clock of
// playing is the sender's.
type jitterBuffer struct {
	clock   uint32 // Hz
	samples uint32 // of a frame
	opus    bool   // a packet may carry the frame before it as well: FEC
	fecLeft int    // packets for which it counts that one has

	entries [bufferFrames]entry
	rooms   [][]byte  // of payloads that are over, to be used again
	started bool      // a packet has come, next and highest count
	begun   bool      // a frame has been played since: nothing before next is of use
	playing bool      // false while a talk spurt is awaited
	next    uint16    // to be played
	highest uint16    // come so far
	nextTS  uint32    // of the frame to be played
	held    int       // entries filled
	stretch int       // frames concealed in a row for want of packets
	owed    int       // of those, how many stand for frames that may yet prove lost
	due     time.Time // when the next frame is to be played, while playing
	margin  lateness  // how long frames had been there by then
	mark    bool      // the next frame is the first after a pause
	quiet   bool      // the last frame played announced a pause

	strayed bool   // the last packet was far from the stream
	stray   uint16 // and this is its number

	loss      lossRate
	spread    spread
	target    time.Duration
	startedAt time.Time
	fullSince time.Time // since when the delay is a frame above what the buffer aims at

	late, duplicated, lost, skipped uint64
}

// reset makes the buffer one for a new stream; the counters go on.
func (j *jitterBuffer) reset(clock, samples uint32) {
	for i := range j.entries {
		if e := &j.entries[i]; e.filled {
			j.clear(e)
		}
		j.entries[i].known = false
	}
	if j.rooms == nil {
		room := make([]byte, usualFrames*usualPayload)
		for payload := range slices.Chunk(room, usualPayload) {
			j.rooms = append(j.rooms, payload[:0])
		}
	}
	j.clock, j.samples, j.target = clock, samples, youngDelay
	j.started, j.playing, j.strayed = false, false, false
	j.spread, j.loss = spread{}, lossRate{}
}

// clear empties a place, and keeps the room of its payload.
func (j *jitterBuffer) clear(e *entry) {
	j.rooms = append(j.rooms, e.payload[:0])
	e.filled, e.payload = false, nil
	j.held--
}

// room is an empty one for a payload.
func (j *jitterBuffer) room() (payload []byte) {
	last := len(j.rooms) - 1
	if last < 0 {
		return make([]byte, 0, usualPayload)
	}
	payload, j.rooms = j.rooms[last], j.rooms[:last]
	return payload
}

// ahead is how far seq is after other, in sequence arithmetic (RFC 3550 A.1).
func ahead(seq, other uint16) int { return int(int16(seq - other)) } // #nosec G115 -- wraps on purpose

// push takes a packet.
func (j *jitterBuffer) push(seq uint16, ts uint32, payload []byte, now time.Time) {
	if len(payload) > SlotData || !j.belongs(seq, ts, now) {
		return
	}
	j.spread.observe(now, ts, j.clock)
	if j.opus && carriesFEC(payload) {
		j.fecLeft = fecWindow
	} else if j.fecLeft > 0 {
		j.fecLeft--
	}
	j.aim(now)
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
	e.filled, e.known, e.seq, e.ts, e.seen = true, true, seq, ts, now
	e.payload = append(j.room(), payload...)
	j.held++
	if ahead(seq, j.highest) > 0 {
		j.highest = seq
	}
}

// belongs says whether a packet is of the stream, and begins anew at the first
// one, or where two in a row are far away (RFC 3550 A.1): one alone has strayed.
func (j *jitterBuffer) belongs(seq uint16, ts uint32, now time.Time) bool {
	distance := ahead(seq, j.next)
	switch near := distance < 4*bufferFrames && distance >= -4*bufferFrames; {
	case j.started && near:
		j.strayed = false
		return true
	case j.started && (!j.strayed || seq != j.stray+1):
		j.strayed, j.stray = true, seq
		return false
	}
	j.restart(seq, ts, now)
	return true
}

// restart begins anew at a packet: the first, or one from far away.
func (j *jitterBuffer) restart(seq uint16, ts uint32, now time.Time) {
	j.reset(j.clock, j.samples)
	j.stretch, j.owed = 0, 0
	j.started, j.begun, j.mark = true, false, true
	j.next, j.highest, j.nextTS = seq, seq, ts
	j.fullSince, j.startedAt, j.margin = time.Time{}, now, lateness{}
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
		j.clear(e)
		j.nextTS = e.ts + j.samples
	} else {
		j.nextTS += j.samples
		j.lost++
	}
	j.next++
}

// pop fills a slot with the next frame, if that is due. false: none is, or there is none to be
// played.
func (j *jitterBuffer) pop(slot *Slot, now time.Time) bool {
	if !j.started || !j.playing && !j.begin(now) || now.Before(j.due.Add(-early)) {
		return false
	}
	j.shrink(j.due)
	if !j.settle(slot, j.due) && !j.next20ms(slot, now) {
		return false
	}
	j.begun = true
	j.moveOn()
	return true
}

// next20ms fills a slot with what is to be heard next. false: nothing is, or a frame is waited for.
func (j *jitterBuffer) next20ms(slot *Slot, now time.Time) bool {
	e := j.first()
	switch {
	case e == nil && now.Before(j.due.Add(grace)):
		return false
	case e == nil && j.held == 0:
		return j.underrun(slot)
	case e == nil:
		j.conceal(slot, j.due)
	case j.pausing(e) && j.delay(j.due) < j.target:
		j.put(slot, SlotSilence, nil)
		j.nextTS += j.samples
		j.mark = true
	default:
		j.play(slot, e, now)
	}
	return true
}

// play fills a slot with a packet. One that has come late is played at once, and what follows as
// much later, as long as the delay is below what is aimed at.
func (j *jitterBuffer) play(slot *Slot, e *entry, now time.Time) {
	if late := now.Sub(j.due); late > early {
		j.due = j.due.Add(max(0, min(late, j.target-j.delay(j.due))))
	}
	j.margin.observe(now, j.due.Sub(e.seen))
	j.stretch, j.owed = 0, 0
	j.nextTS = e.ts
	j.put(slot, 0, e.payload)
	j.quiet = len(e.payload) <= dtxBytes
	j.skip()
}

// begin starts a talk spurt, when its first frame has waited as long as the delay is to be.
func (j *jitterBuffer) begin(now time.Time) bool {
	if j.held == 0 {
		return false
	}
	for j.first() == nil { // what is missing is part of the pause
		j.next++
	}
	if j.delay(now) < j.target-early {
		return false
	}
	j.playing, j.due, j.fullSince = true, now, time.Time{}
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
