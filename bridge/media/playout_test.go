// SPDX-License-Identifier: MPL-2.0

package media

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A switch that reads and is late finds what it has missed; one that does not read finds nothing
// old when it begins.
func TestPlayoutRoom(t *testing.T) {
	var p playout
	now := time.Unix(1000, 0)
	fill := func() (n int) {
		for ; p.room(now); n++ {
			p.waiting++
		}
		return n
	}
	p.look(now, 0, 0)
	require.Equal(t, idleWaiting, fill())
	now = now.Add(millis(20))
	p.look(now, 1, 1)
	require.Equal(t, mostWaiting-1, fill())
	now = now.Add(2 * idleAfter)
	p.look(now, 1, 0)
	require.Equal(t, idleWaiting, fill())
}

// A switch that begins to read late hears what is said then, not what was said before.
func TestSwitchBeginsLate(t *testing.T) {
	w := newWire(t, profiles["AES-GCM"])
	for range 200 { // nobody reads
		w.send()
		serve(w.leg, w.lp, w.now)
		w.now = w.now.Add(millis(20))
	}
	ring := &w.leg.cfg.Rings.ToSwitch
	taken := 0
	for range 20 {
		w.send()
		serve(w.leg, w.lp, w.now)
		if slot := ring.Peek(); slot != nil {
			taken++
			if taken > idleWaiting {
				require.Less(t, int(w.seq)-int(slot.Seq), 6, "of 20 ms each")
			}
			ring.Pop()
		}
		w.now = w.now.Add(millis(20))
	}
	require.Equal(t, 20, taken)
}
