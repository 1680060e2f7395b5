// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// later is a sound with silence before it, and after.
func later(s Sound, by time.Duration) Sound {
	pause := make([]float64, int(by*time.Duration(s.Rate)/time.Second))
	return Sound{s.Rate, slices.Concat(pause, s.Samples, pause)}
}

func compare(t *testing.T, original, heard Sound) Quality {
	t.Helper()
	q, err := Compare(original, heard)
	require.NoError(t, err)
	t.Logf("%+v", q)
	return q
}

func TestSameSoundIsPerfect(t *testing.T) {
	speech := SpeechLike(6 * time.Second)
	q := compare(t, speech, later(speech, 345*time.Millisecond))
	require.Greater(t, q.SegmentalSNR, 30.0)
	require.Greater(t, q.WeightedSNR, 30.0)
	require.Greater(t, q.STOI, 0.99)
	require.Greater(t, q.ESTOI, 0.99)
	require.Less(t, q.Drift.Abs(), 2*time.Millisecond)
	require.Empty(t, q.Gaps)
	require.Less(t, q.Shifts, 2*time.Millisecond)
	require.Greater(t, q.Speech, 2*time.Second)
}

// Frames that are missing are found, and count.
func TestGapsInSpeech(t *testing.T) {
	speech := SpeechLike(6 * time.Second)
	perfect := compare(t, speech, speech)
	damaged := later(speech, 200*time.Millisecond)
	offset := damaged.Rate / 5
	for i := range 20 { // 40 ms every 300
		at := offset + (i*300+50)*damaged.Rate/1000
		clear(damaged.Samples[at : at+40*damaged.Rate/1000])
	}
	q := compare(t, speech, damaged)
	require.NotEmpty(t, q.Gaps)
	require.LessOrEqual(t, len(q.Gaps), 20)
	require.InDelta(t, 40, slices.Max(q.Gaps).Milliseconds(), 10)
	require.Less(t, q.SegmentalSNR, perfect.SegmentalSNR-2)
	require.Less(t, q.WeightedSNR, perfect.WeightedSNR-2)
	require.Less(t, q.STOI, perfect.STOI-0.02)
	require.Less(t, q.ESTOI, perfect.ESTOI-0.02)
	require.Less(t, q.Shifts, 5*time.Millisecond)
}

// A buffer that plays 60 ms twice changes the delay, and not what is heard before and after.
func TestDelayIsFollowed(t *testing.T) {
	speech := SpeechLike(6 * time.Second)
	cut, repeat := 3*speech.Rate, 60*speech.Rate/1000
	longer := Sound{speech.Rate, slices.Concat(speech.Samples[:cut], speech.Samples[cut-repeat:cut], speech.Samples[cut:])}
	q := compare(t, speech, longer)
	require.InDelta(t, 60, q.Shifts.Milliseconds(), 10)
	require.InDelta(t, 60, q.LargestShift.Milliseconds(), 10)
	require.InDelta(t, 60, q.Drift.Milliseconds(), 10)
	require.Greater(t, q.STOI, 0.95)
	require.Greater(t, q.WeightedSNR, 25.0)
}

// Of two clocks that differ no single shift tells, and the drift does.
func TestDriftIsFound(t *testing.T) {
	speech := SpeechLike(20 * time.Second)
	slower := Sound{speech.Rate, make([]float64, len(speech.Samples))}
	for i := range slower.Samples { // 0.2 %, a sample repeated every 500
		slower.Samples[i] = speech.Samples[i-i/500]
	}
	q := compare(t, speech, slower)
	require.InDelta(t, 40*9/10, q.Drift.Milliseconds(), 5)
	require.Less(t, q.LargestShift, 20*time.Millisecond)
}

func TestUnlike(t *testing.T) {
	speech := SpeechLike(2 * time.Second)
	_, err := Compare(speech, Sound{Rate: speech.Rate, Samples: make([]float64, speech.Rate)})
	require.ErrorIs(t, err, ErrUnlike)
}

func TestResample(t *testing.T) {
	for _, rate := range []int{8000, 16000, 44100} {
		s := sine(1000, 22050, time.Second).Resample(rate)
		require.Equal(t, rate, s.Rate)
		require.InDelta(t, 1, s.Duration().Seconds(), 0.001)
		middle := s.Cut(200*time.Millisecond, 800*time.Millisecond)
		require.InDelta(t, -9, middle.Tone(1000), 0.1)
		require.InDelta(t, middle.Level(), middle.Tone(1000), 0.1)
	}
	// what the new rate cannot carry is gone
	s := sine(7000, 48000, time.Second).Resample(8000).Cut(200*time.Millisecond, 800*time.Millisecond)
	require.Less(t, s.Level(), -40.0)
}

func TestSpeech(t *testing.T) {
	speech, source, err := Speech(t.TempDir())
	require.NoError(t, err)
	t.Logf("%v by %s at %.1f dB", speech.Duration(), source, speech.Level())
	require.Equal(t, 48000, speech.Rate)
	require.Greater(t, speech.Duration(), 8*time.Second)
	require.InDelta(t, -24, speech.Level(), 4)
}

func TestLongSpeech(t *testing.T) {
	speech, source, err := LongSpeech(t.TempDir(), 25*time.Second)
	require.NoError(t, err)
	require.NotEmpty(t, source)
	require.Equal(t, 48000, speech.Rate)
	require.Equal(t, 25*time.Second, speech.Duration())
	require.InDelta(t, -24, speech.Cut(15*time.Second, 25*time.Second).Level(), 4)
}
