// SPDX-License-Identifier: MPL-2.0

package audiobridge_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// TestConformManage shows a real Janus (JANUS_TEST_URL) every request of a
// room's manager. It may be of another version: what it does not know it must
// refuse as unknown, and not for how it was asked.
func TestConformManage(t *testing.T) {
	if os.Getenv("JANUS_TEST_URL") == "" {
		t.Skip("JANUS_TEST_URL names no real Janus")
	}
	for name, config := range targets(t) {
		if config.URL != name {
			continue // the fake knows only what calls use
		}
		t.Run(name, func(t *testing.T) {
			config.Debug = func(direction string, message fmt.Stringer) { t.Log(direction, message) }
			client, err := janusclient.New(config)
			require.NoError(t, err)
			t.Cleanup(client.Close)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			session, err := client.Create(ctx, janusclient.SessionOptions{})
			require.NoError(t, err)
			room := kindOf(ctx, t, session)
			boss := attach(t, session)
			conformCreate(ctx, t, boss, room)
			conformEdit(ctx, t, boss, room)
			conformManaged(ctx, t, session, boss, room)
			conformForward(ctx, t, boss, room)
			conformFiles(ctx, t, boss, room)
			require.NoError(t, boss.Destroy(ctx, audiobridge.DestroyRequest{Room: room, Secret: "chief"}))
			require.NoError(t, session.Destroy(ctx))
		})
	}
}

// known is whether Janus knows the request; anything but ignorance is a fault.
func known(t *testing.T, err error) bool {
	t.Helper()
	if audiobridge.HasCode(err, audiobridge.CodeInvalidRequest) {
		return false
	}
	require.NoError(t, err)
	return true
}

func conformCreate(ctx context.Context, t *testing.T, boss *peer, room janusclient.ID) {
	t.Helper()
	yes, n := true, 5
	made, _, err := boss.Create(ctx, audiobridge.CreateRequest{
		Room: room, Secret: "boss", PIN: "1", Description: "first", SamplingRate: 48000, SpatialAudio: &yes, AudioLevelExt: &yes,
		AudioLevelEvent: &yes, AudioActivePackets: 50, AudioLevelAverage: 30, DefaultPrebuffering: &n, DefaultExpectedLoss: 5,
		DefaultBitrate: 32000, AllowRTPParticipants: &yes, Groups: []string{"red", "blue"},
	})
	require.NoError(t, err)
	require.Equal(t, room, made)
	rooms, err := boss.List(ctx, "")
	require.NoError(t, err)
	require.Contains(t, rooms, audiobridge.Room{Room: room, Description: "first", PINRequired: true, SamplingRate: 48000, SpatialAudio: true})
}

func conformEdit(ctx context.Context, t *testing.T, boss *peer, room janusclient.ID) {
	t.Helper()
	none := ""
	_, err := boss.Edit(ctx, audiobridge.EditRequest{Room: room, Secret: "chief"})
	require.True(t, audiobridge.IsRejected(err), "%v", err)
	permanent, err := boss.Edit(ctx, audiobridge.EditRequest{Room: room, Secret: "boss", Description: "second", NewSecret: "chief", NewPIN: &none})
	require.NoError(t, err)
	require.False(t, permanent)
	rooms, err := boss.List(ctx, "")
	require.NoError(t, err)
	require.Contains(t, rooms, audiobridge.Room{Room: room, Description: "second", SamplingRate: 48000, SpatialAudio: true})
}

func conformManaged(ctx context.Context, t *testing.T, session *janusclient.Session, boss *peer, room janusclient.ID) {
	t.Helper()
	guest, position := attach(t, session), 80
	request := audiobridge.JoinRequest{Room: room, Media: audiobridge.Media{Display: "guest", Group: "red", SpatialPosition: &position},
		RTP: &audiobridge.RTP{IP: "127.0.0.1", Port: 40000, PayloadType: 111}}
	joined, _, err := guest.Join(ctx, request, nil)
	require.NoError(t, err)
	require.NotNil(t, joined.RTP, "plain RTP was asked for")
	require.NotZero(t, joined.RTP.Port)
	require.NoError(t, guest.ResetDecoder(ctx))
	guests := audiobridge.ManageRequest{Room: room, ID: joined.ID, Secret: "chief"}
	require.NoError(t, boss.Mute(ctx, guests))
	list, err := boss.ListParticipants(ctx, room)
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.True(t, list[0].Muted)
	require.Equal(t, &position, list[0].SpatialPosition)
	require.NoError(t, boss.Unmute(ctx, guests))
	require.NoError(t, boss.MuteRoom(ctx, guests))
	require.Equal(t, audiobridge.RoomMuted{Room: room, Muted: true}, next[audiobridge.RoomMuted](t, guest))
	require.NoError(t, boss.UnmuteRoom(ctx, guests))
	if known(t, boss.Suspend(ctx, audiobridge.SuspendRequest{ManageRequest: guests})) {
		require.NoError(t, boss.Resume(ctx, audiobridge.ResumeRequest{ManageRequest: guests}))
	}
	known(t, boss.Denoise(ctx, guests, true))
	require.NoError(t, boss.KickAll(ctx, guests))
	require.Equal(t, joined.ID, next[audiobridge.Kicked](t, guest).ID)
	require.NoError(t, guest.HangUp(ctx))
}

