// SPDX-License-Identifier: MPL-2.0

package media

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sentPacket is one on the wire, as far as it is not encrypted.
type sentPacket struct {
	at    time.Duration // since the stream began
	seq   uint16
	ts    uint32
	frame bool // of the switch; else silence
}

// recordingPath takes what a leg sends.
type recordingPath struct {
	now     *time.Time
	began   time.Time
	packets []sentPacket
	bytes   []int
	tap     func([]byte) // may be nil
}

func (p *recordingPath) receive(*batch) int                   { return 0 }
func (p *recordingPath) takeSTUN([]byte, time.Time) pathState { return pathSame }
func (p *recordingPath) keep(time.Time) pathState             { return pathSame }
func (p *recordingPath) from() netip.AddrPort                 { return netip.AddrPort{} }
func (p *recordingPath) at() netip.AddrPort                   { return netip.AddrPort{} }
func (p *recordingPath) dropped() uint64                      { return 0 }
func (p *recordingPath) send(packet []byte) bool {
	if classify(packet) != packetRTP {
		return true
	}
	if p.tap != nil {
		p.tap(packet)
	}
	const tag = 16
	size := len(packet) - 12 - tag
	p.bytes = append(p.bytes, size)
	p.packets = append(p.packets, sentPacket{
		at: p.now.Sub(p.began), seq: binary.BigEndian.Uint16(packet[2:]), ts: binary.BigEndian.Uint32(packet[4:]), frame: size > len(opusSilence),
	})
	return true
}

// sending is a leg whose switch writes by a script, in simulated time.
type sending struct {
	*wire
	path  *recordingPath
	stamp bool // the switch's timestamps say how long a pause was
}

func newSending(t *testing.T) *sending {
	w := newWire(t, profiles["AES-GCM"])
	s := &sending{wire: w, path: &recordingPath{now: &w.now, began: w.now}}
	w.leg.stream.path = s.path
	return s
}

// write is a frame of the switch.
func (s *sending) write(at time.Duration, samples uint16, payload []byte) {
	slot := s.leg.cfg.Rings.FromSwitch.Reserve()
	if slot == nil {
		return
	}
	var timestamp uint32
	if s.stamp {
		timestamp = uint32(at * 48 / time.Millisecond) // #nosec G115 -- wraps as it should
	}
	slot.Set(timestamp, 0, 0, samples, payload)
	s.leg.cfg.Rings.FromSwitch.Push()
}

// frames lets the loop run while the switch writes frames of 20 ms: due says when each is to be,
// written when it is, in order; none is written where written says no.
func (s *sending) frames(total time.Duration, due func(int) time.Duration, written func(int) (time.Duration, bool)) {
	n := 0
	for t := s.now.Sub(s.path.began); t < total; t += tick {
		for ; ; n++ {
			at, yes := written(n)
			if yes && at > t || due(n) > t {
				break
			}
			if yes {
				s.write(due(n), 960, frameOf80)
			}
		}
		s.serveAt(t)
	}
}

func (s *sending) serveAt(t time.Duration) {
	s.now = s.path.began.Add(t)
	serve(s.leg, s.lp, s.now)
}

// steps is the time between frames of the switch as the numbers of their packets tell it.
func (s *sending) steps(t *testing.T) (steps []int) {
	last := -1
	for i, p := range s.path.packets {
		if i > 0 {
			before := s.path.packets[i-1]
			require.Equal(t, before.seq+1, p.seq, "packet %d", i)
			require.Equal(t, before.ts+960, p.ts, "number and time go together")
		}
		if p.frame {
			if last >= 0 {
				steps = append(steps, i-last)
			}
			last = i
		}
	}
	return steps
}

// frameOf80 is a frame of the switch: 20 ms of Opus, in 80 bytes.
var frameOf80 = append([]byte{opusSilence[0]}, make([]byte, 79)...)

// tally counts frames of the switch and packets of silence.
func tally(packets []sentPacket) (frames, silence int) {
	for _, p := range packets {
		if p.frame {
			frames++
		}
	}
	return frames, len(packets) - frames
}

func every20(n int) time.Duration { return 7*time.Millisecond + time.Duration(n)*frameTime }

