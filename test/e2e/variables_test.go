// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// room finds a room in Janus's list.
func (a *asker) room(id janusclient.ID) *audiobridge.Room {
	a.t.Helper()
	rooms, err := a.List(a.t.Context(), "")
	require.NoError(a.t, err)
	for _, r := range rooms {
		if r.Room == id {
			return &r
		}
	}
	return nil
}

// What *create* is asked for is what Janus then has.
func TestVariablesOfTheRoom(t *testing.T) {
	a := ask(t, janus)
	mix := filepath.Join(t.TempDir(), "mix.wav")
	uuid := originate(t, sw, "{janus-room-description=Standup,janus-room-sampling-rate=24000,janus-room-secret=open,janus-room-pin=77,"+
		"janus-room-record=true,janus-room-record-file=%s}janus/demo/x@8200 &park()", mix)
	id := janusclient.NumberID(8200)
	room := a.room(id)
	require.NotNil(t, room)
	require.Equal(t, "Standup", room.Description)
	require.Equal(t, 24000, room.SamplingRate)
	require.True(t, room.PINRequired)
	require.True(t, room.Record)
	grows(t, mix, 10000)
	require.Error(t, a.Destroy(t.Context(), audiobridge.DestroyRequest{Room: id}), "the room has a secret")
	hangup(t, sw, uuid)
	require.NoError(t, a.Destroy(t.Context(), audiobridge.DestroyRequest{Room: id, Secret: "open"}))

	uuid = originate(t, sw, "{janus-room-is-private=true}janus/demo/x@8201 &park()")
	exists, err := a.Exists(t.Context(), janusclient.NumberID(8201))
	require.NoError(t, err)
	require.True(t, exists)
	require.Nil(t, a.room(janusclient.NumberID(8201)), "a private room is not in the list")
	hangup(t, sw, uuid)

	uuid = originate(t, sw, "{janus-room-permanent=true,janus-room-description=Lasting}janus/demo/x@8202 &park()")
	require.Contains(t, janus.Configuration("janus.plugin.audiobridge.jcfg"), "Lasting", "the room is in Janus's configuration")
	hangup(t, sw, uuid)
	require.NoError(t, a.Destroy(t.Context(), audiobridge.DestroyRequest{Room: janusclient.NumberID(8202), Permanent: true}))
}

// A room that exists is taken as it is.
func TestExistingRoomKeepsItsDescription(t *testing.T) {
	uuid := originate(t, sw, "{janus-room-description=Mine}janus/demo/x@1234 &park()")
	require.NotEqual(t, "Mine", ask(t, janus).room(janusclient.NumberID(1234)).Description)
	hangup(t, sw, uuid)
}

func TestVariablesOfTheUser(t *testing.T) {
	a := ask(t, janus)
	base := filepath.Join(t.TempDir(), "caller")
	uuid := originate(t, sw, "{janus-start-muted=true,janus-user-record=true,janus-user-record-file=%s,janus-user-prebuffer=8,"+
		"janus-user-quality=3,janus-user-expected-loss=5}janus/demo/x@8300 &park()", base)
	people := a.participants(janusclient.NumberID(8300))
	require.Len(t, people, 1)
	require.True(t, people[0].Muted)
	eventually(t, "the caller is recorded", func() bool {
		found, _ := filepath.Glob(base + "*.mjr")
		return len(found) == 1
	})
	hangup(t, sw, uuid)
	require.False(t, strings.Contains(sw.Log(), "Variable janus-user"), "every value was good")
}

// The volume of a caller, as another hears it.
func TestUserVolume(t *testing.T) {
	var levels []float64
	for _, volume := range []int{100, 50} {
		speaker := originate(t, sw, "%s", tone(fmt.Sprintf("janus-user-volume=%d", volume), "janus/demo/Speaker@8310", 440))
		sound := record(t, "janus/demo/Listener@8310", 3)
		level := sound.Cut(sound.Duration()/2, sound.Duration()).Tone(440)
		t.Logf("volume %d: %.1f dB", volume, level)
		levels = append(levels, level)
		hangup(t, sw, speaker)
	}
	require.InDelta(t, 6, levels[0]-levels[1], 1, "half the volume is 6 dB less")
}

