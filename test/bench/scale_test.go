// SPDX-License-Identifier: MPL-2.0

package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/test/lab/mediapeer"
)

// A stream that has ended shows no gap between two packets, and is one.
func TestStreamThatEndsIsAGap(t *testing.T) {
	var l level
	l.sum([]mediapeer.Stream{{Frames: 1, Longest: 20 * time.Millisecond, Quiet: 5 * time.Second}, {Frames: 1, Quiet: 30 * time.Millisecond}})
	require.Equal(t, 1, l.Gaps)
	require.InDelta(t, 5000, l.Longest, 0)
}

func TestSetUpHasALimit(t *testing.T) {
	require.Equal(t, 45*time.Second, setUpLimit(0, 100))
	require.Equal(t, 45*time.Second, setUpLimit(300, 200))
}

func TestScaleIsSummedUpAndDrawn(t *testing.T) {
	var l level
	l.Legs, l.Seconds = 2, 30
	var delays mediapeer.Delays
	delays.Note(time.Millisecond)
	delays.Note(3 * time.Millisecond)
	l.sum([]mediapeer.Stream{
		{Frames: 99, Lost: 1, Gaps: 2, Longest: 50 * time.Millisecond, Delays: delays},
		{Longest: 20 * time.Millisecond},
	})
	require.Equal(t, 2, l.Gaps)
	require.Equal(t, 1, l.Deaf)
	require.InDelta(t, 1, l.lost(), 0)
	require.InDelta(t, 2, l.gapsPerStreamMinute(), 0)
	require.InDelta(t, 50, l.Longest, 0)
	require.InDelta(t, 1, l.Median, 0)
	require.InDelta(t, 3, l.Worst, 0)

	s := scale{Idle: usage{CPU: 1}, Levels: []level{{Legs: 10, Usage: usage{CPU: 3}}, {Legs: 20, Usage: usage{CPU: 5}}}}
	slope, r2 := s.linearity()
	require.InDelta(t, 0.2, slope, 1e-9)
	require.InDelta(t, 1, r2, 1e-9)
	require.InDelta(t, 0.2, s.cpu(s.Levels[1]), 1e-9)
	s.Levels[1].Usage.CPU = 50
	_, r2 = s.linearity()
	require.Less(t, r2, 0.9)

	all := []results[scale]{{Module: "a", Rounds: []scale{s}}, {Module: "b", Rounds: []scale{s}}}
	require.Contains(t, scaleTable(all).String(), "| 20 legs: frames lost, % ")
	chart := filepath.Join(t.TempDir(), "scale.svg")
	require.NoError(t, scaleChart(chart, all))
	_, err := os.Stat(chart)
	require.NoError(t, err)
	// a level that was too much for one round leaves a dash where no other round has it
	s.Levels[1].Usage.CPU, s.TooMuch = 5, ""
	short := s
	short.Levels, short.TooMuch = s.Levels[:1], "20 legs are too much for this machine: call 12: NO_ANSWER"
	require.Contains(t, short.String(), "\n  20 legs are too much")
	all = []results[scale]{{Module: "a", Rounds: []scale{s, short}}, {Module: "b", Rounds: []scale{short, short}}}
	text := scaleTable(all).String()
	require.Regexp(t, `\| 10 legs: CPU per leg, in all, % +\| 0.200 \(0.200 to 0.200\) +\| 0.200 \(0.200 to 0.200\) +\| 1.00`, text)
	require.Regexp(t, `\| 20 legs: CPU per leg, in all, % +\| 0.200 \(0.200 to 0.200\) +\| – +\| – `, text)
	require.NoError(t, scaleChart(chart, all))
}
