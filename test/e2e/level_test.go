// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/test/lab"
)

var levelThere = regexp.MustCompile(`"audio-level-dBov": ?(\d+)`)

// A room that tells who is talking tells it of callers as of browsers: Janus knows how loud each
// packet is, in Opus and in G.711, and is told when it is quiet again.
func TestCallersTalk(t *testing.T) {
	s, err := startSwitch(t.TempDir(), lab.JanusConf(janus.HTTP, adminParams(janus.Admin)))
	require.NoError(t, err)
	t.Cleanup(s.Stop)
	t.Cleanup(func() { gone(t, s) }) // after the calls of all codecs
	file := filepath.Join(t.TempDir(), "tone.wav")
	require.NoError(t, sine(440, toneLevel, 8*time.Second).WriteWAV(file))
	for i, codec := range []string{"opus", "PCMU", "PCMA"} {
		t.Run(codec, func(t *testing.T) {
			t.Parallel() // each codec in a room of its own
			room := fmt.Sprint(9600 + i)
			events := watch(t, s, "CUSTOM janus::participant")
			hears := originate(t, s, "{janus-room-audiolevel-event=true}janus/demo/Hears@%s &park()", room)
			speaks := originate(t, s, "{janus-use-existing-room=true,janus-codec=%s}janus/demo/Speaks%s@%s &park()", codec, room, room)
			require.Contains(t, api(t, s, "uuid_broadcast %s %s aleg", speaks, file), "+OK")
			told := func(action string) func() bool {
				return func() bool { return len(events.Find("Action", action, "Participant-Display", "Speaks"+room)) > 0 }
			}
			eventually(t, "the room hears that somebody talks", told("talking"))
			eventually(t, "Janus knows how loud it is", func() bool {
				match := levelThere.FindStringSubmatch(api(t, s, "janus admin demo info %s raw", speaks))
				return match != nil && math.Abs(float64(atoi(t, match[1]))+toneLevel) <= 2
			})
			require.Empty(t, events.Find("Action", "stopped-talking", "Participant-Display", "Speaks"+room))
			eventually(t, "and that nobody does", told("stopped-talking"))
			api(t, s, "uuid_kill %s", hears)
			api(t, s, "uuid_kill %s", speaks)
		})
	}
}

// sine is a tone at an RMS level.
func sine(frequency, level float64, length time.Duration) lab.Sound {
	const rate = 8000
	s := lab.Sound{Rate: rate, Samples: make([]float64, int(length*rate/time.Second))}
	for i := range s.Samples {
		s.Samples[i] = math.Sqrt2 * math.Pow(10, level/20) * math.Sin(2*math.Pi*frequency*float64(i)/rate)
	}
	return s
}
