// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"math"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-audio/audio"
	"github.com/go-audio/wav"
	"github.com/pion/webrtc/v4"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"mod_janus/janusclient"
	"mod_janus/janusclient/admin"
	"mod_janus/janusclient/janustest"
	"mod_janus/janusclient/realjanus"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// loopback lets two peers meet on one machine.
func loopback() webrtc.SettingEngine {
	var settings webrtc.SettingEngine
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	return settings
}

// mixer is Janus's end of the PeerConnection: it keeps what it hears.
type mixer struct {
	mu      sync.Mutex
	conn    *webrtc.PeerConnection
	payload []byte
}

func (m *mixer) answer(offer string) (string, error) {
	conn, err := webrtc.NewAPI(webrtc.WithSettingEngine(loopback())).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return "", err
	}
	m.conn = conn
	conn.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		for {
			packet, _, err := track.ReadRTP()
			if err != nil {
				return
			}
			m.mu.Lock()
			m.payload = append(m.payload, packet.Payload...)
			m.mu.Unlock()
		}
	})
	if err := conn.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}); err != nil {
		return "", err
	}
	answer, err := conn.CreateAnswer(nil)
	if err != nil {
		return "", err
	}
	gathered := webrtc.GatheringCompletePromise(conn)
	if err := conn.SetLocalDescription(answer); err != nil {
		return "", err
	}
	<-gathered
	return conn.LocalDescription().SDP, nil
}

// sound is what it has heard; the goroutine that reads a track may outlive the PeerConnection for a
// moment.
func (m *mixer) sound() []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.payload)
}

// write makes a WAV file of a tone of 500 Hz.
func write(t *testing.T, rate, samples int) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "tone.wav")
	file, err := os.Create(name)
	require.NoError(t, err)
	defer file.Close()
	encoder := wav.NewEncoder(file, rate, 16, 1, 1)
	data := make([]int, samples)
	for i := range data {
		data[i] = int(16000 * math.Sin(2*math.Pi*500*float64(i)/float64(rate)))
	}
	require.NoError(t, encoder.Write(&audio.IntBuffer{Format: &audio.Format{SampleRate: rate, NumChannels: 1}, Data: data, SourceBitDepth: 16}))
	require.NoError(t, encoder.Close())
	return name
}

// What is in the file is what Janus hears, but for what goes before the PeerConnection
// is up at Janus's end too: the fake says webrtcup at once.
func TestPlayFile(t *testing.T) {
	m := &mixer{}
	server := janustest.NewServer(janustest.WithRoom("1234"), janustest.WithAutoWebRTCUp())
	t.Cleanup(server.Close)
	server.Answer = m.answer
	require.NoError(t, run(t.Context(), janusclient.Config{URL: server.URL}, "1234", write(t, 8000, 16000), loopback()))
	require.NoError(t, m.conn.GracefulClose())
	payload := m.sound()
	require.GreaterOrEqual(t, len(payload), 8000, "half of the two seconds at least")
	least, most := 0, 0
	for _, b := range payload {
		least, most = min(least, expand(b)), max(most, expand(b))
	}
	require.InDelta(t, 16000, most, 600)
	require.InDelta(t, -16000, least, 600)
	require.Zero(t, server.Sessions())
}

// A real Janus says that it has heard it. Janus takes no loopback candidates, so
// this takes scripts/netns.
func TestPlayFileToJanus(t *testing.T) {
	address := os.Getenv("MOD_JANUS_ICE_IP")
	if address == "" {
		t.Skip("run this under scripts/netns")
	}
	janus, err := realjanus.Start(t.TempDir(), realjanus.Config{})
	require.NoError(t, err)
	t.Cleanup(janus.Kill)
	watcher, err := admin.New(admin.Config{URL: janus.Admin, Secret: realjanus.AdminSecret})
	require.NoError(t, err)
	t.Cleanup(watcher.Close)
	var settings webrtc.SettingEngine
	settings.SetIPFilter(func(ip net.IP) bool { return ip.String() == address })
	file, ended := write(t, 8000, 80000), make(chan error, 1)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() {
		// the first seconds of a Janus: no candidates yet
		var err error
		for ctx.Err() == nil {
			err = run(ctx, janusclient.Config{URL: janus.URL}, "1234", file, settings)
		}
		ended <- err
	}()
	require.Eventually(t, func() bool { return heard(ctx, watcher) >= 50 }, 20*time.Second, 20*time.Millisecond)
	stop()
	require.ErrorIs(t, <-ended, context.Canceled)
}

// heard is how many packets Janus has got from the one who plays.
func heard(ctx context.Context, watcher *admin.Client) int64 {
	sessions, err := watcher.ListSessions(ctx)
	if err != nil || len(sessions) != 1 {
		return 0
	}
	handles, err := watcher.ListHandles(ctx, sessions[0])
	if err != nil || len(handles) != 1 {
		return 0
	}
	info, err := watcher.HandleInfo(ctx, admin.Handle{Session: sessions[0], ID: handles[0]})
	if err != nil {
		return 0
	}
	audio, _ := info.Audio()
	return audio.Stats.In.Packets
}

// expand undoes muLaw.
func expand(b byte) int {
	b = ^b
	sample := (int(b&0xf)<<3+132)<<(b>>4&7) - 132
	if b&0x80 != 0 {
		return -sample
	}
	return sample
}

func TestMuLaw(t *testing.T) {
	require.Equal(t, byte(0xff), muLaw(0))
	require.Equal(t, byte(0x80), muLaw(32767))
	require.Equal(t, byte(0x00), muLaw(-32768))
	for sample := -32768; sample < 32768; sample += 7 {
		// a step is 1/16 of a segment; the lowest is 8 wide
		require.InDelta(t, sample, expand(muLaw(sample)), 8+math.Abs(float64(sample))/16, "%d", sample)
	}
}

func TestWrongFiles(t *testing.T) {
	_, err := readWAV(write(t, 16000, 100))
	require.ErrorContains(t, err, "16000 Hz")
	text := filepath.Join(t.TempDir(), "text.wav")
	require.NoError(t, os.WriteFile(text, []byte("no sound"), 0o600))
	for _, name := range []string{text, filepath.Join(t.TempDir(), "missing")} {
		_, err := readWAV(name)
		require.ErrorContains(t, err, filepath.Base(name))
	}
}

func TestNoSuchRoom(t *testing.T) {
	server := janustest.NewServer()
	t.Cleanup(server.Close)
	err := run(t.Context(), janusclient.Config{URL: server.URL}, "99", write(t, 8000, 160), loopback())
	require.ErrorContains(t, err, "No such room")
}

// Janus hangs up while the file is played.
func TestHangup(t *testing.T) {
	m := &mixer{}
	server := janustest.NewServer(janustest.WithRoom("1234"), janustest.WithAutoWebRTCUp())
	t.Cleanup(server.Close)
	server.Answer = m.answer
	ended := make(chan error, 1)
	file := write(t, 8000, 800000)
	go func() { ended <- run(t.Context(), janusclient.Config{URL: server.URL}, "1234", file, loopback()) }()
	require.Eventually(t, func() bool { return len(m.sound()) > 0 }, 10*time.Second, time.Millisecond)
	server.LoseSessions()
	require.ErrorIs(t, <-ended, janusclient.ErrSessionLost)
	require.NoError(t, m.conn.GracefulClose())
}
