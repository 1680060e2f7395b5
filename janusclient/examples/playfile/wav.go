// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"math/bits"
	"os"
	"time"

	"github.com/go-audio/wav"
)

const (
	rate  = 8000 // Hz, of G.711
	frame = 20 * time.Millisecond
)

// readWAV reads a file and returns it as frames of G.711 µ-law.
func readWAV(name string) ([][]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	decoder := wav.NewDecoder(file)
	pcm, err := decoder.FullPCMBuffer()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if pcm.Format.SampleRate != rate || pcm.Format.NumChannels != 1 || pcm.SourceBitDepth != 16 {
		return nil, fmt.Errorf("%s has %d Hz, %d channels and %d bits, not 8000, 1 and 16: convert it with sox IN -r 8000 -c 1 -b 16 OUT.wav",
			name, pcm.Format.SampleRate, pcm.Format.NumChannels, pcm.SourceBitDepth)
	}
	const samples = rate * int(frame) / int(time.Second)
	var frames [][]byte
	for len(pcm.Data) >= samples {
		one := make([]byte, samples)
		for i := range one {
			one[i] = muLaw(pcm.Data[i])
		}
		frames, pcm.Data = append(frames, one), pcm.Data[samples:]
	}
	return frames, nil
}

// muLaw compands a sample of 16 bits (ITU-T G.711, 3.2; all bits inverted).
func muLaw(sample int) byte {
	const bias, most = 132, 32635
	sign := 0
	if sample < 0 {
		sample, sign = -sample, 0x80
	}
	sample = min(sample, most) + bias
	exponent := bits.Len(uint(sample)) - 8
	return ^byte(sign | exponent<<4 | sample>>(exponent+3)&0xf)
}
