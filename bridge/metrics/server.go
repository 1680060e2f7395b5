// SPDX-License-Identifier: MPL-2.0

package metrics

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mod_janus/bridge/host"
	"mod_janus/janusclient"
)

// Leg is a leg as its figures are asked for, from any goroutine.
type Leg interface {
	// Traffic is what its media has counted so far.
	Traffic() Traffic
	// State is one of Options.States.
	State() string
	// Inside is the room that the leg is in; "" while it is in none.
	Inside() string
}

// Stage is a stage of a call's set-up.
type Stage string

// The stages, in order.
const (
	StageServer Stage = "server" // until the server has a session
	StageAttach Stage = "attach" // of the handle
	StageCreate Stage = "create" // of the room, if it is to be made
	StageJoin   Stage = "join"   // until the SDP answer
	StageICE    Stage = "ice"    // until there is a path
	StageDTLS   Stage = "dtls"   // until the keys are there
	StageAudio  Stage = "audio"  // until the first packet
)

var stages = []Stage{StageServer, StageAttach, StageCreate, StageJoin, StageICE, StageDTLS, StageAudio}

// How a rejoin ends.
const (
	ResultOK     = "ok"
	ResultFailed = "failed"
	ResultHungUp = "hungup" // the call, meanwhile
)

// Receivers of the audio that stops.
const (
	ReceiverSwitch = "switch"
	ReceiverJanus  = "janus"
)

const (
	in    = "in"
	out   = "out"
	other = "other"
)

// Server is what is counted at one server; a server that takes the place of another one of its
// name goes on with its figures. The methods may be called from any goroutine, and wait for
// nothing.
type Server struct {
	name   string
	stages *prometheus.HistogramVec // of all servers

	sessions, dropped, dialled, ended, requests, rejoins, restarts, stops, slow *prometheus.CounterVec
	answers, setup, lengths, rejoined, loss, jitter, trips, buffer              *prometheus.HistogramVec

	mu     sync.Mutex
	legs   map[Leg]*record
	before Traffic // of the legs that have ended
}

// NewServer makes the figures of a server that is new. Its name may come from a database, which
// does not promise the UTF-8 that Prometheus wants. A nil m is for tests: nobody sees the figures.
func (m *Metrics) NewServer(name string) *Server {
	s := &Server{
		name: strings.ToValidUTF8(name, "?"), legs: make(map[Leg]*record), sessions: serverSessions.counters(), dropped: eventsDropped.counters(),
		dialled: callsTotal.counters(), ended: callsEnded.counters(), requests: requests.counters(), rejoins: rejoins.counters(),
		restarts: iceRestarts.counters(), stops: mediaStops.counters(), slow: slowLinks.counters(),
		answers: requestSeconds.histograms(), setup: setupSeconds.histograms(), lengths: callSeconds.histograms(),
		rejoined: rejoinSeconds.histograms(), loss: rtpLoss.histograms(), jitter: rtpJitter.histograms(),
		trips: rtpRoundTrip.histograms(), buffer: jitterBuffer.histograms(),
	}
	if m != nil {
		s.stages = m.stages
	} else {
		s.stages = stageSeconds.histograms()
	}
	s.show()
	return s
}

// show has everything that can be counted there from the start, with 0: the first time counts for
// a rate only where there was a value before.
func (s *Server) show() {
	for _, vec := range []*prometheus.CounterVec{s.sessions, s.dropped, s.dialled} {
		vec.WithLabelValues(s.name)
	}
	for _, vec := range []*prometheus.HistogramVec{s.answers, s.setup, s.lengths, s.rejoined, s.trips, s.buffer} {
		vec.WithLabelValues(s.name)
	}
	for _, cause := range host.Causes() {
		s.ended.WithLabelValues(s.name, cause.String())
	}
	s.ended.WithLabelValues(s.name, other)
	for _, result := range []string{ResultOK, ResultFailed} {
		s.rejoins.WithLabelValues(s.name, result)
		s.restarts.WithLabelValues(s.name, result)
	}
	s.rejoins.WithLabelValues(s.name, ResultHungUp)
	s.stops.WithLabelValues(s.name, ReceiverSwitch)
	s.stops.WithLabelValues(s.name, ReceiverJanus)
	for _, direction := range []string{in, out} {
		s.slow.WithLabelValues(s.name, direction)
		s.loss.WithLabelValues(s.name, direction)
		s.jitter.WithLabelValues(s.name, direction)
	}
}

// Began enters a leg that was dialled.
func (s *Server) Began(leg Leg) {
	s.mu.Lock()
	s.legs[leg] = &record{leg: leg}
	s.mu.Unlock()
	s.dialled.WithLabelValues(s.name).Inc()
}

// Refused counts a call that was dialled and refused at once.
func (s *Server) Refused(cause host.Cause) {
	s.dialled.WithLabelValues(s.name).Inc()
	s.Ended(cause, time.Time{})
}

// Ended counts a leg that the switch has hung up; answered is zero where it was not.
func (s *Server) Ended(cause host.Cause, answered time.Time) {
	label := other
	if cause.Known() {
		label = cause.String()
	}
	s.ended.WithLabelValues(s.name, label).Inc()
	if !answered.IsZero() {
		s.lengths.WithLabelValues(s.name).Observe(time.Since(answered).Seconds())
	}
}

