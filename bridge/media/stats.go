// SPDX-License-Identifier: MPL-2.0

package media

import (
	"fmt"
	"sync/atomic"
)

// Stats are a leg's figures so far.
type Stats struct {
	PacketsIn, PacketsOut uint64  // RTP packets that were taken in, and sent
	BytesIn, BytesOut     uint64  // of payload
	Lost                  uint64  // packets that never came (RFC 3550 A.3)
	Late                  uint64  // packets that came after their place had been played
	Duplicated            uint64  // packets that had been there already
	Concealed             uint64  // frames marked as lost to the switch
	Recoverable           uint64  // of those, where the next packet was there and carries the frame: FEC
	Repeated              uint64  // packets that were sent a second time, as the far end reported loss; not in PacketsOut
	Skipped               uint64  // frames left out so that the delay falls
	Overruns              uint64  // frames dropped because a ring was full, either way
	Repairs               uint64  // times that a ring's counters made no sense and were put right
	Dropped               uint64  // packets that the kernel dropped because the leg's receive queue was full
	LossPercent           float64 // of the packets to us, 0 to 100, in the interval of our last report
	LossGrade             int     // percent that the far end should prepare for: 0, 5, 10 or 20; up with LossPercent at once, down by and by
	JitterMs              float64 // interarrival jitter (RFC 3550 6.4.1)
	RoundTripMs           float64 // by RTCP (RFC 3550 6.4.1); 0 until a report has come
	BufferMs              float64 // what the jitter buffer holds
	TargetMs              float64 // what the jitter buffer aims at
	RemoteLossPercent     float64 // of our packets, 0 to 100, in the interval of the peer's last report
	RemoteLost            uint64  // of our packets in all, as the peer's last report says
	RemoteJitterMs        float64 // of our packets where they arrive, as the peer's last report says
}

// After returns s with the counters of an earlier leg of the same call added.
func (s Stats) After(earlier Stats) Stats {
	for _, pair := range []struct{ sum, more *uint64 }{
		{&s.PacketsIn, &earlier.PacketsIn}, {&s.PacketsOut, &earlier.PacketsOut}, {&s.BytesIn, &earlier.BytesIn}, {&s.BytesOut, &earlier.BytesOut},
		{&s.Lost, &earlier.Lost}, {&s.Late, &earlier.Late}, {&s.Duplicated, &earlier.Duplicated}, {&s.Concealed, &earlier.Concealed},
		{&s.Recoverable, &earlier.Recoverable}, {&s.Skipped, &earlier.Skipped}, {&s.Dropped, &earlier.Dropped}, {&s.RemoteLost, &earlier.RemoteLost},
		{&s.Repeated, &earlier.Repeated},
	} {
		*pair.sum += *pair.more
	}
	return s
}

// counters are Stats as the loop writes them: by one goroutine, read by any.
type counters struct {
	packetsIn, packetsOut, bytesIn, bytesOut                                 atomic.Uint64
	lost, late, duplicated, concealed, skipped, repeated                     atomic.Uint64
	jitterUs, roundTripUs, bufferUs, targetUs                                atomic.Uint64
	dropped, recoverable, loss256, remoteLoss256, remoteLost, remoteJitterUs atomic.Uint64
}

// Stats returns a snapshot; it may be asked for at any time, also after Close.
func (l *Leg) Stats() Stats {
	c := &l.counts
	ms := func(us *atomic.Uint64) float64 { return float64(us.Load()) / 1000 }
	stats := Stats{
		PacketsIn: c.packetsIn.Load(), PacketsOut: c.packetsOut.Load(),
		BytesIn: c.bytesIn.Load(), BytesOut: c.bytesOut.Load(),
		Lost: c.lost.Load(), Late: c.late.Load(), Duplicated: c.duplicated.Load(), Concealed: c.concealed.Load(), Skipped: c.skipped.Load(), Repeated: c.repeated.Load(),
		JitterMs: ms(&c.jitterUs), RoundTripMs: ms(&c.roundTripUs), BufferMs: ms(&c.bufferUs), TargetMs: ms(&c.targetUs),
		Recoverable: c.recoverable.Load(), LossPercent: float64(c.loss256.Load()) * 100 / 256,
		LossGrade:         int(l.lossHere.value.Load()),
		RemoteLossPercent: float64(c.remoteLoss256.Load()) * 100 / 256,
		RemoteLost:        c.remoteLost.Load(), RemoteJitterMs: ms(&c.remoteJitterUs),
	}
	l.serving.Lock()
	defer l.serving.Unlock()
	if l.stream != nil && !l.ended {
		c.dropped.Store(l.stream.dropped())
	}
	stats.Dropped = c.dropped.Load()
	if !l.ended { // the rings are ours until Close
		stats.Overruns = uint64(l.cfg.Rings.ToSwitch.Overruns()) + uint64(l.cfg.Rings.FromSwitch.Overruns())
		stats.Repairs = uint64(l.cfg.Rings.ToSwitch.Repairs()) + uint64(l.cfg.Rings.FromSwitch.Repairs())
	}
	return stats
}

// Milliseconds are printed with one decimal, in text and as a JSON number.
type Milliseconds float64

func (m Milliseconds) String() string { return fmt.Sprintf("%.1f", float64(m)) }

// MarshalJSON rounds as String does.
func (m Milliseconds) MarshalJSON() ([]byte, error) { return []byte(m.String()), nil }

// Percent is printed with one decimal, as milliseconds are.
type Percent = Milliseconds
