// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/dsp/fourier"
)

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

// aligned is what was heard with its delay, and all changes of that, taken out.
func aligned(degraded []float64, lags []int) []float64 {
	var out []float64
	for i, lag := range lags {
		out = append(out, part(degraded, i*alignHop+lag, alignHop)...)
	}
	return out
}
