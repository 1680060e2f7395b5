// SPDX-License-Identifier: MPL-2.0

package media

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_janus/test/impair"
)

// trace is a stream and the network it comes over.
type trace struct {
	name     string
	link     impair.Link
	packets  int
	ppm      int           // the sender's clock is faster by this
	talk     int           // packets of a talk spurt, then DTX; 0: without end
	pause    int           // frames of DTX between two spurts
	firstSeq uint16        // the sequence number wraps 65536 - firstSeq packets later
	firstTS  uint32        // the timestamp of the first packet
	ssrcAt   int           // at this packet the sender starts anew: other SSRC, sequence, timestamp
	phase    time.Duration // of the loop's turns against what is sent
	busy     time.Duration // some turns and takes are late by up to this
	often    int           // one in so many of them; 0: 20
	swap     time.Duration // what changes in the network at half time is added to Delay

	// What must hold.
	excess float64       // most frames concealed, starved or left out that the network did not lose, per frame sent
	delay  time.Duration // most added delay, 95th percentile
	fec    float64       // least share of lost frames for which the packet after them is there
}

// outcome is what the switch got of a trace.
type outcome struct {
	sent, lost      int           // packets, and those that the network lost
	played          int           // frames with sound
	concealed       int           // frames marked as lost
	recoverable     int           // of those, with the packet after it
	silence         int           // frames of DTX
	starved         int           // times that the switch waited in vain in mid-stream
	longest         time.Duration // between two frames that it got
	late, skipped   int           // packets that came too late, and frames left out to catch up
	disorder        int           // frames that came out before an earlier one, or twice
	added           []time.Duration
	target, deepest time.Duration
}

// Of the simulated stream: how the media loop and the switch take turns.
const (
	traceFrame = 20 * time.Millisecond
	// tracePatience is how long the switch waits for a frame of a stream that runs
	// (module/frames.c).
	tracePatience = 80 * time.Millisecond
)

type traced struct {
	at   time.Duration
	seq  uint16
	ts   uint32
	num  int
	ssrc int
}

// arrivals sends a trace over its network.
func (tr trace) arrivals(t *testing.T, seed uint64) (all []traced, sentAt []time.Duration, lost int) {
	t.Helper()
	channel, err := impair.NewChannel(tr.link, seed)
	require.NoError(t, err)
	start := time.Unix(1000, 0)
	seq, ts, ssrc := tr.firstSeq, tr.firstTS, 0
	clock := 0 // frames since the start, of the sender's clock
	for i := range tr.packets {
		if tr.ssrcAt > 0 && i == tr.ssrcAt {
			seq, ts, ssrc = seq+30000, ts+123456789, 1
		}
		if tr.talk > 0 && i > 0 && i%tr.talk == 0 {
			clock += tr.pause
			ts += uint32(tr.pause) * 960 // #nosec G115 -- small
		}
		if i == tr.packets/2 && tr.swap != 0 {
			link := tr.link
			link.Delay += tr.swap
			require.NoError(t, channel.Set(link))
		}
		at := time.Duration(clock) * traceFrame
		at -= at * time.Duration(tr.ppm) / 1e6
		sentAt = append(sentAt, at)
		copies, arrive := channel.Send(start.Add(at), 100)
		for j := range copies {
			all = append(all, traced{arrive[j].Sub(start), seq, ts, i, ssrc})
		}
		if copies == 0 {
			lost++
		}
		seq, ts, clock = seq+1, ts+960, clock+1
	}
	slices.SortStableFunc(all, func(a, b traced) int { return int(a.at - b.at) })
	return all, sentAt, lost
}

// simulation plays a trace as stream.play does: the loop turns each tick and pushes what is due,
// and the switch takes that at once.
type simulation struct {
	trace
	outcome
	buffer     jitterBuffer
	all        []traced
	sentAt     []time.Duration
	ring       []int // frames that wait: packet number, -1 concealed, -2 silence
	slot       Slot
	lastTake   time.Duration
	last, ssrc int
}

