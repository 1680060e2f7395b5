// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"

	"gonum.org/v1/plot"
)

// limitTable says how many legs hold, what they cost, and how the delay grows on the way there.
func limitTable(all []results[capacity]) *table {
	t := newTable(all)
	t.add("most legs", 0, column(all, func(c capacity) float64 {
		if c.Legs == 0 {
			return nothing
		}
		return float64(c.Legs)
	}))
	t.add("CPU per leg there, in all, % of a core", 3, column(all, func(c capacity) float64 {
		return ofLevel(c.Most, func(l level) float64 { return (l.Usage.CPU - c.Idle.CPU) / float64(l.Legs) })
	}))
	legs := func(l level) float64 { return float64(l.Legs) }
	for _, r := range []struct {
		name   string
		digits int
		at     func(capacity) *level
		value  func(level) float64
	}{
		{"CPU of the switch there, % of a core", 0, most, func(l level) float64 { return l.Usage.CPU }},
		{"CPU of the media peers there, % of a core", 0, most, func(l level) float64 { return l.Peer }},
		{"CPU of the machine there, % of all cores", 0, most, func(l level) float64 { return l.Usage.Machine }},
		{"… used by others, % of a core", 0, most, func(l level) float64 { return l.Usage.Others }},
		{fmt.Sprintf("delay added at %d legs, median, ms", fewLegs), 1, few, delayOf},
		{fmt.Sprintf("legs at %.0f %% of the machine's CPU", busyMachine), 0, busyOf, legs},
		{"… delay added, median, ms", 1, busyOf, delayOf},
		{"… 99th percentile, ms", 1, busyOf, delay99},
		{"delay added at the limit, median, ms", 1, most, delayOf},
		{"… 99th percentile, ms", 1, most, delay99},
	} {
		t.addPlain(r.name, r.digits, column(all, func(c capacity) float64 { return ofLevel(r.at(c), r.value) }))
	}
	return t
}

func few(c capacity) *level    { return c.Few }
func busyOf(c capacity) *level { return c.Busy }
func most(c capacity) *level   { return c.Most }

func delayOf(l level) float64 { return l.Median }
func delay99(l level) float64 { return l.P99 }

// ofLevel is a measure of a level, nothing where there is none.
func ofLevel(l *level, value func(level) float64) float64 {
	if l == nil {
		return nothing
	}
	return value(*l)
}

func limitChart(path string, all []results[capacity]) error {
	if path == "" {
		return nil
	}
	legs, err := barsOf(all, "Most legs with good sound", "legs", []string{"legs"}, func(_ int, c capacity) float64 { return float64(c.Legs) })
	if err != nil {
		return err
	}
	at := []func(capacity) *level{few, busyOf, most}
	labels := []string{fmt.Sprintf("%d legs", fewLegs), fmt.Sprintf("%.0f %% CPU", busyMachine), "most legs"}
	plots := []*plot.Plot{legs}
	for _, panel := range []struct {
		title string
		value func(level) float64
	}{{"Delay added, median", delayOf}, {"Delay added, 99th percentile", delay99}} {
		p, err := barsOf(all, panel.title, "ms", labels, func(label int, c capacity) float64 { return ofLevel(at[label](c), panel.value) })
		if err != nil {
			return err
		}
		plots = append(plots, p)
	}
	return saveChart(path, plots)
}
