// SPDX-License-Identifier: MPL-2.0

package media

import (
	"encoding/binary"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_janus/bridge/media/impair"
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
	swap     time.Duration // what changes in the network at half time is added to Delay

	// What must hold.
	excess float64       // most frames concealed, starved or left out that the network did not lose, per frame sent
	delay  time.Duration // most added delay, 95th percentile
}

// outcome is what the switch got of a trace.
type outcome struct {
	sent, lost      int // packets, and those that the network lost
	played          int // frames with sound
	concealed       int // frames marked as lost
	silence         int // frames of DTX
	starved         int // turns of the switch that found nothing in mid-stream
	late, skipped   int // packets that came too late, and frames left out to catch up
	disorder        int // frames that came out before an earlier one, or twice
	added           []time.Duration
	target, deepest time.Duration
}

// Of the simulated stream: how the media loop and the switch take turns.
const traceFrame = 20 * time.Millisecond

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

// run plays a trace as stream.play does: the loop turns each 10 ms and keeps
// ringTarget frames ready, the switch takes one each 20 ms.
func (tr trace) run(t *testing.T, seed uint64) outcome {
	t.Helper()
	all, sentAt, lost := tr.arrivals(t, seed)
	o := outcome{sent: tr.packets, lost: lost}
	var buffer jitterBuffer
	buffer.reset(48000, 960)
	var ring []int // frames that wait: packet number, -1 concealed, -2 silence
	var slot Slot
	clock, taken := playout{frame: traceFrame}, uint32(0)
	start, last, ssrc := time.Unix(1000, 0), -1, 0
	end := all[len(all)-1].at
	for now := time.Duration(0); now <= end; now += tick {
		for len(all) > 0 && all[0].at <= now {
			p := all[0]
			all = all[1:]
			if p.ssrc != ssrc {
				ssrc = p.ssrc
				buffer.reset(48000, 960)
			}
			buffer.push(p.seq, p.ts, binary.BigEndian.AppendUint32(nil, uint32(p.num)), start.Add(now)) // #nosec G115 -- small
		}
		clock.look(start.Add(now), taken, len(ring))
		for len(ring) < ringTarget && buffer.pop(&slot, clock.at(start.Add(now)), len(ring)) {
			clock.pushed()
			switch {
			case slot.Flags&SlotLost != 0:
				ring = append(ring, -1)
			case slot.Flags&SlotSilence != 0:
				ring = append(ring, -2)
			default:
				ring = append(ring, int(binary.BigEndian.Uint32(slot.Payload())))
			}
		}
		o.deepest = max(o.deepest, buffer.depth())
		if now%traceFrame != 0 {
			continue
		}
		if len(ring) == 0 {
			if last >= 0 {
				o.starved++
			}
			continue
		}
		frame := ring[0]
		ring = ring[1:]
		taken++
		switch frame {
		case -1:
			o.concealed++
		case -2:
			o.silence++
		default:
			o.played++
			if frame <= last {
				o.disorder++
			}
			o.skipped += max(0, frame-last-1)
			last = frame
			o.added = append(o.added, now-sentAt[frame]-tr.link.Delay)
		}
	}
	o.late, o.target = int(buffer.late), buffer.target // #nosec G115 -- small
	// what was neither played nor lost by the network was left out
	o.skipped = tr.packets - o.played - lost - o.late
	slices.Sort(o.added)
	return o
}

func (o outcome) percentile(p int) time.Duration { return o.added[(len(o.added)-1)*p/100] }

func (o outcome) mean() time.Duration {
	sum := time.Duration(0)
	for _, d := range o.added {
		sum += d
	}
	return sum / time.Duration(len(o.added))
}

const traceHeader = "trace                      packets   lost  concealed starved   late skipped silence  delay ms: mean   p5  p50  p95  max   target  excess"