func conformForward(ctx context.Context, t *testing.T, boss *peer, room janusclient.ID) {
	t.Helper()
	yes := true
	stream, err := boss.RTPForward(ctx, audiobridge.RTPForwardRequest{Room: room, Secret: "chief", Group: "blue", Host: "127.0.0.1",
		HostFamily: "ipv4", Port: 40002, SSRC: 77, Codec: "pcmu", AlwaysOn: &yes})
	require.NoError(t, err)
	all := audiobridge.ManageRequest{Room: room, Secret: "chief"}
	forwarders, err := boss.ListForwarders(ctx, all)
	require.NoError(t, err)
	require.Equal(t, []audiobridge.Forwarder{{StreamID: stream, Group: "blue", IP: "127.0.0.1", Port: 40002, SSRC: 77, Codec: "pcmu", AlwaysOn: true}}, forwarders)
	require.NoError(t, boss.StopRTPForward(ctx, audiobridge.StopRTPForwardRequest{Room: room, Secret: "chief", StreamID: stream}))
	forwarders, err = boss.ListForwarders(ctx, all)
	require.NoError(t, err)
	require.Empty(t, forwarders)
	_, err = boss.RTPForward(ctx, audiobridge.RTPForwardRequest{Room: room, Secret: "chief", Group: "green", Host: "127.0.0.1", Port: 40002})
	require.True(t, audiobridge.HasCode(err, audiobridge.CodeNoSuchGroup), "%v", err)
}

func conformFiles(ctx context.Context, t *testing.T, boss *peer, room janusclient.ID) {
	t.Helper()
	dir := t.TempDir()
	recording, err := boss.EnableRecording(ctx, audiobridge.RecordingRequest{Room: room, Secret: "chief", Record: true, File: "mix.wav", Dir: dir})
	require.NoError(t, err)
	require.True(t, recording)
	recording, err = boss.EnableRecording(ctx, audiobridge.RecordingRequest{Room: room, Secret: "chief"})
	require.NoError(t, err)
	require.False(t, recording)
	each, err := boss.EnableMJRs(ctx, audiobridge.MJRsRequest{Room: room, Secret: "chief", MJRs: true, Dir: dir})
	require.NoError(t, err)
	require.True(t, each)
	opus := filepath.Join(dir, "silence.opus")
	require.NoError(t, os.WriteFile(opus, silence(), 0o600))
	yes := true
	id, err := boss.PlayFile(ctx, audiobridge.PlayFileRequest{Room: room, Secret: "chief", Group: "red", Filename: opus, Loop: &yes})
	require.NoError(t, err)
	file := audiobridge.FileRequest{Room: room, Secret: "chief", FileID: id}
	require.Eventually(t, func() bool {
		playing, err := boss.IsPlaying(ctx, file)
		return err == nil && playing
	}, 5*time.Second, 20*time.Millisecond, "the mixer begins with its next frame")
	files, err := boss.ListAnnouncements(ctx, audiobridge.ManageRequest{Room: room, Secret: "chief"})
	if known(t, err) {
		require.Len(t, files, 1)
	}
	require.NoError(t, boss.StopFile(ctx, file))
	playing, err := boss.IsPlaying(ctx, file)
	require.NoError(t, err)
	require.False(t, playing)
	_, err = boss.StopAllFiles(ctx, audiobridge.StopAllFilesRequest{Room: room, Secret: "chief"})
	known(t, err)
}

// silence is an Ogg file (RFC 3533) of 10 s of Opus (RFC 7845): an empty frame
// is one that the decoder conceals.
func silence() []byte {
	head := append([]byte("OpusHead\x01\x02"), 0, 0, 0x80, 0xbb, 0, 0, 0, 0, 0)
	tags := append([]byte("OpusTags"), make([]byte, 8)...)
	serial := rand.Uint32()
	file := page(serial, 0, 2, 0, head)
	file = append(file, page(serial, 1, 0, 0, tags)...)
	for i := range uint32(500) {
		file = append(file, page(serial, 2+i, 0, uint64(i+1)*960, []byte{0xf8, 0xff, 0xfe})...)
	}
	return file
}

// page is an Ogg page with one packet of fewer than 255 bytes.
func page(serial, sequence uint32, flags byte, granule uint64, packet []byte) []byte {
	p := append([]byte("OggS\x00"), flags)
	p = binary.LittleEndian.AppendUint64(p, granule)
	p = binary.LittleEndian.AppendUint32(p, serial)
	p = binary.LittleEndian.AppendUint32(p, sequence)
	p = append(p, 0, 0, 0, 0, 1, byte(len(packet)))
	p = append(p, packet...)
	var sum uint32 // RFC 3533 section 6: polynomial 0x04c11db7, neither reflected nor inverted
	for _, b := range p {
		sum ^= uint32(b) << 24
		for range 8 {
			carry := sum >> 31
			sum = sum<<1 ^ carry*0x04c11db7
		}
	}
	binary.LittleEndian.PutUint32(p[22:], sum)
	return p
}
