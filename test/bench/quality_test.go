// SPDX-License-Identifier: MPL-2.0

package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/test/lab"
)

func TestQualityIsTabulatedAndDrawn(t *testing.T) {
	var q quality
	for i, n := range networks() {
		q.Cases = append(q.Cases, heard{network: n, Quality: lab.Quality{
			WeightedSNR: 20 - float64(i), Speech: 10 * time.Second, Missing: time.Second, Gaps: []time.Duration{20 * time.Millisecond, time.Second},
		}})
	}
	q.Cases[1].Unlike = true
	require.InDelta(t, 10, q.Cases[0].missing(), 0)
	require.InDelta(t, 100, q.Cases[1].missing(), 0)
	require.InDelta(t, 1000, q.Cases[0].longest(), 0)
	all := []results[quality]{{Module: "a", Rounds: []quality{q, q}}, {Module: "b", Rounds: []quality{q}}}
	table := qualityTable(all)
	require.Len(t, table.Rows, len(q.Cases)*len(qualityMeasures(false)))
	text := table.String()
	require.Contains(t, text, "| from Janus, undisturbed ")
	require.Contains(t, text, "| to Janus, 5 % loss, 40 ms jitter ")
	chart := filepath.Join(t.TempDir(), "quality.svg")
	require.NoError(t, qualityChart(chart, all))
	_, err := os.Stat(chart)
	require.NoError(t, err)
}

// Ten minutes of text are two cases, and drift and the largest shift two more columns.
func TestLongTextIsTabulated(t *testing.T) {
	o := options{long: 10 * time.Minute}
	var q quality
	for _, n := range o.cases() {
		q.Cases = append(q.Cases, heard{network: n, Quality: lab.Quality{
			Speech: time.Minute, Intelligibility: lab.Intelligibility{STOI: 0.95}, LargestShift: 38 * time.Millisecond, Drift: -7 * time.Millisecond,
		}})
	}
	require.Len(t, q.Cases, 2)
	q.Cases[1].Unlike = true
	all := []results[quality]{{Module: "a", Rounds: []quality{q}}}
	text := qualityTable(all).String()
	require.Contains(t, text, "| a: largest shift, ms | a: drift, ms |")
	require.Regexp(t, `\| from Janus, 3 % loss, 10m0s of text .*\| 0.950 .*\| 38 +\| -7 +\|`, text)
	require.Regexp(t, `\| to Janus, 3 % loss, 10m0s of text .*\| 100.0 .*\| – `, text)
	require.NoError(t, qualityChart(filepath.Join(t.TempDir(), "long.svg"), all))
	require.Len(t, options{}.cases(), 18)
}

func TestLinksArePossible(t *testing.T) {
	names := map[string]bool{}
	for _, n := range networks() {
		link := n.link()
		require.True(t, link.Loss >= 0 && link.Loss < 1)
		require.False(t, names[n.String()], "twice: %s", n)
		names[n.String()] = true
	}
	require.Len(t, names, 18)
}
