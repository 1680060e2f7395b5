// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// figure is something measured.
type figure float64

func (f figure) String() string { return "a figure" }

func figureTable(all []results[figure]) *table {
	t := newTable(all)
	t.add("figure", 0, column(all, func(f figure) float64 { return float64(f) }))
	return t
}

func noChart(string, []results[figure]) error { return nil }

// When the time is up, or a round fails, what was measured before is in table and JSON.
func TestRunEndsWithWhatItHas(t *testing.T) {
	modules := []module{{name: "a"}, {name: "b"}}
	for name, broken := range map[string]error{"the time is up": nil, "a round fails": errors.New("broken")} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			o := options{ctx: ctx, rounds: 3, env: &environment{}, json: filepath.Join(t.TempDir(), "figures.json")}
			calls := 0
			err := compare(o, modules, func(options, module) (figure, error) {
				if calls++; calls == 4 {
					if broken != nil {
						return 0, broken
					}
					cancel()
					return 0, ctx.Err()
				}
				return figure(calls), nil
			}, figureTable, noChart)
			require.ErrorIs(t, err, broken)
			require.Equal(t, 4, calls)
			text, err := os.ReadFile(o.json)
			require.NoError(t, err)
			require.Contains(t, string(text), `"rounds": 2`)
			require.Contains(t, string(text), `"rounds": 1`)
		})
	}
}

func TestRunWithoutAnything(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	never := func(options, module) (figure, error) { panic("the time is up") }
	require.ErrorContains(t, compare(options{ctx: ctx, rounds: 1}, []module{{name: "a"}}, never, figureTable, noChart), "-limit")
}
