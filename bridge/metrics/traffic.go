// SPDX-License-Identifier: MPL-2.0

package metrics

import "sync"

// Traffic is what the media of a leg has counted.
type Traffic struct {
	PacketsIn, PacketsOut, BytesIn, BytesOut, LostIn, LostOut                uint64
	Late, Concealed, Recovered, Repeated, Duplicated, Dropped, SkippedFrames uint64
}

// each calls do with each counter of t and the same one of other.
func (t *Traffic) each(other *Traffic, do func(mine *uint64, others uint64)) {
	do(&t.PacketsIn, other.PacketsIn)
	do(&t.PacketsOut, other.PacketsOut)
	do(&t.BytesIn, other.BytesIn)
	do(&t.BytesOut, other.BytesOut)
	do(&t.LostIn, other.LostIn)
	do(&t.LostOut, other.LostOut)
	do(&t.Late, other.Late)
	do(&t.Concealed, other.Concealed)
	do(&t.Recovered, other.Recovered)
	do(&t.Repeated, other.Repeated)
	do(&t.Duplicated, other.Duplicated)
	do(&t.Dropped, other.Dropped)
	do(&t.SkippedFrames, other.SkippedFrames)
}

// add adds what another leg has counted.
func (t *Traffic) add(other Traffic) {
	t.each(&other, func(mine *uint64, others uint64) { *mine += others })
}

// rise takes over what has grown. A packet that comes late after all makes a leg's loss fall
// again, and a counter must not.
func (t *Traffic) rise(to Traffic) {
	t.each(&to, func(mine *uint64, others uint64) { *mine = max(*mine, others) })
}

// less is what has been counted since a time; nothing where that would be below zero.
func (t Traffic) less(then Traffic) Traffic {
	t.each(&then, func(mine *uint64, others uint64) { *mine -= min(*mine, others) })
	return t
}

// record is a living leg, and the most that its counters have shown.
type record struct {
	leg  Leg
	base Traffic // what it had counted when it came, at other servers

	mu   sync.Mutex
	seen Traffic
	over bool // the leg has ended: seen stays
}

// traffic asks the leg, unless it has ended.
func (r *record) traffic() Traffic {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.over {
		r.seen.rise(r.leg.Traffic().less(r.base))
	}
	return r.seen
}

// end asks the leg for the last time.
func (r *record) end() Traffic {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.over {
		r.over = true
		r.seen.rise(r.leg.Traffic().less(r.base))
	}
	return r.seen
}
