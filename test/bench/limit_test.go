// SPDX-License-Identifier: MPL-2.0

package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The limit is found to within 5 %, wherever it is, and what is found has held for the full time.
func TestSearchFindsTheLimit(t *testing.T) {
	for limit := 2; limit <= 1300; limit += 6 {
		proved, probes := 0, 0
		holds := func(n int) bool {
			require.True(t, n >= 2 && n <= 1200 && n%2 == 0, "%d", n)
			probes++
			return n <= limit
		}
		found, err := search(50, 1200, func(n int) (bool, error) { return holds(n), nil }, func(n int) (bool, error) {
			if n <= limit {
				proved = n
			}
			return holds(n), nil
		})
		require.NoError(t, err)
		require.Equal(t, proved, found)
		require.LessOrEqual(t, found, limit)
		require.GreaterOrEqual(t, found+max(2, found/20)+1, min(limit, 1200), "limit %d", limit)
		require.LessOrEqual(t, probes, 20)
	}
}

// What holds for a short time and not for the full one is no limit.
func TestSearchTrustsTheFullProbe(t *testing.T) {
	found, err := search(50, 1200, func(n int) (bool, error) { return n <= 400, nil }, func(n int) (bool, error) { return n <= 30, nil })
	require.NoError(t, err)
	require.InDelta(t, 29, found, 1)
	found, err = search(50, 1200, func(int) (bool, error) { return true, nil }, func(int) (bool, error) { return false, nil })
	require.NoError(t, err)
	require.Zero(t, found)
	found, err = search(51, 101, func(int) (bool, error) { return true, nil }, func(int) (bool, error) { return true, nil })
	require.NoError(t, err)
	require.Equal(t, 100, found)
	over := errors.New("the time is up")
	full := 0
	found, err = search(50, 1200, func(n int) (bool, error) { return n <= 400, nil }, func(n int) (bool, error) {
		if full++; full == 3 {
			return false, over
		}
		return n <= 330, nil
	})
	require.ErrorIs(t, err, over)
	require.Equal(t, 200, found)
}

func TestSoundThatIsNotGood(t *testing.T) {
	good := level{Legs: 2, Frames: 1000, P99: 79}
	why, _ := good.failure()
	require.Empty(t, why)
	for name, c := range map[string]struct {
		bad      level
		words    string
		byChance bool
	}{
		"gap":  {level{Frames: 1000, Gaps: 1, Longest: 44}, "1 gaps, the longest 44.0 ms", true},
		"lost": {level{Frames: 997, Lost: 3}, "0.30 % lost", true},
		"late": {level{Frames: 1000, P99: 80, Gaps: 2}, "99th percentile is 80 ms, 2 gaps", false},
		"deaf": {level{Frames: 1000, Deaf: 1}, "1 streams never came", false},
	} {
		why, byChance := c.bad.failure()
		require.Contains(t, why, c.words, name)
		require.Equal(t, c.byChance, byChance, name)
	}
}

func probed(legs int, machine float64) probe {
	return probe{level: level{Legs: legs, Seconds: 5, Usage: usage{Machine: machine}}}
}

func TestLegsAtSeventyPercent(t *testing.T) {
	probes := []probe{probed(20, 10), probed(100, 30), probed(400, 95), probed(200, 50), probed(300, 90), {level: level{Legs: 250}}}
	require.Equal(t, 250, legsAt(probes, 300, 70))
	require.Zero(t, legsAt(probes, 200, 70))
	require.Equal(t, 20, legsAt(probes, 300, 5))
	require.Zero(t, legsAt(nil, 300, 70))
}

func TestLimitIsTabulatedAndDrawn(t *testing.T) {
	found := capacity{Legs: 300, Few: &level{Legs: 20, Median: 8}, Busy: &level{Legs: 250, Median: 10}, Most: &level{Legs: 300, Median: 20, Usage: usage{CPU: 60}}}
	slow := capacity{Legs: 150, Few: &level{Legs: 20, Median: 2}, Most: &level{Legs: 150, Median: 4}}
	all := []results[capacity]{{Module: "a", Rounds: []capacity{slow}}, {Module: "b", Rounds: []capacity{found}}, {Module: "c", Rounds: []capacity{{}}}}
	text := limitTable(all).String()
	require.Regexp(t, `\| most legs +\| 150 \(150 to 150\) +\| 300 \(300 to 300\) +\| 2.00 \(2.00 to 2.00\) \| – `, text)
	require.Regexp(t, `\| legs at 70 % of the machine's CPU +\| – +\| 250 `, text)
	require.Contains(t, found.String(), "at most 300 legs; at few legs (20 legs) delay 8.0 ms")
	require.Equal(t, "no number of legs holds", capacity{}.String())
	dir := t.TempDir()
	require.NoError(t, writeJSON(filepath.Join(dir, "limit.json"), report{Table: limitTable(all), Rounds: all}))
	chart := filepath.Join(dir, "limit.svg")
	require.NoError(t, limitChart(chart, all))
	_, err := os.Stat(chart)
	require.NoError(t, err)
}
