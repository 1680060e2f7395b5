// SPDX-License-Identifier: MPL-2.0

package media

import (
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/stretchr/testify/require"
)

// reports lets the leg report now and returns what the far end gets.
func (w *wire) reports() []rtcp.Packet {
	w.leg.stream.rtcp.due = w.now
	serve(w.leg, w.lp, w.now)
	all := w.takeReports()
	require.NotEmpty(w.tb, all)
	return all
}

func (w *wire) takeReports() (all []rtcp.Packet) {
	for n := batchSize; n == batchSize; {
		n = w.got.receive(w.far.fd)
		for i := range n {
			if classify(w.got.packet(i)) != packetRTCP {
				continue
			}
			plain, err := w.open.DecryptRTCP(nil, w.got.packet(i), nil)
			require.NoError(w.tb, err)
			packets, err := rtcp.Unmarshal(plain)
			require.NoError(w.tb, err)
			require.NoError(w.tb, rtcp.CompoundPacket(packets).Validate(), "RFC 3550 6.1")
			all = append(all, packets...)
		}
	}
	return all
}

// tell lets the far end send RTCP.
func (w *wire) tell(packets ...rtcp.Packet) {
	plain, err := rtcp.Marshal(packets)
	require.NoError(w.tb, err)
	sealed, err := w.seal.EncryptRTCP(nil, plain, nil)
	require.NoError(w.tb, err)
	require.True(w.tb, sendConnected(w.far.fd, sealed))
	serve(w.leg, w.lp, w.now)
}

// What we report of the far end's stream: loss of the interval and in all, the
// extended sequence number over a wrap, and when its report came.
func TestReceptionReport(t *testing.T) {
	w := newWire(t, profiles["AES-GCM"])
	w.seq = 65436
	for i := range 200 {
		if i%4 == 3 {
			w.seq++ // lost
		}
		w.turn()
	}
	var told []Report
	w.leg.cfg.OnReport = func(r Report) { told = append(told, r) }
	sent := ntp(w.now)
	w.tell(&rtcp.SenderReport{SSRC: 77, NTPTime: sent})
	for range 500 / 20 { // the loop goes on, and the switch writes nothing
		w.now = w.now.Add(20 * time.Millisecond)
		serve(w.leg, w.lp, w.now)
	}
	w.got.receive(w.far.fd)
	sr, ok := w.reports()[0].(*rtcp.SenderReport)
	require.True(t, ok, "who has sent reports as a sender")
	silent := 1 + 500/20 + 1 // the first frame was there before the stream began
	require.Equal(t, uint32(199+silent), sr.PacketCount)
	require.Equal(t, uint32(199*80+(silent-concealFirst)*len(opusSilence)+concealFirst), sr.OctetCount)
	require.Equal(t, ntp(w.now), sr.NTPTime)
	require.Len(t, sr.Reports, 1)
	r := sr.Reports[0]
	require.Equal(t, uint32(77), r.SSRC)
	require.Equal(t, uint32(50), r.TotalLost)
	require.InDelta(t, 256/5, int(r.FractionLost), 1)
	require.Equal(t, uint32(1<<16+65436+249-65536), r.LastSequenceNumber)
	require.Equal(t, uint32(sent>>16), r.LastSenderReport) // #nosec G115 -- the middle 32 bits
	require.Equal(t, uint32(65536/2), r.Delay)
	require.Equal(t, uint64(50), w.leg.Stats().Lost)
	stats := w.leg.Stats()
	require.InDelta(t, 20, stats.LossPercent, 0.5)
	require.Len(t, told, 1)
	require.False(t, told[0].Out)
	require.InDelta(t, 0.2, told[0].Loss, 0.005)
	require.InDelta(t, stats.JitterMs, told[0].Jitter.Seconds()*1000, 0.01)
	require.InDelta(t, stats.BufferMs, told[0].Buffer.Seconds()*1000, 0.01)

	for range 10 {
		w.turn()
	}
	sr, ok = w.reports()[0].(*rtcp.SenderReport)
	require.True(t, ok)
	require.Zero(t, sr.Reports[0].FractionLost, "of the second interval")
	require.Equal(t, uint32(50), sr.Reports[0].TotalLost)
}

