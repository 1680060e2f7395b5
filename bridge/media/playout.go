// SPDX-License-Identifier: MPL-2.0

package media

import "time"

// playout watches when the switch takes frames, and so knows when it will take
// the one that is pushed next. The loop that watches turns each tick, so it is
// known to a tick, and the early end of it is what counts.
type playout struct {
	frame   time.Duration
	tail    uint32    // of the ring, when last looked at
	due     time.Time // the earliest at which the switch takes its next frame
	waiting int       // frames in the ring
}

// look is called once a turn.
func (p *playout) look(now time.Time, tail uint32, waiting int) {
	if tail != p.tail {
		p.tail, p.due = tail, now.Add(p.frame-tick)
	}
	p.waiting = waiting
}

// pushed counts a frame that was put into the ring.
func (p *playout) pushed() { p.waiting++ }

// at is when the switch takes a frame that is pushed now, at the earliest.
func (p *playout) at(now time.Time) time.Time {
	due := p.due
	if due.Before(now) {
		due = now // it is late, or has not begun
	}
	return due.Add(time.Duration(p.waiting) * p.frame)
}
