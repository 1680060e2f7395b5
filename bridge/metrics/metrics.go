// SPDX-License-Identifier: MPL-2.0

package metrics

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/common/expfmt"

	"mod_janus/bridge/archive"
)

// Options are what the metrics need of the engine. The functions are called from any goroutine.
type Options struct {
	Version, Revision string // of the build
	Servers           func() []ServerState
	States            []string // that a leg can be in
	Pools             func() []PoolState
	PoolStates        []string               // that a server can be in
	Late              func() time.Duration   // of the media
	Panics            func() (caught uint64) // since the program began
	Panicked          func(what any)         // is told of a panic while metrics are gathered
}

// ServerState is what is known of a configured server now.
type ServerState struct {
	Server                *Server
	Up, Enabled, Draining bool
	RoundTrip             time.Duration
}

// Metrics are what one load of the module shows.
type Metrics struct {
	options    Options
	registry   *prometheus.Registry
	stages     *prometheus.HistogramVec
	recordings *prometheus.CounterVec

	mu    sync.Mutex
	pools map[string]*Pool
}

// Results of a recording, as its janus::archive event says.
var recordingResults = []string{"finished", "incomplete", "missing", "failed"}

// New makes the metrics of a load of the module.
func New(options Options) *Metrics {
	m := &Metrics{options: options, registry: prometheus.NewRegistry(), stages: stageSeconds.histograms(), recordings: recordings.counters(), pools: make(map[string]*Pool)}
	for _, stage := range stages {
		m.stages.WithLabelValues(string(stage))
	}
	for _, kind := range []archive.Kind{archive.Participant, archive.Room, archive.Local} {
		for _, result := range recordingResults {
			m.recordings.WithLabelValues(string(kind), result)
		}
	}
	// Not the collector of the process: that is the switch, with all its modules.
	m.registry.MustRegister(m, collectors.NewGoCollector())
	return m
}

// Recording counts a recording that is over.
func (m *Metrics) Recording(kind archive.Kind, result string) {
	m.recordings.WithLabelValues(string(kind), result).Inc()
}

// scrapesAtOnce bounds what many who ask at the same time can cost.
const scrapesAtOnce = 4

// Handler answers scrapes, in the format that the asker prefers.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: scrapesAtOnce})
}

// Text is all metrics in Prometheus' text format.
func (m *Metrics) Text() (string, error) {
	families, err := m.registry.Gather()
	if err != nil {
		return "", fmt.Errorf("the metrics cannot be gathered: %w", err)
	}
	var text strings.Builder
	encoder := expfmt.NewEncoder(&text, expfmt.NewFormat(expfmt.TypeTextPlain))
	for _, family := range families {
		if err := encoder.Encode(family); err != nil {
			return "", fmt.Errorf("metric %s: %w", family.GetName(), err)
		}
	}
	return text.String(), nil
}

// Describe implements prometheus.Collector.
func (m *Metrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range definitions {
		ch <- d.desc
	}
}

// Collect implements prometheus.Collector. It runs in a goroutine of the registry's, where a panic
// would end the switch.
func (m *Metrics) Collect(ch chan<- prometheus.Metric) {
	defer func() {
		if p := recover(); p != nil {
			m.options.Panicked(p)
			ch <- prometheus.NewInvalidMetric(panics.desc, fmt.Errorf("internal error: %v", p))
		}
	}()
	ch <- buildInfo.value(1, m.options.Version, runtime.Version(), m.options.Revision)
	ch <- mediaLate.value(m.options.Late().Seconds())
	ch <- panics.value(float64(m.options.Panics()))
	m.stages.Collect(ch)
	m.recordings.Collect(ch)
	for _, state := range m.options.Servers() {
		state.collect(ch, m.options.States)
	}
	for _, state := range m.options.Pools() {
		state.collect(ch, m.options.PoolStates)
	}
}

func number(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// collect sends all metrics of a server.
func (s *ServerState) collect(ch chan<- prometheus.Metric, states []string) {
	name := s.Server.name
	ch <- serverUp.value(number(s.Up), name)
	ch <- serverEnabled.value(number(s.Enabled), name)
	ch <- serverDraining.value(number(s.Draining), name)
	ch <- serverTrip.value(s.RoundTrip.Seconds(), name)
	s.Server.collect(ch, states)
}

// collect sends what is counted at a server.
func (s *Server) collect(ch chan<- prometheus.Metric, states []string) {
	for _, vec := range []prometheus.Collector{
		s.sessions, s.dropped, s.dialled, s.ended, s.requests, s.rejoins, s.restarts, s.stops, s.slow,
		s.answers, s.setup, s.lengths, s.rejoined, s.loss, s.jitter, s.trips, s.buffer,
	} {
		vec.Collect(ch)
	}
	now := s.now()
	for _, state := range states {
		ch <- calls.value(float64(now.states[state]), s.name, state)
	}
	ch <- rooms.value(float64(len(now.rooms)), s.name)
	now.traffic.collect(ch, s.name)
}

// collect sends the counters of RTP.
func (t *Traffic) collect(ch chan<- prometheus.Metric, name string) {
	for _, pair := range []struct {
		of      *definition
		in, out uint64
	}{{rtpPackets, t.PacketsIn, t.PacketsOut}, {rtpBytes, t.BytesIn, t.BytesOut}, {rtpLost, t.LostIn, t.LostOut}} {
		ch <- pair.of.value(float64(pair.in), name, in)
		ch <- pair.of.value(float64(pair.out), name, out)
	}
	for _, one := range []struct {
		of    *definition
		value uint64
	}{
		{rtpLate, t.Late}, {rtpConcealed, t.Concealed}, {rtpRecovered, t.Recovered}, {rtpRepeated, t.Repeated}, {rtpDuplicated, t.Duplicated},
		{rtpDropped, t.Dropped}, {rtpSkipped, t.SkippedFrames},
	} {
		ch <- one.of.value(float64(one.value), name)
	}
}

// figures are what the legs of a server, and those before them, come to.
type figures struct {
	traffic Traffic
	states  map[string]int
	rooms   map[string]bool
}

// now asks the living legs. Which legs live, and what those before them have counted, is read
// under one lock: a leg that ends meanwhile is counted once, and no counter falls. The legs
// themselves are asked without that lock, since who dials must not wait for them.
func (s *Server) now() figures {
	s.mu.Lock()
	now := figures{traffic: s.before, states: make(map[string]int), rooms: make(map[string]bool)}
	living := make([]*record, 0, len(s.legs))
	for _, r := range s.legs {
		living = append(living, r)
	}
	s.mu.Unlock()
	for _, r := range living {
		now.traffic.add(r.traffic())
		now.states[r.leg.State()]++
		if room := r.leg.Inside(); room != "" {
			now.rooms[room] = true
		}
	}
	return now
}