// A pause is as long in the numbers and in the timestamps of RTP as it is in time, to the frame.
func TestPausesAreCounted(t *testing.T) {
	for _, stamps := range []bool{false, true} {
		for missing := 1; missing <= 40; missing++ {
			if missing == 1 && !stamps {
				continue // 20 ms may as well be a thread of the switch that is late
			}
			t.Run(fmt.Sprintf("%d ms, timestamps %v", missing*20, stamps), func(t *testing.T) {
				s := newSending(t)
				s.stamp = stamps
				s.frames(4*time.Second, every20, func(n int) (time.Duration, bool) { return every20(n), n < 100 || n >= 100+missing })
				var gaps []int
				for _, step := range s.steps(t) {
					if step != 1 {
						gaps = append(gaps, step-1)
					}
				}
				require.Equal(t, []int{missing}, gaps)
			})
		}
	}
}

// For an hour the time of RTP is that of the wall, to a frame, whatever the switch does, and
// whatever its clock: one packet for each 20 ms,
// and no hole that is longer than what was not written, and one frame.
func TestAnHour(t *testing.T) {
	total := time.Hour
	if testing.Short() {
		total = 10 * time.Minute
	}
	for name, speed := range map[string]float64{
		"even": 1, "fast by 100 ppm": 1.0001, "slow by 100 ppm": 0.9999, // and where no pause hides it:
		"speech alone, fast by 500 ppm": 1.0005, "speech alone, slow by 500 ppm": 0.9995,
	} {
		t.Run(name, func(t *testing.T) {
			s := newSending(t)
			random := rand.New(rand.NewPCG(1, 2))
			due := func(n int) time.Duration { return time.Duration(float64(every20(n)) / speed) }
			pauses := map[int]bool{}
			for n := 0; n < int(total/frameTime) && !strings.HasPrefix(name, "speech alone"); n += 50 + random.IntN(200) {
				for length := 1 + random.IntN(100); length > 0; length-- {
					pauses[n] = true
					n++
				}
			}
			s.frames(total, due, func(n int) (time.Duration, bool) {
				late := time.Duration(rand.New(rand.NewPCG(uint64(n), 3)).IntN(8)) * time.Millisecond // #nosec G115
				return due(n) + late, !pauses[n]
			})
			first := s.path.packets[0]
			for i, p := range s.path.packets {
				wall, rtp := p.at-first.at, time.Duration(p.ts-first.ts)*time.Millisecond/48
				require.InDelta(t, wall.Seconds(), rtp.Seconds(), (60 * time.Millisecond).Seconds(), "packet %d", i)
			}
			last := s.path.packets[len(s.path.packets)-1]
			require.InDelta(t, (last.at - first.at).Seconds(), float64(last.ts-first.ts)/48000, 2*frameTime.Seconds())
			require.InDelta(t, total/frameTime, len(s.path.packets), 2)

			long, written, run := 0, 0, 0
			var gaps []int
			for n := range int(total / frameTime) {
				if pauses[n] {
					run++
					continue
				}
				written++
				gaps = append(gaps, run)
				run = 0
			}
			steps := s.steps(t)
			require.InDelta(t, written, len(steps), float64(written)/1000+5, "what is written is sent")
			if speed == 1 {
				for i := range min(len(steps), len(gaps)-1) {
					if steps[i]-1 > gaps[i+1]+1 {
						long++
					}
				}
				require.Zero(t, long, "holes longer than what was not written, and a frame")
			}
		})
	}
}

// Frames that come late, all together, are all sent; time is kept all the same, a little later.
func TestLateBurst(t *testing.T) {
	for late := 10; late <= 300; late += 10 {
		t.Run(fmt.Sprintf("%d ms", late), func(t *testing.T) {
			s := newSending(t)
			stall := time.Duration(late) * time.Millisecond
			s.frames(20*time.Second, every20, func(n int) (time.Duration, bool) {
				return max(every20(n), min(every20(100)+stall, every20(n)+stall)), true
			})
			frames, silence := tally(s.path.packets[1:])
			if late <= 30 {
				require.LessOrEqual(t, silence, 1, "nobody notices")
			}
			require.LessOrEqual(t, silence, late/20+2)
			require.GreaterOrEqual(t, frames, 999-late/20-2)
			first, last := s.path.packets[0], s.path.packets[len(s.path.packets)-1]
			require.InDelta(t, (last.at - first.at).Seconds(), float64(last.ts-first.ts)/48000, 2*frameTime.Seconds())
			s.steps(t)
		})
	}
}

