// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"errors"
	"math"
	"slices"
	"time"
)

// Quality is how a sound came through a telephone, compared with the original.
// No PESQ, POLQA or ViSQOL can be had for Go; the two ratios are measures that such
// are validated against (Hu and Loizou, "Evaluation of Objective Quality
// Measures for Speech Enhancement", IEEE TASLP 16(1), 2008), where the second
// comes close to PESQ and the first does not.
type Quality struct {
	// SegmentalSNR is the mean over frames of 20 ms with speech of the signal-to-noise ratio in dB,
	// each cut to -10..35. It asks for the same waveform: a codec alone costs much of it.
	SegmentalSNR float64 `json:"segmental_snr_db"`
	// WeightedSNR is the same of magnitudes in 25 critical bands, weighted by the original's:
	// what an ear would miss.
	WeightedSNR float64 `json:"weighted_snr_db"`
	// Intelligibility is predicted from the sound with all changes of the delay taken out.
	Intelligibility
	// Missing is speech that is not there, and Gaps how often and how long, each 20 ms or more.
	Missing time.Duration   `json:"missing_ns"`
	Gaps    []time.Duration `json:"gaps_ns"`
	// Shifts is by how much the delay changed along the way: what playing slower,
	// faster or skipping does.
	Shifts time.Duration `json:"shifts_ns"`
	// LargestShift is the largest single one, within 160 ms of the original. Drift is by how much
	// the delay at the end, the median of the last tenth, is more than at the beginning.
	LargestShift time.Duration `json:"largest_shift_ns"`
	Drift        time.Duration `json:"drift_ns"`
	// Speech is how much of the original is speech, so that the others can be set in proportion.
	Speech time.Duration `json:"speech_ns"`
}

// ErrUnlike is a sound in which the original cannot be found.
var ErrUnlike = errors.New("the original cannot be found in what was heard")

const (
	qualityRate  = 16000            // Hz, at which sounds are compared
	frameLength  = qualityRate / 50 // 20 ms
	lagLength    = qualityRate * 60
	alignLength  = qualityRate * 320 / 1000
	alignHop     = qualityRate * 160 / 1000
	alignReach   = qualityRate * 120 / 1000 // how far the delay may jump from one hop to the next
	speechBelow  = 30.0                     // dB: what is less below the loudest frame is speech
	missingBelow = 25.0                     // dB: what is that much below the original is missing
)

// Compare finds the original in what was heard, follows its delay, and compares.
func Compare(original, heard Sound) (Quality, error) {
	reference, degraded := original.Resample(qualityRate).Samples, heard.Resample(qualityRate).Samples
	// enough of a long sound to know where it begins, and no more than memory holds
	lag, ok := globalLag(reference[:min(len(reference), lagLength)], degraded[:min(len(degraded), 2*lagLength)])
	if !ok {
		return Quality{}, ErrUnlike
	}
	lags := followLag(reference, degraded, lag)
	var q Quality
	for i := 1; i < len(lags); i++ {
		shift := samplesTime(abs(lags[i] - lags[i-1]))
		q.Shifts, q.LargestShift = q.Shifts+shift, max(q.LargestShift, shift)
	}
	tenth := max(len(lags)/10, 1)
	q.Drift = samplesTime(middle(lags[len(lags)-tenth:]) - middle(lags[:tenth]))
	q.Intelligibility = Understand(Sound{qualityRate, reference}, Sound{qualityRate, aligned(degraded, lags)})
	q.compareFrames(reference, degraded, lags)
	q.findGaps(reference, degraded, lags)
	return q, nil
}

// middle is the median.
func middle(values []int) int {
	return slices.Sorted(slices.Values(values))[len(values)/2]
}

func samplesTime(n int) time.Duration { return time.Duration(n) * time.Second / qualityRate }

func abs(n int) int { return max(n, -n) }

func energy(samples []float64) float64 {
	sum := 0.0
	for _, v := range samples {
		sum += v * v
	}
	return sum
}

// part is a stretch of samples; what lies outside of them is silence.
func part(samples []float64, from, length int) []float64 {
	if from >= 0 && from+length <= len(samples) {
		return samples[from : from+length]
	}
	out := make([]float64, length)
	for i := range out {
		if at := from + i; at >= 0 && at < len(samples) {
			out[i] = samples[at]
		}
	}
	return out
}

// speechFrom is the energy of a frame of so many samples above which it is speech.
func speechFrom(reference []float64, length int) float64 {
	loudest := 0.0
	for from := 0; from+length <= len(reference); from += length {
		loudest = max(loudest, energy(reference[from:from+length]))
	}
	return loudest * math.Pow(10, -speechBelow/10)
}

// compareFrames fills in the signal-to-noise ratios.
func (q *Quality) compareFrames(reference, degraded []float64, lags []int) {
	least := speechFrom(reference, frameLength)
	bands := newBands()
	var snr, weighted float64
	frames := 0
	for from := 0; from+frameLength <= len(reference); from += frameLength {
		signal := reference[from : from+frameLength]
		if energy(signal) < least {
			continue
		}
		frames++
		other := part(degraded, from+at(lags, from), frameLength)
		noise := 0.0
		for i, v := range signal {
			noise += (v - other[i]) * (v - other[i])
		}
		snr += clampSNR(energy(signal), noise)
		weighted += bands.snr(signal, other)
	}
	q.Speech = samplesTime(frames * frameLength)
	q.SegmentalSNR, q.WeightedSNR = snr/float64(max(frames, 1)), weighted/float64(max(frames, 1))
}

func clampSNR(signal, noise float64) float64 {
	return min(max(10*math.Log10((signal+1e-12)/(noise+1e-12)), -10), 35)
}

// findGaps counts speech that is not there, in steps of 10 ms.
func (q *Quality) findGaps(reference, degraded []float64, lags []int) {
	const step = frameLength / 2
	least, run := speechFrom(reference, step), 0
	end := func() {
		if run >= 2 {
			q.Gaps = append(q.Gaps, samplesTime(run*step))
			q.Missing += samplesTime(run * step)
		}
		run = 0
	}
	for from := 0; from+step <= len(reference); from += step {
		signal := energy(reference[from : from+step])
		there := energy(part(degraded, from+at(lags, from), step))
		if signal >= least && there < signal*math.Pow(10, -missingBelow/10) {
			run++
		} else {
			end()
		}
	}
	end()
}
