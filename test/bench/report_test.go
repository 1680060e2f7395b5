// SPDX-License-Identifier: MPL-2.0

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMedianAndPercentile(t *testing.T) {
	require.Zero(t, median(nil))
	require.InDelta(t, 2, median([]float64{3, 1, 2}), 0)
	require.InDelta(t, 2.5, median([]float64{4, 1, 2, 3}), 0)
	var hundred []float64
	for i := range 100 {
		hundred = append(hundred, float64(100-i))
	}
	for _, p := range []float64{1, 50, 95, 99, 100} {
		require.InDelta(t, p, percentile(hundred, p), 0, "of 1 to 100")
	}
	require.Zero(t, percentile(nil, 99))
	require.InDelta(t, 7, percentile([]float64{7}, 1), 0)
}

// A round in which the machine was twice as slow spreads the figures, not their ratio.
func TestRatioIsTakenRoundByRound(t *testing.T) {
	table := &table{Modules: []string{"a", "b"}}
	table.add("time, ms", 0, [][]float64{{10, 20, 10}, {5, 10, 5}})
	require.Equal(t, spread{10, 10, 20, 3}, table.Rows[0].Cells[0])
	require.Equal(t, []spread{{0.5, 0.5, 0.5, 3}}, table.Rows[0].Ratios)
	table.add("failures", 0, [][]float64{{0, 0, 0}, {1, 0, 0}})
	require.Equal(t, ""+
		"| median (lowest to highest) | a             | b           | ratio               |\n"+
		"| ---                        | ---           | ---         | ---                 |\n"+
		"| time, ms                   | 10 (10 to 20) | 5 (5 to 10) | 0.50 (0.50 to 0.50) |\n"+
		"| failures                   | 0 (0 to 0)    | 0 (0 to 1)  | –                   |\n", table.String())
}

func TestCostIsWrittenAndDrawn(t *testing.T) {
	c := cost{
		Legs: 2, Idle: usage{CPU: 1, RSS: 100}, Calls: usage{CPU: 3, RSS: 300}, Null: usage{CPU: 2},
		Setup:     map[string][]float64{"1": {20, 21}, "100": {300}, "10": {30, 40}},
		Bursts:    map[string]callCost{"10": {Switch: 8, Janus: 16, Null: 3}},
		Sustained: &sustained{Rate: 30, Calls: 60, Failed: 1, Setup: []float64{30, 50}},
	}
	require.Equal(t, []string{"1", "10", "100"}, setupKeys(c))
	require.InDelta(t, 1, c.leg().CPU, 0)
	require.InDelta(t, 0.5, c.null().CPU, 0)
	require.InDelta(t, 100, c.leg().RSS, 0)
	all := []results[cost]{{Module: "a", Rounds: []cost{c, c}}, {Module: "b", Rounds: []cost{c}}}
	dir := t.TempDir()
	file := filepath.Join(dir, "bench.json")
	require.NoError(t, writeJSON(file, report{What: "cost", Table: costTable(all), Rounds: all}))
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var read report
	require.NoError(t, json.Unmarshal(text, &read))
	require.Len(t, read.Table.Rows, 14+4*3+2*4+6)
	for _, row := range read.Table.Rows {
		switch row.Name {
		case "burst of 10, CPU of the switch a call, ms":
			require.InDelta(t, 8, row.Cells[0].Median, 0)
		case "burst of 100, CPU of the switch a call, ms":
			require.Zero(t, row.Cells[0].Rounds, "nothing was measured")
		case "30 calls a second, calls that failed":
			require.InDelta(t, 1, row.Cells[1].Median, 0)
		}
	}
	require.InDelta(t, 1600/float64(runtime.NumCPU()), callCost{Janus: 16}.floor(100), 1e-9)
	chart := filepath.Join(dir, "bench.svg")
	require.NoError(t, costChart(chart, all))
	text, err = os.ReadFile(chart)
	require.NoError(t, err)
	require.Contains(t, string(text), "</svg>")
	require.Error(t, writeJSON(filepath.Join(dir, "no", "folder"), report{}))
}

func TestFlags(t *testing.T) {
	var s sizes
	require.NoError(t, s.Set("10,40,100"))
	require.Equal(t, sizes{10, 40, 100}, s)
	require.Equal(t, "10,40,100", s.String())
	require.NoError(t, s.Set(""))
	require.Empty(t, s)
	for _, bad := range []string{"x", "0", "10,-1"} {
		require.Error(t, s.Set(bad), bad)
	}
	_, err := parseModules(nil)
	require.Error(t, err)
	_, err = parseModules([]string{"a=nothing.so"})
	require.ErrorContains(t, err, `module "a=nothing.so": stat nothing.so`)
	modules, err := parseModules([]string{"a=main.go", "rig.go"})
	require.NoError(t, err)
	require.Equal(t, []module{{name: "a", path: "main.go"}, {name: "rig.go", path: "rig.go"}}, modules)
	require.Equal(t, modules, withProcs(modules, nil))
	require.Nil(t, modules[0].env())
	twice := withProcs(modules, sizes{1, 2})
	require.Len(t, twice, 4)
	require.Equal(t, module{"a, GOMAXPROCS=2", "main.go", 2}, twice[1])
	require.Equal(t, []string{"GOMAXPROCS=2"}, twice[1].env())
	require.ErrorContains(t, run(options{what: "nonsense"}, modules), "nonsense")
}