var traceStart = time.Unix(1000, 0)

func (tr trace) run(t *testing.T, seed uint64) outcome {
	t.Helper()
	s := &simulation{trace: tr, last: -1}
	s.all, s.sentAt, s.lost = tr.arrivals(t, seed)
	s.sent = tr.packets
	s.buffer.reset(48000, 960)
	s.buffer.opus = true
	random := rand.New(rand.NewPCG(seed, 5)) // #nosec G404 -- a test
	lateness := func() time.Duration {       // of a thread that has to wait for a processor: seldom, but then it counts
		if tr.busy == 0 || random.IntN(cmp.Or(tr.often, 20)) > 0 {
			return 0
		}
		return time.Duration(random.Int64N(int64(tr.busy)))
	}
	end := s.all[len(s.all)-1].at
	turn, take := tr.phase, tr.phase
	for turns := 1; turn <= end; {
		if turn <= take {
			s.turn(turn)
			if len(s.ring) > 0 {
				take = min(take, turn+lateness())
			}
			turn = max(turn, time.Duration(turns)*tick+tr.phase+lateness())
			turns++
		} else {
			take = s.take(take)
		}
	}
	s.late, s.target = int(s.buffer.late), s.buffer.target // #nosec G115 -- small
	// what was neither played nor lost by the network was left out
	s.skipped = tr.packets - s.played - s.lost - s.late
	slices.Sort(s.added)
	return s.outcome
}

// turn is one of the loop.
func (s *simulation) turn(now time.Duration) {
	at := traceStart.Add(now)
	for len(s.all) > 0 && s.all[0].at <= now {
		p := s.all[0]
		s.all = s.all[1:]
		if p.ssrc != s.ssrc {
			s.ssrc = p.ssrc
			s.buffer.reset(48000, 960)
		}
		s.buffer.push(p.seq, p.ts, binary.BigEndian.AppendUint32([]byte{0x68, 0x40}, uint32(p.num)), at) // #nosec G115 -- small
	}
	for s.buffer.pop(&s.slot, at) {
		switch {
		case s.slot.Flags&SlotLost != 0:
			if s.slot.Flags&SlotFEC != 0 {
				s.recoverable++
			}
			s.ring = append(s.ring, -1)
		case s.slot.Flags&SlotSilence != 0:
			s.ring = append(s.ring, -2)
		default:
			s.ring = append(s.ring, int(binary.BigEndian.Uint32(s.slot.Payload()[2:])))
		}
	}
	s.deepest = max(s.deepest, s.buffer.depth())
}

// take is the switch's, which has been woken, or has waited in vain. It returns when it waits in
// vain next.
func (s *simulation) take(now time.Duration) time.Duration {
	next := now + traceFrame
	if s.buffer.playing {
		next += tracePatience
	}
	if len(s.ring) == 0 {
		if s.buffer.playing && s.last >= 0 {
			s.starved++
		}
		return next
	}
	if s.lastTake > 0 {
		s.longest = max(s.longest, now-s.lastTake)
	}
	s.lastTake = now
	for _, frame := range s.ring {
		switch frame {
		case -1:
			s.concealed++
		case -2:
			s.silence++
		default:
			s.played++
			if frame <= s.last {
				s.disorder++
			}
			s.last = frame
			s.added = append(s.added, now-s.sentAt[frame]-s.link.Delay)
		}
	}
	s.ring = s.ring[:0]
	return next
}

func (o outcome) percentile(p int) time.Duration { return o.added[(len(o.added)-1)*p/100] }

func (o outcome) mean() time.Duration {
	sum := time.Duration(0)
	for _, d := range o.added {
		sum += d
	}
	return sum / time.Duration(len(o.added))
}

const traceHeader = "trace                      packets   lost  concealed  fec starved longest late skipped silence  delay ms: mean   p5  p50  p95  max   target  excess"

