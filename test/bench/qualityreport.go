// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"time"

	"gonum.org/v1/plot"
)

// measure is a column a module.
type measure struct {
	name   string
	digits int
	value  func(heard) float64
}

func milli(d time.Duration) float64 { return float64(d.Milliseconds()) }

// found is a measure that there is only where the original was found: elsewhere its 0 would be
// taken for a good value.
func found(value func(heard) float64) func(heard) float64 {
	return func(h heard) float64 {
		if h.Unlike {
			return nothing
		}
		return value(h)
	}
}

// qualityMeasures are the columns; a long text has two more.
func qualityMeasures(long bool) []measure {
	all := []measure{
		{"weighted SNR, dB", 1, func(h heard) float64 { return h.WeightedSNR }},
		{"segmental SNR, dB", 1, func(h heard) float64 { return h.SegmentalSNR }},
		{"STOI", 3, func(h heard) float64 { return h.STOI }},
		{"ESTOI", 3, func(h heard) float64 { return h.ESTOI }},
		{"speech missing, %", 1, heard.missing},
		{"longest gap, ms", 0, found(heard.longest)},
		{"shifts, ms", 0, found(func(h heard) float64 { return milli(h.Shifts) })},
	}
	if long {
		all = append(all,
			measure{"largest shift, ms", 0, found(func(h heard) float64 { return milli(h.LargestShift) })},
			measure{"drift, ms", 0, found(func(h heard) float64 { return milli(h.Drift) })})
	}
	return all
}

// qualityTable is a line a network; in it each measure, module beside module.
// The spread is in the JSON.
func qualityTable(all []results[quality]) *table {
	t := newTable(all)
	head := []string{"network"}
	measures := qualityMeasures(all[0].Rounds[0].Cases[0].Text > 0)
	for _, m := range measures {
		for _, name := range t.Modules {
			head = append(head, name+": "+m.name)
		}
	}
	t.lines = [][]string{head}
	for i, of := range all[0].Rounds[0].Cases {
		line := []string{of.String()}
		for _, m := range measures {
			t.addPlain(of.String()+": "+m.name, m.digits, column(all, func(q quality) float64 { return m.value(q.Cases[i]) }))
			for _, cell := range t.Rows[len(t.Rows)-1].Cells {
				line = append(line, cell.medianText(m.digits))
			}
		}
		t.lines = append(t.lines, line)
	}
	return t
}

// String of a case is that of its network.
func (h heard) String() string { return h.network.String() }

// qualityChart draws the weighted ratio and what is missing, over loss and over jitter.
func qualityChart(path string, all []results[quality]) error {
	if path == "" {
		return nil
	}
	var plots []*plot.Plot
	for _, up := range []bool{false, true} {
		for _, overJitter := range []bool{false, true} {
			var which []int
			var labels []string
			for i, c := range all[0].Rounds[0].Cases {
				if c.Up != up || overJitter && c.Loss > 0 || !overJitter && c.JitterMs > 0 {
					continue
				}
				which = append(which, i)
				if overJitter {
					labels = append(labels, fmt.Sprintf("%d ms", c.JitterMs))
				} else {
					labels = append(labels, fmt.Sprintf("%.0f %%", 100*c.Loss))
				}
			}
			if len(which) == 0 {
				continue
			}
			title := map[bool]string{false: "loss", true: "jitter"}[overJitter] + map[bool]string{false: " from Janus", true: " to Janus"}[up]
			p, err := barsOf(all, "Weighted SNR over "+title, "dB", labels, func(label int, q quality) float64 {
				return q.Cases[which[label]].WeightedSNR
			})
			if err != nil {
				return err
			}
			plots = append(plots, p)
		}
	}
	return saveChart(path, plots)
}
