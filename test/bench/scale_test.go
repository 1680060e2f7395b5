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

func TestScaleIsSummedUpAndDrawn(t *testing.T) {
	var l level
	l.Legs, l.Seconds = 2, 30
	l.sum([]mediapeer.Stream{
		{Frames: 99, Lost: 1, Gaps: 2, Longest: 50 * time.Millisecond, Delays: []time.Duration{time.Millisecond, 3 * time.Millisecond}},
		{Longest: 20 * time.Millisecond},
	})
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
	for _, bad := range []sizes{nil, {20, 10}, {1}} {
		require.Error(t, runScale(options{sizes: bad}, nil), "%v", bad)
	}
}