// No frame is left out of a steady stream, at whatever moment it began after the silence before it,
// and though the switch's threads were slower at first.
func TestNothingIsLeftOut(t *testing.T) {
	for phase := range 20 {
		s := newSending(t)
		due := func(n int) time.Duration { return time.Duration(phase)*time.Millisecond + time.Duration(n)*frameTime }
		s.frames(10*time.Second, due, func(n int) (time.Duration, bool) {
			if n < 50 {
				return due(n) + 9*time.Millisecond, true
			}
			return due(n), true
		})
		require.Zero(t, s.leg.stream.out.skipped, "%d ms", phase)
	}
}

// Where the switch's frames come sooner and sooner for a while, as when a jitter buffer in front of
// it shrinks, one of them is left out, and no packet comes much later after the one before it.
func TestFrameIsLeftOutWithoutAGap(t *testing.T) {
	for phase := range 10 {
		for _, together := range []int{1, 2, 3} { // frames that the switch writes at once
			s := newSending(t)
			at := func(n int) time.Duration {
				return every20(n/together*together) + time.Duration(phase-min(max(n-200, 0), 35))*time.Millisecond
			}
			s.frames(20*time.Second, at, func(n int) (time.Duration, bool) { return at(n), true })
			require.Equal(t, uint64(1), s.leg.stream.out.skipped, "%d ms, %d frames at once", phase, together)
			most := frameTime*time.Duration(together) + tick
			for i, p := range s.path.packets[100:] {
				require.LessOrEqual(t, p.at-s.path.packets[99+i].at, most, "%d ms, %d frames at once, packet %d", phase, together, 100+i)
			}
			s.steps(t)
		}
	}
}

// A loop that stands still sends what waits, and no silence for what was only waiting.
func TestLoopIsLate(t *testing.T) {
	s := newSending(t)
	for n := range 500 {
		s.write(0, 960, frameOf80)
		if n%100 < 90 {
			s.serveAt(time.Duration(n) * frameTime)
		}
	}
	_, silence := tally(s.path.packets)
	require.LessOrEqual(t, silence, 1)
	s.steps(t)
}

// Where the whole machine stands still, what the switch's threads write afterwards, in a burst and
// not all in one tick, takes no harm: no silence goes before it, and nothing of it is left out.
func TestMachineStandsStill(t *testing.T) {
	for stall := 40; stall <= 300; stall += 10 {
		for _, stamp := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d ms, timestamps %v", stall, stamp), func(t *testing.T) {
				s := newSending(t)
				s.stamp = stamp
				resumes := 2*time.Second + time.Duration(stall)*time.Millisecond
				n := 0
				write := func(until time.Duration, most int) {
					for ; every20(n) <= until && most > 0; n++ {
						s.write(every20(n), 960, frameOf80)
						most--
					}
				}
				for at := time.Duration(0); at < 10*time.Second; at += tick {
					if at >= 2*time.Second && at < resumes {
						continue
					}
					if at >= resumes+tick { // the loop is first
						write(at, 1+int((at-resumes)/tick)*4)
					}
					if at < 2*time.Second {
						write(at, 1)
					}
					s.serveAt(at)
				}
				frames, silence := tally(s.path.packets[1:]) // at the first tick there is no frame yet
				require.Zero(t, silence)
				require.Equal(t, n, frames)
				require.Zero(t, s.leg.stream.out.skipped)
				s.steps(t)
			})
		}
	}
}

// Frames that by their timestamps follow one another are late where a thread of the switch is, and
// then catch up, the first of them alone.
func TestStampedFramesCatchUp(t *testing.T) {
	for late := 30; late <= 50; late += 10 {
		t.Run(fmt.Sprintf("%d ms", late), func(t *testing.T) {
			s := newSending(t)
			s.stamp = true
			stall := every20(100) + time.Duration(late)*time.Millisecond
			s.frames(10*time.Second, every20, func(n int) (time.Duration, bool) {
				switch {
				case n < 100:
					return every20(n), true
				case n == 100:
					return stall, true
				default:
					return max(every20(n), stall+tick), true
				}
			})
			_, silence := tally(s.path.packets[1:])
			require.LessOrEqual(t, silence, 1)
			require.Zero(t, s.leg.stream.out.skipped)
			s.steps(t)
		})
	}
}

