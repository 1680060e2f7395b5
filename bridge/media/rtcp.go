// SPDX-License-Identifier: MPL-2.0

package media

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"strings"
	"time"

	"github.com/pion/rtcp"
)

// RTCP is one RTCP report of a leg.
type RTCP struct {
	At       time.Time
	From, To netip.AddrPort // of the path that carries the leg
	Packet   rtcp.Packet    // a *rtcp.SenderReport or *rtcp.ReceiverReport, which nobody changes any more
}

// receiver keeps the figures of the stream from Janus (RFC 3550 6.4.1, A.1, A.3, A.8).
type receiver struct {
	seen          bool
	ssrc          uint32
	first         uint32 // extended sequence number of the first packet
	cycles        uint32
	highest       uint16
	received      uint64
	before        uint64 // lost of earlier SSRCs
	expectedPrior uint64
	receivedPrior uint64
	transit       int64
	jitter        float64 // in timestamp units
	lastSR        uint32  // middle 32 bits of the NTP time of the last sender report
	lastSRAt      time.Time
}

// packet counts a packet; true: it is the first of a new SSRC after another one.
func (r *receiver) packet(ssrc uint32, seq uint16, ts, clock uint32, now time.Time) (changed bool) {
	arrival := now.UnixMicro() * int64(clock) / 1e6
	transit := arrival - int64(ts)
	if !r.seen || r.ssrc != ssrc {
		changed = r.seen
		*r = receiver{seen: true, ssrc: ssrc, first: uint32(seq), highest: seq, before: r.lost(), transit: transit}
	}
	if d := ahead(seq, r.highest); d > 0 {
		if seq < r.highest {
			r.cycles += 1 << 16
		}
		r.highest = seq
	}
	r.received++
	d := int32(transit - r.transit) // #nosec G115 -- wraps with the timestamps
	r.transit = transit
	if d < 0 {
		d = -d
	}
	r.jitter += (float64(d) - r.jitter) / 16
	return changed
}

func (r *receiver) expected() uint64 {
	if !r.seen {
		return 0
	}
	return uint64(r.cycles+uint32(r.highest)-r.first) + 1
}

func (r *receiver) lost() uint64 {
	if expected := r.expected(); expected > r.received {
		return r.before + expected - r.received
	}
	return r.before
}

func (r *receiver) jitterMicroseconds(clock uint32) uint64 {
	return uint64(r.jitter * 1e6 / float64(clock))
}

// report makes the reception report of the interval that ends now.
func (r *receiver) report(now time.Time) []rtcp.ReceptionReport {
	if !r.seen {
		return nil
	}
	expected := r.expected() - r.expectedPrior
	received := r.received - r.receivedPrior
	r.expectedPrior, r.receivedPrior = r.expected(), r.received
	fraction := uint8(0)
	if expected > received {
		fraction = uint8(min((expected-received)*256/expected, 255)) // #nosec G115 -- bounded
	}
	report := rtcp.ReceptionReport{
		SSRC: r.ssrc, FractionLost: fraction, TotalLost: uint32(min(r.lost(), 0x7fffff)), // #nosec G115 -- bounded
		LastSequenceNumber: r.cycles + uint32(r.highest), Jitter: uint32(r.jitter), LastSenderReport: r.lastSR,
	}
	if r.lastSR != 0 {
		report.Delay = uint32(now.Sub(r.lastSRAt).Seconds() * 65536)
	}
	return []rtcp.ReceptionReport{report}
}

// reporter sends reports and keeps what they need of our own stream.
type reporter struct {
	interval time.Duration
	due      time.Time
	packets  uint32
	octets   uint32

	// of the far end's latest report of our stream, and how many packets DTX had left out by then
	theirHighest, theirLost, heldThen uint32
}

func (r *reporter) init(now time.Time, interval time.Duration) {
	r.interval = interval
	r.due = now.Add(interval / 2) // the first one early (RFC 3550 6.2)
}

func (r *reporter) sent(octets int) {
	r.packets++
	r.octets += uint32(octets) // #nosec G115 -- wraps as RFC 3550 6.4.1 has it
}

// report sends a compound report when it is due, at an interval that varies by
// half (RFC 3550 6.3.1).
func (st *stream) report(now time.Time) {
	r := &st.rtcp
	if now.Before(r.due) {
		return
	}
	r.due = now.Add(r.interval/2 + rand.N(r.interval)) // #nosec G404 -- no secret
	reports := st.in.report(now)
	for _, r := range reports {
		counts := &st.leg.counts
		counts.loss256.Store(uint64(r.FractionLost))
		st.leg.tell(Report{
			Loss: float64(r.FractionLost) / 256, Jitter: microsecondsOf(counts.jitterUs.Load()), Buffer: microsecondsOf(counts.bufferUs.Load()),
		})
		if st.leg.lossHere.report(r.FractionLost) {
			st.leg.states.tell(StateLoss, nil)
		}
	}
	var first rtcp.Packet = &rtcp.ReceiverReport{SSRC: st.ssrc, Reports: reports}
	if r.packets > 0 {
		first = &rtcp.SenderReport{
			SSRC: st.ssrc, NTPTime: ntp(now), PacketCount: r.packets, OctetCount: r.octets, Reports: reports,
			RTPTime: st.out.timestampAt(now),
		}
	}
	if !st.leg.expired.Load() { // else it is not sent
		st.tell(RTCP{now, st.path.at(), st.path.from(), first})
	}
	st.sendRTCP([]rtcp.Packet{first, rtcp.NewCNAMESourceDescription(st.ssrc, fmt.Sprintf("mod_janus-%d", st.leg.session))})
}

