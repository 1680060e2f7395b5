// SPDX-License-Identifier: MPL-2.0

package media

import "time"

const (
	// mostWaiting is how many frames may wait in the ring to a switch that reads. More than one do
	// where a thread of it is late, and then it takes them all at once.
	mostWaiting = 10
	// idleWaiting is the same while the switch does not read: what it then gets first is old.
	idleWaiting = 2
	// idleAfter is when the switch is taken not to read.
	idleAfter = 200 * time.Millisecond
)

// playout watches whether the switch takes the frames that are pushed.
type playout struct {
	tail    uint32    // of the ring, when last looked at
	taken   time.Time // when it was last seen to move
	waiting int       // frames in the ring
}

// look is called before frames are pushed, with the ring's count of frames taken.
func (p *playout) look(now time.Time, tail uint32, waiting int) {
	if tail != p.tail {
		p.tail, p.taken = tail, now
	}
	p.waiting = waiting
}

// room says whether the ring is to be given another frame; else that frame is passed over.
func (p *playout) room(now time.Time) bool {
	if now.Sub(p.taken) > idleAfter {
		return p.waiting < idleWaiting
	}
	return p.waiting < mostWaiting
}
