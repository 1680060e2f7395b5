// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/test/impair"
	"mod_janus/test/lab"
)

// Speech is understood where the network loses 5 % and delays by up to 40 ms,
// on its way from Janus or to it.
func TestSpeechOverABadNetwork(t *testing.T) {
	bad, err := lab.NewBadNetwork(janus.HTTP, 7)
	require.NoError(t, err)
	defer bad.Close()
	s, err := startSwitch(t.TempDir(), lab.JanusConf(bad.URL, ""))
	require.NoError(t, err)
	defer s.Stop()
	speech := lab.SpeechLike(6 * time.Second)
	file := filepath.Join(t.TempDir(), "speech.wav")
	require.NoError(t, speech.WriteWAV(file))
	lossy := impair.Link{Loss: 0.05, Jitter: 40 * time.Millisecond, InOrder: true}

	var legs []string
	relays := func() []*impair.Relay {
		all, err := bad.Relays()
		require.NoError(t, err)
		return all
	}
	for _, name := range []string{"Hears", "Speaks"} {
		legs = append(legs, originate(t, s, "{janus-room-sampling-rate=48000}janus/demo/%s@8970 &park()", name))
		require.NoError(t, bad.Flows(len(legs)))
	}
	api(t, s, "uuid_setvar %s RECORD_READ_ONLY true", legs[0])
	for _, test := range []struct {
		name     string
		hears    impair.Link // of the leg that hears, from Janus
		speaks   impair.Link // of the leg that speaks, to Janus
		atLeast  float64     // dB
		missing  time.Duration
		disturbs int // relay whose counts must show it
	}{
		{"undisturbed", impair.Link{}, impair.Link{}, 10, 200 * time.Millisecond, -1},
		{"from Janus", lossy, impair.Link{}, 7, 300 * time.Millisecond, 0},
		{"to Janus", impair.Link{}, lossy, 7, 400 * time.Millisecond, 1},
	} {
		require.NoError(t, relays()[0].SetLinks(impair.Link{}, test.hears))
		require.NoError(t, relays()[1].SetLinks(test.speaks, impair.Link{}))
		thrice(t, func(try testingT) {
			recording := filepath.Join(t.TempDir(), "heard.wav")
			require.Contains(t, api(t, s, "uuid_record %s start %s", legs[0], recording), "+OK")
			require.Contains(t, api(t, s, "uuid_broadcast %s %s aleg", legs[1], file), "+OK")
			grows(t, recording, int64(2*48000*(speech.Duration()+2*time.Second).Seconds()))
			api(t, s, "uuid_record %s stop %s", legs[0], recording)
			sound, err := lab.ReadWAV(recording)
			require.NoError(t, err)
			quality, err := lab.Compare(speech, sound)
			require.NoError(t, err, test.name)
			t.Logf("%s: weighted SNR %.1f dB, segmental %.1f dB, missing %v of %v", test.name, quality.WeightedSNR, quality.SegmentalSNR,
				quality.Missing, quality.Speech)
			require.Greater(try, quality.WeightedSNR, test.atLeast, test.name)
			require.Less(try, quality.Missing, test.missing, test.name)
		})
		if test.disturbs >= 0 {
			up, down := relays()[test.disturbs].Stats()
			require.Positive(t, up.Lost+down.Lost, test.name)
		}
	}
	hangup(t, s, legs...)
}
