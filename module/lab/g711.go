// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"math/bits"
	"slices"
)

// No Go library of G.711 can be had from the module proxy.

// muLawPeak is the largest magnitude that µ-law has, of 16-bit samples.
const muLawPeak = 32124

// DecodeMuLaw turns PCMU (ITU-T G.711) into samples at 8000 Hz.
func DecodeMuLaw(payload []byte) []float64 {
	samples := make([]float64, len(payload))
	for i, code := range payload {
		code = ^code
		magnitude := (int(code&0x0f)<<3+0x84)<<(code>>4&7) - 0x84
		if code&0x80 != 0 {
			magnitude = -magnitude
		}
		samples[i] = float64(magnitude) / (1 << 15)
	}
	return samples
}

// EncodeMuLaw turns samples at 8000 Hz into PCMU.
func EncodeMuLaw(samples []float64) []byte {
	payload := make([]byte, len(samples))
	for i, sample := range samples {
		var sign byte
		if sample < 0 {
			sign, sample = 0x80, -sample
		}
		magnitude := min(int(sample*(1<<15)), muLawPeak) + 0x84
		exponent := bits.Len(uint(magnitude)) - 8
		payload[i] = ^(sign | byte(exponent)<<4 | byte(magnitude>>(exponent+3)&0x0f))
	}
	return payload
}

// Silence is a frame of PCMU without sound.
func Silence() []byte { return slices.Repeat([]byte{0xff}, 160) }