func (o outcome) row(name string) string {
	ms := func(d time.Duration) int { return int(d / time.Millisecond) }
	return fmt.Sprintf("%-26s %7d %6d %10d %4d %7d %5d %6d %7d %7d %15d %4d %4d %4d %4d %8d", name, o.sent, o.lost, o.concealed, o.recoverable, o.starved, ms(o.longest),
		o.late, o.skipped, o.silence, ms(o.mean()), ms(o.percentile(5)), ms(o.percentile(50)), ms(o.percentile(95)), ms(o.percentile(100)), ms(o.target))
}

// excess is how many frames were concealed, starved or left out that neither
// the network lost nor the sender kept silent for, per frame sent.
func (o outcome) excess(pauses int) float64 {
	holes := o.concealed + o.starved + o.silence - o.lost - pauses
	return float64(max(0, holes)+max(0, o.skipped)) / float64(o.sent)
}

func millis(n int) time.Duration { return time.Duration(n) * time.Millisecond }

func normal(ms int) impair.Link {
	return impair.Link{Jitter: millis(ms), Shape: impair.Normal}
}

func stalls(every time.Duration, longest int) impair.Link {
	return impair.Link{Jitter: millis(3), Shape: impair.Normal, Stalls: &impair.Stalls{Every: every, For: millis(longest)}}
}

func traces() []trace {
	const minute = 3000 // packets
	all := []trace{
		{name: "constant", packets: 5 * minute, excess: 0, delay: millis(20)},
		{name: "constant, 80 ms", link: impair.Link{Delay: millis(80)}, packets: 5 * minute, excess: 0, delay: millis(20)},
		{name: "Gaussian 5 ms", link: normal(5), packets: 5 * minute, excess: 0.0003, delay: millis(40)},
		{name: "Gaussian 15 ms", link: normal(15), packets: 5 * minute, excess: 0.003, delay: millis(80)},
		{name: "Gaussian 30 ms", link: normal(30), packets: 5 * minute, excess: 0.004, delay: millis(140)},
		{name: "Wi-Fi spikes", link: stalls(3*time.Second, 120), packets: 5 * minute, excess: 0.01, delay: millis(140)},
		{name: "Wi-Fi spikes, rare, long", link: stalls(15*time.Second, 300), packets: 5 * minute, excess: 0.03, delay: millis(300)},
	}
	for _, loss := range []float64{0.01, 0.02, 0.05, 0.1, 0.2} {
		all = append(all, trace{name: fmt.Sprintf("random loss %.0f %%", loss*100), link: impair.Link{Loss: loss}, packets: 5 * minute,
			excess: 0.0005, delay: millis(40), fec: min(0.95*(1-loss), loss*40)})
	}
	lossy := normal(15)
	lossy.Loss = 0.05
	for _, phase := range []int{5, 9, 10, 15, 19} {
		all = append(all, trace{name: fmt.Sprintf("constant, phase %d ms", phase), packets: minute, phase: millis(phase), excess: 0.001, delay: millis(40)})
	}
	for _, busy := range []int{30, 60, 120} {
		all = append(all, trace{name: fmt.Sprintf("hopelessly busy %d ms", busy), packets: minute / 5, often: 5, busy: millis(busy), excess: 0.1, delay: millis(350)})
	}
	for _, busy := range []int{5, 15, 30} {
		for _, phase := range []int{0, 9, 15} {
			all = append(all, trace{name: fmt.Sprintf("busy %d ms, phase %d ms", busy, phase), packets: 5 * minute,
				phase: millis(phase), busy: millis(busy), excess: 0.005, delay: millis(60)})
		}
	}
	return append(all,
		trace{name: "loss 5 %, Gaussian 15 ms", link: lossy, packets: 5 * minute, excess: 0.003, delay: millis(80), fec: 0.9},
		trace{name: "bursts of 4", link: impair.Link{Bursts: &impair.Bursts{ToBad: 0.01, ToGood: 0.25, LossBad: 1}}, packets: 5 * minute,
			excess: 0.0015, delay: millis(60)},
		trace{name: "bursts of 12", link: impair.Link{Bursts: &impair.Bursts{ToBad: 0.003, ToGood: 0.08, LossBad: 1}}, packets: 5 * minute,
			excess: 0.0015, delay: millis(60)},
		trace{name: "reordering 5 %", link: impair.Link{Reorder: 0.05}, packets: 5 * minute, excess: 0.0003, delay: millis(40)},
		trace{name: "duplicates 10 %", link: impair.Link{Duplicate: 0.1}, packets: 5 * minute, excess: 0, delay: millis(20)},
		trace{name: "sequence wraps", packets: minute, firstSeq: 64000, excess: 0, delay: millis(20)},
		trace{name: "timestamp wraps", packets: minute, firstTS: 1<<32 - 1000*960, excess: 0, delay: millis(20)},
		trace{name: "both wrap, loss 5 %", packets: minute, firstSeq: 65000, firstTS: 1<<32 - 536*960, link: impair.Link{Loss: 0.05},
			excess: 0.001, delay: millis(40), fec: 0.85},
		trace{name: "SSRC changes", packets: minute, ssrcAt: minute / 2, excess: 0.001, delay: millis(40)},
		trace{name: "DTX", packets: 5 * minute, talk: 60, pause: 40, excess: 0, delay: millis(20)},
		trace{name: "DTX, Gaussian 15 ms", packets: 5 * minute, talk: 60, pause: 40, link: normal(15), excess: 0.003, delay: millis(80)},
		trace{name: "DTX, long pauses", packets: 5 * minute, talk: 100, pause: 300, excess: 0, delay: millis(20)},
		trace{name: "delay +60 ms at half", packets: 5 * minute, swap: millis(60), excess: 0.0004, delay: millis(80)},
		trace{name: "delay -60 ms at half", packets: 5 * minute, link: impair.Link{Delay: millis(100)}, swap: -millis(60),
			excess: 0.0004, delay: millis(20)},
		// 200 ppm are 36 frames in an hour
		trace{name: "hour, +200 ppm", packets: 60 * minute, ppm: 200, excess: 0.00023, delay: millis(40)},
		trace{name: "hour, -200 ppm", packets: 60 * minute, ppm: -200, excess: 0.00023, delay: millis(40)},
		trace{name: "hour, +200 ppm, Gaussian 5", packets: 60 * minute, ppm: 200, link: normal(5), excess: 0.0005, delay: millis(50)},
		trace{name: "hour, -200 ppm, Gaussian 5", packets: 60 * minute, ppm: -200, link: normal(5), excess: 0.0005, delay: millis(50)},
	)
}