// tell lets whoever wants to know of reports hear of one.
func (st *stream) tell(r RTCP) {
	if st.leg.cfg.OnRTCP != nil {
		st.leg.cfg.OnRTCP(r)
	}
}

// bye tells that the stream has ended (RFC 3550 6.6).
func (st *stream) bye() {
	st.sendRTCP([]rtcp.Packet{
		&rtcp.ReceiverReport{SSRC: st.ssrc},
		rtcp.NewCNAMESourceDescription(st.ssrc, fmt.Sprintf("mod_janus-%d", st.leg.session)),
		&rtcp.Goodbye{Sources: []uint32{st.ssrc}},
	})
}

func (st *stream) sendRTCP(packets []rtcp.Packet) {
	plain, err := rtcp.Marshal(packets)
	if err != nil {
		return
	}
	sealed, err := st.protect.EncryptRTCP(nil, plain, nil)
	if err != nil || st.leg.expired.Load() {
		return
	}
	st.path.send(sealed)
}

// takeRTCP reads the peer's reports.
func (st *stream) takeRTCP(packet []byte, now time.Time) {
	plain, err := st.unprotect.DecryptRTCP(nil, packet, nil)
	if err != nil {
		return
	}
	packets, err := rtcp.Unmarshal(plain)
	if err != nil {
		return
	}
	for _, p := range packets {
		switch p := p.(type) {
		case *rtcp.SenderReport:
			st.in.lastSR, st.in.lastSRAt = uint32(p.NTPTime>>16), now // #nosec G115 -- the middle 32 bits
			st.takeReports(p.Reports, now)
			st.tell(RTCP{now, st.path.from(), st.path.at(), p})
		case *rtcp.ReceiverReport:
			st.takeReports(p.Reports, now)
			st.tell(RTCP{now, st.path.from(), st.path.at(), p})
		}
	}
}

func (st *stream) takeReports(reports []rtcp.ReceptionReport, now time.Time) {
	for _, r := range reports {
		if r.SSRC != st.ssrc {
			continue
		}
		counts := &st.leg.counts
		counts.remoteLoss256.Store(uint64(r.FractionLost))
		loss := st.rtcp.lossOf(r, st.out.held)
		st.lossThere.report(loss)
		st.out.again.report(loss, st.leg.cfg.RepeatAtLoss, now)
		st.leg.cfg.Rings.FromSwitch.SetLoss(uint32(math.Round(st.lossThere.percent))) // #nosec G115 -- at most 100
		counts.remoteLost.Store(uint64(max(0, int32(r.TotalLost<<8)>>8)))             // #nosec G115 -- 24 bits, signed: duplicates make it negative
		counts.remoteJitterUs.Store(uint64(r.Jitter) * 1e6 / uint64(st.codec.ClockRate))
		report := Report{Out: true, Loss: float64(loss) / 256, Jitter: microsecondsOf(counts.remoteJitterUs.Load())}
		trip := uint32(ntp(now)>>16) - r.LastSenderReport - r.Delay // #nosec G115 -- the middle 32 bits
		if r.LastSenderReport != 0 && trip < 60<<16 {
			counts.roundTripUs.Store(uint64(trip) * 1e6 >> 16)
			report.RoundTrip = microsecondsOf(counts.roundTripUs.Load())
		}
		st.leg.tell(report)
	}
}

// lossOf is the loss that a report tells of, in 1/256, without the packets that DTX has left out:
// these are missing on purpose.
func (r *reporter) lossOf(report rtcp.ReceptionReport, held uint32) uint8 {
	expected, missing := report.LastSequenceNumber-r.theirHighest, report.TotalLost-r.theirLost
	onPurpose := held - r.heldThen
	r.theirHighest, r.theirLost, r.heldThen = report.LastSequenceNumber, report.TotalLost, held
	if onPurpose == 0 {
		return report.FractionLost
	}
	if missing <= onPurpose || missing > expected || expected == 0 {
		return 0
	}
	return uint8(min((missing-onPurpose)*256/expected, 255)) // #nosec G115 -- bounded
}

// ntp is a time in the NTP's format (RFC 3550 4).
func ntp(t time.Time) uint64 {
	const since1900 = 2208988800
	seconds := uint64(t.Unix()) + since1900             // #nosec G115 -- after 1970
	return seconds<<32 | uint64(t.Nanosecond())<<32/1e9 // #nosec G115 -- not negative
}

// isReplay tells a packet that came twice from one that is not authentic.
func isReplay(err error) bool { return strings.Contains(err.Error(), "duplicated") }
