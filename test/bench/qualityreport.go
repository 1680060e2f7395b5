// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"

	"gonum.org/v1/plot"
)

// measures of sound, a column a module each.
var qualityMeasures = []struct {
	name   string
	digits int
	value  func(heard) float64
}{
	{"weighted SNR, dB", 1, func(h heard) float64 { return h.WeightedSNR }},
	{"segmental SNR, dB", 1, func(h heard) float64 { return h.SegmentalSNR }},
	{"speech missing, %", 1, heard.missing},
	{"longest gap, ms", 0, heard.longest},
	{"shifts, ms", 0, func(h heard) float64 { return float64(h.Shifts.Milliseconds()) }},
}

// qualityTable is a line a network; in it each measure, module beside module.
// The spread is in the JSON.
func qualityTable(all []results[quality]) *table {
	t := newTable(all)
	head := []string{"network"}
	for _, m := range qualityMeasures {
		for _, name := range t.Modules {
			head = append(head, name+": "+m.name)
		}
	}
	t.lines = [][]string{head}
	for i, of := range all[0].Rounds[0].Cases {
		line := []string{of.String()}
		for _, m := range qualityMeasures {
			t.addPlain(of.String()+": "+m.name, m.digits, column(all, func(q quality) float64 { return m.value(q.Cases[i]) }))
			for _, cell := range t.Rows[len(t.Rows)-1].Cells {
				line = append(line, fmt.Sprintf("%.*f", m.digits, cell.Median))
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
