// SPDX-License-Identifier: MPL-2.0

package media

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
	"github.com/stretchr/testify/require"
)

const patience = 15 * time.Second

// pair is a leg and a pion PeerConnection that plays Janus.
type pair struct {
	t      *testing.T
	engine *Engine
	leg    *Leg
	rings  *Rings
	peer   *webrtc.PeerConnection
	track  *webrtc.TrackLocalStaticRTP
	heard  chan *rtp.Packet

	mu      sync.Mutex
	states  []State
	failure error
}

type pairOptions struct {
	settings webrtc.SettingEngine
	config   func(*LegConfig)
	offer    func(string) string // edits the offer
	answer   func(string) string // edits the answer
	trickle  bool                // candidates after the answer
}

func newPair(t *testing.T, o pairOptions) *pair {
	t.Helper()
	p := &pair{t: t, rings: NewRings(), heard: make(chan *rtp.Packet, 256)}
	var err error
	p.engine, err = NewEngine(EngineConfig{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.engine.Close()) })
	cfg := LegConfig{
		Rings: p.rings, Codecs: []Codec{Opus, PCMU}, LocalAddrs: []netip.Addr{netip.MustParseAddr("127.0.0.1")},
		OnState: p.onState,
	}
	if o.config != nil {
		o.config(&cfg)
	}
	p.leg, err = p.engine.NewLeg(t.Context(), cfg)
	require.NoError(t, err)
	p.connect(o)
	return p
}

// connect lets the peer answer the leg's offer.
func (p *pair) connect(o pairOptions) {
	t := p.t
	o.settings.SetIncludeLoopbackCandidate(true)
	o.settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	var err error
	p.peer, err = webrtc.NewAPI(webrtc.WithSettingEngine(o.settings)).NewPeerConnection(webrtc.Configuration{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = p.peer.GracefulClose() })
	p.track, err = webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus}, "a", "s")
	require.NoError(t, err)
	_, err = p.peer.AddTrack(p.track)
	require.NoError(t, err)
	p.peer.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		for {
			packet, _, err := track.ReadRTP()
			if err != nil {
				return
			}
			p.heard <- packet
		}
	})
	offer, err := p.leg.Offer()
	require.NoError(t, err)
	if o.offer != nil {
		offer = o.offer(offer)
	}
	sdp := p.answerTo(offer)
	if o.answer != nil {
		sdp = o.answer(sdp)
	}
	var later []string
	if o.trickle {
		sdp, later = stripCandidates(sdp)
	}
	codec, err := p.leg.Answer(sdp)
	require.NoError(t, err)
	require.True(t, codec.Is(Opus))
	for _, candidate := range later {
		require.NoError(t, p.leg.AddCandidate(candidate))
	}
}

func stripCandidates(sdp string) (rest string, candidates []string) {
	var kept []string
	for line := range strings.SplitSeq(sdp, "\r\n") {
		if value, found := strings.CutPrefix(line, "a=candidate:"); found {
			candidates = append(candidates, "candidate:"+value)
			continue
		}
		kept = append(kept, line)
	}
	return strings.Join(kept, "\r\n"), candidates
}

func (p *pair) onState(state State, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.states = append(p.states, state)
	if err != nil {
		p.failure = err
	}
}

// wait waits for a state and returns the error that came with a failure.
func (p *pair) wait(want State) error {
	p.t.Helper()
	require.Eventually(p.t, func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, state := range p.states {
			if state == want {
				return true
			}
		}
		return false
	}, patience, time.Millisecond, "state %s", want)
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failure
}

// sends tells whether the media loop takes what the switch writes: what it writes before,
// it passes over.
func (p *pair) sends() bool {
	p.leg.serving.Lock()
	defer p.leg.serving.Unlock()
	return p.leg.stream != nil && p.leg.stream.out.started
}

// say pushes a frame as the switch would.
func (p *pair) say(flags uint16, payload string) {
	require.Eventually(p.t, p.sends, patience, time.Millisecond)
	slot := p.rings.FromSwitch.Reserve()
	require.NotNil(p.t, slot)
	slot.Set(0, 0, flags, 960, []byte(toc20ms+payload))
	p.rings.FromSwitch.Push()
}

