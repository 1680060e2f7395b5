// SPDX-License-Identifier: MPL-2.0

// Command playfile joins a room of a Janus's AudioBridge as a WebRTC participant
// and plays a WAV file into it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

func main() {
	url := flag.String("url", "http://127.0.0.1:8088/janus", "of the Janus API, REST or WebSocket")
	secret := flag.String("secret", "", "API secret, if Janus wants one")
	room := flag.String("room", "1234", "to join: digits are a numeric id")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: playfile [-url URL] [-secret SECRET] [-room ROOM] FILE.wav")
		os.Exit(2) //nolint:gocritic // the process ends, and its context with it
	}
	if err := run(ctx, janusclient.Config{URL: *url, Secret: *secret}, *room, flag.Arg(0), webrtc.SettingEngine{}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, cfg janusclient.Config, name, file string, settings webrtc.SettingEngine) error {
	frames, err := readWAV(file)
	if err != nil {
		return err
	}
	room, err := janusclient.ParseID(name)
	if err != nil {
		return err
	}
	peer, track, err := newPeer(settings)
	if err != nil {
		return err
	}
	defer peer.GracefulClose()
	client, err := janusclient.New(cfg)
	if err != nil {
		return err
	}
	defer client.Close()
	session, err := client.Create(ctx, janusclient.SessionOptions{})
	if err != nil {
		return err
	}
	defer session.Destroy(context.WithoutCancel(ctx)) //nolint:errcheck // Janus forgets it by itself
	mailbox := make(chan janusclient.Event, 100)
	bridge, err := audiobridge.Attach(ctx, session, janusclient.AttachOptions{
		OnEvent: func(event janusclient.Event) {
			select {
			case mailbox <- event:
			default:
			}
		},
	})
	if err != nil {
		return err
	}
	if err := join(ctx, bridge, room, peer, mailbox); err != nil {
		return err
	}
	if err := play(ctx, track, frames, mailbox); err != nil {
		return err
	}
	return bridge.Leave(ctx)
}

// newPeer makes a PeerConnection that offers G.711, which AudioBridge mixes like
// any other codec.
func newPeer(settings webrtc.SettingEngine) (*webrtc.PeerConnection, *webrtc.TrackLocalStaticSample, error) {
	codec := webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypePCMU, ClockRate: 8000}
	var codecs webrtc.MediaEngine
	if err := codecs.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: codec}, webrtc.RTPCodecTypeAudio); err != nil {
		return nil, nil, err
	}
	peer, err := webrtc.NewAPI(webrtc.WithMediaEngine(&codecs), webrtc.WithSettingEngine(settings)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return nil, nil, err
	}
	track, err := webrtc.NewTrackLocalStaticSample(codec, "audio", "playfile")
	if err == nil {
		_, err = peer.AddTrack(track)
	}
	if err != nil {
		_ = peer.Close()
		return nil, nil, err
	}
	return peer, track, nil
}

// join enters the room and waits until media can flow.
func join(ctx context.Context, bridge *audiobridge.Handle, room janusclient.ID, peer *webrtc.PeerConnection, mailbox <-chan janusclient.Event) error {
	offer, err := peer.CreateOffer(nil)
	if err != nil {
		return err
	}
	gathered := webrtc.GatheringCompletePromise(peer)
	if err := peer.SetLocalDescription(offer); err != nil {
		return err
	}
	<-gathered // all candidates go with the offer: nothing to trickle
	_, answer, err := bridge.Join(ctx, audiobridge.JoinRequest{
		Room: room, Codec: "pcmu", Media: audiobridge.Media{Display: "playfile"},
	}, &janusclient.JSEP{Type: "offer", SDP: peer.LocalDescription().SDP, Trickle: new(false)})
	if err != nil {
		return err
	}
	if err := peer.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer.SDP}); err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case event := <-mailbox:
			if _, up := event.(janusclient.WebRTCUp); up {
				return nil
			}
			if err := ending(event); err != nil {
				return err
			}
		}
	}
}

// play sends a frame every 20 ms, until all are sent or Janus wants no more.
func play(ctx context.Context, track *webrtc.TrackLocalStaticSample, frames [][]byte, mailbox <-chan janusclient.Event) error {
	tick := time.NewTicker(frame)
	defer tick.Stop()
	for len(frames) > 0 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case event := <-mailbox:
			if err := ending(event); err != nil {
				return err
			}
		case <-tick.C:
			if err := track.WriteSample(media.Sample{Data: frames[0], Duration: frame}); err != nil {
				return err
			}
			frames = frames[1:]
		}
	}
	return nil
}

// ending returns an error for an event after which there is no use in going on.
func ending(event janusclient.Event) error {
	switch event := event.(type) {
	case janusclient.Hangup:
		return errors.New("Janus hung up: " + event.Reason)
	case janusclient.SessionLost:
		return event.Err
	}
	return nil
}
