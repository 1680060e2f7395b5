// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"errors"
	"math"
	"slices"
	"time"

	"gonum.org/v1/gonum/dsp/fourier"
	"gonum.org/v1/gonum/dsp/window"
)

// Quality is how a sound came through a telephone, compared with the original.
// No PESQ, POLQA or ViSQOL can be had for Go; these are the measures that such
// are validated against (Hu and Loizou, "Evaluation of Objective Quality
// Measures for Speech Enhancement", IEEE TASLP 16(1), 2008), where the second
// comes close to PESQ and the first does not.
type Quality struct {
	// SegmentalSNR is the mean over frames of 20 ms with speech of the signal-to-noise ratio in dB, each cut to -10..35.
	// It asks for the same waveform: a codec alone costs much of it.
	SegmentalSNR float64 `json:"segmental_snr_db"`
	// WeightedSNR is the same of magnitudes in 25 critical bands, weighted by the original's: what an ear would miss.
	WeightedSNR float64 `json:"weighted_snr_db"`
	// Missing is speech that is not there, and Gaps how often and how long, each 20 ms or more.
	Missing time.Duration   `json:"missing_ns"`
	Gaps    []time.Duration `json:"gaps_ns"`
	// Shifts is by how much the delay changed along the way: what playing slower, faster or skipping does.
	Shifts time.Duration `json:"shifts_ns"`
	// Speech is how much of the original is speech, so that the others can be set in proportion.
	Speech time.Duration `json:"speech_ns"`
}

// ErrUnlike is a sound in which the original cannot be found.
var ErrUnlike = errors.New("the original cannot be found in what was heard")

const (
	qualityRate  = 16000            // Hz, at which sounds are compared
	frameLength  = qualityRate / 50 // 20 ms
	alignLength  = qualityRate * 320 / 1000
	alignHop     = qualityRate * 160 / 1000
	alignReach   = qualityRate * 120 / 1000 // how far the delay may jump from one hop to the next
	speechBelow  = 30.0                     // dB: what is less below the loudest frame is speech
	missingBelow = 25.0                     // dB: what is that much below the original is missing
)

// Compare finds the original in what was heard, follows its delay, and compares.
func Compare(original, heard Sound) (Quality, error) {
	reference, degraded := original.Resample(qualityRate).Samples, heard.Resample(qualityRate).Samples
	lag, ok := globalLag(reference, degraded)
	if !ok {
		return Quality{}, ErrUnlike
	}
	lags := followLag(reference, degraded, lag)
	var q Quality
	for i := 1; i < len(lags); i++ {
		q.Shifts += samplesTime(abs(lags[i] - lags[i-1]))
	}
	q.compareFrames(reference, degraded, lags)
	q.findGaps(reference, degraded, lags)
	return q, nil
}

func samplesTime(n int) time.Duration { return time.Duration(n) * time.Second / qualityRate }

func abs(n int) int { return max(n, -n) }

// globalLag is how many samples later the degraded sound has the reference, by
// cross-correlation of the whole.
func globalLag(reference, degraded []float64) (lag int, ok bool) {
	size := 1
	for size < len(reference)+len(degraded) {
		size *= 2
	}
	fft := fourier.NewFFT(size)
	padded := func(samples []float64) []complex128 {
		return fft.Coefficients(nil, append(slices.Clone(samples), make([]float64, size-len(samples))...))
	}
	a, b := padded(reference), padded(degraded)
	for i := range a {
		a[i] = complex(real(a[i]), -imag(a[i])) * b[i]
	}
	correlation := fft.Sequence(nil, a)
	best := 0
	for i, c := range correlation {
		if c > correlation[best] {
			best = i
		}
	}
	peak := correlation[best] / float64(size)
	if best > size/2 {
		best -= size
	}
	// The sound may have drifted along the way: a part of it in one place is enough.
	norm := math.Sqrt(energy(reference) * energy(degraded))
	return best, norm > 0 && peak > 0.05*norm
}

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

// followLag returns the delay at each alignHop of the reference.
func followLag(reference, degraded []float64, lag int) []int {
	var lags []int
	loud := energy(reference) / float64(max(len(reference), 1)) * alignLength
	// the middle is where the whole fits best: from there to both ends
	count := (len(reference) + alignHop - 1) / alignHop
	lags = make([]int, count)
	start := bestStart(reference, degraded, lag, count)
	for _, direction := range []int{1, -1} {
		last := lag
		for i := start; i >= 0 && i < count; i += direction {
			from := i*alignHop - (alignLength-alignHop)/2
			block := part(reference, from, alignLength)
			if energy(block) > loud/20 {
				last = localLag(block, degraded, from, last)
			}
			lags[i] = last
		}
	}
	return lags
}

