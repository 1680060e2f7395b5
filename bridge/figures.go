// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"

	"mod_janus/bridge/media"
)

// figures are what a call's media has counted, over all the legs that it had one after the other.
type figures struct {
	mu      sync.Mutex
	earlier media.Stats // of the legs before the present one

	slowUp, slowDown atomic.Uint64 // times that Janus found the way to it, and from it, lossy
	stops            atomic.Uint64 // times that nothing came any more, on either side
}

// nextLeg makes a leg the call's present one. What the one before it has
// counted, stays counted.
func (c *Call) nextLeg(leg *media.Leg) {
	f := &c.figures
	f.mu.Lock()
	defer f.mu.Unlock()
	if before := c.leg.Swap(leg); before != nil {
		f.earlier = before.Stats().After(f.earlier)
	}
}

// stats are those of the present leg, with the counters of all; false while
// there has been none.
func (c *Call) stats() (media.Stats, bool) {
	f := &c.figures
	f.mu.Lock()
	defer f.mu.Unlock()
	leg := c.leg.Load()
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
	{"janus_rtp_lost_remote", func(s media.Stats) any { return s.RemoteLost }},
	{"janus_rtp_jitter_ms", func(s media.Stats) any { return milliseconds(s.JitterMs) }},
	{"janus_rtp_jitter_remote_ms", func(s media.Stats) any { return milliseconds(s.RemoteJitterMs) }},
	{"janus_rtt_ms", func(s media.Stats) any { return milliseconds(s.RoundTripMs) }},
}

// setStatistics sets the call's final figures. It runs on
// the session's thread, while the call's goroutine may be anywhere.
func (c *Call) setStatistics() {
	stats, ok := c.stats()
	if !ok {
		return
	}
	for _, final := range finals {
		c.channel.setVariable(final.name, fmt.Sprint(final.value(stats)))
	}
	f := &c.figures
	c.channel.setVariable("janus_slowlinks_up", strconv.FormatUint(f.slowUp.Load(), 10))
	c.channel.setVariable("janus_slowlinks_down", strconv.FormatUint(f.slowDown.Load(), 10))
	c.channel.setVariable("janus_media_stops", strconv.FormatUint(f.stops.Load(), 10))
}

// describeMedia is what `janus calls <uuid>` says of a call's media.
func (c *Call) describeMedia() fields {
	stats, _ := c.stats()
	var f fields
	f.add("packetsIn", stats.PacketsIn)
	f.add("packetsOut", stats.PacketsOut)
	f.add("lossPercent", percent(stats.LossPercent))
	f.add("late", stats.Late)
	f.add("duplicated", stats.Duplicated)
	f.add("concealed", stats.Concealed)
	f.add("recovered", stats.Recoverable)
	f.add("skipped", stats.Skipped)
	f.add("overruns", stats.Overruns+stats.Dropped)
	f.add("bufferMs", milliseconds(stats.BufferMs))
	f.add("targetMs", milliseconds(stats.TargetMs))
	f.add("remoteLoss", stats.RemoteLost)
	f.add("remoteLossPercent", percent(stats.RemoteLossPercent))
	f.add("remoteJitterMs", milliseconds(stats.RemoteJitterMs))
	f.add("slowlinksUp", c.figures.slowUp.Load())
	f.add("slowlinksDown", c.figures.slowDown.Load())
	f.add("mediaStops", c.figures.stops.Load())
	return f
}

// percent has one decimal, as milliseconds have.
type percent = milliseconds
