// SPDX-License-Identifier: MPL-2.0

package call

import (
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"

	"mod_janus/bridge/media"
	"mod_janus/bridge/metrics"
)

// figures are what a call's media has counted, over all the legs that it had one after the other.
type figures struct {
	mu      sync.Mutex
	leg     atomic.Pointer[media.Leg] // the present one; nil while there has been none
	earlier media.Stats               // of the legs before the present one

	slowUp, slowDown atomic.Uint64 // times that Janus found the way to it, and from it, lossy
	stops            atomic.Uint64 // times that nothing came any more, on either side
}

// next makes a leg the call's present one. What the one before it has
// counted, stays counted.
func (f *figures) next(leg *media.Leg) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if before := f.leg.Swap(leg); before != nil {
		f.earlier = before.Stats().After(f.earlier)
	}
}

// stats are those of the present leg, with the counters of all; false while
// there has been none.
func (f *figures) stats() (media.Stats, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	leg := f.leg.Load()
	if leg == nil {
		return media.Stats{}, false
	}
	return leg.Stats().After(f.earlier), true
}

// finals are the variables that hold a call's figures at its end, for dialplan and CDR.
var finals = []struct {
	name  string
	value func(media.Stats) any
}{
	{"janus_rtp_packets_in", func(s media.Stats) any { return s.PacketsIn }},
	{"janus_rtp_packets_out", func(s media.Stats) any { return s.PacketsOut }},
	{"janus_rtp_lost", func(s media.Stats) any { return s.Lost }},
	{"janus_rtp_late", func(s media.Stats) any { return s.Late }},
	{"janus_rtp_concealed", func(s media.Stats) any { return s.Concealed }},
	{"janus_rtp_recovered", func(s media.Stats) any { return s.Recoverable }},
	{"janus_rtp_repeated", func(s media.Stats) any { return s.Repeated }},
	{"janus_rtp_lost_remote", func(s media.Stats) any { return s.RemoteLost }},
	{"janus_rtp_jitter_ms", func(s media.Stats) any { return media.Milliseconds(s.JitterMs) }},
	{"janus_rtp_jitter_remote_ms", func(s media.Stats) any { return media.Milliseconds(s.RemoteJitterMs) }},
	{"janus_rtt_ms", func(s media.Stats) any { return media.Milliseconds(s.RoundTripMs) }},
}

// setFinals sets the call's final figures. It runs on
// the session's thread, while the call's goroutine may be anywhere.
func (f *figures) setFinals(set func(name, value string)) {
	stats, ok := f.stats()
	if !ok {
		return
	}
	for _, final := range finals {
		set(final.name, fmt.Sprint(final.value(stats)))
	}
	set("janus_slowlinks_up", strconv.FormatUint(f.slowUp.Load(), 10))
	set("janus_slowlinks_down", strconv.FormatUint(f.slowDown.Load(), 10))
	set("janus_media_stops", strconv.FormatUint(f.stops.Load(), 10))
}

// MediaFigures are what a call's media has counted, over all the legs that it had one after the
// other.
type MediaFigures struct {
	media.Stats
	SlowUp, SlowDown uint64 // times that Janus found the way to it, and from it, lossy
	Stops            uint64 // times that nothing came any more, on either side
}

// Traffic is what the call's media has counted, for the metrics.
func (c *Call) Traffic() metrics.Traffic {
	s, _ := c.media.figures.stats()
	return metrics.Traffic{
		PacketsIn: s.PacketsIn, PacketsOut: s.PacketsOut, BytesIn: s.BytesIn, BytesOut: s.BytesOut, LostIn: s.Lost, LostOut: s.RemoteLost,
		Late: s.Late, Concealed: s.Concealed, Recovered: s.Recoverable, Repeated: s.Repeated, Duplicated: s.Duplicated, Dropped: s.Dropped, SkippedFrames: s.Skipped,
	}
}

// now is all that is counted by now; zeros while there has been no media.
func (f *figures) now() MediaFigures {
	stats, _ := f.stats()
	return MediaFigures{stats, f.slowUp.Load(), f.slowDown.Load(), f.stops.Load()}
}