func (o outcome) row(name string) string {
	ms := func(d time.Duration) int { return int(d / time.Millisecond) }
	return fmt.Sprintf("%-26s %7d %6d %10d %7d %6d %7d %7d %15d %4d %4d %4d %4d %8d", name, o.sent, o.lost, o.concealed, o.starved,
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
		{name: "constant", packets: 5 * minute, excess: 0.0001, delay: millis(20)},
		{name: "constant, 80 ms", link: impair.Link{Delay: millis(80)}, packets: 5 * minute, excess: 0.0001, delay: millis(20)},
		{name: "Gaussian 5 ms", link: normal(5), packets: 5 * minute, excess: 0.0003, delay: millis(40)},
		{name: "Gaussian 15 ms", link: normal(15), packets: 5 * minute, excess: 0.003, delay: millis(80)},
		{name: "Gaussian 30 ms", link: normal(30), packets: 5 * minute, excess: 0.004, delay: millis(140)},
		{name: "Wi-Fi spikes", link: stalls(3*time.Second, 120), packets: 5 * minute, excess: 0.01, delay: millis(140)},
		{name: "Wi-Fi spikes, rare, long", link: stalls(15*time.Second, 300), packets: 5 * minute, excess: 0.03, delay: millis(300)},
	}
	for _, loss := range []float64{0.01, 0.02, 0.05, 0.1, 0.2} {
		all = append(all, trace{name: fmt.Sprintf("random loss %.0f %%", loss*100), link: impair.Link{Loss: loss}, packets: 5 * minute,
			excess: 0.0001, delay: millis(20)})
	}
	lossy := normal(15)
	lossy.Loss = 0.05
	return append(all,
		trace{name: "loss 5 %, Gaussian 15 ms", link: lossy, packets: 5 * minute, excess: 0.003, delay: millis(80)},
		trace{name: "bursts of 4", link: impair.Link{Bursts: &impair.Bursts{ToBad: 0.01, ToGood: 0.25, LossBad: 1}}, packets: 5 * minute,
			excess: 0.0001, delay: millis(20)},
		trace{name: "bursts of 12", link: impair.Link{Bursts: &impair.Bursts{ToBad: 0.003, ToGood: 0.08, LossBad: 1}}, packets: 5 * minute,
			excess: 0.0001, delay: millis(20)},
		trace{name: "reordering 5 %", link: impair.Link{Reorder: 0.05}, packets: 5 * minute, excess: 0.0003, delay: millis(40)},
		trace{name: "duplicates 10 %", link: impair.Link{Duplicate: 0.1}, packets: 5 * minute, excess: 0.0001, delay: millis(20)},
		trace{name: "sequence wraps", packets: minute, firstSeq: 64000, excess: 0.0004, delay: millis(20)},
		trace{name: "timestamp wraps", packets: minute, firstTS: 1<<32 - 1000*960, excess: 0.0004, delay: millis(20)},
		trace{name: "both wrap, loss 5 %", packets: minute, firstSeq: 65000, firstTS: 1<<32 - 536*960, link: impair.Link{Loss: 0.05},
			excess: 0.0004, delay: millis(20)},
		trace{name: "SSRC changes", packets: minute, ssrcAt: minute / 2, excess: 0.001, delay: millis(40)},
		trace{name: "DTX", packets: 5 * minute, talk: 60, pause: 40, excess: 0.0001, delay: millis(20)},
		trace{name: "DTX, Gaussian 15 ms", packets: 5 * minute, talk: 60, pause: 40, link: normal(15), excess: 0.003, delay: millis(80)},
		trace{name: "DTX, long pauses", packets: 5 * minute, talk: 100, pause: 300, excess: 0.0001, delay: millis(20)},
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
			assert.LessOrEqual(t, o.excess(pauses), tr.excess, "%s: excess, seed %d", tr.name, seed+1)
			assert.LessOrEqual(t, o.percentile(95), tr.delay, "%s: delay, seed %d", tr.name, seed+1)
			assert.Zero(t, o.disorder, "%s: frames out of order, seed %d", tr.name, seed+1)
			assert.LessOrEqual(t, o.deepest, maxDelay+maxDelay+traceFrame, "%s: depth, seed %d", tr.name, seed+1)
		}
	}
}
