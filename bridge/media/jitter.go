// SPDX-License-Identifier: MPL-2.0

package media

import "time"

const (
	// bufferFrames is how many frames the jitter buffer can hold: 640 ms of 20 ms frames.
	bufferFrames = 32
	// minDelay and maxDelay bound what the buffer aims at.
	minDelay = 20 * time.Millisecond
	maxDelay = 200 * time.Millisecond
	// maxStretch is how many frames are concealed in a row while nothing comes;
	// then the stream is taken to have paused, and the buffer fills anew.
	maxStretch = 5
	// shrinkAfter is how long the buffer must have been fuller than it aims at
	// before a frame is dropped, so that delay falls again after a burst and
	// does not creep up when the far clock is faster.
	shrinkAfter = time.Second
	// spreadSlots of one second each are remembered to find the spread of delays.
	spreadSlots = 5
)

// entry is a packet in the buffer.
type entry struct {
	filled  bool
	seq     uint16
	ts      uint32
	length  uint16
	payload [SlotData]byte
}

// jitterBuffer puts packets back in order and evens out their delays. Time is
// passed in and playout is driven by the consumer: pop is one frame.
//
// It aims at the spread of delays over the last seconds, between minDelay and
// maxDelay.
type jitterBuffer struct {
	clock   uint32 // Hz
	samples uint32 // of a frame

	entries [bufferFrames]entry
	started bool   // a packet has come, next and highest count
	playing bool   // false while the buffer fills
	next    uint16 // to be played
	highest uint16 // come so far
	nextTS  uint32 // of the frame to be played
	held    int    // entries filled
	stretch int    // frames concealed in a row for want of packets
	owed    int    // of those, how many stand for frames that may yet prove lost
	mark    bool   // the next frame is the first after a pause

	spread    spread
	target    time.Duration
	fullSince time.Time // since when the buffer is fuller than it aims at

	late, duplicated, lost uint64
}

// spread is the range of transit times, by second.
type spread struct {
	origin   time.Time
	ts       uint32
	valid    bool
	second   int64
	lowest   [spreadSlots]time.Duration
	furthest [spreadSlots]time.Duration
	used     [spreadSlots]bool
}

func (j *jitterBuffer) reset(clock, samples uint32) {
	late, duplicated, lost := j.late, j.duplicated, j.lost
	*j = jitterBuffer{clock: clock, samples: samples, target: 2 * minDelay, late: late, duplicated: duplicated, lost: lost}
}

// ahead is how far seq is after other, in sequence arithmetic (RFC 3550 A.1).
func ahead(seq, other uint16) int { return int(int16(seq - other)) } // #nosec G115 -- wraps on purpose

// push takes a packet.
func (j *jitterBuffer) push(seq uint16, ts uint32, payload []byte, now time.Time) {
	if len(payload) > SlotData {
		return
	}
	if !j.started || ahead(seq, j.next) >= 4*bufferFrames || ahead(seq, j.next) < -4*bufferFrames {
		j.restart(seq, ts)
	}
	j.target = j.spread.observe(now, ts, j.clock)
	if ahead(seq, j.next) < 0 {
		if j.playing || !j.moveBack(seq, ts) {
			j.late++
			return
		}
	}
	for ahead(seq, j.next) >= bufferFrames { // overfull: the oldest go
		j.skip()
	}
	e := &j.entries[seq%bufferFrames]
	if e.filled && e.seq == seq {
		j.duplicated++
		return
	}
	*e = entry{filled: true, seq: seq, ts: ts, length: uint16(len(payload)), payload: e.payload} // #nosec G115 -- bounded
	copy(e.payload[:], payload)
	j.held++
	if ahead(seq, j.highest) > 0 {
		j.highest = seq
	}
}

// restart begins anew at a packet: the first, or one from far away.
func (j *jitterBuffer) restart(seq uint16, ts uint32) {
	for i := range j.entries {
		j.entries[i].filled = false
	}
	j.held, j.stretch, j.owed = 0, 0, 0
	j.started, j.playing, j.mark = true, false, true
	j.next, j.highest, j.nextTS = seq, seq, ts
	j.spread = spread{}
}

// moveBack lets a packet in that is older than the first one, while nothing
// has been played.
func (j *jitterBuffer) moveBack(seq uint16, ts uint32) bool {
	if ahead(j.highest, seq) >= bufferFrames {
		return false
	}
	j.next, j.nextTS = seq, ts
	return true
}

// skip drops the frame that is next, there or not.
func (j *jitterBuffer) skip() {
	if e := j.first(); e != nil {
		e.filled = false
		j.held--
		j.nextTS = e.ts + j.samples
	} else {
		j.nextTS += j.samples
		j.lost++
	}
	j.next++
}

// depth is what the buffer holds, gaps included.
func (j *jitterBuffer) depth() time.Duration {
	if j.held == 0 {
		return 0
	}
	return time.Duration(ahead(j.highest, j.next)+1) * j.frame()
}

