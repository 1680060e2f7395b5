// SPDX-License-Identifier: MPL-2.0

package media

import (
	"math/rand/v2"
	"slices"
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
	p.buffer.push(uint16(seq), uint32(seq)*960, []byte{byte(seq), byte(seq >> 8), 0}, p.now) // #nosec G115 -- wraps on purpose
}

// pops tells whether a frame is played before the next step.
func (p *player) pops() bool {
	for wait := time.Duration(0); wait < frameTime; wait += tick / 2 {
		if p.buffer.pop(&p.slot, p.now.Add(wait)) {
			return true
		}
	}
	return false
}

// pop returns the number of the frame that is played before the next step; -1 for a loss, -2 for
// silence, -3 for nothing.
func (p *player) pop() int {
	switch {
	case !p.pops():
		return -3
	case p.slot.Flags&SlotLost != 0:
		return -1
	case p.slot.Flags&SlotSilence != 0:
		return -2
	}
	return int(p.slot.Data[0]) | int(p.slot.Data[1])<<8
}

// due returns all frames that are played now.
func (p *player) due() (frames []int) {
	for frame := p.pop(); frame != -3; frame = p.pop() {
		frames = append(frames, frame)
	}
	return frames
}

func (p *player) step() { p.now = p.now.Add(20 * time.Millisecond) }

// run pushes the given packets, one a step, and returns what was played.
func (p *player) run(packets ...int) (played []int) {
	for _, seq := range packets {
		if seq >= 0 {
			p.push(seq)
		}
		played = append(played, p.due()...)
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
	require.Equal(t, []int{0, 1, 2, 3, -1, 5, 6, 7, 8}, played[:9])
}

func TestJitterReordersAndDropsDuplicates(t *testing.T) {
	p := newPlayer()
	p.run(sequence(0, 20)...)
	for _, seq := range []int{20, 22, 21, 21, 23, 22} {
		p.push(seq)
	}
	last := -1
	for range 5 {
		for _, frame := range p.due() {
			if frame == -1 {
				continue // all have been played
			}
			require.Greater(t, frame, last)
			last = frame
		}
		p.step()
	}
	require.Equal(t, 23, last)
	require.Zero(t, p.buffer.held)
	require.Equal(t, uint64(2), p.buffer.duplicated)
	p.push(3)
	require.Equal(t, uint64(3), p.buffer.duplicated, "known though it has been played")
	require.Zero(t, p.buffer.late)
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
		p.buffer.push(uint16(i), uint32(i+5)*960, []byte{byte(i), 0, 0}, p.now) // #nosec G115 -- small
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
		for _, frame := range p.due() {
			if frame == -1 && i > 300 {
				lost++
			}
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
			for _, frame := range p.due() {
				if frame < 0 && i > 100 {
					holes++
				}
			}
			p.step()
			require.LessOrEqual(t, p.buffer.depth(), 40*time.Millisecond)
		}
		require.Less(t, holes, 40, "%d ppm are 36 frames an hour", ppm)
	}
}

// Whatever the network does, frames come out in order and none twice, and each
// packet is accounted for: played, late, a duplicate, left out, or still held.
func TestJitterProperty(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 4)) // #nosec G404 -- a test
		p := newPlayer()
		firstSeq, firstTS := uint16(random.Uint32()), random.Uint32() // #nosec G115 -- cut on purpose
		if seed%3 == 0 {
			firstSeq, firstTS = 65500, 1<<32-40*960
		}
		due := make([][]int, 500)
		for i := range 400 {
			for copies := random.IntN(12); copies < 11; copies += 10 { // one in twelve is lost, one comes twice
				step := i + random.IntN(1+int(seed%12))
				due[step] = append(due[step], i)
			}
		}
		pushed, played, last := 0, 0, -1
		for _, packets := range due {
			for _, i := range packets {
				p.buffer.push(firstSeq+uint16(i), firstTS+uint32(i)*960, []byte{byte(i), byte(i >> 8), 0}, p.now) // #nosec G115 -- wraps on purpose
				pushed++
			}
			if frame := p.pop(); frame >= 0 {
				require.Greater(t, frame, last, "in order, none twice; seed %d", seed)
				last = frame
				played++
			}
			p.step()
		}
		b := &p.buffer
		require.Equal(t, pushed, played+b.held+int(b.late+b.duplicated+b.skipped), "seed %d", seed) // #nosec G115 -- small
		require.Greater(t, played, 250, "seed %d", seed)
	}
}

