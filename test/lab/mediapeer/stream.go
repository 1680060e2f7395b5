// SPDX-License-Identifier: MPL-2.0

package mediapeer

import (
	"sync"
	"sync/atomic"
	"time"
)

// Stream is what one peer has heard of the talker that it hears.
type Stream struct {
	Number   int           // of the peer that hears
	Talker   int           // number of the peer that has sent
	Packets  int           // that came, whatever was in them
	Frames   int           // of the talker's that came, each counted once
	Lost     int           // of the talker's that never came, up to the last that did
	Delays   Delays        // from a frame's sending to its arrival
	Longest  time.Duration // between two packets; without a gap it is 20 ms
	Gaps     int           // how often it was more than LongGap, without what the talker itself was late
	SentLate time.Duration // the longest that the talker itself had between two frames
	Quiet    time.Duration // since the last packet, where one has come
}

// LongGap is the time between two packets that is heard as a gap.
const LongGap = 40 * time.Millisecond

// memory is how many frames a talker remembers: 20 s, longer than any delay.
const memory = 1024

// sentTimes are when a talker sent its frames: written by the loop that sends,
// read by the one that receives.
type sentTimes struct {
	next    uint32    // number of the next frame; the sender's own
	at      time.Time // when that is due
	last    time.Time
	times   [memory]atomic.Int64 // Unix nanoseconds
	longest atomic.Int64         // between two frames
}

// due says whether the next frame is. The phase of a talker follows from its number.
func (s *sentTimes) due(now time.Time, number int) bool {
	if s.at.IsZero() {
		s.at = now.Add(time.Duration(number) * 7 % (frameTime / time.Millisecond) * time.Millisecond)
	}
	return !now.Before(s.at)
}

// note keeps the time of the frame that goes out.
func (s *sentTimes) note(now time.Time) {
	if !s.last.IsZero() {
		s.longest.Store(max(s.longest.Load(), int64(now.Sub(s.last))))
	}
	s.last = now
	s.times[s.next%memory].Store(now.UnixNano())
	s.next++
	s.at = s.at.Add(frameTime)
}

// ear is a listener.
type ear struct {
	server *Server
	number int // of its peer

	mu       sync.Mutex
	heard    Stream
	started  bool // a frame has come since reset
	from     uint32
	expected uint32
	last     time.Time
}

// take is given a packet's payload.
func (e *ear) take(payload []byte, at time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard.Packets++
	talker, n, ok := readFrame(payload)
	if !e.last.IsZero() {
		between := at.Sub(e.last)
		e.heard.Longest = max(e.heard.Longest, between)
		if between > LongGap && ok && e.started && talker == e.from && n == e.expected {
			between -= e.sentLate(n)
		}
		if between > LongGap {
			e.heard.Gaps++
		}
	}
	e.last = at
	if !ok {
		return
	}
	if !e.started || talker != e.from {
		e.started, e.from, e.expected = true, talker, n
	}
	switch ahead := int32(n - e.expected); { // #nosec G115 -- serial numbers
	case ahead >= 0:
		e.heard.Lost += int(ahead)
		e.expected = n + 1
	case e.heard.Lost > 0:
		e.heard.Lost-- // it is late, not lost
	default:
		return // a second time
	}
	e.heard.Frames++
	if sent := e.sent(); sent != nil {
		e.heard.Delays.Note(at.Sub(time.Unix(0, sent.times[n%memory].Load())))
	}
}

// sent is what the talker has sent; nil where there is no such talker.
func (e *ear) sent() *sentTimes {
	if talkers := e.server.all(); int(e.from) < len(talkers) {
		return &talkers[e.from].sent
	}
	return nil
}

// sentLate is how much more than 20 ms after the frame before it the talker has sent a frame;
// 0 where it was not more.
func (e *ear) sentLate(n uint32) time.Duration {
	sent := e.sent()
	if sent == nil {
		return 0
	}
	return max(0, time.Duration(sent.times[n%memory].Load()-sent.times[(n-1)%memory].Load())-frameTime)
}

func (e *ear) stream() Stream {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.heard
	s.Number, s.Talker = e.number, int(e.from)
	if sent := e.sent(); e.started && sent != nil {
		s.SentLate = time.Duration(sent.longest.Load())
	}
	return s
}

// quiet is how long ago the last packet came; 0 where none has.
func (e *ear) quiet() time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.last.IsZero() {
		return 0
	}
	return time.Since(e.last)
}

func (e *ear) reset() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard, e.started, e.last = Stream{}, false, time.Time{}
}
