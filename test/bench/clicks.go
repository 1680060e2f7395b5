// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"math"
	"time"

	"mod_janus/test/lab"
)

const (
	frameTime    = 20 * time.Millisecond
	frameSamples = 160 // of PCMU
	sampleTime   = frameTime / frameSamples

	clickEvery   = 40   // frames: longer than any delay, so that a click is not taken for the next
	clickSamples = 40   // 5 ms of 1 kHz, at 0.8 of full scale
	clickOffset  = 8    // samples into its frame
	clickLevel   = 0.2  // what counts as the start of one
	toneHertz    = 440  // of the tone in which gaps are looked for
	toneLevel    = 0.25 // of full scale
)

// clickQuiet is how long a listener must have heard nothing for a sound to be
// the start of a click.
const clickQuiet = clickEvery * frameTime / 4

// clickFrame is a frame of PCMU with a click in it.
func clickFrame() []byte {
	samples := make([]float64, frameSamples)
	for i := range clickSamples {
		samples[clickOffset+i] = 0.8 * math.Sin(2*math.Pi*float64(i+1)/8)
	}
	return lab.EncodeMuLaw(samples)
}

// toneFrame is the nth frame of a tone that goes on.
func toneFrame(n int) []byte {
	samples := make([]float64, frameSamples)
	for i := range samples {
		samples[i] = toneLevel * math.Sin(2*math.Pi*toneHertz*float64(n*frameSamples+i)/8000)
	}
	return lab.EncodeMuLaw(samples)
}

// talk sends frames, one every 20 ms, each made when it is due, until frame
// returns nil. One that is late does not put off those behind it, as it does
// with a time.Ticker: Janus's buffers would run dry.
func talk(ctx context.Context, send func([]byte) error, frame func(n int) []byte) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for n, began := 0, time.Now(); ; n++ {
		timer.Reset(time.Until(began.Add(time.Duration(n) * frameTime)))
		select {
		case <-timer.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		payload := frame(n)
		if payload == nil {
			return nil
		}
		if err := send(payload); err != nil {
			return err
		}
	}
}

// clicker is the frames of a talker who clicks, with the time of each click.
type clicker struct{ made []time.Time }

// frame is the nth; the clicks begin at the second period.
func (c *clicker) frame(n int) []byte {
	if n < clickEvery || n%clickEvery != 0 {
		return lab.Silence()
	}
	c.made = append(c.made, time.Now().Add(clickOffset*sampleTime))
	return clickFrame()
}

// ear listens for clicks.
type ear struct {
	heard []time.Time
	quiet time.Duration // since the last sound
}

// take is given a frame of PCMU that has just come.
func (e *ear) take(payload []byte, at time.Time) {
	for i, sample := range lab.DecodeMuLaw(payload) {
		if math.Abs(sample) < clickLevel {
			e.quiet += sampleTime
			continue
		}
		if e.quiet > clickQuiet {
			e.heard = append(e.heard, at.Add(time.Duration(i)*sampleTime))
		}
		e.quiet = 0
	}
}

// delays pairs clicks made with clicks heard, in milliseconds. One that was not
// heard before the next was made is missed.
func delays(made, heard []time.Time) (all []float64, missed int) {
	for _, click := range made {
		for len(heard) > 0 && heard[0].Before(click) {
			heard = heard[1:]
		}
		if len(heard) == 0 || heard[0].Sub(click) > clickEvery*frameTime {
			missed++
			continue
		}
		all = append(all, heard[0].Sub(click).Seconds()*1000)
		heard = heard[1:]
	}
	return all, missed
}
