// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// setupKeys are those of Setup, by number.
func setupKeys(c cost) []string {
	return slices.SortedFunc(maps.Keys(c.Setup), func(a, b string) int {
		m, _ := strconv.Atoi(a)
		n, _ := strconv.Atoi(b)
		return m - n
	})
}

// costTable lists all that was measured.
func costTable(all []results[cost]) *table {
	t := newTable(all)
	for _, r := range []struct {
		name   string
		digits int
		value  func(cost) float64
	}{
		{"CPU with no call, % of a core", 2, func(c cost) float64 { return c.Idle.CPU }},
		{"CPU per bridged leg, in all, %", 3, func(c cost) float64 { return c.leg().CPU }},
		{"CPU per null leg, the switch's own floor, %", 3, func(c cost) float64 { return c.null().CPU }},
		{"CPU per leg above the floor, %", 3, func(c cost) float64 { return c.leg().CPU - c.null().CPU }},
		{"memory per leg, RSS, kB", 0, func(c cost) float64 { return c.leg().RSS }},
		{"memory per leg, PSS, kB", 0, func(c cost) float64 { return c.leg().PSS }},
		{"threads with no call", 0, func(c cost) float64 { return c.Idle.Threads }},
		{"threads per leg", 2, func(c cost) float64 { return c.leg().Threads }},
		{"context switches per leg and second, waiting", 1, func(c cost) float64 { return c.leg().Voluntary }},
		{"… of a null leg", 1, func(c cost) float64 { return c.null().Voluntary }},
		{"context switches per leg and second, preempted", 1, func(c cost) float64 { return c.leg().Involuntary }},
		{"… of a null leg", 1, func(c cost) float64 { return c.null().Involuntary }},
		{"CPU used by others meanwhile, % of a core", 0, func(c cost) float64 { return c.Calls.Others }},
		{"calls that failed", 0, func(c cost) float64 { return float64(c.Retries) }},
	} {
		t.add(r.name, r.digits, column(all, r.value))
	}
	for _, key := range setupKeys(all[0].Rounds[0]) {
		for _, p := range []float64{50, 95, 99, 100} {
			t.add(setupName(key, p), 1, column(all, func(c cost) float64 { return percentileOr(c.Setup[key], p) }))
		}
		if key != one {
			addBurst(t, all, key)
		}
	}
	addSustained(t, all)
	return t
}

// addBurst adds what the calls of a burst cost, and what Janus's share of that allows.
func addBurst(t *table, all []results[cost], key string) {
	size, _ := strconv.Atoi(key)
	value := func(of func(callCost) float64) func(cost) float64 {
		return func(c cost) float64 {
			if burst, measured := c.Bursts[key]; measured {
				return of(burst)
			}
			return nothing
		}
	}
	for _, r := range []struct {
		name string
		of   func(callCost) float64
	}{
		{"last, if Janus's CPU alone decided, ms", func(c callCost) float64 { return c.floor(size) }},
		{"CPU of the switch a call, ms", func(c callCost) float64 { return c.Switch }},
		{"CPU of the switch a null leg, ms", func(c callCost) float64 { return c.Null }},
		{"CPU of Janus a call, ms", func(c callCost) float64 { return c.Janus }},
	} {
		t.add("burst of "+key+", "+r.name, 1, column(all, value(r.of)))
	}
}

// addSustained adds the calls at a rate, where there are any.
func addSustained(t *table, all []results[cost]) {
	var rate float64
	for _, r := range all {
		for _, c := range r.Rounds {
			if c.Sustained != nil {
				rate = c.Sustained.Rate
			}
		}
	}
	if rate == 0 {
		return
	}
	for _, r := range []struct {
		name   string
		digits int
		of     func(*sustained) float64
	}{
		{"calls that failed", 0, func(s *sustained) float64 { return float64(s.Failed) }},
		{"set-up, median, ms", 1, func(s *sustained) float64 { return percentileOr(s.Setup, 50) }},
		{"set-up, 99th percentile, ms", 1, func(s *sustained) float64 { return percentileOr(s.Setup, 99) }},
		{"CPU of the switch a call, ms", 1, func(s *sustained) float64 { return s.Switch }},
		{"CPU of Janus a call, ms", 1, func(s *sustained) float64 { return s.Janus }},
		{"CPU of the machine, % of all cores", 0, func(s *sustained) float64 { return s.Machine }},
	} {
		t.add(fmt.Sprintf("%g calls a second, %s", rate, r.name), r.digits, column(all, func(c cost) float64 {
			if c.Sustained == nil {
				return nothing
			}
			return r.of(c.Sustained)
		}))
	}
}

func setupName(key string, p float64) string {
	what := "burst of " + key
	if key == one {
		what = "one call at a time"
	}
	switch p {
	case 50:
		return what + ", median, ms"
	case 100:
		return what + ", last, ms"
	default:
		return fmt.Sprintf("%s, %.0fth percentile, ms", what, p)
	}
}
