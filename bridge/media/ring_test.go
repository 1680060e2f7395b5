// SPDX-License-Identifier: MPL-2.0

package media

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func pushFrame(ring *Ring, payload ...byte) bool {
	slot := ring.Reserve()
	if slot == nil {
		return false
	}
	slot.Set(0, 0, 0, 960, payload)
	ring.Push()
	return true
}

// A ring whose counters make no sense is emptied once, whoever consumes it, and works again.
func TestRingWithTailPastHead(t *testing.T) {
	for name, broken := range map[string]struct{ head, tail uint32 }{
		"by one":              {head: 7, tail: 8},
		"far":                 {head: 7, tail: 1 << 20},
		"over the wrap":       {head: 0xfffffff0, tail: 3},
		"head is far instead": {head: 1 << 20, tail: 7},
	} {
		t.Run(name, func(t *testing.T) {
			ring := &NewRings().FromSwitch
			ring.head, ring.tail = broken.head, broken.tail
			require.Nil(t, ring.Ahead(0))
			require.Nil(t, ring.Peek())
			require.Equal(t, uint32(1), ring.Repairs())
			require.True(t, pushFrame(ring, 1))
			require.Equal(t, []byte{1}, ring.Peek().Payload())
			ring.Pop()
			require.Nil(t, ring.Peek())
			require.Equal(t, uint32(1), ring.Repairs())
		})
	}
}

// The media loop goes on where a ring is broken, and counts it.
func TestLoopWithABrokenRing(t *testing.T) {
	w := newWire(t, profiles["AES-GCM"])
	w.turn()
	ring := &w.leg.cfg.Rings.FromSwitch
	ring.tail = ring.head + 5
	require.False(t, pushFrame(ring, 1), "it looks full")
	serve(w.leg, w.lp, w.now)
	w.turn()
	require.Equal(t, uint64(1), w.leg.Stats().Repairs)
}

// Frames come out as they went in, whatever waits, and no more slots are ever used than frames
// have waited: what is beyond them costs no memory.
func TestRingUsesFewSlots(t *testing.T) {
	ring := &NewRings().FromSwitch
	ring.head, ring.tail = 0xffffff00, 0xffffff00
	random := rand.New(rand.NewPCG(1, 2))
	used := make(map[*Slot]bool)
	pushed, popped, most := byte(0), byte(0), 0
	for i := range 1000 {
		limit := 1 + i/100 // of what waits
		if ring.Waiting() < limit && random.IntN(2) == 0 {
			used[ring.Reserve()] = true
			require.True(t, pushFrame(ring, pushed))
			pushed++
			most = max(most, ring.Waiting())
		} else if ring.Waiting() > 0 {
			require.Equal(t, []byte{popped}, ring.Peek().Payload())
			ring.Pop()
			popped++
		}
		require.Len(t, used, most)
	}
	require.Greater(t, most, 3)
	require.Less(t, most, RingSlots)
	for i := range most {
		require.True(t, used[&ring.slots[i]], "the lowest are used")
	}
}

func TestRingAhead(t *testing.T) {
	ring := &NewRings().FromSwitch
	ring.head, ring.tail = 0xfffffffe, 0xfffffffe
	for i := range RingSlots {
		require.True(t, pushFrame(ring, byte(i)))
	}
	require.False(t, pushFrame(ring, 99), "it is full")
	for i := range RingSlots {
		require.Equal(t, []byte{byte(i)}, ring.Ahead(i).Payload())
	}
	require.Nil(t, ring.Ahead(RingSlots))
	require.Nil(t, ring.Ahead(-1))
	ring.Discard()
	require.Nil(t, ring.Peek())
	require.Zero(t, ring.Repairs())
}