// The time of the stream in a sender report goes with the wall clock, also while the switch writes
// nothing, and between two packets.
func TestSenderReportInAPause(t *testing.T) {
	w := newWire(t, profiles["AES-GCM"])
	w.turn()
	first, ok := w.reports()[0].(*rtcp.SenderReport)
	require.True(t, ok)
	began := w.now
	for _, step := range []int{7, 500, 13, 3000, 20, 20, 900, 9} {
		w.now = w.now.Add(millis(step))
		sr, ok := w.reports()[0].(*rtcp.SenderReport)
		require.True(t, ok)
		require.InDelta(t, w.now.Sub(began).Seconds()*48000, float64(sr.RTPTime-first.RTPTime), 1)
	}
}

// Who has sent nothing reports as a receiver, and says who he is.
func TestReceiverReport(t *testing.T) {
	w := newWire(t, profiles["AES-CM"])
	w.send()
	w.leg.stream.receive(w.lp, w.now)
	w.leg.stream.rtcp.due = w.now
	w.leg.stream.report(w.now)
	packets := w.takeReports()
	require.Len(t, packets, 2)
	rr, ok := packets[0].(*rtcp.ReceiverReport)
	require.True(t, ok)
	require.Len(t, rr.Reports, 1)
	sdes, ok := packets[1].(*rtcp.SourceDescription)
	require.True(t, ok)
	require.Contains(t, sdes.Chunks[0].Items[0].Text, "mod_janus-")
	w.leg.stream.bye()
	require.Equal(t, 1, w.got.receive(w.far.fd))
}

// What the far end reports of our stream: its loss, its jitter, and the round trip.
func TestRemoteReport(t *testing.T) {
	w := newWire(t, profiles["AES-GCM"])
	w.turn()
	sr, ok := w.reports()[0].(*rtcp.SenderReport)
	require.True(t, ok)
	w.now = w.now.Add(250 * time.Millisecond) // of which the far end has kept it for 100
	report := rtcp.ReceptionReport{
		SSRC: sr.SSRC, FractionLost: 64, TotalLost: 30, Jitter: 480, LastSenderReport: uint32(sr.NTPTime >> 16), Delay: 6554, // #nosec G115
	}
	var told []Report
	w.leg.cfg.OnReport = func(r Report) { told = append(told, r) }
	other := rtcp.ReceptionReport{SSRC: sr.SSRC + 1, FractionLost: 255, Delay: 1}
	w.tell(&rtcp.ReceiverReport{SSRC: 77, Reports: []rtcp.ReceptionReport{other, report}})
	require.Len(t, told, 1, "what is reported of others is none of ours")
	require.Equal(t, Report{Out: true, Loss: 0.25, Jitter: 10 * time.Millisecond, RoundTrip: told[0].RoundTrip}, told[0])
	require.InDelta(t, 0.15, told[0].RoundTrip.Seconds(), 0.001)
	stats := w.leg.Stats()
	require.InDelta(t, 25, stats.RemoteLossPercent, 0.01)
	require.InDelta(t, 150, stats.RoundTripMs, 1)
	require.Equal(t, uint64(30), stats.RemoteLost)
	require.InDelta(t, 10, stats.RemoteJitterMs, 0.01)
	loss, known := w.leg.cfg.Rings.FromSwitch.Loss()
	require.True(t, known, "the encoder is told")
	require.Equal(t, uint32(25), loss)

	// a trip that cannot be is none: the far end's clock is off, or the report is not about ours
	report.LastSenderReport, report.FractionLost = 1, 0
	w.tell(&rtcp.ReceiverReport{SSRC: 77, Reports: []rtcp.ReceptionReport{report}})
	require.InDelta(t, 150, w.leg.Stats().RoundTripMs, 1)
	require.Zero(t, told[1].RoundTrip)
	require.Zero(t, w.leg.Stats().RemoteLossPercent)
	loss, _ = w.leg.cfg.Rings.FromSwitch.Loss()
	require.Equal(t, uint32(19), loss, "one quiet report does not mean a good path")
	for range 20 {
		w.tell(&rtcp.ReceiverReport{SSRC: 77, Reports: []rtcp.ReceptionReport{report}})
	}
	loss, known = w.leg.cfg.Rings.FromSwitch.Loss()
	require.True(t, known)
	require.Zero(t, loss)
}