// toc20ms begins an Opus packet of one frame of 20 ms.
const toc20ms = "\xf8"

// sent returns the next packet of the switch that the peer has received, and passes over silence.
func (p *pair) sent() *rtp.Packet {
	p.t.Helper()
	for timeout := time.After(patience); ; {
		select {
		case packet := <-p.heard:
			if text, ours := strings.CutPrefix(string(packet.Payload), toc20ms); ours && text != "" && !bytes.Equal(packet.Payload, opusSilence) {
				packet.Payload = []byte(text)
				return packet
			}
		case <-timeout:
			require.Fail(p.t, "no packet")
			return nil
		}
	}
}

func TestLegSendsAndReceives(t *testing.T) {
	var cm, passive webrtc.SettingEngine
	cm.SetSRTPProtectionProfiles(dtls.SRTP_AES128_CM_HMAC_SHA1_80)
	require.NoError(t, passive.SetAnsweringDTLSRole(webrtc.DTLSRoleServer))
	for name, o := range map[string]pairOptions{
		"plain": {}, "AES-CM": {settings: cm}, "passive answer": {settings: passive}, "trickle": {trickle: true},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, o)
			require.NoError(t, p.wait(StateUp))
			p.leg.dtls.mu.Lock()
			profile, ok := p.leg.dtls.conn.SelectedSRTPProtectionProfile()
			p.leg.dtls.mu.Unlock()
			require.True(t, ok)
			require.Equal(t, name == "AES-CM", profile != dtls.SRTP_AEAD_AES_128_GCM, "AES-GCM where the peer has it, in both roles")
			p.say(0, "one")
			first := p.sent()
			require.Equal(t, "one", string(first.Payload))
			require.Equal(t, Opus.PayloadType, first.PayloadType)
			require.True(t, first.Marker, "of the first packet, or after silence")
			p.say(0, "two")
			p.say(SlotLost, "")
			p.say(0, "four")
			second, fourth := p.sent(), p.sent()
			require.Equal(t, second.SequenceNumber+2, fourth.SequenceNumber, "a loss stays a loss")
			require.Equal(t, second.Timestamp+2*960, fourth.Timestamp)
			hears(t, p)
			require.NoError(t, p.leg.Close())
			stats := p.leg.Stats()
			require.GreaterOrEqual(t, stats.PacketsOut, uint64(3))
			require.GreaterOrEqual(t, stats.PacketsIn, uint64(10))
		})
	}
}

// hears lets the peer send until ten frames have come out of the ring, in order.
func hears(t *testing.T, p *pair) {
	t.Helper()
	stop := make(chan struct{})
	var sending sync.WaitGroup
	sending.Go(func() {
		ticker := time.NewTicker(20 * time.Millisecond)
		defer ticker.Stop()
		for i := range 500 {
			packet := &rtp.Packet{Header: rtp.Header{
				Version: 2, SequenceNumber: uint16(65530 + i), Timestamp: uint32(i * 960), // #nosec G115 -- a wrap is part of it
			}, Payload: fmt.Appendf(nil, "frame %03d", i)}
			if p.track.WriteRTP(packet) != nil {
				return
			}
			select {
			case <-stop:
				return
			case <-ticker.C:
			}
		}
	})
	var got []string
	require.Eventually(t, func() bool {
		if slot := p.rings.ToSwitch.Peek(); slot != nil {
			if slot.Len > 0 {
				got = append(got, string(slot.Payload()))
			}
			p.rings.ToSwitch.Pop()
		}
		return len(got) >= 10
	}, patience, 10*time.Millisecond)
	close(stop)
	sending.Wait()
	require.IsIncreasing(t, got)
}

func TestWrongFingerprint(t *testing.T) {
	p := newPair(t, pairOptions{answer: func(sdp string) string {
		i := strings.Index(sdp, "a=fingerprint:sha-256 ") + len("a=fingerprint:sha-256 ")
		return sdp[:i] + "00:00" + sdp[i+5:]
	}})
	require.ErrorIs(t, p.wait(StateFailed), ErrFingerprint)
}

