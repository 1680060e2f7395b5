// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"image/color"
	"os"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// panelWidth and panelHeight are the size of one plot of a chart.
const (
	panelWidth  = 11 * vg.Centimeter
	panelHeight = 8 * vg.Centimeter
)

// bars is one plot: a group of bars per label, a bar per module, the spread
// over the rounds as a line on each.
func bars(title, unit string, modules, labels []string, values [][]spread) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text, p.Y.Label.Text, p.Y.Min = title, unit, 0
	p.Title.TextStyle.Font.Size = font.Length(11)
	p.Legend.Top, p.Legend.Left = true, true
	p.NominalX(labels...)
	width := min(panelWidth/vg.Length(len(labels)*len(modules)+len(labels)+1), vg.Centimeter)
	for m, name := range modules {
		offset := width * vg.Length(float64(m)-float64(len(modules)-1)/2)
		var heights plotter.Values
		for i := range labels {
			heights = append(heights, values[m][i].Median)
		}
		chart, err := plotter.NewBarChart(heights, width)
		if err != nil {
			return nil, err
		}
		chart.Color, chart.Offset, chart.LineStyle.Width = plotutil.SoftColors[m%len(plotutil.SoftColors)], offset, 0
		p.Add(chart, whiskers{values[m], offset})
		p.Legend.Add(name, chart)
	}
	return p, nil
}

// whiskers draws spreads on the bars of one module.
type whiskers struct {
	values []spread
	offset vg.Length
}

// Plot draws them.
func (w whiskers) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	style := draw.LineStyle{Color: color.Gray{80}, Width: vg.Points(0.8)}
	for i, v := range w.values {
		at := x(float64(i)) + w.offset
		c.StrokeLine2(style, at, y(max(v.Low, 0)), at, y(v.High))
	}
}

// DataRange makes room for the highest.
func (w whiskers) DataRange() (xmin, xmax, ymin, ymax float64) {
	for _, v := range w.values {
		ymax = max(ymax, v.High)
	}
	return 0, float64(len(w.values) - 1), 0, ymax * 1.25 // the legend lies above
}

// saveChart writes plots as one SVG, two side by side.
func saveChart(path string, plots []*plot.Plot) error {
	if path == "" {
		return nil
	}
	const columns = 2
	rows := (len(plots) + columns - 1) / columns
	tiles := make([][]*plot.Plot, rows)
	for i := range tiles {
		tiles[i] = make([]*plot.Plot, columns)
	}
	for i, p := range plots {
		tiles[i/columns][i%columns] = p
	}
	canvas := vgsvg.New(columns*panelWidth, vg.Length(rows)*panelHeight)
	layout := draw.Tiles{Rows: rows, Cols: columns, PadX: vg.Centimeter / 2, PadY: vg.Centimeter / 2,
		PadTop: vg.Millimeter, PadBottom: vg.Millimeter, PadLeft: vg.Millimeter, PadRight: vg.Millimeter}
	for i, line := range plot.Align(tiles, layout, draw.New(canvas)) {
		for j, cell := range line {
			if tiles[i][j] != nil {
				tiles[i][j].Draw(cell)
			}
		}
	}
	var out bytes.Buffer
	if _, err := canvas.WriteTo(&out); err != nil {
		return err
	}
	return os.WriteFile(path, out.Bytes(), 0o644) // #nosec G306 -- for everybody to look at
}

// barsOf makes a plot of measures, a group of bars each.
func barsOf[T any](all []results[T], title, unit string, labels []string, value func(label int, r T) float64) (*plot.Plot, error) {
	values := make([][]spread, len(all))
	for label := range labels {
		for m, rounds := range column(all, func(r T) float64 { return value(label, r) }) {
			values[m] = append(values[m], spreadOf(rounds))
		}
	}
	return bars(title, unit, newTable(all).Modules, labels, values)
}

// costChart draws CPU, memory, switches and set-up.
func costChart(path string, all []results[cost]) error {
	if path == "" {
		return nil
	}
	keys := setupKeys(all[0].Rounds[0])
	pick := func(values ...func(cost) float64) func(int, cost) float64 {
		return func(label int, c cost) float64 { return values[label](c) }
	}
	var plots []*plot.Plot
	for _, panel := range []struct {
		title, unit string
		labels      []string
		value       func(int, cost) float64
	}{
		{"CPU per leg", "% of a core", []string{"bridged", "null", "above null"}, pick(
			func(c cost) float64 { return c.leg().CPU }, func(c cost) float64 { return c.null().CPU },
			func(c cost) float64 { return c.leg().CPU - c.null().CPU })},
		{"Memory per leg", "kB", []string{"RSS", "PSS"}, pick(
			func(c cost) float64 { return c.leg().RSS }, func(c cost) float64 { return c.leg().PSS })},
		{"Set-up, median (burst: that many calls at once)", "ms", keys,
			func(label int, c cost) float64 { return percentile(c.Setup[keys[label]], 50) }},
		{"Set-up, 99th percentile", "ms", keys,
			func(label int, c cost) float64 { return percentile(c.Setup[keys[label]], 99) }},
		{"Context switches per leg", "1/s", []string{"waiting", "preempted"}, pick(
			func(c cost) float64 { return c.leg().Voluntary }, func(c cost) float64 { return c.leg().Involuntary })},
		{"CPU with no call", "% of a core", []string{"idle"}, pick(func(c cost) float64 { return c.Idle.CPU })},
	} {
		p, err := barsOf(all, panel.title, panel.unit, panel.labels, panel.value)
		if err != nil {
			return err
		}
		plots = append(plots, p)
	}
	return saveChart(path, plots)
}