// Loss on the way here: who is to prepare for it hears of another grade, and
// not of each report.
func TestLossGrade(t *testing.T) {
	var g gradeOf
	for i, step := range []struct {
		fraction uint8
		grade    int
		changed  bool
	}{
		{0, 0, false}, {5, 5, true}, {12, 5, false}, {15, 5, false}, {25, 10, true}, {80, 20, true},
		{0, 20, false}, {0, 20, false}, {0, 20, false}, {0, 10, true}, {0, 10, false}, {0, 5, true},
		{0, 5, false}, {0, 5, false}, {255, 20, true},
	} {
		require.Equal(t, step.changed, g.report(step.fraction), "step %d", i)
		require.Equal(t, int64(step.grade), g.value.Load(), "step %d", i)
	}
}

// Reports go out by themselves, at intervals that vary by half.
func TestReportInterval(t *testing.T) {
	w := newWire(t, profiles["AES-GCM"])
	w.leg.stream.rtcp.init(w.now, 5*time.Second)
	count := 0
	for range 60 * 50 {
		w.send()
		serve(w.leg, w.lp, w.now)
		for i := range w.got.receive(w.far.fd) {
			if classify(w.got.packet(i)) == packetRTCP {
				count++
			}
		}
		w.now = w.now.Add(20 * time.Millisecond)
	}
	require.GreaterOrEqual(t, count, 8)
	require.LessOrEqual(t, count, 24)
}

// What is not RTCP, or not sealed with the keys of the far end, changes nothing.
func TestForgedReport(t *testing.T) {
	w := newWire(t, profiles["AES-GCM"])
	w.turn()
	plain, err := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{
		SSRC: 77, Reports: []rtcp.ReceptionReport{{SSRC: w.leg.stream.ssrc, FractionLost: 200}},
	}})
	require.NoError(t, err)
	for _, packet := range [][]byte{plain, append(plain, make([]byte, 20)...), {0x80, 200, 0, 0}} {
		require.True(t, sendConnected(w.far.fd, packet))
	}
	serve(w.leg, w.lp, w.now)
	require.Zero(t, w.leg.Stats().RemoteLossPercent)
}

// Whoever wants to know hears of the reports both ways, with the addresses of the path.
func TestReportsAreTold(t *testing.T) {
	w := newWire(t, profiles["AES-GCM"])
	var told []RTCP
	w.leg.cfg.OnRTCP = func(r RTCP) { told = append(told, r) }
	w.turn()
	w.tell(&rtcp.ReceiverReport{SSRC: 77}, &rtcp.Goodbye{})
	w.reports()
	require.Len(t, told, 2)
	far, near := w.leg.stream.path.from(), w.leg.stream.path.at()
	require.True(t, far.IsValid())
	require.True(t, near.IsValid())
	require.NotEqual(t, far, near)
	require.Equal(t, RTCP{w.now, far, near, &rtcp.ReceiverReport{SSRC: 77, ProfileExtensions: []byte{}}}, told[0])
	require.Equal(t, near, told[1].From)
	require.Equal(t, far, told[1].To)
	require.IsType(t, &rtcp.SenderReport{}, told[1].Packet)
}
