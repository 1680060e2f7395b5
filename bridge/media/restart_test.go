// SPDX-License-Identifier: MPL-2.0

package media

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
	"github.com/stretchr/testify/require"

	"mod_janus/test/impair"
)

// restart restarts ICE, and lets the peer answer.
func (p *pair) restart() {
	p.t.Helper()
	offer, err := p.leg.Restart(p.t.Context(), nil, netip.Addr{})
	require.NoError(p.t, err)
	_, err = p.leg.Answer(p.answerTo(offer))
	require.NoError(p.t, err)
}

// answerTo lets the peer answer an offer, with all its candidates.
func (p *pair) answerTo(offer string) string {
	p.t.Helper()
	require.NoError(p.t, p.peer.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}))
	answer, err := p.peer.CreateAnswer(nil)
	require.NoError(p.t, err)
	gathered := webrtc.GatheringCompletePromise(p.peer)
	require.NoError(p.t, p.peer.SetLocalDescription(answer))
	<-gathered
	return p.peer.LocalDescription().SDP
}

// count is how often a state was told.
func (p *pair) count(want State) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, state := range p.states {
		if state == want {
			n++
		}
	}
	return n
}

func (p *pair) await(state State, times int) {
	p.t.Helper()
	require.Eventually(p.t, func() bool { return p.count(state) >= times }, patience, time.Millisecond, "state %s", state)
}

