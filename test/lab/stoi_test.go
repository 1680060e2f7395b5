// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// noisy is a sound with white noise that is so much louder than it, in dB; with a gap of 60 ms
// every 400 where asked for.
func noisy(s Sound, noise float64, gaps bool) Sound {
	random := rand.New(rand.NewPCG(3, 4))
	hiss := Sound{s.Rate, make([]float64, len(s.Samples))}
	for i := range hiss.Samples {
		hiss.Samples[i] = random.NormFloat64()
	}
	hiss = hiss.at(s.Level() + noise)
	for i, v := range s.Samples {
		if !gaps || i%(400*s.Rate/1000) >= 60*s.Rate/1000 {
			hiss.Samples[i] += v
		}
	}
	return hiss
}

// The values at 10 kHz are those of the authors' own MATLAB code, run in GNU Octave, and of pystoi
// 0.4.1: the two agree in 12 digits. Those at 48 kHz are pystoi's, which resamples in another way.
func TestIntelligibilityIsTheAuthors(t *testing.T) {
	wide := SpeechLike(4 * time.Second)
	for name, c := range map[string]struct {
		noise      float64
		gaps       bool
		at10, at48 Intelligibility
	}{
		"noise 20 dB below": {-20, false, Intelligibility{0.959324664201, 0.848953085767}, Intelligibility{0.989857655219, 0.953900970157}},
		"noise as loud":     {0, false, Intelligibility{0.613692266342, 0.346961086927}, Intelligibility{0.760579317501, 0.513449130120}},
		"noise 10 dB above": {10, false, Intelligibility{0.373237277743, 0.142976484491}, Intelligibility{0.517688380800, 0.275749353958}},
		"gaps":              {-30, true, Intelligibility{0.859113991223, 0.867290955462}, Intelligibility{0.856837341637, 0.881283280794}},
	} {
		for _, at := range []struct {
			speech Sound
			want   Intelligibility
			within float64
		}{{wide.Resample(stoiRate), c.at10, 1e-6}, {wide, c.at48, 1e-3}} {
			got := Understand(at.speech, noisy(at.speech, c.noise, c.gaps))
			require.InDelta(t, at.want.STOI, got.STOI, at.within, "%s, %d Hz", name, at.speech.Rate)
			require.InDelta(t, at.want.ESTOI, got.ESTOI, at.within, "%s, %d Hz", name, at.speech.Rate)
		}
	}
}

func TestIntelligibilityOfTheSameAndOfNothing(t *testing.T) {
	speech := SpeechLike(2 * time.Second)
	same := Understand(speech, speech)
	require.InDelta(t, 1, same.STOI, 1e-9)
	require.InDelta(t, 1, same.ESTOI, 1e-9)
	silence := Understand(speech, Sound{Rate: speech.Rate})
	require.InDelta(t, 0, silence.STOI, 1e-9)
	require.InDelta(t, 0, silence.ESTOI, 1e-9)
	require.Zero(t, Understand(speech.Cut(0, 300*time.Millisecond), speech))
	require.Zero(t, Understand(Sound{}, Sound{}))
}
