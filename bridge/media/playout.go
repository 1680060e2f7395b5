// SPDX-License-Identifier: MPL-2.0

package media

import "time"

const (
	// ringTarget is how many frames the ring to the switch is topped up to. What
	// is there and in order may as well wait in the ring: then a turn of the loop that
	// comes late is no harm.
	ringTarget = 8
	// idleTarget is the same while the switch does not read: what it then gets first is old.
	idleTarget = 2
	// idleAfter is when the switch is taken not to read.
	idleAfter = 100 * time.Millisecond
)

// playout watches when the switch takes frames, and so knows when it will take the one that is
// pushed next. The switch takes one frame each frame time, by its clock; a thread of it that comes
// late makes up for it. So the earliest of the last seconds tell its clock. The loop looks once a
// turn: so it is known to a tick, and the early end of it is what counts.
type playout struct {
	frame   time.Duration
	takes   spread
	taken   time.Time // when the latest was seen
	waiting int       // frames in the ring

	tail, missed uint32 // of the ring, when last looked at
	starved      bool   // the switch has found nothing since
}

// look is called once a turn, with the ring's counts of frames taken and of times that there was
// none.
func (p *playout) look(now time.Time, tail, missed uint32, waiting int) {
	p.missed, p.starved = missed, missed != p.missed
	if tail != p.tail {
		p.tail = tail
		p.taken = now
		p.takes.observe(now, p.clock(tail), microseconds)
	}
	p.waiting = waiting
}

// microseconds is the rate of clock.
const microseconds = 1e6

// clock is that of the takes, in microseconds; it wraps as an RTP timestamp does.
func (p *playout) clock(tail uint32) uint32 { return tail * uint32(p.frame/time.Microsecond) } // #nosec G115 -- 20,000

// wants says whether the ring is to be given another frame.
func (p *playout) wants(now time.Time) bool {
	if now.Sub(p.taken) > idleAfter {
		return p.waiting < idleTarget
	}
	return p.waiting < ringTarget
}

// pushed counts a frame that was put into the ring.
func (p *playout) pushed() { p.waiting++ }

// at is when the switch takes a frame that is pushed now, at the earliest.
func (p *playout) at(now time.Time) time.Time {
	if !p.takes.valid {
		return now // it has not begun
	}
	last := p.takes.origin.Add(units(p.takes.sent, microseconds) + p.takes.floor - tick)
	if due := last.Add(time.Duration(p.waiting+1) * p.frame); due.After(now) {
		return due
	}
	return now
}
