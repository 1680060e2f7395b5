// SPDX-License-Identifier: MPL-2.0

package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
)

// report is what is written as JSON.
type report struct {
	What string `json:"what"`
	Host string `json:"host"`
	// Environment is nil where nothing ran.
	Environment *environment `json:"environment"`
	Modules     []string     `json:"modules"`
	Table       *table       `json:"table"`
	Rounds      any          `json:"rounds"` // by module, as measured
}

func writeJSON(path string, r report) error {
	if path == "" {
		return nil
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644) // #nosec G306 -- for everybody to read
}

// table compares modules, a measure a line. Its text is Markdown.
type table struct {
	Modules []string `json:"modules"`
	Rows    []row    `json:"rows"`

	lines [][]string // how it is printed, if not row by row
}

// row is one measure: a cell a module, and for each but the first the ratio to it.
type row struct {
	Name   string   `json:"name"`
	Cells  []spread `json:"cells"`
	Ratios []spread `json:"ratios"`
	digits int
}

// spread is the median over rounds, with the lowest and the highest.
type spread struct {
	Median float64 `json:"median"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
	Rounds int     `json:"rounds"` // that have a value; 0: the others mean nothing
}

// nothing stands for a value that could not be measured.
var nothing = math.NaN()

func spreadOf(values []float64) spread {
	values = slices.DeleteFunc(slices.Clone(values), math.IsNaN)
	if len(values) == 0 {
		return spread{}
	}
	return spread{median(values), slices.Min(values), slices.Max(values), len(values)}
}

func (s spread) text(digits int) string {
	if s.Rounds == 0 {
		return dash
	}
	return fmt.Sprintf("%.*f (%.*f to %.*f)", digits, s.Median, digits, s.Low, digits, s.High)
}

// medianText is the median alone.
func (s spread) medianText(digits int) string {
	if s.Rounds == 0 {
		return dash
	}
	return fmt.Sprintf("%.*f", digits, s.Median)
}

// dash is the cell of what could not be measured.
const dash = "–"

// add adds a measure: values by module and round. The ratio is taken round by
// round, so that what slows a round down for all does not count; it is left out
// where the first module's value is not above zero.
func (t *table) add(name string, digits int, values [][]float64) {
	r := row{Name: name, digits: digits}
	for i, ofModule := range values {
		r.Cells = append(r.Cells, spreadOf(ofModule))
		if i == 0 {
			continue
		}
		var ratios []float64
		for round, value := range ofModule {
			if round < len(values[0]) && values[0][round] > 0 {
				ratios = append(ratios, value/values[0][round])
			}
		}
		r.Ratios = append(r.Ratios, spreadOf(ratios))
	}
	t.Rows = append(t.Rows, r)
}

// addPlain adds a measure that has no ratio: a difference that may be about zero.
func (t *table) addPlain(name string, digits int, values [][]float64) {
	t.add(name, digits, values)
	r := &t.Rows[len(t.Rows)-1]
	clear(r.Ratios)
}

// String is the table in Markdown, its columns aligned.
func (t *table) String() string {
	if t.lines != nil {
		return markdown(t.lines)
	}
	lines := [][]string{{"median (lowest to highest)"}}
	for i, name := range t.Modules {
		lines[0] = append(lines[0], name)
		if i > 0 {
			lines[0] = append(lines[0], "ratio")
		}
	}
	for _, r := range t.Rows {
		line := []string{r.Name}
		for i, cell := range r.Cells {
			line = append(line, cell.text(r.digits))
			if i > 0 {
				line = append(line, ratioText(r.Ratios[i-1]))
			}
		}
		lines = append(lines, line)
	}
	return markdown(lines)
}

func ratioText(s spread) string {
	if s.High <= 0 {
		return dash
	}
	return s.text(2)
}

// markdown lays lines out as a table; the first is its head.
func markdown(lines [][]string) string {
	width := make([]int, len(lines[0]))
	for i := range width {
		width[i] = len("---")
	}
	for _, line := range lines {
		for i, cell := range line {
			width[i] = max(width[i], len([]rune(cell)))
		}
	}
	var out strings.Builder
	write := func(line []string) {
		for i, cell := range line {
			out.WriteString("| " + cell + strings.Repeat(" ", width[i]-len([]rune(cell))) + " ")
		}
		out.WriteString("|\n")
	}
	for i, line := range lines {
		write(line)
		if i == 0 {
			rule := make([]string, len(width))
			for j := range rule {
				rule[j] = "---"
			}
			write(rule)
		}
	}
	return out.String()
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n == 0 {
		return 0
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// percentile is the value that p percent do not exceed (nearest rank).
func percentile(values []float64, p float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// percentileOr is percentile, and nothing where there are no values.
func percentileOr(values []float64, p float64) float64 {
	if len(values) == 0 {
		return nothing
	}
	return percentile(values, p)
}

// column is one value of every round, by module.
func column[T any](all []results[T], value func(T) float64) [][]float64 {
	var columns [][]float64
	for _, r := range all {
		var values []float64
		for _, round := range r.Rounds {
			values = append(values, value(round))
		}
		columns = append(columns, values)
	}
	return columns
}

func newTable[T any](all []results[T]) *table {
	t := &table{}
	for _, r := range all {
		t.Modules = append(t.Modules, r.Module)
	}
	return t
}