// What was written before the keys were there is not sent in a burst: who is heard is heard now.
func TestOldFramesAreNotSent(t *testing.T) {
	s := newSending(t)
	for i := range 40 {
		s.write(0, 960, append([]byte{opusSilence[0]}, make([]byte, 40+i)...))
	}
	s.serveAt(0)
	require.Equal(t, []int{len(opusSilence)}, s.path.bytes)
	s.write(0, 960, append([]byte{opusSilence[0]}, make([]byte, 99)...))
	s.serveAt(20 * time.Millisecond)
	require.Equal(t, []int{len(opusSilence), 100}, s.path.bytes)
	require.Less(t, s.path.packets[0].seq, uint16(1<<15), "SRTP's count of wraps")
}

// A loop that stood still for long, on a machine that slept, does not send hours of silence.
func TestLongSleep(t *testing.T) {
	s := newSending(t)
	s.serveAt(0)
	s.serveAt(3 * time.Hour)
	s.serveAt(3*time.Hour + 20*time.Millisecond)
	n := len(s.path.packets)
	require.LessOrEqual(t, n, 4)
	require.InDelta(t, float64(3*3600*48000), float64(s.path.packets[n-1].ts-s.path.packets[0].ts), 48000)
}

// A frame that the switch marks as lost is a gap in number and in time, of its length.
func TestLostFrames(t *testing.T) {
	s := newSending(t)
	s.serveAt(0)
	for i, samples := range []uint16{960, 2880} {
		s.write(0, 960, frameOf80)
		slot := s.leg.cfg.Rings.FromSwitch.Reserve()
		slot.Set(0, 0, SlotLost, samples, nil)
		s.leg.cfg.Rings.FromSwitch.Push()
		s.write(0, 960, frameOf80)
		s.serveAt(time.Duration(i+1) * time.Millisecond)
		n := len(s.path.packets)
		before, after := s.path.packets[n-2], s.path.packets[n-1]
		require.Equal(t, samples/960+1, after.seq-before.seq)
		require.Equal(t, uint32(samples)+960, after.ts-before.ts)
	}
}

// Where the far end reports loss, each packet is sent a second time, a tick after the first, for
// a minute; else once.
func TestPacketsAreSentTwiceAtLoss(t *testing.T) {
	s := newSending(t)
	s.leg.cfg.RepeatAtLoss = 3
	end := time.Duration(0)
	second := func() []sentPacket { // what is sent in the next second
		s.path.packets = nil
		for end += time.Second; s.now.Sub(s.path.began) < end-tick; {
			at := s.now.Sub(s.path.began) + tick
			if at%frameTime == 0 {
				s.write(at, 960, frameOf80)
			}
			s.serveAt(at)
		}
		return s.path.packets
	}
	lose := func(of256 uint8) { s.leg.stream.out.again.report(of256, s.leg.cfg.RepeatAtLoss, s.now) }

	require.InDelta(t, 50, len(second()), 1)
	lose(7) // 2.7 %
	require.InDelta(t, 50, len(second()), 1, "less than 3 % is no reason")
	require.Zero(t, s.leg.Stats().Repeated)
	lose(8)
	at := map[uint16][]time.Duration{}
	sent := second()
	for _, p := range sent {
		at[p.seq] = append(at[p.seq], p.at)
	}
	require.InDelta(t, 50, len(at), 1)
	for seq, times := range at {
		if seq != sent[0].seq && seq != sent[len(sent)-1].seq {
			require.Len(t, times, 2, "packet %d", seq)
			require.Equal(t, tick, times[1]-times[0])
		}
	}
	require.InDelta(t, 50, s.leg.Stats().Repeated, 1)
	for range 60 {
		second()
	}
	require.InDelta(t, 50, len(second()), 1, "a minute is over")
	s.leg.cfg.RepeatAtLoss = 0
	lose(255)
	require.InDelta(t, 50, len(second()), 1, "0 is never")
}
