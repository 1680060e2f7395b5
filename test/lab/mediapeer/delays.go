// SPDX-License-Identifier: MPL-2.0

package mediapeer

import (
	"math"
	"slices"
	"time"
)

const (
	delayStep  = 100 * time.Microsecond // how fine Delays are
	delaySteps = 5000                   // those of half a second and more count together
)

// Delays counts how often frames took how long. It is as large as it gets from the start, so that
// hearing allocates nothing: who waits for memory is late himself. The zero value is ready.
type Delays struct {
	counts  []uint32 // by delayStep
	frames  int
	longest time.Duration
}

func (d *Delays) note(delay time.Duration) {
	if d.counts == nil {
		d.counts = make([]uint32, delaySteps)
	}
	d.counts[min(max(delay, 0)/delayStep, delaySteps-1)]++
	d.frames++
	d.longest = max(d.longest, delay)
}

// Add counts those of others as well.
func (d *Delays) Add(others Delays) {
	if d.counts == nil {
		d.counts = make([]uint32, delaySteps)
	}
	for i, n := range others.counts {
		d.counts[i] += n
	}
	d.frames += others.frames
	d.longest = max(d.longest, others.longest)
}

// Frames is how many were counted.
func (d *Delays) Frames() int { return d.frames }

// Percentile is the delay that p percent of the frames do not exceed, by nearest rank, in whole
// steps of 0.1 ms; the longest of all where that is half a second or more; 0 where there is none.
func (d *Delays) Percentile(p float64) time.Duration {
	rank := max(int(math.Ceil(p/100*float64(d.frames))), 1)
	for i, n := range d.counts {
		if rank -= int(n); rank <= 0 && i < delaySteps-1 {
			return min(time.Duration(i+1)*delayStep, d.longest)
		}
	}
	return d.longest
}

// clone is what there is now.
func (d *Delays) clone() Delays {
	return Delays{counts: slices.Clone(d.counts), frames: d.frames, longest: d.longest}
}

// reset forgets all, and keeps the room.
func (d *Delays) reset() {
	clear(d.counts)
	d.frames, d.longest = 0, 0
}
