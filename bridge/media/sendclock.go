// SPDX-License-Identifier: MPL-2.0

package media

import "time"

const (
	// sendPatience is how long after its time a frame of the switch is waited for, in the midst of
	// speech, before silence takes its place. Janus plays what it gets some 40 ms later (its jitter
	// buffer's margin is two packets).
	sendPatience = 40 * time.Millisecond
	// stoodStill is the longest time between two looks of a loop that has not been held up.
	stoodStill = 3 * tick
	// unstamped is in place of a number of frames where timestamps do not tell it.
	unstamped = -1
	// pausedAfter is how many packets of silence in a row make a pause:
	// in a pause silence goes out when it is due.
	pausedAfter = 5
	// mostAhead is how far ahead of time packets may be sent, after a burst;
	// frames beyond are left out.
	mostAhead = 200 * time.Millisecond
	// mostCatchUp is how much silence is sent at once.
	// A loop that stood still for longer leaves a gap instead.
	mostCatchUp = time.Second
)

// sendClock says when packets go out: one for each frame of time, so that sequence number and
// timestamp tell the time. The switch's frames take the next packets as they come.
// Time is passed in.
//
// Lateness is how much after its due time the next packet is sent. It differs from frame to frame
// as the switch's thread and the network behind it have it; what all frames of a second have in
// common is another clock, and is put right by a packet of silence, or by leaving out a frame.
type sendClock struct {
	frame    time.Duration
	due      time.Time // of the next packet
	silent   int       // packets of silence in a row
	usual    lateness  // of the switch's frames
	lastOut  time.Time // when a frame was last left out
	lastSent time.Time // when the last packet went out
	tooMany  bool      // a frame is to be left out, as soon as another one can take its place
	looked   time.Time // when frames were last looked for
	resumed  time.Time // when that was first done again after the loop had stood still
}

func (c *sendClock) begin(now time.Time, frame time.Duration) {
	*c = sendClock{frame: frame, due: now, silent: pausedAfter, looked: now}
}

// look is called whenever frames of the switch are looked for. Where the loop has stood still, the
// switch's threads most likely have as well, and are waited for as if their time began now.
func (c *sendClock) look(now time.Time) {
	if now.Sub(c.looked) > stoodStill {
		c.resumed = now
	}
	c.looked = now
}

// resuming says that the loop stood still a moment ago, and the switch's threads are waited for.
func (c *sendClock) resuming(now time.Time) bool { return now.Sub(c.resumed) < sendPatience }

// late is how long after its due time the next packet would be sent.
func (c *sendClock) late(now time.Time) time.Duration { return now.Sub(c.due) }

func (c *sendClock) paused() bool { return c.silent >= pausedAfter }

// overdue says that silence takes the place of the next frame, as none of the switch is there.
func (c *sendClock) overdue(now time.Time) bool {
	if c.paused() {
		return c.late(now) >= 0
	}
	return c.late(now) >= sendPatience+max(0, c.usual.least()) && !c.resuming(now)
}

// missing is how many frames the switch has not written before those that wait now. After a pause
// the time tells. Else the switch's own timestamps do: skipped is how many frames are missing by
// these. Where they say nothing (unstamped), the time tells, unless the frames come late, all
// together. waiting is their duration, and last that of the last one.
func (c *sendClock) missing(now time.Time, waiting, last time.Duration, skipped int) int {
	late := c.late(now) - max(0, waiting-last)
	if c.paused() || !c.usual.known() {
		return max(0, int(late/c.frame))
	}
	more := late - c.usual.least() // than the earliest frames of late
	most := int((late + c.frame - 1) / c.frame)
	switch {
	case late <= 0:
		return 0
	case skipped > 0 && more >= time.Duration(skipped)*c.frame-c.frame/2:
		return min(skipped, most)
	case skipped == 0 || c.resuming(now):
	case more >= c.frame*3/2:
		return min(int(more/c.frame), most)
	}
	if c.usual.complete() && c.usual.least() >= c.frame {
		c.usual.shift(-c.frame) // the switch's clock is behind by a frame
		return 1
	}
	return 0
}

