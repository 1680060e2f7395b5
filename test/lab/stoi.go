// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"math"

	"gonum.org/v1/gonum/dsp/fourier"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
)

// What Taal and others have chosen for STOI.
const (
	stoiRate     = 10000 // Hz
	stoiFrame    = 256   // samples
	stoiHop      = stoiFrame / 2
	stoiSize     = 512 // of the Fourier transform
	stoiBands    = 15  // of a third of an octave each
	stoiLowest   = 150 // Hz: the centre of the lowest band
	stoiSegment  = 30  // frames, 384 ms
	stoiBelow    = 40  // dB: a frame of the original that is less below the loudest is speech
	stoiClipping = 15  // dB: worse than this counts no more
)

// tiny keeps what is silent from being divided by.
const tiny = 2.220446049250313e-16

// Intelligibility is how well speech can be understood, from 0 to 1, as it is predicted from the
// original. Both ask how alike the rise and fall of each band is, in spans of 384 ms.
type Intelligibility struct {
	// STOI is the short-time objective intelligibility measure (Taal, Hendriks, Heusdens and
	// Jensen, IEEE TASLP 19(7), 2011).
	STOI float64 `json:"stoi"`
	// ESTOI is the extended one (Jensen and Taal, IEEE/ACM TASLP 24(11), 2016), which also compares
	// the bands with each other and so hears gaps better.
	ESTOI float64 `json:"estoi"`
}

// Understand predicts the intelligibility of a sound from the original. The two must begin
// at the same moment. Fewer than 0.4 s of speech are not understood: both are 0.
func Understand(original, heard Sound) Intelligibility {
	clean, other := original.Resample(stoiRate).Samples, heard.Resample(stoiRate).Samples
	clean, other = spoken(clean, part(other, 0, len(clean)))
	x, y := newThirds().of(clean), newThirds().of(other)
	var sum Intelligibility
	segments := len(x[0]) - stoiSegment + 1
	if segments < 1 {
		return sum
	}
	for first := range segments {
		var a, b [stoiBands][]float64
		for band := range stoiBands {
			a[band], b[band] = x[band][first:first+stoiSegment], y[band][first:first+stoiSegment]
			sum.STOI += likeness(a[band], b[band])
		}
		sum.ESTOI += spectralLikeness(a, b)
	}
	sum.STOI /= float64(segments * stoiBands)
	sum.ESTOI /= float64(segments)
	return sum
}

// hann is the window: MATLAB's, without zeros at its ends.
var hann = func() (w [stoiFrame]float64) {
	for i := range w {
		w[i] = 0.5 - 0.5*math.Cos(2*math.Pi*float64(i+1)/(stoiFrame+1))
	}
	return w
}()

// windowed is the frame that begins at a sample.
func windowed(samples []float64, from int) []float64 {
	frame := make([]float64, stoiFrame)
	floats.MulTo(frame, samples[from:from+stoiFrame], hann[:])
	return frame
}

// spoken leaves out of both sounds where the original is silent, frame by frame.
func spoken(clean, other []float64) (cleanSpeech, otherSpeech []float64) {
	var levels []float64
	for from := 0; from < len(clean)-stoiFrame; from += stoiHop {
		levels = append(levels, 20*math.Log10(floats.Norm(windowed(clean, from), 2)+tiny))
	}
	if len(levels) == 0 {
		return nil, nil
	}
	least := floats.Max(levels) - stoiBelow
	for i, level := range levels {
		if level > least {
			cleanSpeech = overlap(cleanSpeech, windowed(clean, i*stoiHop))
			otherSpeech = overlap(otherSpeech, windowed(other, i*stoiHop))
		}
	}
	return cleanSpeech, otherSpeech
}

// overlap adds a frame whose first half lies over the last of what is there.
func overlap(samples, frame []float64) []float64 {
	if len(samples) == 0 {
		return append(samples, frame...)
	}
	floats.Add(samples[len(samples)-stoiHop:], frame[:stoiHop])
	return append(samples, frame[stoiHop:]...)
}

// thirds finds the magnitudes in bands of a third of an octave.
type thirds struct {
	fft   *fourier.FFT
	edges [stoiBands][2]int // bins: the first, and the first after
}

func newThirds() *thirds {
	t := &thirds{fft: fourier.NewFFT(stoiSize)}
	bin := func(hertz float64) int { return int(math.Round(hertz * stoiSize / stoiRate)) }
	for i := range t.edges {
		third := func(sixths int) int { return bin(stoiLowest * math.Pow(2, float64(2*i+sixths)/6)) }
		t.edges[i] = [2]int{third(-1), third(1)}
	}
	return t
}

// of returns the magnitude of each band in each frame.
func (t *thirds) of(samples []float64) (all [stoiBands][]float64) {
	padded := make([]float64, stoiSize)
	for from := 0; from < len(samples)-stoiFrame; from += stoiHop {
		copy(padded, windowed(samples, from))
		spectrum := t.fft.Coefficients(nil, padded)
		for band, edge := range t.edges {
			power := 0.0
			for _, c := range spectrum[edge[0]:edge[1]] {
				power += real(c)*real(c) + imag(c)*imag(c)
			}
			all[band] = append(all[band], math.Sqrt(power))
		}
	}
	return all
}

// likeness is the correlation of a band with the original's, made as loud as that and clipped.
func likeness(clean, other []float64) float64 {
	gain := floats.Norm(clean, 2) / (floats.Norm(other, 2) + tiny)
	clipped := make([]float64, len(other))
	for i, v := range other {
		clipped[i] = min(v*gain, clean[i]*(1+math.Pow(10, stoiClipping/20.0)))
	}
	return floats.Dot(normal(clean), normal(clipped))
}

// normal is a vector of mean 0 and length 1.
func normal(values []float64) []float64 {
	out := make([]float64, len(values))
	mean := stat.Mean(values, nil)
	for i, v := range values {
		out[i] = v - mean
	}
	floats.Scale(1/(floats.Norm(out, 2)+tiny), out)
	return out
}

// spectralLikeness is that of all bands: each is made normal over time, then each frame over the
// bands.
func spectralLikeness(clean, other [stoiBands][]float64) float64 {
	for band := range stoiBands {
		clean[band], other[band] = normal(clean[band]), normal(other[band])
	}
	sum := 0.0
	a, b := make([]float64, stoiBands), make([]float64, stoiBands)
	for frame := range stoiSegment {
		for band := range stoiBands {
			a[band], b[band] = clean[band][frame], other[band][frame]
		}
		sum += floats.Dot(normal(a), normal(b))
	}
	return sum / stoiSegment
}
