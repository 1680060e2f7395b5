// SPDX-License-Identifier: MPL-2.0

package lab

import "math"

// Resample returns the sound at another rate, by a windowed sinc.
func (s Sound) Resample(rate int) Sound {
	if rate == s.Rate || s.Rate == 0 || rate == 0 {
		return s
	}
	const lobes = 16                                       // of the sinc, on each side
	step := float64(s.Rate) / float64(rate)                // in samples of s
	cutoff := 0.95 * min(1, float64(rate)/float64(s.Rate)) // of the Nyquist frequency of s
	reach := lobes / cutoff                                // in samples of s
	out := Sound{rate, make([]float64, int(float64(len(s.Samples))/step))}
	kernels := map[int64][]float64{} // by fraction of a sample: there are few, and they come again
	for i := range out.Samples {
		whole, fraction := math.Modf(float64(i) * step)
		key := int64(math.Round(fraction * 1e9))
		kernel, known := kernels[key]
		if !known {
			for k := -int(reach); k <= int(reach)+1; k++ {
				x := float64(k) - fraction
				kernel = append(kernel, cutoff*sinc(cutoff*x)*(0.5+0.5*math.Cos(math.Pi*min(math.Abs(x)/reach, 1))))
			}
			kernels[key] = kernel
		}
		first := int(whole) - int(reach)
		for k, weight := range kernel {
			if at := first + k; at >= 0 && at < len(s.Samples) {
				out.Samples[i] += s.Samples[at] * weight
			}
		}
	}
	return out
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}
