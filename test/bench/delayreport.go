// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"slices"

	"gonum.org/v1/plot"
)

// delay is what one round says of one module.
type delay struct {
	Once    passage `json:"mixed_once"`
	Twice   passage `json:"mixed_twice"`
	Through passage `json:"through_the_switch"`
}

// passage is how sound fared from a talker to a listener.
type passage struct {
	Delays  [][]float64 `json:"delays_ms"` // of each click, by phase
	Missed  int         `json:"clicks_missed"`
	Seconds float64     `json:"tone_seconds"` // for which a tone was heard
	Gaps    []float64   `json:"gaps_ms"`      // in the tone
}

// delay is the mean over the phases.
func (p passage) delay() float64 {
	sum := 0.0
	for _, clicks := range p.Delays {
		sum += median(clicks)
	}
	return sum / float64(max(len(p.Delays), 1))
}

// longGap is one that counts, in milliseconds.
const longGap = 40

func (p passage) longest() float64 { return slices.Max(append(p.Gaps, 0)) }

// perMinute is how many gaps a minute has that are longer than limit, in milliseconds.
func (p passage) perMinute(limit float64) float64 {
	n := 0
	for _, gap := range p.Gaps {
		if gap > limit {
			n++
		}
	}
	return float64(n) / max(p.Seconds/60, 1e-9)
}

// added is what the switch adds.
func (d delay) added() float64 { return d.Through.delay() - d.Twice.delay() }

func (d delay) String() string {
	return fmt.Sprintf("mixed once %.0f ms, twice %.0f ms, through the switch %.0f ms (%.1f added); longest gap %.0f ms, %d missed",
		d.Once.delay(), d.Twice.delay(), d.Through.delay(), d.added(), d.Through.longest(), d.Through.Missed)
}

// delayTable lists medians, and what is left when the ideal switch is subtracted.
func delayTable(all []results[delay]) *table {
	t := newTable(all)
	for _, r := range []struct {
		name   string
		digits int
		value  func(delay) float64
	}{
		{"Janus mixes once, no switch, ms", 1, func(d delay) float64 { return d.Once.delay() }},
		{"Janus mixes twice, ideal switch, ms", 1, func(d delay) float64 { return d.Twice.delay() }},
		{"Janus mixes twice, switch and module, ms", 1, func(d delay) float64 { return d.Through.delay() }},
		{"added by switch and module, ms", 1, func(d delay) float64 { return d.added() }},
		{"clicks missed", 0, func(d delay) float64 { return float64(d.Through.Missed) }},
		{"longest gap in a tone, ms", 0, func(d delay) float64 { return d.Through.longest() }},
		{"… with the ideal switch, ms", 0, func(d delay) float64 { return d.Twice.longest() }},
		{"gaps a minute", 1, func(d delay) float64 { return d.Through.perMinute(0) }},
		{"… with the ideal switch", 1, func(d delay) float64 { return d.Twice.perMinute(0) }},
		{fmt.Sprintf("gaps a minute over %d ms", longGap), 1, func(d delay) float64 { return d.Through.perMinute(longGap) }},
	} {
		t.addPlain(r.name, r.digits, column(all, r.value))
	}
	return t
}

func delayChart(path string, all []results[delay]) error {
	if path == "" {
		return nil
	}
	labels := []string{"mixed once", "mixed twice", "through", "added"}
	p, err := barsOf(all, "Delay", "ms", labels, func(label int, d delay) float64 {
		return []float64{d.Once.delay(), d.Twice.delay(), d.Through.delay(), d.added()}[label]
	})
	if err != nil {
		return err
	}
	gaps, err := barsOf(all, "Longest gap in a tone", "ms", []string{"ideal switch", "through"}, func(label int, d delay) float64 {
		return []float64{d.Twice.longest(), d.Through.longest()}[label]
	})
	if err != nil {
		return err
	}
	return saveChart(path, []*plot.Plot{p, gaps})
}
