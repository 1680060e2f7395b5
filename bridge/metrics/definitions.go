// SPDX-License-Identifier: MPL-2.0

package metrics

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// prefix is what the names of all metrics of the module's own begin with.
const prefix = "mod_janus_"

// kind is the type of a metric.
type kind string

const (
	counter   kind = "counter"
	gauge     kind = "gauge"
	histogram kind = "histogram"
)

// definition is a metric as it is exported and as the manual has it.
type definition struct {
	name    string // as exported
	kind    kind
	labels  []string
	help    string    // one sentence, or two
	buckets []float64 // of a histogram: upper bounds
	desc    *prometheus.Desc
}

// definitions are all metrics of the module's own, in the order of the manual.
var definitions []*definition

func define(name string, kind kind, labels, help string) *definition {
	d := &definition{name: prefix + name, kind: kind, labels: strings.Fields(labels), help: help}
	d.desc = prometheus.NewDesc(d.name, d.help, d.labels, nil)
	definitions = append(definitions, d)
	return d
}

func defineHistogram(name, labels, help string, buckets []float64) *definition {
	d := define(name, histogram, labels, help)
	d.buckets = buckets
	return d
}

var (
	secondsOfRequests  = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5}
	secondsOfSetup     = []float64{.05, .1, .15, .2, .3, .5, .75, 1, 2, 5, 10}
	secondsOfCalls     = []float64{10, 30, 60, 300, 900, 1800, 3600, 7200, 14400}
	secondsOfRejoins   = []float64{.25, .5, 1, 2, 5, 10, 20, 30}
	ratiosOfLoss       = []float64{0, .001, .003, .01, .03, .05, .1, .2, .5}
	secondsOfJitter    = []float64{.001, .005, .01, .02, .03, .05, .1, .2}
	secondsOfRoundTrip = []float64{.005, .01, .025, .05, .1, .15, .2, .3, .5, 1}
	secondsOfStores    = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25}
	secondsOfBuffer    = []float64{.015, .02, .03, .05, .08, .12, .2}
)

