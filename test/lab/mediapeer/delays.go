// SPDX-License-Identifier: MPL-2.0

package mediapeer

import (
	"math"
	"time"
)

const (
	delayStep  = 100 * time.Microsecond // how fine Delays are
	delaySteps = 5000                   // those of half a second and more count together
)

// Delays counts how often frames took how long. It is as large as it gets from the start, so that
// hearing allocates nothing: who waits for memory is late himself. The zero value is ready.
type Delays struct {
	counts  [delaySteps]uint32 // by delayStep, rounded up
	frames  int
	longest time.Duration
}

// Note counts a frame.
func (d *Delays) Note(delay time.Duration) {
	d.counts[min((max(delay, 0)+delayStep-1)/delayStep, delaySteps-1)]++
	d.frames++
	d.longest = max(d.longest, delay)
}

// Add counts those of others as well.
func (d *Delays) Add(others *Delays) {
	for i, n := range others.counts {
		d.counts[i] += n
	}
	d.frames += others.frames
	d.longest = max(d.longest, others.longest)
}

// Frames is how many were counted.
func (d *Delays) Frames() int { return d.frames }

// Percentile is the delay that p percent of the frames do not exceed, by nearest rank, rounded up
// to 0.1 ms. It is the longest delay where that is half a second or more, and 0 where no frame was
// counted.
func (d *Delays) Percentile(p float64) time.Duration {
	rank := max(int(math.Ceil(p/100*float64(d.frames))), 1)
	for i, n := range d.counts[:delaySteps-1] {
		if rank -= int(n); rank <= 0 {
			return min(time.Duration(i)*delayStep, d.longest)
		}
	}
	return d.longest
}
