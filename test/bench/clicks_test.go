// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/test/lab"
)

// What is clicked is heard, when it comes out.
func TestClicksAreHeard(t *testing.T) {
	var c clicker
	var e ear
	const late = 123456 * time.Microsecond
	for n := range 4 * clickEvery {
		payload := c.frame(n)
		e.take(payload, time.Now().Add(late))
	}
	require.Len(t, c.made, 3)
	all, missed := delays(c.made, e.heard)
	require.Zero(t, missed)
	require.Len(t, all, 3)
	for _, ms := range all {
		require.InDelta(t, 123.5, ms, 1)
	}
}

func TestToneIsNoClick(t *testing.T) {
	var e ear
	now := time.Now()
	for n := range 100 {
		e.take(toneFrame(n), now.Add(time.Duration(n)*frameTime))
	}
	require.Empty(t, e.heard)
	sound := lab.Sound{Rate: 8000}
	for n := range 100 {
		sound.Samples = append(sound.Samples, lab.DecodeMuLaw(toneFrame(n))...)
	}
	heard, gaps := sound.Gaps(toneHertz)
	require.Equal(t, 2*time.Second, heard)
	require.Empty(t, gaps)
}

func TestDelaysPairsClicks(t *testing.T) {
	at := func(ms ...int) (all []time.Time) {
		for _, m := range ms {
			all = append(all, time.UnixMilli(int64(m)))
		}
		return all
	}
	for _, test := range []struct {
		made, heard []time.Time
		delays      []float64
		missed      int
	}{
		{at(0, 800, 1600), at(100, 910, 1720), []float64{100, 110, 120}, 0},
		{at(0, 800, 1600), at(100, 1720), []float64{100, 120}, 1},
		{at(800), at(100, 900), []float64{100}, 0}, // a sound before the first click
		{at(0, 800), nil, nil, 2},
		{nil, at(100), nil, 0},
	} {
		all, missed := delays(test.made, test.heard)
		require.Equal(t, test.delays, all)
		require.Equal(t, test.missed, missed)
	}
}

func TestTalk(t *testing.T) {
	sent := 0
	began := time.Now()
	frame := func(n int) []byte {
		if n == 5 {
			return nil
		}
		return []byte{byte(n)}
	}
	require.NoError(t, talk(t.Context(), func([]byte) error { sent++; return nil }, frame))
	require.Equal(t, 5, sent)
	require.GreaterOrEqual(t, time.Since(began), 5*frameTime)
	broken := errors.New("broken")
	require.ErrorIs(t, talk(t.Context(), func([]byte) error { return broken }, frame), broken)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, talk(ctx, func([]byte) error { return nil }, func(int) []byte { return []byte{1} }), context.Canceled)
}

func TestDelayIsTabulatedAndDrawn(t *testing.T) {
	d := delay{
		Once: passage{Delays: [][]float64{{100}, {120}}}, Twice: passage{Delays: [][]float64{{240, 241, 500}, {261}}},
		Through: passage{Delays: [][]float64{{271}, {291}}, Seconds: 30, Gaps: []float64{20, 60}, Missed: 1},
	}
	require.InDelta(t, 251, d.Twice.delay(), 0)
	require.InDelta(t, 30, d.added(), 0)
	require.InDelta(t, 60, d.Through.longest(), 0)
	require.InDelta(t, 4, d.Through.perMinute(0), 0)
	require.InDelta(t, 2, d.Through.perMinute(longGap), 0)
	require.Zero(t, d.Once.longest())
	all := []results[delay]{{Module: "a", Rounds: []delay{d}}, {Module: "b", Rounds: []delay{d}}}
	require.Contains(t, delayTable(all).String(), "| added by switch and module, ms ")
	chart := filepath.Join(t.TempDir(), "delay.svg")
	require.NoError(t, delayChart(chart, all))
	_, err := os.Stat(chart)
	require.NoError(t, err)
}