// A room that keeps a list of tokens.
func TestUserToken(t *testing.T) {
	a := ask(t, janus)
	id := janusclient.NumberID(8320)
	_, _, err := a.Create(t.Context(), audiobridge.CreateRequest{Room: id, Allowed: []string{"ticket-4711"}})
	require.NoError(t, err)
	line := requireFailure(t, sw, "CALL_REJECTED", "{janus-use-existing-room=true,janus-user-token=ticket-wrong}janus/demo/x@8320 &park()")
	require.NotContains(t, line, "ticket")
	requireFailure(t, sw, "CALL_REJECTED", "%sjanus/demo/x@8320 &park()", existing)
	hangup(t, sw, originate(t, sw, "{janus-use-existing-room=true,janus-user-token=ticket-4711}janus/demo/x@8320 &park()"))
	require.NoError(t, a.Destroy(t.Context(), audiobridge.DestroyRequest{Room: id}))
}

// Groups: a room made with one has it, and takes the caller into it.
func TestUserGroup(t *testing.T) {
	a := ask(t, janus)
	first := originate(t, sw, "{janus-user-group=sales}janus/demo/x@8330 &park()")
	second := originate(t, sw, "{janus-user-group=sales}janus/demo/y@8330 &park()")
	require.Len(t, a.participants(janusclient.NumberID(8330)), 2)
	line := requireFailure(t, sw, "NORMAL_TEMPORARY_FAILURE", "{janus-user-group=nobody}janus/demo/z@8330 &park()")
	require.Contains(t, line, "group")
	hangup(t, sw, first, second)
}

// Values that cannot be are named, and the default stands.
func TestVariablesOutOfRange(t *testing.T) {
	before := len(sw.Log())
	uuid := originate(t, sw, "{janus-start-muted=perhaps,janus-room-sampling-rate=44100,janus-user-volume=-1,janus-user-prebuffer=many,"+
		"janus-user-quality=11,janus-user-expected-loss=21,janus-hmac-token-ttl=86401,janus-answer-participant-timeout-ms=0,"+
		"janus-codec=G729,janus-rejoin-timeout=soon,janus-room-is-private=7x}janus/demo/x@8340 &park()")
	for _, name := range []string{"janus-start-muted", "janus-room-sampling-rate", "janus-user-volume", "janus-user-prebuffer", "janus-user-quality",
		"janus-user-expected-loss", "janus-hmac-token-ttl", "janus-answer-participant-timeout-ms", "janus-codec", "janus-rejoin-timeout", "janus-room-is-private"} {
		require.Regexp(t, uuid+`.*\[WARNING\].*Variable `+name+`: ".*" is not .*(stands|is taken)`, sw.Log()[before:])
	}
	require.False(t, ask(t, janus).participants(janusclient.NumberID(8340))[0].Muted)
	hangup(t, sw, uuid)
}

// A room of a Janus whose AudioBridge wants its admin_key for *create*.
func TestAdminKey(t *testing.T) {
	dir := t.TempDir()
	j, err := realjanus.Start(dir, realjanus.Config{AdminKey: "master-key"})
	require.NoError(t, err)
	defer j.Kill()
	conf := withServer(lab.ConfOf(j, `<param name="admin-key" value="master-key"/>`), serverXML("keyless", j.URL, lab.Trust(j)))
	s, err := startSwitch(filepath.Join(dir, "switch"), conf)
	require.NoError(t, err)
	defer s.Stop()
	api(t, s, "janus debug true")
	hangup(t, s, originate(t, s, "janus/demo/x@8350 &park()"))
	requireFailure(t, s, "CALL_REJECTED", "janus/keyless/x@8351 &park()")
	require.NotContains(t, s.Log(), "master-key")
}
