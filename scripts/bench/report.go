// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"os"
	"slices"
	"text/tabwriter"
	"time"
)

// row is one line of the report.
type row struct {
	name   string
	format string
	value  func(result) float64
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

var rows = []row{
	{"CPU with no call, % of a core", "%.2f", func(r result) float64 { return r.idleCPU }},
	{"CPU per bridged null leg, %", "%.3f", func(r result) float64 { return r.floorCPU }},
	{"CPU per bridged leg, %", "%.3f", func(r result) float64 { return r.legCPU }},
	{"CPU per leg above the null leg, %", "%.3f", func(r result) float64 { return r.legCPU - r.floorCPU }},
	{"memory per leg, kB", "%.0f", func(r result) float64 { return r.legKB }},
	{"one call, median, ms", "%.1f", func(r result) float64 { return milliseconds(r.single) }},
	{"one call, 95th percentile, ms", "%.1f", func(r result) float64 { return milliseconds(r.single95) }},
	{"burst, last answered, ms", "%.1f", func(r result) float64 { return milliseconds(r.burst) }},
	{"burst, 95th percentile, ms", "%.1f", func(r result) float64 { return milliseconds(r.burst95) }},
	{"legs that failed at first", "%.0f", func(r result) float64 { return float64(r.retries) }},
}

// report prints the median of each figure with its range, and the ratio to the
// first module.
func report(modules []*module) {
	out := tabwriter.NewWriter(os.Stdout, 2, 8, 2, ' ', 0)
	defer out.Flush()
	fmt.Fprint(out, "\nmedian (lowest to highest)")
	for i, m := range modules {
		fmt.Fprintf(out, "\t%s", m.name)
		if i > 0 {
			fmt.Fprintf(out, "\tratio")
		}
	}
	fmt.Fprintln(out)
	for _, row := range rows {
		fmt.Fprint(out, row.name)
		first := 0.0
		for i, m := range modules {
			median, low, high := spread(m.results, row.value)
			fmt.Fprintf(out, "\t"+row.format+" ("+row.format+" to "+row.format+")", median, low, high)
			switch {
			case i == 0:
				first = median
			case first > 0:
				fmt.Fprintf(out, "\t%.2f", median/first)
			default:
				fmt.Fprint(out, "\t-")
			}
		}
		fmt.Fprintln(out)
	}
}

func spread(results []result, value func(result) float64) (median, low, high float64) {
	var all []float64
	for _, r := range results {
		all = append(all, value(r))
	}
	slices.Sort(all)
	return all[(len(all)-1)/2], all[0], all[len(all)-1]
}
