// SPDX-License-Identifier: MPL-2.0

package media

import "time"

const (
	// spreadSlots of one second each are remembered to find the spread of delays: radio links stall
	// every few seconds, and a buffer that has forgotten the last stall breaks up at the next one.
	spreadSlots = 15
	// discontinuity is a change of transit time that is no jitter: the stream stood still,
	// or was started anew.
	discontinuity = 2 * maxDelay
	// outlier is how far a delay is beyond those of all other seconds if it is not to count.
	outlier = 30 * time.Millisecond
)

// spread is the range of transit times, by second. A transit time is how much
// later a packet came than its timestamp says, against an origin that means
// nothing: only differences count.
type spread struct {
	valid  bool
	origin time.Time
	lastTS uint32
	sent   int64 // of lastTS, in units of the RTP clock since the origin; does not wrap

	second   int64
	lowest   [spreadSlots]time.Duration
	furthest [spreadSlots]time.Duration
	used     [spreadSlots]bool

	floor time.Duration // lowest transit of the seconds remembered
	cover time.Duration // from there to what is to be covered
}

// observe takes the transit time of a packet. Older seconds are forgotten, so
// that clock drift does not add up.
func (s *spread) observe(now time.Time, ts, clock uint32) {
	if !s.valid {
		*s = spread{valid: true, origin: now, lastTS: ts}
	}
	s.sent += int64(int32(ts - s.lastTS)) // #nosec G115 -- wraps on purpose
	s.lastTS = ts
	transit := now.Sub(s.origin) - units(s.sent, clock)
	second := int64(now.Sub(s.origin) / time.Second)
	slot := second % spreadSlots
	switch known := s.used != [spreadSlots]bool{}; {
	case known && (transit > s.floor+discontinuity || transit < s.floor-discontinuity):
		*s = spread{}
		s.observe(now, ts, clock)
		return
	case second > s.second:
		for i := s.second + 1; i <= second && i <= s.second+spreadSlots; i++ {
			s.used[i%spreadSlots] = false
		}
		s.second = second
	case s.used[slot] && transit >= s.lowest[slot] && transit <= s.furthest[slot]:
		return // nothing new
	}
	if !s.used[slot] {
		s.used[slot], s.lowest[slot], s.furthest[slot] = true, transit, transit
	}
	s.lowest[slot], s.furthest[slot] = min(s.lowest[slot], transit), max(s.furthest[slot], transit)
	s.summarize()
}

// summarize finds floor and cover. What went far beyond the rest in a single
// second is not covered: a stall that does not come again is not worth
// seconds of delay.
func (s *spread) summarize() {
	first := true
	var highest, second time.Duration
	for i, used := range s.used {
		switch furthest := s.furthest[i]; {
		case !used:
			continue
		case first:
			first = false
			s.floor, highest, second = s.lowest[i], furthest, s.lowest[i]
		case furthest > highest:
			highest, second = furthest, highest
		default:
			second = max(second, furthest)
		}
		s.floor = min(s.floor, s.lowest[i])
	}
	s.cover = highest - s.floor
	if highest > second+outlier {
		s.cover = second - s.floor
	}
}

// delay is how long after the earliest possible arrival of a packet a time is.
func (s *spread) delay(at time.Time, ts, clock uint32) time.Duration {
	sent := s.sent + int64(int32(ts-s.lastTS)) // #nosec G115 -- wraps on purpose
	return at.Sub(s.origin) - units(sent, clock) - s.floor
}

// units is a duration in units of the RTP clock.
func units(n int64, clock uint32) time.Duration {
	c := int64(clock)
	return time.Duration(n/c)*time.Second + time.Duration(n%c)*time.Second/time.Duration(c)
}

const (
	lossWindow = 256   // frames over which loss is averaged: five seconds
	lossHigh   = 0.01  // from here on packets are lost often
	lossLow    = 0.003 // and from here on no more
)

// lossRate is the share of frames that are lost, exponentially averaged.
type lossRate struct {
	share float64
	high  bool
}

func (r *lossRate) count(lost bool) {
	if lost {
		r.share += (1 - r.share) / lossWindow
	} else {
		r.share -= r.share / lossWindow
	}
	r.high = r.share > lossHigh || r.high && r.share > lossLow
}

// often says whether enough is lost to do something about it.
func (r *lossRate) often() bool { return r.high }