// What the jitter buffer does on each network is bounded: delay, and the frames
// that are not heard although they came. The bounds are some way above what
// it does now; the table is what it does.
func TestTraces(t *testing.T) {
	t.Log(traceHeader)
	for _, tr := range traces() {
		for seed := range uint64(3) {
			o := tr.run(t, seed+1)
			pauses := 0
			if tr.talk > 0 {
				pauses = (tr.packets - 1) / tr.talk * tr.pause
			}
			t.Logf("%s %7.3f %%", o.row(tr.name), o.excess(pauses)*100)
			edge := 3 / float64(tr.packets) // what is on its way at the end
			assert.LessOrEqual(t, o.excess(pauses), tr.excess+edge, "%s: excess, seed %d", tr.name, seed+1)
			assert.LessOrEqual(t, o.percentile(95), tr.delay, "%s: delay, seed %d", tr.name, seed+1)
			assert.GreaterOrEqual(t, float64(o.recoverable), tr.fec*float64(o.lost), "%s: FEC, seed %d", tr.name, seed+1)
			assert.Zero(t, o.disorder, "%s: frames out of order, seed %d", tr.name, seed+1)
			assert.LessOrEqual(t, o.deepest, maxDelay+maxDelay+traceFrame, "%s: depth, seed %d", tr.name, seed+1)
		}
	}
}
