// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"math"
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

// DecodeALaw turns PCMA into samples at 8000 Hz.
func DecodeALaw(payload []byte) []float64 {
	samples := make([]float64, len(payload))
	for i, code := range payload {
		code ^= 0x55
		magnitude := int(code&0x0f)<<4 + 8
		if exponent := int(code >> 4 & 7); exponent > 0 {
			magnitude = (magnitude + 0x100) << (exponent - 1)
		}
		if code&0x80 == 0 {
			magnitude = -magnitude
		}
		samples[i] = float64(magnitude) / (1 << 15)
	}
	return samples
}

// EncodeALaw turns samples at 8000 Hz into PCMA.
func EncodeALaw(samples []float64) []byte {
	payload := make([]byte, len(samples))
	for i, sample := range samples {
		sign := byte(0x80)
		if sample < 0 {
			sign, sample = 0, -sample
		}
		magnitude := min(int(sample*(1<<15)), 1<<15-1)
		exponent := max(bits.Len(uint(magnitude))-8, 0)
		payload[i] = (sign | byte(exponent)<<4 | byte(magnitude>>(max(exponent, 1)+3)&0x0f)) ^ 0x55
	}
	return payload
}

// ToneFrames are 100 frames of a tone in G.711, of so many milliseconds each.
// A frequency that is a multiple of 10 Hz goes on without a click when they are
// sent again. Its level is that of the hosts' tones.
func ToneFrames(codec string, frequency float64, ms int) (frames [][]byte) {
	samples := make([]float64, 100*8*ms)
	for i := range samples {
		samples[i] = 10000.0 / 32768 * math.Sin(2*math.Pi*frequency*float64(i)/8000)
	}
	encode := EncodeMuLaw
	if codec == "PCMA" {
		encode = EncodeALaw
	}
	all := encode(samples)
	for length := 8 * ms; len(all) >= length; all = all[length:] {
		frames = append(frames, all[:length])
	}
	return frames
}
