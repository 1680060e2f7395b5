// SPDX-License-Identifier: MPL-2.0

package media

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The switch's clock is known from its takes, to a tick, whatever the length
// of a frame, also where its thread is late now and then, and over the wrap of the count.
func TestPlayoutClock(t *testing.T) {
	for _, frame := range []time.Duration{millis(10), millis(20), millis(60)} {
		p := playout{frame: frame}
		start := time.Unix(1000, 0)
		require.Equal(t, start, p.at(start), "nothing is known")
		tail := uint32(1<<32 - 100)
		for i := range 2000 {
			late := time.Duration(0)
			if i%3 == 1 {
				late = millis(9)
			}
			tail++
			now := start.Add(time.Duration(i)*frame + late)
			p.look(now, tail, 0, 2)
			next := start.Add(time.Duration(i+1) * frame)
			at := p.at(now)
			require.False(t, at.After(next.Add(2*frame)), "the third from now, at the earliest")
			require.False(t, at.Before(next.Add(2*frame-tick)), "but for a tick")
		}
	}
}

// While the switch reads, the ring may hold what there is; what it finds when
// it begins shall not be old.
func TestPlayoutWants(t *testing.T) {
	p := playout{frame: millis(20)}
	now := time.Unix(1000, 0)
	fill := func() (n int) {
		for p.wants(now) {
			p.pushed()
			n++
		}
		return n
	}
	p.look(now, 0, 0, 0)
	require.Equal(t, idleTarget, fill())
	now = now.Add(millis(20))
	p.look(now, 1, 0, 1)
	require.False(t, p.starved)
	require.Equal(t, ringTarget-1, fill())
	now = now.Add(millis(10))
	p.look(now, 9, 1, 0)
	require.True(t, p.starved)
	now = now.Add(2 * idleAfter)
	p.look(now, 9, 1, 0)
	require.False(t, p.starved)
	require.Equal(t, idleTarget, fill())
}

// A switch that begins to read late hears what is said then, not what was said before.
func TestSwitchBeginsLate(t *testing.T) {
	w := newWire(t, profiles["AES-GCM"])
	for range 200 { // nobody reads
		w.send()
		w.leg.serve(w.lp, w.now)
		w.now = w.now.Add(millis(20))
	}
	ring := &w.leg.cfg.Rings.ToSwitch
	taken := 0
	for range 20 {
		w.send()
		w.leg.serve(w.lp, w.now)
		if slot := ring.Peek(); slot != nil {
			taken++
			if taken > idleTarget {
				require.Less(t, int(w.seq)-int(slot.Seq), 6, "of 20 ms each")
			}
			ring.Pop()
		}
		w.now = w.now.Add(millis(20))
	}
	require.Equal(t, 20, taken)
}