// A panic in the media of one leg ends it, and not the loop, which serves others.
func TestPanicInMedia(t *testing.T) {
	p := newPair(t, pairOptions{})
	require.NoError(t, p.wait(StateUp))
	p.leg.serving.Lock()
	p.leg.stream.path = nil
	p.leg.serving.Unlock()
	require.ErrorIs(t, p.wait(StateFailed), ErrInternal)
	lp := p.leg.loop
	require.NoError(t, p.leg.Close())
	require.Eventually(t, func() bool { return !lp.ticking.Load() }, patience, time.Millisecond, "the loop sees that it has no leg any more")
}

// A Janus that names addresses without end has the first of them tried.
func TestTooManyCandidates(t *testing.T) {
	candidate := func(port int) string { return fmt.Sprintf("candidate:9 1 udp 1 127.0.0.1 %d typ host", port) }
	p := newPair(t, pairOptions{answer: func(sdp string) string {
		var more strings.Builder
		for port := range 1000 {
			more.WriteString("a=" + candidate(port+1) + "\r\n")
		}
		return strings.Replace(sdp, "a=end-of-candidates\r\n", more.String(), 1)
	}})
	require.NoError(t, p.wait(StateUp))
	require.ErrorIs(t, p.leg.AddCandidate(candidate(2000)), ErrTooManyCandidates)
	require.Equal(t, maxCandidates, p.leg.awaited().named)
}

func TestCandidatesNotAllowed(t *testing.T) {
	deny := func(netip.Addr) bool { return false }
	p := newPair(t, pairOptions{trickle: true, config: func(cfg *LegConfig) {
		cfg.AllowCandidate, cfg.ICETimeout = deny, 300*time.Millisecond
	}})
	require.ErrorIs(t, p.wait(StateFailed), ErrTimeout, "another one might have come")
	leg, err := p.engine.NewLeg(t.Context(), LegConfig{
		Rings: NewRings(), Codecs: []Codec{Opus}, LocalAddrs: []netip.Addr{netip.MustParseAddr("127.0.0.1")}, AllowCandidate: deny,
	})
	require.NoError(t, err)
	_, err = leg.Offer()
	require.NoError(t, err)
	_, err = leg.Answer(p.peer.LocalDescription().SDP)
	require.ErrorIs(t, err, ErrNoCandidate, "none will come")
	require.NoError(t, leg.Close())
}

func TestSilence(t *testing.T) {
	p := newPair(t, pairOptions{config: func(cfg *LegConfig) { cfg.SilenceTimeout = 100 * time.Millisecond }})
	require.NoError(t, p.wait(StateUp))
	hears(t, p)
	require.NoError(t, p.wait(StateReceiving))
	require.NoError(t, p.wait(StateSilent))
}

func TestCloseWhileConnecting(t *testing.T) {
	p := newPair(t, pairOptions{answer: func(sdp string) string { s, _ := stripCandidates(sdp); return s }})
	require.NoError(t, p.leg.Close())
	require.NoError(t, p.leg.Close())
	_, err := p.leg.Answer("")
	require.Error(t, err)
}

func TestPortRange(t *testing.T) {
	e, err := NewEngine(EngineConfig{})
	require.NoError(t, err)
	cfg := LegConfig{Rings: NewRings(), Codecs: []Codec{Opus}, LocalAddrs: []netip.Addr{netip.MustParseAddr("127.0.0.1")},
		PortMin: 45671, PortMax: 45671, ExtAddr: netip.MustParseAddr("192.0.2.1")}
	leg, err := e.NewLeg(t.Context(), cfg)
	require.NoError(t, err)
	offer, err := leg.Offer()
	require.NoError(t, err)
	require.Contains(t, offer, " 192.0.2.1 45671 typ host")
	require.NotContains(t, offer, "127.0.0.1 45671")
	_, err = e.NewLeg(t.Context(), cfg)
	require.ErrorIs(t, err, ErrNoPort)
	require.NoError(t, e.Close(), "closes the leg that is left")
	_, err = e.NewLeg(t.Context(), cfg)
	require.Error(t, err)
}
