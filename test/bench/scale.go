// SPDX-License-Identifier: MPL-2.0

package main

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"gonum.org/v1/gonum/stat"

	"mod_janus/test/lab/mediapeer"
)

// scale is what one round says of one module: one level after the other, each
// with the legs of those before it.
type scale struct {
	Idle   usage   `json:"idle"`
	Levels []level `json:"levels"`
	// TooMuch says why there are no more levels, where there should be.
	TooMuch string `json:"too_much,omitempty"`
}

// of finds the level with so many legs.
func (s scale) of(legs int) (level, bool) {
	for _, l := range s.Levels {
		if l.Legs == legs {
			return l, true
		}
	}
	return level{}, false
}

// fullMachine is the CPU of the machine, in percent of all cores, from which on more legs say
// nothing: what would hear them is late itself.
const fullMachine = 97

// level is a number of legs.
type level struct {
	Legs     int     `json:"legs"`
	Usage    usage   `json:"usage"` // of the switch, in all
	Peer     float64 `json:"peer_cpu_percent"`
	Seconds  float64 `json:"seconds"`
	Median   float64 `json:"delay_median_ms"`
	P99      float64 `json:"delay_99th_ms"`
	Worst    float64 `json:"delay_longest_ms"`
	Longest  float64 `json:"longest_between_packets_ms"`
	SentLate float64 `json:"longest_between_packets_sent_ms"`
	Gaps     int     `json:"gaps_over_40_ms"`
	Lost     int     `json:"frames_lost"`
	Frames   int     `json:"frames"`
	Deaf     int     `json:"streams_without_frames"`
	Scrape   float64 `json:"scrape_ms"`
	Series   int     `json:"series"`
}

// cpu is what a leg costs, in percent of a core.
func (s scale) cpu(l level) float64 { return (l.Usage.CPU - s.Idle.CPU) / float64(l.Legs) }

func (l level) gapsPerStreamMinute() float64 {
	return float64(l.Gaps) / float64(max(l.Legs, 1)) / max(l.Seconds/60, 1e-9)
}

func (l level) lost() float64 { return 100 * float64(l.Lost) / float64(max(l.Lost+l.Frames, 1)) }

// linearity fits CPU over legs by a line: what a leg costs, and how much of the
// variance the line explains (R², 1 for a line).
func (s scale) linearity() (slope, r2 float64) {
	x, y := []float64{0}, []float64{s.Idle.CPU}
	for _, l := range s.Levels {
		x, y = append(x, float64(l.Legs)), append(y, l.Usage.CPU)
	}
	intercept, slope := stat.LinearRegression(x, y, nil, false)
	return slope, stat.RSquared(x, y, nil, intercept, slope)
}

func (s scale) String() string {
	var text strings.Builder
	for _, l := range s.Levels {
		fmt.Fprintf(&text, "\n  %d legs: %.3f %% each (peer %.0f %% in all), machine %.0f %% of all cores, delay %.1f ms, 99th %.1f, longest %.1f; %d gaps, longest %.1f ms (sent %.1f), %.3f %% lost, %d deaf; metrics in %.1f ms",
			l.Legs, s.cpu(l), l.Peer, l.Usage.Machine, l.Median, l.P99, l.Worst, l.Gaps, l.Longest, l.SentLate, l.lost(), l.Deaf, l.Scrape)
	}
	if s.TooMuch != "" {
		text.WriteString("\n  " + s.TooMuch)
	}
	return text.String()
}

func runScale(o options, modules []module) error {
	fmt.Printf("%s against media peers, %v legs bridged in pairs, %d rounds, %s each\n", o.host, o.sizes, o.rounds, o.span)
	return compare(o, modules, measureScale, scaleTable, scaleChart)
}

func measureScale(o options, m module) (s scale, err error) {
	r, err := newRig(o, m, o.span)
	if err != nil {
		return s, err
	}
	defer r.close()
	s.Idle = r.idle
	for _, size := range o.sizes {
		size = size / 2 * 2
		l, err := r.measureLevel(size)
		if err != nil {
			s.TooMuch = tooMuch(o, size, err)
			if refused(err) { // what it protects is what there is
				if l, err = r.measureLevel(r.legs()); err == nil {
					s.Levels = append(s.Levels, l)
				}
			}
			if len(s.Levels) == 0 {
				return s, errors.New(s.TooMuch)
			}
			return s, nil
		}
		s.Levels = append(s.Levels, l)
	}
	return s, nil
}

// measureLevel adds legs and measures them.
func (r *rig) measureLevel(size int) (l level, err error) {
	if r.last >= fullMachine {
		return l, fmt.Errorf("%d take %.0f %% of all its %d cores", r.legs(), r.last, runtime.NumCPU())
	}
	if err = r.setLegs(size); err != nil {
		return l, err
	}
	l, err = r.level(r.span)
	r.last = l.Usage.Machine
	if err != nil {
		return l, err
	}
	l.Scrape, l.Series, err = r.scrape()
	return l, err
}

// refused tells whether the module takes no more calls, to spare the sound of those that it has.
func refused(err error) bool { return strings.Contains(err.Error(), "SWITCH_CONGESTION") }

// tooMuch says why the levels of a module end.
func tooMuch(o options, legs int, err error) string {
	if o.ctx.Err() != nil {
		return fmt.Sprintf("%d legs were not measured: the time is up (-limit %s)", legs, o.limit)
	}
	return fmt.Sprintf("%d legs are too much for this machine: %v", legs, err)
}

// sum puts all streams together.
func (l *level) sum(streams []mediapeer.Stream) {
	var all mediapeer.Delays
	ms := func(d time.Duration) float64 { return d.Seconds() * 1000 }
	for i := range streams {
		s := &streams[i]
		if s.Frames == 0 {
			l.Deaf++
		}
		all.Add(&s.Delays)
		longest := s.Longest
		if s.Quiet > endedAfter {
			l.Gaps++ // the stream has ended, and no packet shows how long the gap is
			longest = max(longest, s.Quiet)
		}
		l.Longest, l.SentLate = max(l.Longest, ms(longest)), max(l.SentLate, ms(s.SentLate))
		l.Gaps, l.Lost, l.Frames = l.Gaps+s.Gaps, l.Lost+s.Lost, l.Frames+s.Frames
	}
	l.Median, l.P99, l.Worst = ms(all.Percentile(50)), ms(all.Percentile(99)), ms(all.Percentile(100))
}

// endedAfter is the silence that is the end of a stream, not a gap in it.
const endedAfter = time.Second
