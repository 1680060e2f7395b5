// SPDX-License-Identifier: MPL-2.0

package mediapeer

import (
	"bytes"
	"context"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/janustest"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

const patience = 20 * time.Second

func newServer(t *testing.T, cfg Config) *Server {
	t.Helper()
	if address := os.Getenv("MOD_JANUS_ICE_IP"); address != "" {
		cfg.Address = netip.MustParseAddr(address)
	}
	cfg.Options = append(cfg.Options, janustest.WithRoom("1"))
	s, err := New(cfg)
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

// caller is a browser in Opus that keeps what it gets, and sends it back or not.
type caller struct {
	*lab.Browser
	mu       sync.Mutex
	payloads [][]byte
	back     bool
}

func call(t *testing.T, s *Server, back bool) *caller {
	t.Helper()
	c := &caller{back: back}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var err error
	c.Browser, err = lab.NewBrowserWith(ctx, s.URL, lab.BrowserConfig{Opus: true, OnPacket: c.take})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	require.NoError(t, c.Join(ctx, audiobridge.JoinRequest{Room: janusclient.StringID("1")}, false))
	require.NoError(t, c.WaitUp(ctx))
	return c
}

func (c *caller) take(packet *rtp.Packet, _ time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.payloads = append(c.payloads, bytes.Clone(packet.Payload))
	if c.back {
		_ = c.Send(packet.Payload)
	}
}

func (c *caller) heard() [][]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.payloads
}

// A peer talks, and hears what comes back of it, frame by frame.
func TestPeerTalksAndListens(t *testing.T) {
	s := newServer(t, Config{})
	c := call(t, s, true)
	require.NoError(t, realjanus.Until(patience, "frames come back", func() bool {
		streams := s.Streams()
		return len(streams) == 1 && streams[0].Frames >= 25
	}))
	require.Equal(t, 1, s.Up())
	stream := s.Streams()[0]
	require.Zero(t, stream.Talker)
	require.Zero(t, stream.Lost)
	require.Equal(t, stream.Frames, stream.Delays.Frames())
	require.Positive(t, stream.Delays.Percentile(0))
	require.Less(t, stream.Delays.Percentile(50), time.Second)
	require.GreaterOrEqual(t, stream.Delays.Percentile(100), stream.Delays.Percentile(50))
	require.Positive(t, stream.SentLate)
	for i, payload := range c.heard() {
		talker, n, ok := readFrame(payload)
		require.True(t, ok)
		require.Zero(t, talker)
		require.EqualValues(t, i, n)
		require.Len(t, payload, frameBytes)
	}
	s.Reset()
	require.Less(t, s.Streams()[0].Frames, 25)
}

// A peer that echoes sends back what it gets, and nothing else.
func TestPeerEchoes(t *testing.T) {
	s := newServer(t, Config{Echo: func(int) bool { return true }})
	c := call(t, s, false)
	require.NoError(t, realjanus.Until(patience, "the peer is up", func() bool { return s.Up() == 1 }))
	require.NoError(t, realjanus.Until(patience, "the echo is heard", func() bool {
		require.NoError(t, c.Send([]byte("is anybody there?")))
		return len(c.heard()) > 5
	}))
	for _, payload := range c.heard() {
		require.Equal(t, "is anybody there?", string(payload))
	}
	stream := s.Streams()[0]
	require.Positive(t, stream.Packets)
	require.Zero(t, stream.Frames, "they are no frames of a talker")
}

// One that says goodbye is gone at once, and its successor is another peer.
func TestPeerEnds(t *testing.T) {
	s := newServer(t, Config{})
	first := call(t, s, false)
	require.NoError(t, realjanus.Until(patience, "the first is up", func() bool { return s.Up() == 1 }))
	first.Close()
	require.NoError(t, realjanus.Until(patience, "the first is gone", func() bool { return s.Up() == 0 }))
	require.Empty(t, s.Streams())
	second := call(t, s, true)
	require.NoError(t, realjanus.Until(patience, "the second is heard", func() bool {
		streams := s.Streams()
		return len(streams) == 1 && streams[0].Talker == 1
	}))
	require.NotEmpty(t, second.heard())
	s.mu.RLock()
	defer s.mu.RUnlock()
	require.Len(t, s.byName, 1)
	require.Len(t, s.byAddr, 1)
}

func TestOffers(t *testing.T) {
	const good = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=ice-ufrag:u\r\na=ice-pwd:p\r\nm=audio 9 RTP/SAVPF 102 0\r\n" +
		"a=rtpmap:102 opus/48000/2\r\na=rtpmap:0 PCMU/8000\r\na=mid:x\r\na=setup:active\r\n" +
		"a=candidate:1 1 udp 2130706431 192.0.2.1 30000 typ host generation 0\r\na=candidate:1 2 udp 2130706431 192.0.2.1 30001 typ host\r\n" +
		"a=candidate:2 1 tcp 1 192.0.2.1 9 typ host tcptype active\r\na=candidate:3 1 udp 1 x.local 9 typ host\r\n"
	o, err := parseOffer(good)
	require.NoError(t, err)
	require.Equal(t, offer{
		ufrag: "u", pwd: "p", mid: "x", payload: "102", maps: []string{"a=rtpmap:102 opus/48000/2"}, active: true,
		candidates: []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:30000")},
	}, o)
	for _, bad := range []string{"", "nonsense", "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n",
		"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 RTP/SAVPF 102\r\n"} {
		_, err := parseOffer(bad)
		require.ErrorIs(t, err, errOffer, bad)
	}
}
