// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/test/lab"
)

// toneLevel is the RMS level of the hosts' tones, in dB below full scale.
const toneLevel = -13.0

// record originates a leg that records what it hears for some seconds, waits
// for its end and returns the recording.
func record(t *testing.T, destination string, seconds int) lab.Sound {
	t.Helper()
	path := filepath.Join(t.TempDir(), "heard.wav")
	uuid := originate(t, sw, "%s%s '&record(%s %d)'", existing, destination, path, seconds)
	eventually(t, "the recording ends", func() bool { return api(t, sw, "uuid_exists %s", uuid) == "false" })
	sound, err := lab.ReadWAV(path)
	require.NoError(t, err)
	return sound
}

// requireTone asserts that a frequency was heard at its level, without gaps.
func requireTone(t testingT, sound lab.Sound, frequency float64) {
	t.Helper()
	requireToneAt(t, sound, frequency, toneLevel)
}

func requireToneAt(t testingT, sound lab.Sound, frequency, level float64) {
	t.Helper()
	heard, gap := sound.Spells(frequency)
	middle := sound.Cut(sound.Duration()/3, sound.Duration()*2/3)
	t.Logf("%v recorded, %.0f Hz for %v, longest gap %v, %.1f dB of %.1f dB", sound.Duration(), frequency, heard, gap,
		middle.Tone(frequency), middle.Level())
	require.Greater(t, heard, sound.Duration()*3/4, "the tone lasts")
	require.LessOrEqual(t, gap, 40*time.Millisecond, "without gaps")
	require.InDelta(t, level, middle.Tone(frequency), 3, "at its level")
	require.InDelta(t, middle.Level(), middle.Tone(frequency), 1, "and nothing else")
}

func TestToneIsHeard(t *testing.T) {
	for _, frequency := range []int{440, 1000} {
		speaker := originate(t, sw, "%s", tone("janus-use-existing-room=true", "janus/demo/Speaker@1234", frequency))
		thrice(t, func(try testingT) { requireTone(try, record(t, "janus/demo/Listener@1234", 5), float64(frequency)) })
		hangup(t, sw, speaker)
	}
}

// A leg that echoes what it hears would keep a tone alive if it heard itself.
func TestOneDoesNotHearOneself(t *testing.T) {
	speaker := originate(t, sw, "%s", tone("janus-room-description=echo", "janus/demo/Speaker@7100", 440))
	echo := originate(t, sw, "%sjanus/demo/Echo@7100 &echo()", existing)
	thrice(t, func(try testingT) { requireHeard(try, record(t, "janus/demo/Listener@7100", 3), 440) })
	api(t, sw, "uuid_kill %s", speaker)
	heard := record(t, "janus/demo/Listener@7100", 3)
	require.Less(t, heard.Cut(heard.Duration()/2, heard.Duration()).Level(), -60.0, "the tone goes on without its speaker")
	hangup(t, sw, echo)
}

// requireHeard asserts that a tone is there at its level. A hole lowers the level of the whole,
// so the holes are named.
func requireHeard(t testingT, sound lab.Sound, frequency float64) {
	t.Helper()
	middle := sound.Cut(sound.Duration()/3, sound.Duration()*2/3)
	_, gaps := middle.Gaps(frequency)
	level := middle.Tone(frequency)
	t.Logf("%.0f Hz: %.1f dB, holes of %v in %v", frequency, level, gaps, middle.Duration())
	require.Greater(t, level, toneLevel-3, "%.0f Hz at its level, with holes of %v in %v", frequency, gaps, middle.Duration())
}

func TestBridgeOfTwoRooms(t *testing.T) {
	janusSide := ask(t, janus)
	a := originate(t, sw, "janus/demo/A@7001 &bridge(janus/demo/B@7002)")
	speaker := originate(t, sw, "%s", tone("janus-use-existing-room=true", "janus/demo/Speaker@7001", 440))
	thrice(t, func(try testingT) { requireTone(try, record(t, "janus/demo/Listener@7002", 5), 440) })
	for _, direction := range []string{"read", "write"} {
		require.Equal(t, "opus", api(t, sw, "uuid_getvar %s %s_codec", a, direction))
		b := api(t, sw, "uuid_getvar %s signal_bond", a)
		if b != "" && b != "_undef_" {
			require.Equal(t, "opus", api(t, sw, "uuid_getvar %s %s_codec", b, direction))
		}
	}
	api(t, sw, "uuid_kill %s", speaker)
	hangup(t, sw, a)
	janusSide.empty(janusclient.NumberID(7001))
	janusSide.empty(janusclient.NumberID(7002))
}

func TestSetUpTime(t *testing.T) {
	var single []time.Duration
	for i := range 20 {
		began := time.Now()
		uuid := originate(t, sw, "%sjanus/demo/x%d@1234 &park()", existing, i)
		single = append(single, time.Since(began))
		hangup(t, sw, uuid)
	}
	median := lab.Median(single)
	var commands []string
	for i := range 40 {
		commands = append(commands, fmt.Sprintf("originate %sjanus/demo/y%d@1234 &park()", existing, i))
	}
	jobs, err := sw.Burst(commands)
	require.NoError(t, err)
	for _, job := range jobs {
		require.True(t, strings.HasPrefix(job.Output, "+OK"), job.Output)
	}
	burst := jobs[len(jobs)-1].Took
	t.Logf("%s: one call at a time: median %v; 40 at once: %v", sw.Host, median, burst)
	// three times what is asked for: these machines are noisy, make bench measures
	require.Less(t, median, 3*40*time.Millisecond)
	require.Less(t, burst, 3*600*time.Millisecond)
	api(t, sw, "hupall")
	gone(t, sw)
}