// Gone takes a leg out whose media counts no more. What it has counted stays counted.
func (s *Server) Gone(leg Leg) {
	s.mu.Lock()
	r := s.legs[leg]
	s.mu.Unlock()
	if r == nil {
		return
	}
	last := r.end()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.legs[leg] == r {
		delete(s.legs, leg)
		s.before.add(last)
	}
}

// HandOver has a leg go on at another server. What its media has counted so far stays counted here,
// and what it counts from now on counts there.
func (s *Server) HandOver(leg Leg, to *Server) {
	s.mu.Lock()
	r := s.legs[leg]
	s.mu.Unlock()
	if r == nil || s == to {
		return
	}
	last := r.end()
	s.mu.Lock()
	if s.legs[leg] == r {
		delete(s.legs, leg)
		s.before.add(last)
	}
	s.mu.Unlock()
	base := r.base
	base.add(last)
	to.mu.Lock()
	to.legs[leg] = &record{leg: leg, base: base}
	to.mu.Unlock()
}

// Session counts a session that was made.
func (s *Server) Session() { s.sessions.WithLabelValues(s.name).Inc() }

// EventDropped counts an event of Janus that nobody had room for.
func (s *Server) EventDropped() { s.dropped.WithLabelValues(s.name).Inc() }

// Request counts a request that has ended.
func (s *Server) Request(o janusclient.Outcome) {
	result := resultOf(o.Err)
	s.requests.WithLabelValues(s.name, requestLabel(o.Request, o.Plugin), result).Inc()
	if result == resultOK || result == resultRefused {
		s.answers.WithLabelValues(s.name).Observe(o.Took.Seconds())
	}
}

// Answered observes how long a call took to be answered.
func (s *Server) Answered(took time.Duration) {
	s.setup.WithLabelValues(s.name).Observe(took.Seconds())
}

// Stage observes how long a stage of a set-up took.
func (s *Server) Stage(stage Stage, took time.Duration) {
	s.stages.WithLabelValues(string(stage)).Observe(took.Seconds())
}

// Rejoin counts a rejoin that has ended as a Result says, after a time.
func (s *Server) Rejoin(result string, took time.Duration) {
	s.rejoins.WithLabelValues(s.name, result).Inc()
	if result == ResultOK {
		s.rejoined.WithLabelValues(s.name).Observe(took.Seconds())
	}
}

// ICERestart counts an ICE restart that has ended, and whether it has found a path.
func (s *Server) ICERestart(found bool) {
	result := ResultFailed
	if found {
		result = ResultOK
	}
	s.restarts.WithLabelValues(s.name, result).Inc()
}

// MediaStop counts that no more audio comes to one of the Receivers.
func (s *Server) MediaStop(receiver string) { s.stops.WithLabelValues(s.name, receiver).Inc() }

// SlowLink counts that Janus finds the way to it lossy, or the way from it.
func (s *Server) SlowLink(toJanus bool) {
	s.slow.WithLabelValues(s.name, direction(toJanus)).Inc()
}

// Report observes an RTCP report: of what goes out to Janus, or of what comes in. A round trip of 0
// is not known.
func (s *Server) Report(toJanus bool, loss float64, jitter, roundTrip, buffer time.Duration) {
	s.loss.WithLabelValues(s.name, direction(toJanus)).Observe(loss)
	s.jitter.WithLabelValues(s.name, direction(toJanus)).Observe(jitter.Seconds())
	if roundTrip > 0 {
		s.trips.WithLabelValues(s.name).Observe(roundTrip.Seconds())
	}
	if !toJanus {
		s.buffer.WithLabelValues(s.name).Observe(buffer.Seconds())
	}
}

func direction(toJanus bool) string {
	if toJanus {
		return out
	}
	return in
}

// How a request ends.
const (
	resultOK      = "ok"
	resultRefused = "refused"
	resultTimeout = "timeout"
	resultLost    = "lost"
)

func resultOf(err error) string {
	var core *janusclient.Error
	var plugin *janusclient.PluginError
	switch {
	case err == nil:
		return resultOK
	case errors.As(err, &core), errors.As(err, &plugin):
		return resultRefused
	case errors.Is(err, janusclient.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		return resultTimeout
	}
	return resultLost
}

// named are the requests that are counted by name: those that calls make, and most of the others.
// An operator may send requests of any name.
var (
	named       = map[string]bool{"create": true, "claim": true, "destroy": true, "keepalive": true, "info": true, "attach": true, "detach": true}
	namedPlugin = map[string]string{
		"create": "create-room", "destroy": "destroy-room", "join": "join", "configure": "configure", "leave": "leave", "changeroom": "changeroom",
		"exists": "exists", "list": "list", "listparticipants": "listparticipants",
	}
)

// requestLabel is under which name a request is counted.
func requestLabel(request string, plugin bool) string {
	switch {
	case plugin && namedPlugin[request] != "":
		return namedPlugin[request]
	case !plugin && named[request]:
		return request
	}
	return other
}
