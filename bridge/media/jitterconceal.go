// SPDX-License-Identifier: MPL-2.0

package media

import "time"

// maxStretch is how many frames are concealed in a row while nothing comes;
// then the stream is taken to have paused.
const maxStretch = 5

// settle goes past frames that have been concealed already, and now prove lost,
// unless there is to be more delay: then one is concealed once more (true), by FEC if need be.
func (j *jitterBuffer) settle(slot *Slot, at time.Time) bool {
	for j.owed > 0 && j.held > 0 && j.first() == nil {
		j.owed--
		// the delay of the frame after it, if that were played now
		if j.delay(at)-j.frame()+early < j.target {
			j.putLost(slot)
			j.skip()
			return true
		}
		j.skip()
	}
	return false
}

// putLost marks a frame as lost, and gives the packet after it, where that
// carries it as well.
func (j *jitterBuffer) putLost(slot *Slot) {
	if e := j.at(j.next + 1); e != nil && j.opus && carriesFEC(e.payload) {
		j.put(slot, SlotLost|SlotFEC, e.payload)
		return
	}
	j.put(slot, SlotLost, nil)
}

// conceal fills the place of a packet that is missing while later ones are
// there. Where the delay is below what it should be, the packet may still be
// played after that: so the delay grows where a hole is anyway.
func (j *jitterBuffer) conceal(slot *Slot, at time.Time) {
	j.putLost(slot)
	if j.delay(at) < j.target {
		j.owed++
		return
	}
	j.skip()
}

// underrun conceals without going on in the stream: should the packets be late
// and not lost, they are still played, and the delay has grown by as much.
func (j *jitterBuffer) underrun(slot *Slot) bool {
	j.stretch++
	if j.stretch > maxStretch || j.quiet {
		j.playing, j.mark, j.stretch, j.owed = false, true, 0, 0
		return false
	}
	j.owed++
	j.put(slot, SlotLost, nil)
	return true
}
