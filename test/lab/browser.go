// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"context"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// Browser is a WebRTC participant of a room that is no leg of the switch: what
// a browser is to Janus. It speaks G.711, or sends and receives packets of Opus
// as they are.
type Browser struct {
	*audiobridge.Handle
	ID janusclient.ID // of the participant

	client  *janusclient.Client
	session *janusclient.Session
	peer    *webrtc.PeerConnection
	track   *webrtc.TrackLocalStaticRTP
	offer   webrtc.SessionDescription
	level   int           // id of the audio level extension (RFC 6464)
	sent    int           // packets
	up      chan struct{} // closed when the PeerConnection is up
	once    sync.Once
	cfg     BrowserConfig
}

// BrowserConfig is what may differ from one browser to the next.
type BrowserConfig struct {
	Opus bool // the codec; else it is PCMU
	// OnPacket, if set, takes what is received, and when.
	// It is called by one goroutine and must not block.
	OnPacket func(packet *rtp.Packet, at time.Time)
}

// NewBrowser prepares one; Join brings it into a room.
func NewBrowser(ctx context.Context, url string) (*Browser, error) {
	return NewBrowserWith(ctx, url, BrowserConfig{})
}

// NewBrowserWith is NewBrowser for one that is not as usual.
func NewBrowserWith(ctx context.Context, url string, cfg BrowserConfig) (*Browser, error) {
	client, err := janusclient.New(janusclient.Config{URL: url})
	if err != nil {
		return nil, err
	}
	b := &Browser{client: client, cfg: cfg, up: make(chan struct{})}
	if b.session, err = client.Create(ctx, janusclient.SessionOptions{}); err != nil {
		return nil, err
	}
	if b.Handle, err = audiobridge.Attach(ctx, b.session, janusclient.AttachOptions{}); err != nil {
		return nil, err
	}
	return b, b.prepare()
}

func (b *Browser) prepare() error {
	var media webrtc.MediaEngine
	codec := webrtc.RTPCodecParameters{
		RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypePCMU, ClockRate: 8000}, PayloadType: 0,
	}
	if b.cfg.Opus {
		codec = webrtc.RTPCodecParameters{
			RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}, PayloadType: 111,
		}
	}
	if err := media.RegisterCodec(codec, webrtc.RTPCodecTypeAudio); err != nil {
		return err
	}
	if err := media.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: sdp.AudioLevelURI}, webrtc.RTPCodecTypeAudio); err != nil {
		return err
	}
	var settings webrtc.SettingEngine
	if address := os.Getenv("MOD_JANUS_ICE_IP"); address != "" {
		settings.SetIPFilter(func(ip net.IP) bool { return ip.String() == address })
	}
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	var err error
	if b.peer, err = webrtc.NewAPI(webrtc.WithMediaEngine(&media), webrtc.WithSettingEngine(settings)).NewPeerConnection(webrtc.Configuration{}); err != nil {
		return err
	}
	if b.track, err = webrtc.NewTrackLocalStaticRTP(codec.RTPCodecCapability, "audio", "browser"); err != nil {
		return err
	}
	b.watch()
	sender, err := b.peer.AddTrack(b.track)
	if err != nil {
		return err
	}
	if b.offer, err = b.peer.CreateOffer(nil); err != nil {
		return err
	}
	for _, extension := range sender.GetParameters().HeaderExtensions {
		if extension.URI == sdp.AudioLevelURI {
			b.level = extension.ID
		}
	}
	gathered := webrtc.GatheringCompletePromise(b.peer)
	if err := b.peer.SetLocalDescription(b.offer); err != nil {
		return err
	}
	<-gathered
	return nil
}

// watch tells when the PeerConnection is up, and passes on what it receives.
func (b *Browser) watch() {
	b.peer.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		if state == webrtc.PeerConnectionStateConnected {
			b.once.Do(func() { close(b.up) })
		}
	})
	b.peer.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		for {
			packet, _, err := track.ReadRTP()
			if err != nil {
				return
			}
			if b.cfg.OnPacket != nil {
				b.cfg.OnPacket(packet, time.Now())
			}
		}
	})
}

// WaitUp waits until the PeerConnection is up.
func (b *Browser) WaitUp(ctx context.Context) error {
	select {
	case <-b.up:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("browser: PeerConnection not up: %w", ctx.Err())
	}
}

// Send sends one frame of 20 ms. It is for one goroutine, and not while Talk is.
func (b *Browser) Send(payload []byte) error {
	b.sent++
	step := 160
	if b.cfg.Opus {
		step = 960
	}
	return b.track.WriteRTP(&rtp.Packet{
		Header:  rtp.Header{Version: 2, SequenceNumber: uint16(b.sent), Timestamp: uint32(step * b.sent)},
		Payload: payload,
	})
}

// Join enters a room. Its PeerConnection comes up by itself after that, unless
// silent: then the answer is put aside, and Janus never sees it set up.
func (b *Browser) Join(ctx context.Context, request audiobridge.JoinRequest, silent bool) error {
	request.Codec = "pcmu"
	if b.cfg.Opus {
		request.Codec = "opus"
	}
	joined, answer, err := b.Handle.Join(ctx, request, &janusclient.JSEP{Type: "offer", SDP: b.peer.LocalDescription().SDP})
	if err != nil {
		return err
	}
	b.ID = joined.ID
	if silent {
		return nil
	}
	return b.peer.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer.SDP})
}

// Talk sends some audio, in PCMU, at a level in -dBov (RFC 6464): 0 is loudest, 127
// silence.
func (b *Browser) Talk(ctx context.Context, level uint8, spell time.Duration) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	extension, err := (&rtp.AudioLevelExtension{Level: level, Voice: level < 100}).Marshal()
	if err != nil {
		return err
	}
	payload := make([]byte, 160)
	for i := range payload {
		payload[i] = byte(i) // any sound will do
	}
	for range int(spell / (20 * time.Millisecond)) {
		b.sent++
		packet := &rtp.Packet{
			Header: rtp.Header{Version: 2, SequenceNumber: uint16(b.sent), Timestamp: uint32(160 * b.sent)}, Payload: payload,
		}
		if err := packet.SetExtension(uint8(b.level), extension); err != nil {
			return err
		}
		if err := b.track.WriteRTP(packet); err != nil {
			return fmt.Errorf("browser: %w", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// Close leaves, and ends everything.
func (b *Browser) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = b.session.Destroy(ctx) // first: the other takes its time on a busy machine
	if b.peer != nil {
		_ = b.peer.GracefulClose()
	}
	b.client.Close()
}
