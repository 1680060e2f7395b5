// SPDX-License-Identifier: MPL-2.0

package media

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// player drives a jitter buffer in simulated time.
type player struct {
	buffer jitterBuffer
	now    time.Time
	slot   Slot
}

func newPlayer() *player {
	p := &player{now: time.Unix(1000, 0)}
	p.buffer.reset(48000, 960)
	return p
}

func (p *player) push(seq int) {
	p.buffer.push(uint16(seq), uint32(seq)*960, []byte{byte(seq), byte(seq >> 8)}, p.now) // #nosec G115 -- wraps on purpose
}

// pop returns the frame's number, -1 for a loss, -2 for silence, -3 for nothing.
func (p *player) pop() int {
	switch {
	case !p.buffer.pop(&p.slot, p.now):
		return -3
	case p.slot.Flags&SlotLost != 0:
		return -1
	case p.slot.Flags&SlotSilence != 0:
		return -2
	}
	return int(p.slot.Data[0]) | int(p.slot.Data[1])<<8
}

func (p *player) step() { p.now = p.now.Add(20 * time.Millisecond) }

// run pushes the given packets, one a step, pops as often, and returns what
// was played, leading nothing left out.
func (p *player) run(packets ...int) (played []int) {
	for _, seq := range packets {
		if seq >= 0 {
			p.push(seq)
		}
		if frame := p.pop(); frame != -3 || len(played) > 0 {
			played = append(played, frame)
		}
		p.step()
	}
	return played
}

func sequence(from, to int) (all []int) {
	for i := from; i < to; i++ {
		all = append(all, i)
	}
	return all
}

func TestJitterInOrder(t *testing.T) {
	played := newPlayer().run(sequence(65500, 65600)...)
	require.Greater(t, len(played), 95)
	for i, frame := range played {
		require.Equal(t, (65500+i)%65536, frame, "the sequence number wraps")
	}
}

func TestJitterLoss(t *testing.T) {
	played := newPlayer().run(0, 1, 2, 3, -1, 5, 6, 7, 8, 9)
	require.Equal(t, []int{0, 1, 2, 3, -1, 5, 6, 7}, played[:8])
}

func TestJitterReordersAndDropsDuplicates(t *testing.T) {
	p := newPlayer()
	p.run(sequence(0, 20)...)
	p.buffer.target = 4 * 20 * time.Millisecond
	for _, seq := range []int{20, 22, 21, 21, 23, 22} {
		p.push(seq)
	}
	last := -1
	for frame := p.pop(); p.buffer.held > 0; frame = p.pop() {
		require.Greater(t, frame, last)
		last = frame
	}
	require.Equal(t, uint64(2), p.buffer.duplicated)
	p.push(3)
	require.Equal(t, uint64(1), p.buffer.late)
}

func TestJitterDTX(t *testing.T) {
	p := newPlayer()
	p.run(sequence(0, 10)...)
	// the sender pauses for 5 frames: the timestamps jump, the sequence does not
	var played []int
	for range 5 {
		played = append(played, p.pop())
		p.step()
	}
	for i := 10; i < 20; i++ {
		p.buffer.push(uint16(i), uint32(i+5)*960, []byte{byte(i), 0}, p.now) // #nosec G115 -- small
		played = append(played, p.pop())
		p.step()
	}
	require.Zero(t, p.buffer.lost, "a pause is no loss")
	require.Contains(t, played, 19-2)
}

func TestJitterUnderrunRefills(t *testing.T) {
	p := newPlayer()
	p.run(sequence(0, 50)...)
	var concealed int
	for range 30 {
		if p.pop() == -1 {
			concealed++
		}
		p.step()
	}
	require.LessOrEqual(t, concealed, maxStretch)
	require.Equal(t, 50, p.run(50, 51, 52, 53)[0], "it goes on where it was")
}

func TestJitterAdapts(t *testing.T) {
	p := newPlayer()
	random := rand.New(rand.NewPCG(1, 2)) // #nosec G404 -- a test
	type packet struct {
		at  time.Duration
		seq int
	}
	var lost int
	pending := []packet{}
	for i := range 3000 {
		now := time.Duration(i) * 20 * time.Millisecond
		jitter := time.Duration(0)
		if i < 1500 {
			jitter = time.Duration(random.IntN(100)) * time.Millisecond
		}
		pending = append(pending, packet{now + jitter, i})
		kept := pending[:0]
		for _, x := range pending {
			if x.at <= now {
				p.push(x.seq)
			} else {
				kept = append(kept, x)
			}
		}
		pending = kept
		if p.pop() == -1 && i > 300 {
			lost++
		}
		if i == 1490 {
			require.GreaterOrEqual(t, p.buffer.target, 80*time.Millisecond)
			require.LessOrEqual(t, p.buffer.target, maxDelay)
		}
		p.step()
	}
	require.Less(t, lost, 30, "of 2,700 frames")
	require.LessOrEqual(t, p.buffer.target, 40*time.Millisecond, "calm again")
	require.LessOrEqual(t, p.buffer.depth(), 80*time.Millisecond)
}

func TestJitterFollowsDrift(t *testing.T) {
	for _, ppm := range []int{-200, 200} {
		p := newPlayer()
		sent, holes := 0, 0
		for i := range 180000 { // an hour
			for due := i + i*ppm/1e6; sent <= due; sent++ {
				p.push(sent)
			}
			if frame := p.pop(); frame < 0 && i > 100 {
				holes++
			}
			p.step()
			require.LessOrEqual(t, p.buffer.depth(), 120*time.Millisecond)
		}
		require.Less(t, holes, 200, "%d ppm are 36 frames an hour", ppm)
	}
}

func TestJitterProperty(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4)) // #nosec G404 -- a test
	for range 200 {
		p := newPlayer()
		order := sequence(0, 200)
		for i := 0; i+4 < len(order); i += 4 {
			random.Shuffle(4, func(a, b int) { order[i+a], order[i+b] = order[i+b], order[i+a] })
		}
		last := -1
		for _, frame := range p.run(order...) {
			if frame >= 0 {
				require.Greater(t, frame, last, "in order, none twice")
				last = frame
			}
		}
		require.Greater(t, last, 180)
	}
}

func FuzzJitter(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 255, 254, 9})
	f.Fuzz(func(_ *testing.T, input []byte) {
		p := newPlayer()
		seq := 0
		for _, b := range input {
			seq += int(int8(b)) // #nosec G115 -- any step
			p.push(seq & 0xffff)
			if b%3 != 0 {
				p.pop()
				p.step()
			}
		}
	})
}
