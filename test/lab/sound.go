// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"fmt"
	"math"
	"os"
	"time"

	"github.com/go-audio/wav"
)

// Sound is mono PCM, full scale ±1.
type Sound struct {
	Rate    int // Hz
	Samples []float64
}

// ReadWAV reads a recording; of several channels, the first.
func ReadWAV(path string) (Sound, error) {
	channels, err := ReadChannels(path)
	if err != nil {
		return Sound{}, err
	}
	return channels[0], nil
}

// ReadChannels reads each channel of a recording, at least one.
func ReadChannels(path string) ([]Sound, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	buffer, err := wav.NewDecoder(file).FullPCMBuffer()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if buffer.Format == nil || buffer.Format.NumChannels < 1 {
		return nil, fmt.Errorf("%s: no channel", path)
	}
	channels := make([]Sound, buffer.Format.NumChannels)
	for i, v := range buffer.Data {
		s := &channels[i%len(channels)]
		s.Rate = buffer.Format.SampleRate
		s.Samples = append(s.Samples, float64(v)/float64(int(1)<<(buffer.SourceBitDepth-1)))
	}
	return channels, nil
}

// Duration of the sound.
func (s Sound) Duration() time.Duration {
	return time.Duration(len(s.Samples)) * time.Second / time.Duration(max(s.Rate, 1))
}

// Cut returns the part from one time to another.
func (s Sound) Cut(from, to time.Duration) Sound {
	at := func(d time.Duration) int {
		return min(max(int(d*time.Duration(s.Rate)/time.Second), 0), len(s.Samples))
	}
	return Sound{s.Rate, s.Samples[at(from):at(to)]}
}

// Level is the RMS level in dB below full scale; -120 for silence.
func (s Sound) Level() float64 {
	sum := 0.0
	for _, v := range s.Samples {
		sum += v * v
	}
	return decibels(math.Sqrt(sum / float64(max(len(s.Samples), 1))))
}

// Tone is the RMS level of one frequency in dB, over spans of 50 ms each of
// which may have a phase of its own: a frame more or less in between does not
// matter.
func (s Sound) Tone(frequency float64) float64 {
	const span = 50 * time.Millisecond
	if s.Duration() < 2*span {
		return s.tone(frequency)
	}
	sum, n := 0.0, 0
	for at := time.Duration(0); at+span <= s.Duration(); at += span {
		level := s.Cut(at, at+span).tone(frequency)
		sum, n = sum+math.Pow(10, level/10), n+1
	}
	return decibels(math.Sqrt(sum / float64(n)))
}

// tone is the RMS level of one frequency in dB (Goertzel).
func (s Sound) tone(frequency float64) float64 {
	n := float64(max(len(s.Samples), 1))
	coefficient := 2 * math.Cos(2*math.Pi*frequency/float64(max(s.Rate, 1)))
	var q1, q2 float64
	for _, v := range s.Samples {
		q1, q2 = coefficient*q1-q2+v, q1
	}
	power := q1*q1 + q2*q2 - coefficient*q1*q2
	return decibels(math.Sqrt(2*max(power, 0)) / n)
}

// Spells returns the longest time in which the frequency was there, at most
// 10 dB below the loudest, and the longest gap in it.
func (s Sound) Spells(frequency float64) (heard, gap time.Duration) {
	heard, gaps := s.Gaps(frequency)
	for _, g := range gaps {
		gap = max(gap, g)
	}
	return heard, gap
}

// Gaps returns for how long the frequency was there, at most 10 dB below the
// loudest, from its first to its last moment, and every gap in between, as
// windows of 10 ms show it.
func (s Sound) Gaps(frequency float64) (heard time.Duration, gaps []time.Duration) {
	const window = 10 * time.Millisecond
	var levels []float64
	loudest := -120.0
	for at := time.Duration(0); at+window <= s.Duration(); at += window {
		level := s.Cut(at, at+window).tone(frequency)
		levels, loudest = append(levels, level), max(loudest, level)
	}
	first, last := -1, -1
	for i, level := range levels {
		if level < loudest-10 || level < -60 {
			continue
		}
		if first < 0 {
			first = i
		} else if i > last+1 {
			gaps = append(gaps, time.Duration(i-last-1)*window)
		}
		last = i
	}
	if first < 0 {
		return 0, nil
	}
	return time.Duration(last-first+1) * window, gaps
}

func decibels(amplitude float64) float64 {
	return max(20*math.Log10(max(amplitude, 1e-6)), -120)
}
