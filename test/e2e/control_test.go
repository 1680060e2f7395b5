// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/realjanus"
)

// person finds a participant by its id, as a leg's variable has it.
func (a *asker) person(room uint64, id string) audiobridge.Participant {
	a.t.Helper()
	for _, p := range a.participants(janusclient.NumberID(room)) {
		if p.ID.String() == id {
			return p
		}
	}
	require.Fail(a.t, "no such participant", "%s in room %d", id, room)
	return audiobridge.Participant{}
}

// Mute, volume and name are so at Janus, and the tone is heard or not.
func TestControlsOfALeg(t *testing.T) {
	a := ask(t, janus)
	speaker := originate(t, sw, "%s", tone("janus-room-description=controls", "janus/demo/Speaker@8600", 440))
	listener := originate(t, sw, "%sjanus/demo/Listener@8600 &park()", existing)
	id := api(t, sw, "uuid_getvar %s janus_participant_id", speaker)
	// what the listener hears, once the change is through
	heard := func(what string, least, most float64) {
		t.Helper()
		eventually(t, what, func() bool {
			sound := hear(t, 1, 48000, listener)[0]
			level := sound.Cut(sound.Duration()/2, sound.Duration()).Tone(440)
			t.Logf("%s: %.1f dB", what, level)
			return level >= least && level <= most
		})
	}
	command := func(format string, args ...any) string {
		t.Helper()
		return api(t, sw, "janus "+format, args...)
	}
	heard("the tone", toneLevel-3, toneLevel+3)
	require.Equal(t, "+OK", command("mute %s", speaker))
	require.True(t, a.person(8600, id).Muted)
	heard("nothing of a mute", -200, unheard)
	require.Equal(t, "+OK unmuted", command("toggle-mute %s", speaker))
	require.False(t, a.person(8600, id).Muted)
	require.Equal(t, "+OK 50%", command("volume %s -50", speaker))
	heard("half the volume, 6 dB less", toneLevel-8, toneLevel-5)
	require.Equal(t, "+OK 100%", command("volume %s 100", speaker))
	heard("all of it", toneLevel-3, toneLevel+3)
	require.Equal(t, "+OK", command("deaf %s", listener))
	heard("nothing by one that is deaf", -200, unheard)
	require.Equal(t, "+OK", command("undeaf %s", listener))
	heard("the tone again", toneLevel-3, toneLevel+3)
	require.Equal(t, "+OK", api(t, sw, "janus display %s Dr. Speaker (chair)", speaker))
	require.Equal(t, "Dr. Speaker (chair)", a.person(8600, id).Display)

	suspended := "+OK"
	if janus.Version == realjanus.Janus112 {
		suspended = "+OK muted and deaf: this Janus cannot suspend (since 1.2.1)"
	}
	require.Equal(t, suspended, command("suspend %s", speaker))
	require.Equal(t, janus.Version == realjanus.Janus112, a.person(8600, id).Muted)
	heard("nothing of one that is suspended", -200, unheard)
	require.Equal(t, "+OK", command("resume %s", speaker))
	require.False(t, a.person(8600, id).Muted)
	heard("the tone of one that has resumed", toneLevel-3, toneLevel+3)

	require.Equal(t, "+OK", api(t, sw, "janus kick %s", listener))
	eventually(t, "the kicked leg is gone", func() bool { return api(t, sw, "uuid_exists %s", listener) == "false" })
	eventually(t, "it is out of the room", func() bool { return len(a.participants(janusclient.NumberID(8600))) == 1 })
	eventually(t, "it is no leg any more", func() bool {
		return api(t, sw, "janus mute %s", listener) == `-ERR no Janus leg has the uuid "`+listener+`"`
	})
	hangup(t, sw, speaker)
}