// A packet that comes after its place was concealed is late, also when the
// stream has paused since: it is not played after later ones.
func TestJitterLate(t *testing.T) {
	p := newPlayer()
	p.run(0, 1, 2, 3, 4, -1, 6, 7, 8, 9)
	for range 20 {
		p.pop()
		p.step()
	}
	require.False(t, p.buffer.playing)
	p.push(5)
	require.Equal(t, uint64(1), p.buffer.late)
	played := p.run(30, 31, 32, 33, -1)
	require.Equal(t, []int{30, 31, 32, 33}, played[slices.Index(played, 30):][:4])
	require.NotContains(t, played, 5)
}

// One packet from far away has strayed; two in a row are a stream that was started anew.
func TestJitterStray(t *testing.T) {
	p := newPlayer()
	p.run(sequence(0, 20)...)
	p.push(5000)
	played := p.run(sequence(20, 27)...)
	require.LessOrEqual(t, played[0], 20)
	require.Equal(t, sequence(played[0], played[0]+6), played[:6])
	p.push(5000)
	require.Equal(t, sequence(5001, 5010), p.run(sequence(5001, 5012)...)[:9])
}

// After a packet of DTX the sender is silent: nothing is concealed.
func TestJitterDTXAnnounced(t *testing.T) {
	p := newPlayer()
	p.run(sequence(0, 10)...)
	p.buffer.push(10, 10*960, []byte{0xf8}, p.now)
	for range 12 {
		require.NotEqual(t, -1, p.pop())
		p.step()
	}
	p.buffer.push(11, 22*960, []byte{11, 0, 0}, p.now)
	p.step()
	require.Equal(t, 11, p.pop())
	require.NotZero(t, p.slot.Flags&SlotMark)
}

// A lost frame comes with the packet after it, in which Opus may carry it
// again; where that is lost as well there is nothing, and G.711 has no such thing.
func TestJitterFEC(t *testing.T) {
	for _, opus := range []bool{true, false} {
		p := newPlayer()
		p.buffer.opus = opus
		push := func(seq int) {
			p.buffer.push(uint16(seq), uint32(seq)*960, []byte{0x68, 0xf3, byte(seq)}, p.now) // #nosec G115 -- small
		}
		for i := range 5 {
			push(i)
			p.pop()
			p.step()
		}
		for _, seq := range []int{5, 7, 8, 11} { // 6 is lost, and 9 and 10
			push(seq)
		}
		got := map[int]string{}
		for range 20 {
			if played := p.pop(); played != -3 && p.slot.Seq >= 11 {
				break
			} else if played == -1 {
				got[int(p.slot.Seq)] = string(p.slot.Payload())
				require.Equal(t, p.slot.Len > 0, p.slot.Flags&SlotFEC != 0)
			}
			p.step()
		}
		want := map[int]string{6: "\x68\xf3\x07", 9: "", 10: "\x68\xf3\x0b"}
		if !opus {
			want = map[int]string{6: "", 9: "", 10: ""}
		}
		require.Equal(t, want, got)
	}
}

// A path that has become longer, and stays so, breaks the sound once and costs one
// frame at most.
func TestJitterLongerPath(t *testing.T) {
	p := newPlayer()
	p.run(sequence(0, 100)...)
	p.now = p.now.Add(300 * time.Millisecond)
	p.run(sequence(100, 2000)...)
	require.LessOrEqual(t, p.buffer.skipped, uint64(1))
	require.Zero(t, p.buffer.target)
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
