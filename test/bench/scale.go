// SPDX-License-Identifier: MPL-2.0

package main

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot"

	"mod_janus/janusclient/janustest"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
	"mod_janus/test/lab/mediapeer"
)

// The chain of -what scale: a media peer talks, a leg of the switch hears it,
// is bridged to a second leg, and whose media peer hears what comes out; and so
// the other way round. No mixer: every frame's delay is what switch and module
// add, and nothing else.

// scale is what one round says of one module: one level after the other, each
// with the legs of those before it.
type scale struct {
	Idle   usage   `json:"idle"`
	Levels []level `json:"levels"`
}

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
		fmt.Fprintf(&text, "\n  %d legs: %.3f %% each (peer %.0f %% in all), delay %.1f ms, 99th %.1f, longest %.1f; %d gaps, longest %.1f ms (sent %.1f), %.3f %% lost, %d deaf",
			l.Legs, s.cpu(l), l.Peer, l.Median, l.P99, l.Worst, l.Gaps, l.Longest, l.SentLate, l.lost(), l.Deaf)
	}
	return text.String()
}

func runScale(o options, modules []module) error {
	if len(o.sizes) == 0 || !slices.IsSorted(o.sizes) || o.sizes[0] < 2 {
		return errors.New("-sizes is a list of numbers of legs that grow, 2 at least")
	}
	fmt.Printf("%s against media peers, %v legs bridged in pairs, %d rounds, %s each\n", o.host, o.sizes, o.rounds, o.span)
	return compare(o, modules, measureScale, scaleTable, scaleChart)
}

// peerAddress is where media peers are: not on the loopback interface, in the lab.
func peerAddress() netip.Addr {
	address, err := netip.ParseAddr(os.Getenv("MOD_JANUS_ICE_IP"))
	if err != nil {
		return netip.Addr{} // the peers' default
	}
	return address
}

func measureScale(o options, path string) (s scale, err error) {
	peers, err := mediapeer.New(mediapeer.Config{Address: peerAddress(), Options: []janustest.Option{janustest.WithRoom("9700")}})
	if err != nil {
		return s, err
	}
	defer peers.Close()
	b := &bench{options: o}
	if b.dir, err = os.MkdirTemp("", "mod-janus-bench-"); err != nil {
		return s, err
	}
	defer b.close()
	if err := b.startSwitch(path, lab.JanusConf(peers.URL, serverParams)); err != nil {
		return s, err
	}
	hurry()
	defer relax()
	if err := b.firstCall("9700"); err != nil {
		return s, err
	}
	if err := b.clear(); err != nil {
		return s, err
	}
	time.Sleep(time.Second) // what the first call has left to do is not measured
	if s.Idle, err = observe(b.sw.PID(), b.span); err != nil {
		return s, err
	}
	legs := 0
	for _, size := range o.sizes {
		for ; legs+2 <= size; legs += 2 {
			if err := b.addPair(); err != nil {
				return s, err
			}
		}
		l, err := b.level(peers, legs)
		if err != nil {
			return s, err
		}
		s.Levels = append(s.Levels, l)
	}
	return s, b.clear()
}

// addPair bridges two more legs.
func (b *bench) addPair() error {
	var uuids [2]string
	for i := range uuids {
		var err error
		if uuids[i], err = b.originate("%sjanus/demo/leg@9700 &park()", existing); err != nil {
			return fmt.Errorf("%w\n%s", err, b.log())
		}
	}
	return b.bridge(uuids[0], uuids[1])
}

// level measures the legs that are there.
func (b *bench) level(peers *mediapeer.Server, legs int) (l level, err error) {
	if err := realjanus.Until(20*time.Second, "all peers are up", func() bool { return peers.Up() >= legs }); err != nil {
		return l, fmt.Errorf("%w: %d of %d\n%s", err, peers.Up(), legs, b.log())
	}
	time.Sleep(2 * time.Second) // buffers settle
	peers.Reset()
	began := time.Now()
	before, err := cpuTime(os.Getpid())
	if err != nil {
		return l, err
	}
	l.Legs = legs
	if l.Usage, err = observe(b.sw.PID(), b.span); err != nil {
		return l, err
	}
	after, err := cpuTime(os.Getpid())
	if err != nil {
		return l, err
	}
	took := time.Since(began)
	streams := peers.Streams()
	l.Seconds, l.Peer = took.Seconds(), 100*float64(after-before)/float64(took)
	if len(streams) < legs {
		return l, fmt.Errorf("%d of %d streams have ended\n%s", legs-len(streams), legs, b.log())
	}
	l.sum(streams)
	return l, nil
}

