// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"slices"

	"gonum.org/v1/plot"
)

func scaleTable(all []results[scale]) *table {
	t := newTable(all)
	for _, legs := range levelsOf(all) {
		for _, r := range []struct {
			name   string
			digits int
			plain  bool
			value  func(scale, level) float64
		}{
			{"CPU per leg, in all, %", 3, false, scale.cpu},
			{"memory per leg, RSS, kB", 0, false, func(s scale, l level) float64 { return (l.Usage.RSS - s.Idle.RSS) / float64(l.Legs) }},
			{"delay added, median, ms", 1, true, func(_ scale, l level) float64 { return l.Median }},
			{"… 99th percentile, ms", 1, true, func(_ scale, l level) float64 { return l.P99 }},
			{"… longest, ms", 1, true, func(_ scale, l level) float64 { return l.Worst }},
			{"longest between packets, ms", 1, true, func(_ scale, l level) float64 { return l.Longest }},
			{"… as sent by the peer, ms", 1, true, func(_ scale, l level) float64 { return l.SentLate }},
			{"gaps over 40 ms, per stream and minute", 2, true, func(_ scale, l level) float64 { return l.gapsPerStreamMinute() }},
			{"frames lost, %", 3, true, func(_ scale, l level) float64 { return l.lost() }},
			{"CPU of the machine, % of all cores", 0, true, func(_ scale, l level) float64 { return l.Usage.Machine }},
			{"CPU used by others meanwhile, % of a core", 0, true, func(_ scale, l level) float64 { return l.Usage.Others }},
			{"janus metrics, ms", 1, true, func(_ scale, l level) float64 { return l.Scrape }},
			{"… series", 0, true, func(_ scale, l level) float64 { return float64(l.Series) }},
			{"streams that never came", 0, true, func(_ scale, l level) float64 { return float64(l.Deaf) }},
		} {
			add := t.add
			if r.plain {
				add = t.addPlain
			}
			add(fmt.Sprintf("%d legs: %s", legs, r.name), r.digits, column(all, func(s scale) float64 { return atLevel(s, legs, r.value) }))
		}
	}
	t.add("CPU of one more leg (fitted line), %", 3, column(all, func(s scale) float64 { slope, _ := s.linearity(); return slope }))
	t.addPlain("R² of the line", 4, column(all, func(s scale) float64 { _, r2 := s.linearity(); return r2 }))
	return t
}

// levelsOf are the numbers of legs that were measured in any round of any module.
func levelsOf(all []results[scale]) []int {
	var legs []int
	for _, r := range all {
		for _, round := range r.Rounds {
			for _, l := range round.Levels {
				legs = append(legs, l.Legs)
			}
		}
	}
	slices.Sort(legs)
	return slices.Compact(legs)
}

// atLevel is a measure at a number of legs, nothing where that was too much.
func atLevel(s scale, legs int, value func(scale, level) float64) float64 {
	l, measured := s.of(legs)
	if !measured {
		return nothing
	}
	return value(s, l)
}

func scaleChart(path string, all []results[scale]) error {
	if path == "" {
		return nil
	}
	levels := levelsOf(all)
	var labels []string
	for _, legs := range levels {
		labels = append(labels, fmt.Sprint(legs))
	}
	var plots []*plot.Plot
	for _, panel := range []struct {
		title, unit string
		value       func(scale, level) float64
	}{
		{"CPU over legs", "% of a core", func(_ scale, l level) float64 { return l.Usage.CPU }},
		{"CPU per leg", "% of a core", scale.cpu},
		{"Delay added, 99th percentile", "ms", func(_ scale, l level) float64 { return l.P99 }},
		{"Longest time between two packets", "ms", func(_ scale, l level) float64 { return l.Longest }},
	} {
		p, err := barsOf(all, panel.title, panel.unit, labels, func(label int, s scale) float64 { return atLevel(s, levels[label], panel.value) })
		if err != nil {
			return err
		}
		plots = append(plots, p)
	}
	return saveChart(path, plots)
}
