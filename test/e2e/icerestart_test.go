// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/media"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// voice is a leg of bridge/media in a room, without a switch: it says G.711
// frames and hears them.
type voice struct {
	*asker
	leg    *media.Leg
	rings  *media.Rings
	states [16]atomic.Int32 // how often each state was told
	loud   atomic.Bool      // what it says
	heard  atomic.Int64     // frames that are no silence
}

func newVoice(t *testing.T, j *realjanus.Janus, engine *media.Engine, room janusclient.ID, config func(*media.LegConfig)) *voice {
	t.Helper()
	v := &voice{asker: ask(t, j), rings: media.NewRings()}
	cfg := media.LegConfig{
		Rings: v.rings, Codecs: []media.Codec{media.PCMU}, LocalAddrs: []netip.Addr{netip.MustParseAddr(lab.Address())},
		OnState: func(state media.State, _ error) { v.states[state].Add(1) },
	}
	if config != nil {
		config(&cfg)
	}
	var err error
	v.leg, err = engine.NewLeg(t.Context(), cfg)
	require.NoError(t, err)
	offer, err := v.leg.Offer()
	require.NoError(t, err)
	_, answer, err := v.Join(t.Context(), audiobridge.JoinRequest{Room: room, Codec: "pcmu"}, &janusclient.JSEP{Type: "offer", SDP: offer})
	require.NoError(t, err)
	_, err = v.leg.Answer(answer.SDP)
	require.NoError(t, err)
	v.await(media.StateUp, 1)
	v.run(t)
	return v
}

// run is the switch: a frame each way every 20 ms.
func (v *voice) run(t *testing.T) {
	stop := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		ticker := time.NewTicker(20 * time.Millisecond)
		defer ticker.Stop()
		silence, tone := []byte(strings.Repeat("\xff", 160)), []byte(strings.Repeat("\x90\x90\x10\x10", 40))
		for {
			if slot := v.rings.FromSwitch.Reserve(); slot != nil {
				payload := silence
				if v.loud.Load() {
					payload = tone
				}
				slot.Set(0, 0, 0, 160, payload)
				v.rings.FromSwitch.Push()
			}
			if slot := v.rings.ToSwitch.Peek(); slot != nil {
				if slices.ContainsFunc(slot.Payload(), func(b byte) bool { return b&0x7f < 0x7e }) {
					v.heard.Add(1)
				}
				v.rings.ToSwitch.Pop()
			}
			select {
			case <-stop:
				return
			case <-ticker.C:
			}
		}
	})
	t.Cleanup(func() { close(stop); running.Wait(); _ = v.leg.Close() })
}

func (v *voice) await(state media.State, times int32) {
	v.t.Helper()
	eventually(v.t, fmt.Sprint("media is ", state), func() bool { return v.states[state].Load() >= times })
}

// hears waits until the other is heard anew.
func (v *voice) hears() {
	v.t.Helper()
	before := v.heard.Load()
	eventually(v.t, "the other is heard", func() bool { return v.heard.Load() > before+25 })
}

// restart sends the offer of an ICE restart as the bridge does.
func (v *voice) restart() {
	v.t.Helper()
	offer, err := v.leg.Restart(v.t.Context(), nil, netip.Addr{})
	require.NoError(v.t, err)
	answer, err := v.Configure(v.t.Context(), audiobridge.ConfigureRequest{}, &janusclient.JSEP{Type: "offer", SDP: offer})
	require.NoError(v.t, err)
	require.NotNil(v.t, answer)
	_, err = v.leg.Answer(answer.SDP)
	require.NoError(v.t, err)
}

// converse lets each hear the other.
func converse(a, b *voice) {
	a.t.Helper()
	for speaker, hearer := range map[*voice]*voice{a: b, b: a} {
		speaker.loud.Store(true)
		hearer.hears()
		speaker.loud.Store(false)
	}
}

// cut drops what goes to and from a UDP port of this network namespace.
func cut(t *testing.T, port string) {
	t.Helper()
	nft := exec.CommandContext(t.Context(), "nft", "-f", "-")
	nft.Stdin = strings.NewReader("table ip cut {\n" +
		"	chain in { type filter hook input priority filter; udp dport " + port + " drop; }\n" +
		"	chain out { type filter hook output priority filter; udp sport " + port + " drop; }\n}\n")
	out, err := nft.CombinedOutput()
	require.NoError(t, err, string(out))
	t.Cleanup(func() { _ = exec.Command("nft", "delete", "table", "ip", "cut").Run() }) //nolint:noctx // when the test's context has ended
}

var hostPort = regexp.MustCompile(`a=candidate:.* (\d+) typ host`)

// ICE restarts against a real Janus: on a path that works, and on one that is
// cut for good. The room hears the caller and the caller the room, before and
// after.
func TestICERestart(t *testing.T) {
	if os.Getenv("MOD_JANUS_ICE_IP") == "" {
		t.Skip("packets are dropped only in a network namespace of our own: scripts/netns")
	}
	engine, err := media.NewEngine(media.EngineConfig{})
	require.NoError(t, err)
	defer engine.Close()
	room := janusclient.NumberID(4711)
	_, _, err = ask(t, janus).Create(t.Context(), audiobridge.CreateRequest{Room: room})
	require.NoError(t, err)
	a := newVoice(t, janus, engine, room, func(c *media.LegConfig) { c.DisconnectedTimeout = 2 * time.Second })
	b := newVoice(t, janus, engine, room, nil)
	both := func() { t.Helper(); converse(a, b) }
	both()
	a.restart()
	a.await(media.StateReconnected, 1)
	both()

	offer, err := a.leg.Offer()
	require.NoError(t, err)
	began := time.Now()
	cut(t, hostPort.FindStringSubmatch(offer)[1])
	a.await(media.StateDisconnected, 1)
	t.Logf("noticed after %s", time.Since(began).Round(time.Millisecond))
	began = time.Now()
	a.restart()
	a.await(media.StateReconnected, 2)
	t.Logf("media again %s after that", time.Since(began).Round(time.Millisecond))
	both()
	require.Zero(t, a.states[media.StateFailed].Load())
}

// A caller behind a NAT talks to Janus directly, until no UDP passes any more:
// the restart finds the way through a TURN server.
func TestICERestartThroughTURN(t *testing.T) {
	n := behindNAT(t, "")
	engine, err := media.NewEngine(media.EngineConfig{})
	require.NoError(t, err)
	defer engine.Close()
	room := janusclient.NumberID(4712)
	_, _, err = ask(t, n.j).Create(t.Context(), audiobridge.CreateRequest{Room: room})
	require.NoError(t, err)
	behind := func(c *media.LegConfig) {
		c.LocalAddrs = []netip.Addr{netip.MustParseAddr(lab.NATInside)}
		c.ICEServers = []media.ICEServer{{URL: "turn:" + n.turn.Address, Username: n.turn.Username, Password: n.turn.Password}}
		c.DisconnectedTimeout = 2 * time.Second
	}
	a, b := newVoice(t, n.j, engine, room, behind), newVoice(t, n.j, engine, room, behind)
	converse(a, b)
	require.NoError(t, n.nat.Block(lab.NATJanus))
	for _, v := range []*voice{a, b} {
		v.await(media.StateDisconnected, 1)
		v.restart()
		v.await(media.StateReconnected, 1)
	}
	converse(a, b)
	require.Zero(t, a.states[media.StateFailed].Load())
}