// bestStart is the hop at which the global delay fits best.
func bestStart(reference, degraded []float64, lag, count int) int {
	best, most := 0, -1.0
	for i := range count {
		from := i * alignHop
		product := 0.0
		there := part(degraded, from+lag, alignHop)
		for k, v := range part(reference, from, alignHop) {
			product += v * there[k]
		}
		if product > most {
			best, most = i, product
		}
	}
	return best
}

// localLag looks for a block around the delay so far. A jump must be worth it:
// speech resembles itself one period of its pitch away.
func localLag(block, degraded []float64, from, last int) int {
	around := part(degraded, from+last-alignReach, alignLength+2*alignReach)
	size := 1 << 14
	fft := fourier.NewFFT(size)
	a := fft.Coefficients(nil, append(slices.Clone(block), make([]float64, size-len(block))...))
	b := fft.Coefficients(nil, append(slices.Clone(around), make([]float64, size-len(around))...))
	for i := range a {
		a[i] = complex(real(a[i]), -imag(a[i])) * b[i]
	}
	products := fft.Sequence(nil, a)
	norm, running := energy(block), energy(around[:alignLength])
	best, most := last, 0.3 // less is no likeness: the delay stays
	for shift := 0; shift <= 2*alignReach; shift++ {
		if shift > 0 {
			running += around[shift+alignLength-1]*around[shift+alignLength-1] - around[shift-1]*around[shift-1]
		}
		if running <= 1e-9 {
			continue
		}
		moved := shift - alignReach
		likeness := products[shift]/float64(size)/math.Sqrt(norm*running) - 0.1*float64(abs(moved))/alignReach
		if likeness > most {
			best, most = last+moved, likeness
		}
	}
	return best
}

// at is the delay at a sample of the reference.
func at(lags []int, sample int) int { return lags[min(sample/alignHop, len(lags)-1)] }

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

// bands are the 25 critical bands of Hu and Loizou, of one frame of 20 ms.
type bands struct {
	fft     *fourier.FFT
	weights [][]float64 // by band and bin
	scratch []float64
}

// centres and widths of the critical bands, in Hz; the last are above what is compared.
var (
	bandCentres = []float64{50, 120, 190, 260, 330, 400, 470, 540, 617.372, 703.378, 798.717, 904.128, 1020.38, 1148.30, 1288.72,
		1442.54, 1610.70, 1794.16, 1993.93, 2211.08, 2446.71, 2701.97, 2978.04, 3276.17, 3597.63}
	bandWidths = []float64{70, 70, 70, 70, 70, 70, 70, 77.3724, 86.0056, 95.3398, 105.411, 116.256, 127.914, 140.423, 153.823,
		168.154, 183.457, 199.776, 217.153, 235.631, 255.255, 276.072, 298.126, 321.465, 346.136}
)

func newBands() *bands {
	b := &bands{fft: fourier.NewFFT(2 * frameLength), scratch: make([]float64, 2*frameLength)}
	for i, centre := range bandCentres {
		weights := make([]float64, frameLength+1)
		for bin := range weights {
			distance := (float64(bin)*qualityRate/(2*frameLength) - centre) / bandWidths[i]
			if w := math.Exp(-11 * distance * distance); w > 1e-3 {
				weights[bin] = w
			}
		}
		b.weights = append(b.weights, weights)
	}
	return b
}

// magnitudes of a frame by band.
func (b *bands) magnitudes(samples []float64) []float64 {
	clear(b.scratch)
	copy(b.scratch, samples)
	window.Hann(b.scratch[:len(samples)])
	spectrum := b.fft.Coefficients(nil, b.scratch)
	all := make([]float64, len(b.weights))
	for i, weights := range b.weights {
		for bin, weight := range weights {
			if weight > 0 {
				all[i] += weight * math.Hypot(real(spectrum[bin]), imag(spectrum[bin]))
			}
		}
	}
	return all
}

// snr is the frequency-weighted ratio of one frame.
func (b *bands) snr(signal, other []float64) float64 {
	clean, heard := b.magnitudes(signal), b.magnitudes(other)
	var sum, total float64
	for i, magnitude := range clean {
		weight := math.Pow(magnitude, 0.2)
		difference := magnitude - heard[i]
		sum += weight * clampSNR(magnitude*magnitude, difference*difference)
		total += weight
	}
	return sum / max(total, 1e-12)
}