// wrote notes when frames of the switch were there, before their first packet is sent.
func (c *sendClock) wrote(now time.Time) {
	switch {
	case c.paused():
		c.usual = lateness{}
	case c.tooMany:
		return // they were held back
	}
	c.usual.observe(now, c.late(now))
}

// waits says that what the switch has written waits for another tick. Where the switch has written
// more frames than time has passed, one a second is to be left out, and to take it out of a steady
// stream would be a gap of two frames. So packets go out further apart until two frames wait. The
// first frame after a silence may be a frame early, so that more than that must have come together.
// waiting is the duration of the frames that are there.
func (c *sendClock) waits(now time.Time, waiting time.Duration) bool {
	switch {
	case c.paused() || c.late(now) >= 0:
		c.tooMany = false
	case c.usual.complete() && c.usual.most() <= -c.frame*3/2 && now.Sub(c.lastOut) >= time.Second:
		c.tooMany = true
	}
	return c.tooMany && waiting < 2*c.frame && now.Sub(c.lastSent) < c.frame*5/4
}

// leaveOut says that the next packet is not to be sent, as there are too many, and there is one
// more for its place, or as it is far too early.
func (c *sendClock) leaveOut(now time.Time, more bool) bool {
	replaced := c.tooMany && more
	if !replaced && c.late(now) > -mostAhead {
		return false
	}
	c.tooMany, c.lastOut = false, now
	c.usual.shift(c.frame)
	return true
}

// ahead says that a frame of silence need not be sent: packets are ahead of time.
func (c *sendClock) ahead(now time.Time) bool { return c.late(now) <= -c.frame }

// sent moves on by what a packet holds.
func (c *sendClock) sent(duration time.Duration, silence bool) {
	c.lastSent = c.looked
	c.due = c.due.Add(duration)
	if silence {
		c.silent++
	} else {
		c.silent = 0
	}
}

// jump is how many frames are passed over, when the loop has stood still for too long.
func (c *sendClock) jump(now time.Time) int {
	if late := c.late(now); late > mostCatchUp {
		return int(late / c.frame)
	}
	return 0
}

// latenessWindow is the time over which lateness is looked at.
const latenessWindow = time.Second

// lateness is the range of lateness in this window and the one before it.
type lateness struct {
	began       [2]time.Time
	low, high   [2]time.Duration
	count       [2]int
	wholeBefore bool // the one before it is a whole window
}

func (l *lateness) observe(now time.Time, late time.Duration) {
	if l.count[0] > 0 && now.Sub(l.began[0]) >= latenessWindow {
		l.wholeBefore = now.Sub(l.began[0]) < 2*latenessWindow
		l.began[1], l.low[1], l.high[1], l.count[1] = l.began[0], l.low[0], l.high[0], l.count[0]
		l.count[0] = 0
	}
	if l.count[0] == 0 {
		l.began[0], l.low[0], l.high[0] = now, late, late
	}
	l.count[0]++
	l.low[0], l.high[0] = min(l.low[0], late), max(l.high[0], late)
}

func (l *lateness) known() bool { return l.count[0] > 0 }

// complete says that a whole window has been seen.
func (l *lateness) complete() bool { return l.wholeBefore && l.count[1] > 0 }

func (l *lateness) least() time.Duration {
	if l.count[1] > 0 {
		return min(l.low[0], l.low[1])
	}
	return l.low[0]
}

func (l *lateness) most() time.Duration {
	if l.count[1] > 0 {
		return max(l.high[0], l.high[1])
	}
	return l.high[0]
}

// shift adds to all that was seen.
func (l *lateness) shift(by time.Duration) {
	for i := range l.low {
		l.low[i] += by
		l.high[i] += by
	}
}