// Directions of RTP are those of the leg: in is from Janus to the switch.
var (
	buildInfo = define("build_info", gauge, "version go revision", "1; the labels say what was built.")

	serverUp       = define("server_up", gauge, "server", "1 while the module has a session with this Janus and Janus is in reach, else 0.")
	serverEnabled  = define("server_enabled", gauge, "server", "1 while the server takes new calls, else 0.")
	serverDraining = define("server_draining", gauge, "server", "1 while `janus drain` lets the calls of the server end, else 0.")
	serverSessions = define("server_sessions_total", counter, "server", "Sessions made with this Janus: one at load, one more after each loss.")
	serverTrip     = define("server_round_trip_seconds", gauge, "server",
		"How long the latest request took that Janus answers by itself; 0 while there was none.")

	requests = define("requests_total", counter, "server request result",
		"Requests to Janus that have ended: ok, refused by Janus, timeout, or lost with the connection. Those without a name of their own here are `other`.")
	requestSeconds = defineHistogram("request_seconds", "server", "How long requests took that Janus has answered.", secondsOfRequests)
	eventsDropped  = define("events_dropped_total", counter, "server", "Events of Janus that came faster than they were taken, and were dropped.")

	calls        = define("calls", gauge, "server state", "Legs there are, by what `janus calls` shows as their state.")
	callsTotal   = define("calls_total", counter, "server", "Calls that were dialled to the server, those included that were refused at once.")
	callsEnded   = define("calls_ended_total", counter, "server cause", "Calls that have ended, by hangup cause: one that the module gives, else `other`.")
	setupSeconds = defineHistogram("setup_seconds", "server", "Time from dialling to the answer.", secondsOfSetup)
	stageSeconds = defineHistogram("setup_stage_seconds", "stage",
		"How long each stage of a set-up took: waiting for the server's session, attach, create (the room), join (to the SDP answer), ice, dtls, and audio (to the first packet).", secondsOfSetup)
	callSeconds   = defineHistogram("call_seconds", "server", "Length of answered calls, from the answer to the end.", secondsOfCalls)
	rejoins       = define("rejoins_total", counter, "server result", "Times that a call whose handle was lost has joined again (ok), has not (failed), or was hung up meanwhile (hungup).")
	rejoinSeconds = defineHistogram("rejoin_seconds", "server", "How long calls that have joined again were out of their room.", secondsOfRejoins)
	iceRestarts   = define("ice_restarts_total", counter, "server result", "ICE restarts that have found another path (ok), or have not, or were refused (failed).")
	mediaStops    = define("media_stops_total", counter, "server receiver", "Times that no more audio came, to the switch or to janus.")
	slowLinks     = define("slowlinks_total", counter, "server direction", "Times that Janus found the way from it (in) or to it (out) lossy.")

	rtpPackets    = define("rtp_packets_total", counter, "server direction", "RTP packets: in from Janus, out to it.")
	rtpBytes      = define("rtp_bytes_total", counter, "server direction", "Bytes of RTP payload.")
	rtpLost       = define("rtp_lost_total", counter, "server direction", "RTP packets that never came; out is what Janus reports of ours.")
	rtpLate       = define("rtp_late_total", counter, "server", "RTP packets from Janus that came after their place had been played.")
	rtpConcealed  = define("rtp_concealed_total", counter, "server", "Frames that were missing when the switch wanted them.")
	rtpRepeated   = define("rtp_repeated_total", counter, "server", "RTP packets sent to Janus a second time, as it reported loss.")
	rtpRecovered  = define("rtp_recovered_total", counter, "server", "Of those, frames that the next packet carries as well (FEC).")
	rtpDuplicated = define("rtp_duplicated_total", counter, "server", "RTP packets from Janus that had been there already.")
	rtpDropped    = define("rtp_dropped_total", counter, "server", "Packets from Janus that the kernel dropped because the queue of a leg was full.")
	rtpSkipped    = define("rtp_skipped_total", counter, "server", "Frames that were left out so that the delay falls.")
	rtpLoss       = defineHistogram("rtp_loss_ratio", "server direction", "Loss in the interval of each RTCP report, of each leg; packets left out by DTX are not lost.", ratiosOfLoss)
	rtpJitter     = defineHistogram("rtp_jitter_seconds", "server direction", "Interarrival jitter at each RTCP report, of each leg.", secondsOfJitter)
	rtpRoundTrip  = defineHistogram("rtp_round_trip_seconds", "server", "Round trip of media, at each RTCP report of Janus that tells it.", secondsOfRoundTrip)
	jitterBuffer  = defineHistogram("jitter_buffer_seconds", "server", "What the jitter buffer of each leg holds, at each RTCP report of ours.", secondsOfBuffer)

	mediaLate = define("media_late_seconds", gauge, "",
		"How late the media of the calls is served, on average over some 2.5 seconds; above `max-lateness` new calls are refused.")
	rooms      = define("rooms", gauge, "server", "Rooms that legs of this switch are in.")
	recordings = define("recordings_total", counter, "kind result",
		"Recordings of `<archive>` that are over: finished, incomplete, missing, or failed.")
	poolServers    = define("pool_servers", gauge, "pool state", "Servers of the pool, by what `janus pool` shows as their state.")
	poolPlacements = define("pool_placements_total", counter, "pool server how",
		"Calls that the pool has sent to the server, by how it was found, as `janus where` says it: own legs, store, asked, or hash.")
	poolSplits      = define("pool_splits_total", counter, "pool", "Rooms that were seen on two servers at once: a switch counts those that its legs are in.")
	poolMoves       = define("pool_moves_total", counter, "pool", "Rooms that legs of this switch took to another server, since theirs was away, drained, or had the smaller copy.")
	storeUp         = define("pool_store_up", gauge, "pool", "1 while the store of the pool can be used, else 0; only where the pool has one.")
	storeSeconds    = defineHistogram("pool_store_seconds", "pool", "How long requests to the store took, those that failed included.", secondsOfStores)
	discoveryErrors = define("pool_discovery_errors_total", counter, "pool",
		"Looks for servers that the DNS has not answered, or with an error; that there are none is an answer.")
	panics = define("panics_total", counter, "", "Internal errors that were caught: each is an ERROR in the log. Please report it.")
)

// counters makes what counts a metric.
func (d *definition) counters() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: d.name, Help: d.help}, d.labels)
}

// histograms makes what observes a metric. Besides the buckets that everybody reads there are the
// finer ones of a native histogram, for a Prometheus that asks for them.
func (d *definition) histograms() *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: d.name, Help: d.help, Buckets: d.buckets, NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 100,
	}, d.labels)
}

// value is a metric as it is at this moment.
func (d *definition) value(value float64, labels ...string) prometheus.Metric {
	of := prometheus.GaugeValue
	if d.kind == counter {
		of = prometheus.CounterValue
	}
	return prometheus.MustNewConstMetric(d.desc, of, value, labels...)
}