// speaks lets a frame of the switch arrive at the peer.
func speaks(t *testing.T, p *pair, text string) {
	t.Helper()
	for len(p.heard) > 0 {
		<-p.heard
	}
	// what is sent before the peer's own side has moved is lost
	stop := time.After(patience)
	for i := 0; ; i++ {
		p.say(0, fmt.Sprintf("%s %d", text, i))
		select {
		case packet := <-p.heard:
			if strings.Contains(string(packet.Payload), text) {
				return
			}
		case <-stop:
			require.Fail(t, "the peer hears nothing")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

var (
	ufragLine   = regexp.MustCompile(`a=ice-ufrag:(\S+)`)
	pwdLine     = regexp.MustCompile(`a=ice-pwd:(\S+)`)
	versionLine = regexp.MustCompile(`(?m)^o=- (\d+) (\d+) `)
)

// outcomesOf counts how ICE restarts end.
func outcomesOf(found, failed *atomic.Int32) func(bool) {
	return func(ok bool) {
		if ok {
			found.Add(1)
		} else {
			failed.Add(1)
		}
	}
}

// A call restarts ICE, several times, and goes on with the same keys over other sockets.
func TestRestart(t *testing.T) {
	var found, failed atomic.Int32
	p := newPair(t, pairOptions{config: func(c *LegConfig) { c.OnRestart = outcomesOf(&found, &failed) }})
	first, err := p.leg.Offer()
	require.NoError(t, err)
	require.NoError(t, p.wait(StateUp))
	again, err := p.leg.Offer()
	require.NoError(t, err)
	require.Equal(t, first, again, "it can be asked for at any time")
	hears(t, p)
	speaks(t, p, "before")
	for i := range 3 {
		local := p.leg.current.Load().sockets[0].local
		offer, err := p.leg.Restart(t.Context(), nil, netip.Addr{})
		require.NoError(t, err)
		require.NotEqual(t, ufragLine.FindStringSubmatch(first), ufragLine.FindStringSubmatch(offer))
		require.NotEqual(t, pwdLine.FindStringSubmatch(first), pwdLine.FindStringSubmatch(offer))
		require.Equal(t, versionLine.FindStringSubmatch(first)[1], versionLine.FindStringSubmatch(offer)[1])
		require.Equal(t, fmt.Sprint(firstVersion+1+i), versionLine.FindStringSubmatch(offer)[2])
		codec, err := p.leg.Answer(p.answerTo(offer))
		require.NoError(t, err)
		require.True(t, codec.Is(Opus))
		p.await(StateReconnected, i+1)
		require.NotEqual(t, local, p.leg.current.Load().sockets[0].local)
		speaks(t, p, fmt.Sprint("after ", i))
	}
	p.await(StateReceiving, 1)
	require.Eventually(t, func() bool { return found.Load() == 3 }, patience, time.Millisecond)
	require.Zero(t, failed.Load())
	timings := p.leg.Timings()
	require.Positive(t, timings.ICE)
	require.Positive(t, timings.DTLS)
	require.Positive(t, timings.Audio)
	require.Zero(t, p.count(StateFailed))
	require.Zero(t, p.count(StateDisconnected))
	require.Equal(t, 1, p.count(StateUp))
	require.NoError(t, p.leg.Close())
}

// The peer hears without a break longer than a moment while ICE restarts, and is heard.
func TestRestartKeepsMedia(t *testing.T) {
	p := newPair(t, pairOptions{})
	require.NoError(t, p.wait(StateUp))
	hears(t, p)
	before := p.leg.Stats()
	p.restart()
	p.await(StateReconnected, 1)
	hearsAgain(t, p, 1000)
	require.Greater(t, p.leg.Stats().PacketsIn, before.PacketsIn)
}

// hearsAgain is hears with other numbers,
// as the peer's SRTP replay list knows those of the first time.
func hearsAgain(t *testing.T, p *pair, first uint16) {
	t.Helper()
	in := p.leg.Stats().PacketsIn
	seq := first
	require.Eventually(t, func() bool {
		seq++
		_ = p.track.WriteRTP(&rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: seq, Timestamp: uint32(seq) * 960}, Payload: []byte("again")})
		return p.leg.Stats().PacketsIn >= in+10
	}, patience, 5*time.Millisecond)
}

// Before there is anything to restart, and after the end, it is refused.
func TestRestartRefused(t *testing.T) {
	p := newPair(t, pairOptions{answer: func(sdp string) string { s, _ := stripCandidates(sdp); return s }})
	_, err := p.leg.Restart(t.Context(), nil, netip.Addr{})
	require.ErrorIs(t, err, ErrState)
	require.NoError(t, p.leg.Close())
	_, err = p.leg.Restart(t.Context(), nil, netip.Addr{})
	require.ErrorIs(t, err, ErrClosed)
}

// An answer from another peer, or to no offer, is refused; the call goes on as it was.
func TestRestartAnswers(t *testing.T) {
	p := newPair(t, pairOptions{})
	require.NoError(t, p.wait(StateUp))
	_, err := p.leg.Answer(p.peer.LocalDescription().SDP)
	require.ErrorIs(t, err, ErrState, "answered twice")
	offer, err := p.leg.Restart(t.Context(), nil, netip.Addr{})
	require.NoError(t, err)
	answer := p.answerTo(offer)
	wrong := regexp.MustCompile(`(a=fingerprint:sha-256 )..:..`).ReplaceAllString(answer, "${1}00:00")
	_, err = p.leg.Answer(wrong)
	require.ErrorIs(t, err, ErrFingerprint)
	codec := regexp.MustCompile(`m=audio 9 UDP/TLS/RTP/SAVPF [0-9 ]+`).ReplaceAllString(answer, "m=audio 9 UDP/TLS/RTP/SAVPF 0")
	_, err = p.leg.Answer(codec)
	require.ErrorIs(t, err, ErrState)
	_, err = p.leg.Answer(answer)
	require.NoError(t, err)
	p.await(StateReconnected, 1)
	hears(t, p)
}

// A restart that leads nowhere leaves the call on the path that it has, and
// another may be tried.
func TestRestartLeadsNowhere(t *testing.T) {
	var found, failed atomic.Int32
	p := newPair(t, pairOptions{config: func(c *LegConfig) { c.ICETimeout, c.OnRestart = time.Second, outcomesOf(&found, &failed) }})
	require.NoError(t, p.wait(StateUp))
	hears(t, p)
	_, err := p.leg.Restart(t.Context(), nil, netip.Addr{})
	require.NoError(t, err)
	// an answer that the peer has not given: it goes on over the old path
	answer, _ := stripCandidates(p.peer.LocalDescription().SDP)
	_, err = p.leg.Answer(answer + "a=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\n")
	require.NoError(t, err)
	p.await(StateDisconnected, 1)
	speaks(t, p, "still there")
	hearsAgain(t, p, 1000)
	p.restart()
	p.await(StateReconnected, 1)
	speaks(t, p, "here now")
	require.Eventually(t, func() bool { return found.Load() == 1 && failed.Load() == 1 }, patience, time.Millisecond)
	require.Zero(t, p.count(StateFailed))
}

// A restart takes the place of one that is under way.
func TestRestartTwiceAtOnce(t *testing.T) {
	p := newPair(t, pairOptions{})
	require.NoError(t, p.wait(StateUp))
	_, err := p.leg.Restart(t.Context(), nil, netip.Addr{})
	require.NoError(t, err)
	answer, _ := stripCandidates(p.peer.LocalDescription().SDP)
	_, err = p.leg.Answer(answer)
	require.NoError(t, err)
	p.restart()
	p.await(StateReconnected, 1)
	hears(t, p)
	require.Zero(t, p.count(StateDisconnected))
}

// A leg that is closed in the middle of it leaves nothing behind: TestMain looks for that.
func TestCloseWhileRestarting(t *testing.T) {
	for _, answered := range []bool{false, true} {
		p := newPair(t, pairOptions{})
		require.NoError(t, p.wait(StateUp))
		_, err := p.leg.Restart(t.Context(), nil, netip.Addr{})
		require.NoError(t, err)
		if answered {
			answer, _ := stripCandidates(p.peer.LocalDescription().SDP)
			_, err = p.leg.Answer(answer)
			require.NoError(t, err)
		}
		require.NoError(t, p.leg.Close())
		require.Equal(t, 1, p.count(StateUp))
	}
}

// throughNetwork is a pair whose packets all go over a network that can be cut:
// neither knows the other's own address.
func throughNetwork(t *testing.T, config func(*LegConfig)) (p *pair, network *impair.Relay) {
	t.Helper()
	port := regexp.MustCompile(`^candidate:.* 127\.0\.0\.1 (\d+) typ host`)
	p = newPair(t, pairOptions{
		config: config,
		offer:  func(sdp string) string { s, _ := stripCandidates(sdp); return s },
		answer: func(sdp string) string {
			rest, candidates := stripCandidates(sdp)
			for _, candidate := range candidates {
				if m := port.FindStringSubmatch(candidate); m != nil && network == nil {
					var err error
					network, err = impair.NewRelay(impair.Config{Target: netip.MustParseAddrPort("127.0.0.1:" + m[1])})
					require.NoError(t, err)
					rest += fmt.Sprintf("a=candidate:1 1 udp 2130706431 127.0.0.1 %d typ host\r\n", network.Addr().Port())
				}
			}
			return rest
		},
	})
	require.NotNil(t, network)
	t.Cleanup(func() { require.NoError(t, network.Close()) })
	require.NoError(t, p.wait(StateUp))
	return p, network
}

var cut = impair.Link{Down: true}

// short makes a leg notice a dead path soon.
func short(c *LegConfig) {
	c.DisconnectedTimeout, c.consentExpiry = 500*time.Millisecond, 4*time.Second
}

// A path that dies is reported, one that comes back too; where it stays dead,
// consent expires, nothing is sent any more, and the leg has failed.
func TestConsent(t *testing.T) {
	p, network := throughNetwork(t, short)
	hears(t, p)
	require.NoError(t, network.SetLinks(cut, cut))
	p.await(StateDisconnected, 1)
	require.NoError(t, network.SetLinks(impair.Link{}, impair.Link{}))
	p.await(StateReconnected, 1)
	speaks(t, p, "back again")
	require.NoError(t, network.SetLinks(impair.Link{}, cut))
	require.ErrorIs(t, p.wait(StateFailed), ErrICEFailed)
	require.Equal(t, 2, p.count(StateDisconnected))
	sent := p.leg.Stats().PacketsOut
	p.say(0, "into the dark")
	require.Eventually(t, func() bool { return p.rings.FromSwitch.Waiting() == 0 }, patience, time.Millisecond)
	require.Equal(t, sent, p.leg.Stats().PacketsOut, "nothing is sent without consent")
}

// A path that dies for good is replaced by another: the NAT binding of the
// old one is gone, new sockets get a new one.
func TestRestartAfterCut(t *testing.T) {
	p, network := throughNetwork(t, short)
	hears(t, p)
	require.NoError(t, network.SetLinks(cut, cut))
	p.await(StateDisconnected, 1)
	p.restart()
	p.await(StateReconnected, 1)
	speaks(t, p, "by another way")
	hearsAgain(t, p, 1000)
	require.Zero(t, p.count(StateFailed))
}

// A restart that is answered in time outlives the consent of the old path.
func TestRestartWhileConsentExpires(t *testing.T) {
	// pion gives up connecting when it would give up a connection:
	// the difference of the two is the time there is here
	p, network := throughNetwork(t, func(c *LegConfig) {
		c.DisconnectedTimeout, c.consentExpiry = 1500*time.Millisecond, 3*time.Second
	})
	hears(t, p)
	require.NoError(t, network.SetLinks(cut, cut))
	p.await(StateDisconnected, 1)
	offer, err := p.leg.Restart(t.Context(), nil, netip.Addr{})
	require.NoError(t, err)
	unseen, _ := stripCandidates(offer) // or the peer would find us at once
	answer, candidates := stripCandidates(p.answerTo(unseen))
	_, err = p.leg.Answer(answer)
	require.NoError(t, err)
	require.Eventually(t, p.leg.expired.Load, patience, time.Millisecond)
	for _, candidate := range candidates { // trickled
		require.NoError(t, p.leg.AddCandidate(candidate))
	}
	p.await(StateReconnected, 1)
	speaks(t, p, "just in time")
	require.Zero(t, p.count(StateFailed))
}

// The same from and to a TURN relay: a new allocation takes the place of the old one.
func TestRestartWithRelay(t *testing.T) {
	server := ICEServer{URL: "turn:" + turnServer(t), Username: "caller", Password: "geheim"}
	p := newPair(t, pairOptions{config: func(c *LegConfig) { c.ICEServers, c.relayOnly = []ICEServer{server}, true }})
	require.NoError(t, p.wait(StateUp))
	hears(t, p)
	p.restart()
	p.await(StateReconnected, 1)
	require.NotNil(t, p.leg.current.Load().relay.Load())
	speaks(t, p, "relayed")
	hearsAgain(t, p, 1000)
	p.leg.cfg.ICEServers, p.leg.cfg.relayOnly = nil, false // the machine's own addresses work again
	p.restart()
	p.await(StateReconnected, 2)
	require.NotNil(t, p.leg.current.Load().direct.Load())
	speaks(t, p, "direct")
	hearsAgain(t, p, 2000)
}

// The machine has got another address.
func TestRestartOnAnotherAddress(t *testing.T) {
	p := newPair(t, pairOptions{})
	require.NoError(t, p.wait(StateUp))
	offer, err := p.leg.Restart(t.Context(), []netip.Addr{netip.MustParseAddr("127.0.0.2")}, netip.Addr{})
	require.NoError(t, err)
	require.Contains(t, offer, " 127.0.0.2 ")
	_, err = p.leg.Answer(p.answerTo(offer))
	require.NoError(t, err)
	p.await(StateReconnected, 1)
	speaks(t, p, "from elsewhere")
	hearsAgain(t, p, 1000)
	_, err = p.leg.Restart(t.Context(), []netip.Addr{netip.MustParseAddr("192.0.2.1")}, netip.Addr{})
	require.ErrorContains(t, err, "192.0.2.1", "an address that is not ours")
	speaks(t, p, "still")
}