// sum puts all streams together.
func (l *level) sum(streams []mediapeer.Stream) {
	var all []float64
	ms := func(d time.Duration) float64 { return d.Seconds() * 1000 }
	for _, s := range streams {
		if s.Frames == 0 {
			l.Deaf++
		}
		for _, d := range s.Delays {
			all = append(all, ms(d))
		}
		l.Longest, l.SentLate = max(l.Longest, ms(s.Longest)), max(l.SentLate, ms(s.SentLate))
		l.Gaps, l.Lost, l.Frames = l.Gaps+s.Gaps, l.Lost+s.Lost, l.Frames+s.Frames
	}
	l.Median, l.P99, l.Worst = percentile(all, 50), percentile(all, 99), percentile(all, 100)
}

func scaleTable(all []results[scale]) *table {
	t := newTable(all)
	for i, l := range all[0].Rounds[0].Levels {
		for _, r := range []struct {
			name   string
			digits int
			plain  bool
			value  func(scale, level) float64
		}{
			{"CPU per leg, in all, %", 3, false, scale.cpu},
			{"memory per leg, RSS, kB", 0, false, func(s scale, l level) float64 { return (l.Usage.RSS - s.Idle.RSS) / float64(l.Legs) }},
			{"delay added, median, ms", 1, true, func(_ scale, l level) float64 { return l.Median }},
			{"… 99th percentile, ms", 1, true, func(_ scale, l level) float64 { return l.P99 }},
			{"… longest, ms", 1, true, func(_ scale, l level) float64 { return l.Worst }},
			{"longest between packets, ms", 1, true, func(_ scale, l level) float64 { return l.Longest }},
			{"… as sent by the peer, ms", 1, true, func(_ scale, l level) float64 { return l.SentLate }},
			{"gaps over 40 ms, per stream and minute", 2, true, func(_ scale, l level) float64 { return l.gapsPerStreamMinute() }},
			{"frames lost, %", 3, true, func(_ scale, l level) float64 { return l.lost() }},
			{"CPU used by others meanwhile, % of a core", 0, true, func(_ scale, l level) float64 { return l.Usage.Others }},
			{"streams that never came", 0, true, func(_ scale, l level) float64 { return float64(l.Deaf) }},
		} {
			add := t.add
			if r.plain {
				add = t.addPlain
			}
			add(fmt.Sprintf("%d legs: %s", l.Legs, r.name), r.digits, column(all, func(s scale) float64 { return r.value(s, s.Levels[i]) }))
		}
	}
	t.add("CPU of one more leg (fitted line), %", 3, column(all, func(s scale) float64 { slope, _ := s.linearity(); return slope }))
	t.addPlain("R² of the line", 4, column(all, func(s scale) float64 { _, r2 := s.linearity(); return r2 }))
	return t
}

func scaleChart(path string, all []results[scale]) error {
	if path == "" {
		return nil
	}
	levels := all[0].Rounds[0].Levels
	var labels []string
	for _, l := range levels {
		labels = append(labels, fmt.Sprint(l.Legs))
	}
	var plots []*plot.Plot
	for _, panel := range []struct {
		title, unit string
		value       func(scale, level) float64
	}{
		{"CPU over legs", "% of a core", func(_ scale, l level) float64 { return l.Usage.CPU }},
		{"CPU per leg", "% of a core", scale.cpu},
		{"Delay added, 99th percentile", "ms", func(_ scale, l level) float64 { return l.P99 }},
		{"Longest time between two packets", "ms", func(_ scale, l level) float64 { return l.Longest }},
	} {
		p, err := barsOf(all, panel.title, panel.unit, labels, func(label int, s scale) float64 { return panel.value(s, s.Levels[label]) })
		if err != nil {
			return err
		}
		plots = append(plots, p)
	}
	return saveChart(path, plots)
}
