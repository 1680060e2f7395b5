// SPDX-License-Identifier: MPL-2.0

package media

import "time"

// Report is what an RTCP report says of the interval that it ends (RFC 3550 6.4.1).
type Report struct {
	Out       bool          // it is the far end's, of what the leg has sent; else it is our own, of what has come
	Loss      float64       // of the packets of the interval, 0 to 1; packets that DTX leaves out are not lost
	Jitter    time.Duration // interarrival jitter at the receiver
	RoundTrip time.Duration // of our packets; 0 where the report does not say
	Buffer    time.Duration // what our jitter buffer holds; 0 with Out
}

// tell hands a report to whoever wants it.
func (l *Leg) tell(report Report) {
	if l.cfg.OnReport != nil {
		l.cfg.OnReport(report)
	}
}

// microsecondsOf is a duration as the counters have it.
func microsecondsOf(us uint64) time.Duration {
	return time.Duration(us) * time.Microsecond // #nosec G115 -- less than a minute
}

// Timings say how long a leg's media took to come up, from the SDP answer on; 0 is not yet.
type Timings struct {
	ICE   time.Duration // until there was a path
	DTLS  time.Duration // from then until the keys were there
	Audio time.Duration // from then until the first packet of audio came
}

// Timings returns how long the steps have taken that are over.
func (l *Leg) Timings() Timings {
	t := &l.timings
	return Timings{ICE: time.Duration(t.ice.Load()), DTLS: time.Duration(t.dtls.Load()), Audio: time.Duration(t.audio.Load())}
}
