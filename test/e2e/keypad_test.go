// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/test/lab"
)

// during records what a leg hears while something is done, and a second more.
func during(t *testing.T, uuid string, do func()) lab.Sound {
	t.Helper()
	path := filepath.Join(t.TempDir(), "heard.wav")
	size := func() int64 {
		file, err := os.Stat(path)
		if err != nil {
			return 0
		}
		return file.Size()
	}
	api(t, sw, "uuid_setvar %s RECORD_READ_ONLY true", uuid)
	require.Contains(t, api(t, sw, "uuid_record %s start %s", uuid, path), "+OK")
	eventually(t, "the recording runs", func() bool { return size() > 20000 })
	do()
	enough := size() + 100000
	eventually(t, "a second more", func() bool { return size() > enough })
	api(t, sw, "uuid_record %s stop %s", uuid, path)
	sound, err := lab.ReadWAV(path)
	require.NoError(t, err)
	return sound
}

// A caller with nothing but keys: mutes, the others are told, the room hears
// nothing any more, and the caller alone hears the prompt.
func TestKeypad(t *testing.T) {
	a := ask(t, janus)
	near, far := bridged(t, "A@8901", "janus-caller-controls=default,janus-room-description=far", "B@8900")
	speaker := originate(t, sw, "%s", tone("janus-use-existing-room=true", "janus/demo/Speaker@8901", 440))
	caller := originate(t, sw, "%sjanus/demo/Caller@8901 &park()", existing)
	listener := originate(t, sw, "%sjanus/demo/Listener@8900 &park()", existing)
	id := api(t, sw, "uuid_getvar %s janus_participant_id", far)
	thrice(t, func(try testingT) { requireHeard(try, hear(t, 2, 48000, listener)[0], 440) })

	events := watch(t, sw, allEvents)
	var took time.Duration
	prompted := during(t, caller, func() {
		began := time.Now()
		api(t, sw, "uuid_recv_dtmf %s 0", near)
		eventually(t, "the others are told", func() bool {
			return len(events.Find("Event-Subclass", "janus%3A%3Aparticipant", "Action", "muted", "Participant-Id", id)) == 1
		})
		took = time.Since(began)
	})
	t.Logf("%s: muted after %v", sw.Host, took)
	require.Less(t, took, 3*100*time.Millisecond, "as elsewhere, these machines are noisy")
	require.True(t, a.person(8900, id).Muted)
	require.Less(t, hear(t, 1, 48000, listener)[0].Tone(440), unheard, "the room hears nothing")
	heard, _ := prompted.Spells(350)
	t.Logf("the prompt is heard for %v", heard)
	require.Greater(t, heard, 100*time.Millisecond, "the caller hears the prompt")

	quiet := during(t, listener, func() {
		api(t, sw, "uuid_recv_dtmf %s 0", near)
		eventually(t, "it is not muted any more", func() bool { return !a.person(8900, id).Muted })
	})
	require.Less(t, quiet.Tone(700), -45.0, "the room does not hear the prompt")
	api(t, sw, "uuid_recv_dtmf %s #", near)
	eventually(t, "the leg has hung up", func() bool { return len(a.participants(janusclient.NumberID(8900))) == 1 })
	hangup(t, sw, speaker, caller, listener)
}
