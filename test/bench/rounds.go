// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// compare measures, prints a table, and writes JSON and chart. What was measured before an error,
// or before the run's time was up, is kept.
func compare[T fmt.Stringer](o options, modules []module, measure func(options, module) (T, error),
	tabulate func([]results[T]) *table, chart func(string, []results[T]) error) error {
	all, err := interleave(o, modules, measure)
	if len(all[0].Rounds) == 0 {
		if err == nil {
			err = fmt.Errorf("nothing could be measured within -limit %s", o.limit)
		}
		return err
	}
	t := tabulate(all)
	fmt.Printf("\n%s\n", o.env)
	for _, m := range modules {
		fmt.Println(o.env.of(m.name))
	}
	fmt.Print("\n", t)
	return errors.Join(err,
		writeJSON(o.json, report{What: o.what, Host: o.host, Environment: o.env, Modules: t.Modules, Table: t, Rounds: all}),
		chart(o.chart, all))
}

// results are those of one module, a round each.
type results[T any] struct {
	Module string `json:"module"`
	Rounds []T    `json:"rounds"`
	// Others is the CPU that others used in each round, in percent of a core.
	Others []float64 `json:"others_cpu_percent"`
}

// interleave measures every module once per round, until all rounds are over, one fails, or the
// run's time is up, which is no error.
func interleave[T fmt.Stringer](o options, modules []module, measure func(options, module) (T, error)) ([]results[T], error) {
	all := make([]results[T], len(modules))
	for i, m := range modules {
		all[i].Module = m.name
	}
	for round := range o.rounds {
		for i, m := range modules {
			r, others, err := measureOne(o, m, measure)
			switch {
			case err != nil && o.ctx.Err() != nil:
				fmt.Printf("round %d %-12s does not count: the time is up (-limit %s)\n", round+1, m.name, o.limit)
				return all, nil
			case err != nil:
				return all, fmt.Errorf("round %d, %s: %w", round+1, m.name, err)
			}
			all[i].Rounds, all[i].Others = append(all[i].Rounds, r), append(all[i].Others, others)
			fmt.Printf("round %d %-12s (others used %.0f %% of a core) %s\n", round+1, m.name, others, r)
		}
	}
	return all, nil
}

// measureOne measures one module once, and how much CPU others have used meanwhile.
func measureOne[T any](o options, m module, measure func(options, module) (T, error)) (r T, others float64, err error) {
	if err = o.ctx.Err(); err != nil {
		return r, 0, err
	}
	if o.quiet > 0 {
		if err = waitQuiet(o.ctx, o.quiet, o.patience); err != nil {
			return r, 0, err
		}
	}
	then, err := machine()
	if err != nil {
		return r, 0, err
	}
	if r, err = measure(o, m); err != nil {
		return r, 0, err
	}
	now, err := machine()
	return r, now.othersSince(then), err
}

// pause waits; less long, with an error, when the run's time is up.
func pause(ctx context.Context, span time.Duration) error {
	select {
	case <-time.After(span):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
