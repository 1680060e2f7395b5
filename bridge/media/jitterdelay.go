// SPDX-License-Identifier: MPL-2.0

package media

import "time"

const (
	// slew is how much sooner or later a frame is played than a frame time after the one before it,
	// where the delay is not what the buffer aims at.
	slew = time.Millisecond
	// leaveOutAfter is how long the delay must have been a frame above what the buffer aims at
	// before a frame that is missing is left out, and not concealed.
	leaveOutAfter = 200 * time.Millisecond
	// youngFor is how long a stream's jitter is not known yet.
	youngFor = time.Second
	// youngDelay is aimed at meanwhile.
	youngDelay = 10 * time.Millisecond
)

// aim sets the target: the spread of the last seconds, in the time at which packets are seen, less
// what a frame may be late and still be played. Where packets are lost and the one after a lost one
// carries it, that is worth the delay of a frame.
func (j *jitterBuffer) aim(now time.Time) {
	j.target = max(0, j.spread.cover-grace/2)
	if now.Sub(j.startedAt) < youngFor {
		j.target = max(j.target, youngDelay)
	}
	if j.fecLeft > 0 && j.loss.often() {
		j.target += j.frame()
	}
	j.target = min(j.target, maxDelay)
}

// moveOn says when the frame after this one is due: a frame time later, and a little sooner or
// later than that as long as the delay is not what is aimed at. It is not made shorter than the
// frames of the last second would have stood.
func (j *jitterBuffer) moveOn() {
	j.due = j.due.Add(j.frame())
	switch excess := j.holds() - j.target; {
	case excess > 0 && j.margin.known():
		j.due = j.due.Add(-max(0, min(excess, j.margin.least(), slew)))
	case excess < 0:
		j.due = j.due.Add(min(-excess, slew))
	}
}

// depth is what the buffer holds, gaps included.
func (j *jitterBuffer) depth() time.Duration {
	if j.held == 0 {
		return 0
	}
	return time.Duration(ahead(j.highest, j.next)+1) * j.frame()
}

// holds is how long a frame waits here: the delay at which the next one is played, taking those
// that were concealed for lost; 0 in a pause.
func (j *jitterBuffer) holds() time.Duration {
	if !j.playing {
		return 0
	}
	return j.spread.delay(j.due, j.nextTS, j.clock) - time.Duration(j.owed)*j.frame()
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

// shrink leaves out a missing frame when the delay is more than the buffer aims at anyway, and many
// frames at once when it is hopelessly behind.
func (j *jitterBuffer) shrink(at time.Time) {
	frame := j.frame()
	if j.depth() > maxDelay+j.target {
		for j.depth() > frame && j.depth() > j.target+frame {
			j.leaveOut()
		}
	}
	if j.held == 0 {
		return
	}
	// the second condition: a path that has become longer is not made shorter by leaving frames out
	if j.delay(at) < j.target+frame || j.depth() < frame+frame/2 {
		j.fullSince = time.Time{}
		return
	}
	if j.fullSince.IsZero() {
		j.fullSince = at
	}
	if j.first() == nil && at.Sub(j.fullSince) >= leaveOutAfter {
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
