// SPDX-License-Identifier: MPL-2.0

package media

import "time"

const (
	// shrinkAfter is how long the delay must have been above what the buffer aims at
	// before a frame is dropped, so that delay falls again after a burst and
	// does not creep up when the far clock is faster.
	shrinkAfter = time.Second
	// shrinkFreeAfter is the same where the frame is missing anyway.
	shrinkFreeAfter = 200 * time.Millisecond
)

// aim sets the target. Arrivals are known to a tick. Where packets are lost and
// the one after a lost one carries it, that is worth the delay of a frame.
func (j *jitterBuffer) aim() {
	j.target = max(j.spread.cover+tick/2, minDelay)
	if j.fecLeft > 0 && j.loss.often() {
		j.target += j.frame()
	}
	j.target = min(j.target, maxDelay)
}

// starved notes that the switch has found nothing. The next frame, if it is
// there now, comes too late, whatever was late: its delay is to be covered.
func (j *jitterBuffer) starved(at time.Time) {
	if j.playing && j.first() != nil {
		j.spread.require(j.delay(at))
		j.aim()
	}
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

// delay is that of the next frame, if the switch takes it at the given time.
func (j *jitterBuffer) delay(at time.Time) time.Duration {
	ts := j.nextTS
	if e := j.first(); e != nil {
		ts = e.ts
	}
	return j.spread.delay(at, ts, j.clock)
}

// shrink leaves out a frame when the delay has long been more than the buffer
// aims at, and many at once when it is hopelessly behind: the switch had not
// begun yet.
func (j *jitterBuffer) shrink(at time.Time, waiting int) {
	frame := j.frame()
	inRing := time.Duration(waiting) * frame
	if j.depth()+inRing > maxDelay+j.target {
		for j.depth() > frame && j.depth()+inRing > j.target+frame {
			j.leaveOut()
		}
	}
	if j.held == 0 {
		return
	}
	// the second condition: a path that has become longer is not made shorter by leaving frames out
	if j.delay(at) < j.target+frame || j.depth()+inRing < minDelay+frame {
		j.fullSince = time.Time{}
		return
	}
	if j.fullSince.IsZero() {
		j.fullSince = at
	}
	patience := shrinkAfter
	if j.first() == nil && waiting == 0 {
		patience = shrinkFreeAfter
	}
	if at.Sub(j.fullSince) >= patience {
		j.fullSince = at
		j.leaveOut()
	}
}

// leaveOut is skip where a frame is left out that might have been played.
func (j *jitterBuffer) leaveOut() {
	if j.first() != nil {
		j.skipped++
	}
	j.skip()
}
