// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"math"

	"gonum.org/v1/gonum/dsp/fourier"
	"gonum.org/v1/gonum/dsp/window"
)

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
