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
			t.add(setupName(key, p), 1, column(all, func(c cost) float64 { return percentile(c.Setup[key], p) }))
		}
	}
	return t
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
