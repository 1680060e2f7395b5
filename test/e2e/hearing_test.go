// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// unheard is what may be left of a tone that one should not hear, in dB.
const unheard = -60.0

// hear records what each leg hears, and not what it says, for some seconds
// while it goes on with what it does. rate is that of the legs' codec.
func hear(t *testing.T, seconds, rate int, uuids ...string) []lab.Sound {
	t.Helper()
	return hearOn(t, sw, seconds, rate, uuids...)
}

func hearOn(t *testing.T, s *lab.Switch, seconds, rate int, uuids ...string) []lab.Sound {
	t.Helper()
	dir := t.TempDir()
	path := func(i int) string { return filepath.Join(dir, fmt.Sprintf("%d.wav", i)) }
	for i, uuid := range uuids {
		api(t, s, "uuid_setvar %s RECORD_READ_ONLY true", uuid)
		require.Contains(t, api(t, s, "uuid_record %s start %s", uuid, path(i)), "+OK")
	}
	for i, uuid := range uuids {
		growsWithin(t, path(i), int64(2*seconds*rate), patience+time.Duration(seconds)*time.Second) // 16 bit, mono
		api(t, s, "uuid_record %s stop %s", uuid, path(i))
	}
	var sounds []lab.Sound
	for i := range uuids {
		sound, err := lab.ReadWAV(path(i))
		require.NoError(t, err)
		sounds = append(sounds, sound)
	}
	return sounds
}

// requireOnly asserts that one tone is heard and the other, one's own, is not.
func requireOnly(t testingT, sound lab.Sound, frequency, own float64) {
	t.Helper()
	requireTone(t, sound, frequency)
	middle := sound.Cut(sound.Duration()/3, sound.Duration()*2/3)
	require.Less(t, middle.Tone(own), unheard, "one hears oneself")
}

// Two legs speak at once: each hears the other and not itself.
func TestTwoHearEachOther(t *testing.T) {
	a := originate(t, sw, "%s", tone("janus-room-description=two", "janus/demo/A@7200", 440))
	b := originate(t, sw, "%s", tone("janus-use-existing-room=true", "janus/demo/B@7200", 1000))
	thrice(t, func(try testingT) {
		sounds := hear(t, 4, 48000, a, b)
		requireOnly(try, sounds[0], 1000, 440)
		requireOnly(try, sounds[1], 440, 1000)
	})
	hangup(t, sw, a, b)
}

// A room is bridged to a room: both ways, and in the one codec.
func TestBridgeCarriesBothWays(t *testing.T) {
	people := ask(t, janus)
	// the B-leg's UUID is given, so that it can be asked as well
	b := "7202b1e9-0000-4000-8000-000000007202"
	a := originate(t, sw, "janus/demo/A@7201 '&bridge({origination_uuid=%s}janus/demo/B@7202)'", b)
	low := originate(t, sw, "%s", tone("janus-use-existing-room=true", "janus/demo/Low@7201", 440))
	eventually(t, "the far room is there", func() bool { return len(people.participants(janusclient.NumberID(7202))) == 1 })
	high := originate(t, sw, "%s", tone("janus-use-existing-room=true", "janus/demo/High@7202", 1000))
	for _, leg := range []string{a, b} {
		for _, codec := range []string{"read_codec", "write_codec"} {
			require.Equal(t, "opus", api(t, sw, "uuid_getvar %s %s", leg, codec), "%s of %s", codec, leg)
		}
		require.Equal(t, "opus", api(t, sw, "uuid_getvar %s janus_codec", leg))
	}
	thrice(t, func(try testingT) {
		sounds := hear(t, 4, 48000, low, high)
		requireOnly(try, sounds[0], 1000, 440)
		requireOnly(try, sounds[1], 440, 1000)
	})
	hangup(t, sw, low, high, a)
	people.empty(janusclient.NumberID(7201))
	people.empty(janusclient.NumberID(7202))
}

// grows waits until a file has so many bytes.
func grows(t *testing.T, path string, bytes int64) {
	t.Helper()
	growsWithin(t, path, bytes, patience)
}

func growsWithin(t *testing.T, path string, bytes int64, limit time.Duration) {
	t.Helper()
	if err := realjanus.Until(limit, path+" grows", func() bool {
		info, err := os.Stat(path)
		return err == nil && info.Size() > bytes
	}); err != nil {
		require.Fail(t, err.Error(), "the end of the log:\n%s", tail(sw.Log(), 40))
	}
}