func (j *jitterBuffer) frame() time.Duration {
	return time.Duration(j.samples) * time.Second / time.Duration(j.clock)
}

// pop fills a slot with the next frame; false: there is none to be played.
func (j *jitterBuffer) pop(slot *Slot, now time.Time) bool {
	if !j.started {
		return false
	}
	if !j.playing {
		if j.held == 0 || j.depth() < j.target {
			return false
		}
		j.playing, j.fullSince = true, time.Time{}
		j.toFirst()
	}
	j.shrink(now)
	if j.held == 0 {
		return j.underrun(slot)
	}
	j.stretch = 0
	e := j.first()
	for e == nil && j.owed > 0 { // it has been concealed already
		j.owed--
		j.skip()
		e = j.first()
	}
	if e == nil {
		j.put(slot, SlotLost, nil)
		j.skip()
		return true
	}
	j.owed = 0
	if pause := int32(e.ts - j.nextTS); pause >= int32(j.samples) && pause < int32(j.clock) { // #nosec G115 -- wraps on purpose
		// The sender was silent (DTX): no packet is missing. Silence is played
		// only as long as it takes to keep the delay.
		if j.depth() <= j.target {
			j.put(slot, SlotSilence, nil)
			j.nextTS += j.samples
			j.mark = true
			return true
		}
	}
	j.nextTS = e.ts
	j.put(slot, 0, e.payload[:e.length])
	j.skip()
	return true
}

// first is the packet that is next, nil when it is missing.
func (j *jitterBuffer) first() *entry {
	if e := &j.entries[j.next%bufferFrames]; e.filled && e.seq == j.next {
		return e
	}
	return nil
}

// toFirst leaves out what is missing before the first packet.
func (j *jitterBuffer) toFirst() {
	for j.held > 0 {
		if e := j.first(); e != nil {
			j.nextTS = e.ts
			return
		}
		j.next++
	}
}

func (j *jitterBuffer) put(slot *Slot, flags uint16, payload []byte) {
	if flags == 0 && j.mark {
		flags, j.mark = SlotMark, false
	}
	slot.Set(j.nextTS, j.next, flags, uint16(j.samples), payload) // #nosec G115 -- 960 at most
}

// underrun conceals without going on in the stream: should the packets be late
// and not lost, they are still played, and the delay has grown by as much.
func (j *jitterBuffer) underrun(slot *Slot) bool {
	j.stretch++
	if j.stretch > maxStretch {
		j.playing, j.mark, j.stretch, j.owed = false, true, 0, 0
		return false
	}
	j.owed++
	j.put(slot, SlotLost, nil)
	return true
}

// shrink drops a frame when the buffer has long held more than it aims at, and
// many at once when it is hopelessly behind: the consumer had not begun yet.
func (j *jitterBuffer) shrink(now time.Time) {
	frame := j.frame()
	if j.depth() > maxDelay+j.target {
		for j.depth() > j.target+frame {
			j.skip()
		}
		return
	}
	if j.depth() <= j.target+frame {
		j.fullSince = time.Time{}
		return
	}
	if j.fullSince.IsZero() {
		j.fullSince = now
	} else if now.Sub(j.fullSince) >= shrinkAfter {
		j.fullSince = now
		j.skip()
	}
}

// observe takes the transit time of a packet and returns the delay that covers
// the spread of the last seconds. Older seconds are forgotten, so that clock
// drift does not add up.
func (s *spread) observe(now time.Time, ts, clock uint32) time.Duration {
	if !s.valid {
		*s = spread{origin: now, ts: ts, valid: true}
	}
	sent := time.Duration(int32(ts-s.ts)) * time.Second / time.Duration(clock) // #nosec G115 -- wraps on purpose
	transit := now.Sub(s.origin) - sent
	if lowest, furthest, known := s.limits(); known && (transit > lowest+2*maxDelay || transit < furthest-2*maxDelay) {
		s.valid = false // no jitter: the stream stood still, or was started anew
		return minDelay
	}
	second := int64(now.Sub(s.origin) / time.Second)
	for i := s.second + 1; i <= second && i <= s.second+spreadSlots; i++ {
		s.used[i%spreadSlots] = false
	}
	s.second = max(s.second, second)
	slot := s.second % spreadSlots
	if !s.used[slot] {
		s.used[slot], s.lowest[slot], s.furthest[slot] = true, transit, transit
	}
	s.lowest[slot], s.furthest[slot] = min(s.lowest[slot], transit), max(s.furthest[slot], transit)
	lowest, furthest, _ := s.limits()
	return min(max(furthest-lowest, minDelay), maxDelay)
}

// limits are the lowest and furthest transit times of the seconds remembered.
func (s *spread) limits() (lowest, furthest time.Duration, known bool) {
	for i, used := range s.used {
		if !used {
			continue
		}
		if !known {
			lowest, furthest, known = s.lowest[i], s.furthest[i], true
		}
		lowest, furthest = min(lowest, s.lowest[i]), max(furthest, s.furthest[i])
	}
	return lowest, furthest, known
}
