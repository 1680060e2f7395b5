// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// What a room can be made with beyond its description, asked of Janus itself
// where it tells; all of it is taken by a Janus that is too old for some.
func TestVariablesOfARoomOfToday(t *testing.T) {
	a := ask(t, janus)
	id := janusclient.NumberID(8210)
	mixes, voices := t.TempDir(), t.TempDir()
	uuid := originate(t, sw, "%s", tone("janus-room-spatial-audio=true,janus-room-allow-rtp-participants=true,janus-room-denoise=true,"+
		"janus-room-signed-tokens=false,janus-room-record=true,janus-room-record-dir="+mixes+",janus-room-mjrs=true,janus-room-mjrs-dir="+voices+
		",janus-room-default-bitrate=24000,janus-room-default-expectedloss=4,janus-room-audiolevel-event=true,"+
		"janus-room-audio-level-average=40,janus-room-audio-active-packets=10,"+
		"janus-user-bitrate=32000,janus-user-spatial-position=20,janus-user-denoise=false", "janus/demo/Left@8210", 440))
	require.True(t, a.room(id).SpatialAudio)
	people := a.participants(id)
	require.Len(t, people, 1)
	require.NotNil(t, people[0].SpatialPosition)
	require.Equal(t, 20, *people[0].SpatialPosition)
	for _, folder := range []string{mixes, voices} {
		eventually(t, "Janus records into "+folder, func() bool {
			files, _ := filepath.Glob(filepath.Join(folder, "*"))
			if len(files) != 1 {
				return false
			}
			info, err := os.Stat(files[0])
			return err == nil && info.Size() > 5000
		})
	}
	plain, err := audiobridge.Attach(t.Context(), a.Session(), janusclient.AttachOptions{})
	require.NoError(t, err)
	request := audiobridge.JoinRequest{Room: id, RTP: &audiobridge.RTP{IP: "127.0.0.1", Port: 40000, PayloadType: 100}}
	_, _, err = plain.Join(t.Context(), request, nil)
	require.NoError(t, err, "the room takes plain RTP")
	require.NoError(t, plain.Detach(t.Context()))
	hangup(t, sw, uuid)
	require.NotContains(t, sw.Log(), "Variable janus-room-denoise", "every value was good")

	uuid = originate(t, sw, "{janus-room-default-bitrate=12}janus/demo/x@8211 &park()")
	require.False(t, a.room(janusclient.NumberID(8211)).SpatialAudio)
	logged(t, sw, `Variable janus-room-default-bitrate: "12" is not a whole number from 500 to 512000; the default stands`)
	hangup(t, sw, uuid)
}

// mute-all silences callers who know the room's secret, since they do not present
// it when they join; it spares whom janus-user-admin makes an admin.
func TestMuteAllReachesCallers(t *testing.T) {
	const heard, silence = -30., -60. // dB: whether, not how well
	for _, admin := range []bool{false, true} {
		room := map[bool]int{false: 8220, true: 8221}[admin]
		speaker := originate(t, sw, "%s", tone(fmt.Sprintf("janus-room-secret=boss,janus-user-admin=%t", admin), fmt.Sprintf("janus/demo/Speaker@%d", room), 440))
		level := func() float64 {
			sound := record(t, fmt.Sprintf("janus/demo/Listener@%d", room), 3)
			return sound.Cut(sound.Duration()/3, sound.Duration()*2/3).Tone(440)
		}
		require.Greater(t, level(), heard, "the speaker is heard")
		require.Equal(t, "+OK", api(t, sw, "janus room demo %d mute-all", room))
		if admin {
			require.Greater(t, level(), heard, "an admin is heard")
		} else {
			require.Less(t, level(), silence, "a caller is not")
		}
		require.Equal(t, "+OK", api(t, sw, "janus room demo %d unmute-all", room))
		require.Greater(t, level(), heard)
		hangup(t, sw, speaker)
	}
}

// A caller with another secret than the room's gets in.
func TestAnotherSecretThanTheRooms(t *testing.T) {
	a := ask(t, janus)
	id := janusclient.NumberID(8222)
	_, _, err := a.Create(t.Context(), audiobridge.CreateRequest{Room: id, Secret: "chief"})
	require.NoError(t, err)
	uuid := originate(t, sw, "{janus-room-secret=boss}janus/demo/x@8222 &park()")
	require.Equal(t, "-ERR Unauthorized (wrong secret)", api(t, sw, "janus kick %s", uuid))
	hangup(t, sw, uuid)
	requireFailure(t, sw, "CALL_REJECTED", "{janus-room-secret=boss,janus-user-admin=true}janus/demo/x@8222 &park()")
	require.NoError(t, a.Destroy(t.Context(), audiobridge.DestroyRequest{Room: id, Secret: "chief"}))
}

// The verbs on a participant that is no leg of ours, and on a room.
func TestVerbsOnAParticipant(t *testing.T) {
	a := ask(t, janus)
	id := janusclient.NumberID(8230)
	in := func(line string, args ...any) string {
		t.Helper()
		return api(t, sw, "janus room demo 8230 "+line, args...)
	}
	require.Equal(t, "+OK false", in("exists"))
	require.Equal(t, "+OK 8230", in("create secret=boss private=true"))
	require.Equal(t, "+OK true", in("exists"))
	require.JSONEq(t, `{"result":"ok","exists":true}`, in("exists as json"))
	guest := browser(t, 8230, "Guest", true)
	require.Equal(t, "-ERR Missing mandatory element (secret)", in("mute %s", guest.ID))
	require.Equal(t, "+OK", in("mute %s secret=boss", guest.ID))
	require.True(t, a.participants(id)[0].Muted)
	require.Equal(t, "+OK", in("unmute %s secret=boss", guest.ID))
	require.False(t, a.participants(id)[0].Muted)
	if out := in("suspend %s secret=boss", guest.ID); strings.HasPrefix(out, "-ERR") {
		require.Equal(t, "-ERR this Janus cannot suspend (since 1.2.1)", out)
		require.Contains(t, api(t, sw, "janus server demo"), "1.1.2")
	} else {
		require.Equal(t, "+OK", out)
		require.True(t, a.participants(id)[0].Suspended)
		require.Equal(t, "+OK", in("resume %s secret=boss", guest.ID))
		require.False(t, a.participants(id)[0].Suspended)
	}
	require.Contains(t, in("kick 1 secret=boss"), "-ERR No such user 1 in room 8230")
	require.Contains(t, in("kick nobody secret=boss"), "-ERR Invalid element type (id should be a positive integer)")
	require.Equal(t, "+OK", in("kick %s secret=boss", guest.ID))
	a.empty(id)
	require.Equal(t, "+OK", in("destroy secret=boss"))
	require.Equal(t, "+OK false", in("exists"))
}

// A move to the room that the caller is in is nothing to ask Janus for.
func TestMoveToTheSameRoom(t *testing.T) {
	uuid := originate(t, sw, "janus/demo/x@8240 &park()")
	require.Equal(t, "+OK it is there already", api(t, sw, "janus move %s 8240", uuid))
	hangup(t, sw, uuid)
}