// A leg goes to another room, which needs a PIN, and is heard there at once.
func TestMoveToAnotherRoom(t *testing.T) {
	a := ask(t, janus)
	_, _, err := a.Create(t.Context(), audiobridge.CreateRequest{Room: janusclient.NumberID(8602), PIN: "4711", SamplingRate: 48000})
	require.NoError(t, err)
	speaker := originate(t, sw, "%s", tone("janus-room-description=from", "janus/demo/Speaker@8601", 1000))
	listener := originate(t, sw, "{janus-use-existing-room=true,janus-room-pin=4711}janus/demo/Listener@8602 &park()")
	packets := func() int { return number(t, values(t, api(t, sw, "janus calls %s", speaker))["packetsIn"]) }
	// Janus 1.4.1 ends the thread of who goes to a room of another rate in the midst of speech
	eventually(t, "the speaker has spoken for a second", func() bool { return packets() > 50 })
	require.Equal(t, "-ERR Unauthorized (wrong pin)", api(t, sw, "janus move %s 8602 1234", speaker))
	require.Len(t, a.participants(janusclient.NumberID(8601)), 1)
	require.Equal(t, "+OK", api(t, sw, "janus move %s 8602 4711", speaker))
	require.Empty(t, a.participants(janusclient.NumberID(8601)))
	require.Equal(t, "Speaker", a.person(8602, api(t, sw, "uuid_getvar %s janus_participant_id", speaker)).Display)
	require.Equal(t, "8602", api(t, sw, "uuid_getvar %s janus_room", speaker))
	before := packets() // of before the move, or a few more
	eventually(t, "audio comes after the move, for good", func() bool { return packets() > before+75 })
	eventually(t, "the media of both is up", func() bool { return a.ready(janusclient.NumberID(8602), 2) })
	thrice(t, func(try testingT) { requireHeard(try, hear(t, 2, 48000, listener)[0], 1000) })
	hangup(t, sw, speaker, listener)
	require.NoError(t, a.Destroy(t.Context(), audiobridge.DestroyRequest{Room: janusclient.NumberID(8602)}))
}

func TestRecordALeg(t *testing.T) {
	base := filepath.Join(t.TempDir(), "said")
	uuid := originate(t, sw, "%s", tone("janus-room-description=record", "janus/demo/Speaker@8603", 440))
	require.Equal(t, "+OK", api(t, sw, "janus record %s start %s", uuid, base))
	eventually(t, "Janus records", func() bool {
		found, _ := filepath.Glob(base + "*.mjr*")
		return len(found) == 1
	})
	require.Equal(t, "+OK", api(t, sw, "janus record %s stop", uuid))
	eventually(t, "the recording is closed", func() bool {
		found, _ := filepath.Glob(base + "*.mjr")
		return len(found) == 1
	})
	hangup(t, sw, uuid)
}

// The application janus, on the leg itself and on who is bridged to it.
func TestControlsFromTheDialplan(t *testing.T) {
	people := ask(t, janus)
	a, b := bridged(t, "A@8604", "janus-room-description=far", "B@8605")
	muted := func(room uint64, leg string) bool {
		return people.person(room, api(t, sw, "uuid_getvar %s janus_participant_id", leg)).Muted
	}
	api(t, sw, "uuid_broadcast %s janus::mute aleg", a)
	eventually(t, "the leg is muted", func() bool { return muted(8604, a) })
	require.False(t, muted(8605, b))
	require.Equal(t, "+OK", api(t, sw, "uuid_getvar %s janus_result", a))
	hangup(t, sw, a)

	// an A-leg that is none of ours, bridged to one
	a = originate(t, sw, "null/x &bridge({origination_uuid=8606b1e9-0000-4000-8000-000000008606}janus/demo/B@8606)")
	b = "8606b1e9-0000-4000-8000-000000008606"
	eventually(t, "the bridge is up", func() bool { return api(t, sw, "uuid_getvar %s bridge_uuid", a) == b })
	api(t, sw, "uuid_broadcast %s janus::toggle-mute aleg", a)
	eventually(t, "the leg is muted", func() bool { return muted(8606, b) })
	eventually(t, "the result is there", func() bool { return api(t, sw, "uuid_getvar %s janus_result", a) == "+OK muted" })
	hangup(t, sw, a)

	stranger := originate(t, sw, "null/x &park()")
	api(t, sw, "uuid_broadcast %s janus::mute aleg", stranger)
	eventually(t, "it is refused", func() bool {
		return api(t, sw, "uuid_getvar %s janus_result", stranger) == "-ERR this session is no Janus leg, and not bridged to one"
	})
	hangup(t, sw, stranger)
}

// Tab offers the controls, and our legs.
func TestControlsComplete(t *testing.T) {
	uuid := originate(t, sw, "janus/demo/x@8607 &park()")
	require.Contains(t, api(t, sw, "console_complete janus toggle-m"), "toggle-mute")
	require.Contains(t, api(t, sw, "console_complete janus volume "), uuid)
	require.Contains(t, api(t, sw, "console_complete janus room demo "), "8607")
	require.Contains(t, api(t, sw, "console_complete janus room demo 8607 kick"), "kick-all")
	hangup(t, sw, uuid)
}
