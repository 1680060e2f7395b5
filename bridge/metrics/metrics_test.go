// SPDX-License-Identifier: MPL-2.0

package metrics

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"mod_janus/bridge/host"
	"mod_janus/janusclient"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testLeg is a leg that counts as a test wants it.
type testLeg struct {
	packets, lost atomic.Uint64
	room          string
}

func (l *testLeg) Traffic() Traffic {
	return Traffic{PacketsIn: l.packets.Load(), PacketsOut: 2 * l.packets.Load(), LostIn: l.lost.Load()}
}

func (l *testLeg) State() string { return "up" }

func (l *testLeg) Inside() string { return l.room }

// lab is metrics with servers that a test has configured.
type lab struct {
	*Metrics
	t        *testing.T
	mu       sync.Mutex
	servers  []ServerState
	pools    []PoolState
	panicked atomic.Int32
}

func newLab(t *testing.T, names ...string) *lab {
	t.Helper()
	l := &lab{t: t}
	l.Metrics = New(Options{
		Version: "1.2.3", Revision: "abc", States: []string{"joining", "up", "leaving"}, Panics: func() uint64 { return 0 },
		Late:     func() time.Duration { return 3 * time.Millisecond },
		Panicked: func(any) { l.panicked.Add(1) },
		Servers: func() []ServerState {
			l.mu.Lock()
			defer l.mu.Unlock()
			return l.servers
		},
		PoolStates: []string{"up", "down"},
		Pools: func() []PoolState {
			l.mu.Lock()
			defer l.mu.Unlock()
			return l.pools
		},
	})
	l.newPool("eu")
	for _, name := range names {
		l.servers = append(l.servers, ServerState{Server: l.NewServer(name), Up: true, Enabled: true})
	}
	return l
}

// series are all series of a scrape and their values, but those of Go; of a histogram its count.
func (l *lab) series() map[string]float64 {
	l.t.Helper()
	families, err := l.registry.Gather()
	require.NoError(l.t, err)
	all := map[string]float64{}
	for _, family := range families {
		if !strings.HasPrefix(family.GetName(), prefix) {
			continue
		}
		for _, m := range family.GetMetric() {
			labels := ""
			for _, pair := range m.GetLabel() {
				labels += "," + pair.GetName() + "=" + pair.GetValue()
			}
			key := strings.TrimPrefix(family.GetName(), prefix) + "{" + strings.TrimPrefix(labels, ",") + "}"
			switch family.GetType() {
			case dto.MetricType_COUNTER:
				all[key] = m.GetCounter().GetValue()
			case dto.MetricType_GAUGE:
				all[key] = m.GetGauge().GetValue()
			default:
				all[key] = float64(m.GetHistogram().GetSampleCount())
			}
		}
	}
	return all
}

// What has happened is counted, once and where it belongs.
func TestCounts(t *testing.T) {
	l := newLab(t, "demo")
	s := l.servers[0].Server
	leg := &testLeg{room: "1234"}
	leg.packets.Store(50)
	s.Began(leg)
	s.Began(&testLeg{room: "1234"})
	s.Refused(host.CauseOutgoingCallBarred)
	s.Session()
	s.EventDropped()
	s.Answered(120 * time.Millisecond)
	s.Stage(StageDTLS, 20*time.Millisecond)
	s.Rejoin(ResultOK, time.Second)
	s.Rejoin(ResultHungUp, time.Second)
	s.ICERestart(true)
	s.MediaStop(ReceiverJanus)
	s.SlowLink(true)
	s.Report(false, 0.02, 5*time.Millisecond, 0, 30*time.Millisecond)
	s.Report(true, 0, time.Millisecond, 40*time.Millisecond, 0)
	now := l.series()
	for key, want := range map[string]float64{
		"calls{server=demo,state=up}": 2, "calls{server=demo,state=joining}": 0, "calls_total{server=demo}": 3, "rooms{server=demo}": 1,
		"calls_ended_total{cause=OUTGOING_CALL_BARRED,server=demo}": 1, "server_sessions_total{server=demo}": 1,
		"events_dropped_total{server=demo}": 1, "setup_seconds{server=demo}": 1, "setup_stage_seconds{stage=dtls}": 1,
		"rejoins_total{result=ok,server=demo}": 1, "rejoins_total{result=hungup,server=demo}": 1, "rejoin_seconds{server=demo}": 1,
		"ice_restarts_total{result=ok,server=demo}": 1, "media_stops_total{receiver=janus,server=demo}": 1,
		"slowlinks_total{direction=out,server=demo}": 1, "rtp_loss_ratio{direction=in,server=demo}": 1, "rtp_loss_ratio{direction=out,server=demo}": 1,
		"rtp_round_trip_seconds{server=demo}": 1, "jitter_buffer_seconds{server=demo}": 1, "rtp_packets_total{direction=in,server=demo}": 50,
		"rtp_packets_total{direction=out,server=demo}": 100, "server_up{server=demo}": 1, "server_draining{server=demo}": 0,
		"build_info{go=" + runtime.Version() + ",revision=abc,version=1.2.3}": 1,
		"media_late_seconds{}": 0.003,
	} {
		require.Contains(t, now, key)
		require.InDelta(t, want, now[key], 0, key)
	}
	s.Ended(host.CauseMediaTimeout, time.Now().Add(-time.Minute))
	s.Ended(487, time.Time{})
	now = l.series()
	require.InDelta(t, 1, now["calls_ended_total{cause=MEDIA_TIMEOUT,server=demo}"], 0)
	require.InDelta(t, 1, now["calls_ended_total{cause=other,server=demo}"], 0, "a cause that the module does not give")
	require.InDelta(t, 1, now["call_seconds{server=demo}"], 0, "the other call was not answered")
}

// A request is counted by how it ends, and under a name that no operator can make up.
func TestRequests(t *testing.T) {
	l := newLab(t, "demo")
	s := l.servers[0].Server
	lost := fmt.Errorf("%w: %w", janusclient.ErrSessionLost, errors.New("gone"))
	for _, o := range []janusclient.Outcome{
		{Request: "attach"}, {Request: "create"}, {Request: "create", Plugin: true}, {Request: "join", Plugin: true, Err: &janusclient.PluginError{}},
		{Request: "join", Plugin: true, Err: fmt.Errorf("%w: join", janusclient.ErrTimeout)}, {Request: "keepalive", Err: lost},
		{Request: "made up", Plugin: true}, {Request: "join"}, {Request: "attach", Plugin: true, Err: &janusclient.Error{Code: 403}},
		{Request: "detach", Err: &janusclient.TransportError{}},
	} {
		s.Request(o)
	}
	now := l.series()
	counted := map[string]float64{}
	for key, value := range now {
		if name, found := strings.CutPrefix(key, "requests_total{request="); found {
			counted[strings.TrimSuffix(name, ",server=demo}")] = value
		}
	}
	require.Equal(t, map[string]float64{
		"attach,result=ok": 1, "create,result=ok": 1, "create-room,result=ok": 1, "join,result=refused": 1, "join,result=timeout": 1,
		"keepalive,result=lost": 1, "other,result=ok": 2, "other,result=refused": 1, "detach,result=lost": 1,
	}, counted)
	require.InDelta(t, 7, now["request_seconds{server=demo}"], 0, "those that Janus has answered")
}

// No counter falls while legs come, grow, lose less than they had lost, and go, whoever asks
// meanwhile, and all that they have counted is there at the end.
func TestNothingFalls(t *testing.T) {
	l := newLab(t, "demo")
	s := l.servers[0].Server
	const legs, each, packets = 8, 40, 25
	var work sync.WaitGroup
	for range legs {
		work.Go(func() {
			for range each {
				leg := &testLeg{room: "1"}
				s.Began(leg)
				for i := range packets {
					leg.packets.Add(1)
					leg.lost.Store(uint64(i % 3)) // a packet that came late is not lost any more
				}
				s.Ended(host.CauseNormalClearing, time.Now())
				s.Gone(leg)
				s.Gone(leg) // once more changes nothing
			}
		})
	}
	done := make(chan struct{})
	go func() { work.Wait(); close(done) }()
	before, scrapes := map[string]float64{}, 0
	for running := true; running; scrapes++ {
		select {
		case <-done:
			running = false
		default:
		}
		now := l.series()
		for key, value := range now {
			if !strings.HasPrefix(key, "calls{") && !strings.HasPrefix(key, "rooms{") {
				require.GreaterOrEqual(t, value, before[key], key)
			}
		}
		before = now
	}
	require.InDelta(t, legs*each*packets, before["rtp_packets_total{direction=in,server=demo}"], 0)
	require.InDelta(t, 0, before["calls{server=demo,state=up}"], 0)
	require.Greater(t, scrapes, 1)
	require.Empty(t, s.legs)
}

// A leg that has ended counts what it had at its end, whatever a scrape that began before asks it.
func TestEndedLegsStand(t *testing.T) {
	leg := &testLeg{}
	r := &record{leg: leg}
	leg.packets.Store(5)
	require.EqualValues(t, 5, r.traffic().PacketsIn)
	leg.packets.Store(7)
	require.EqualValues(t, 7, r.end().PacketsIn)
	leg.packets.Store(9)
	require.EqualValues(t, 7, r.traffic().PacketsIn)
	require.EqualValues(t, 7, r.end().PacketsIn)
}

// A server that is not configured any more has no series, and no series more than before when it
// is back.
func TestServersGo(t *testing.T) {
	l := newLab(t, "demo", "two")
	all := l.series()
	l.servers[1].Server.Session()
	removed := l.servers[1].Server
	l.mu.Lock()
	l.servers = l.servers[:1]
	l.mu.Unlock()
	removed.Session() // by a call that is still there
	for key := range l.series() {
		require.NotContains(t, key, "two")
	}
	l.mu.Lock()
	l.servers = append(l.servers, ServerState{Server: l.NewServer("two")})
	l.mu.Unlock()
	require.Len(t, l.series(), len(all))
	require.InDelta(t, 0, l.series()["server_sessions_total{server=two}"], 0, "it begins anew")
}

// A panic while metrics are read fails the scrape, and not the switch.
func TestPanicInAScrape(t *testing.T) {
	l := newLab(t, "demo")
	l.options.Servers = func() []ServerState { panic("a panic of the test") }
	_, err := l.Text()
	require.ErrorContains(t, err, "the metrics cannot be gathered")
	require.EqualValues(t, 1, l.panicked.Load())
	answer := httptest.NewRecorder()
	l.Handler().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	require.Equal(t, http.StatusInternalServerError, answer.Code)
}

// Both ways to the metrics say the same, and what Prometheus asks for besides is there.
func TestFormats(t *testing.T) {
	l := newLab(t, "demo", "x\"b\n\xff")
	text, err := l.Text()
	require.NoError(t, err)
	require.Contains(t, text, `mod_janus_server_up{server="x\"b\n?"} 1`+"\n")
	require.Contains(t, text, "\ngo_memstats_heap_inuse_bytes ", "for the dashboard")
	require.Contains(t, text, "# HELP mod_janus_server_up 1 while the module has a session with this Janus and Janus is in reach, else 0.\n"+
		"# TYPE mod_janus_server_up gauge\nmod_janus_server_up{server=\"demo\"} 1\n")
	require.Contains(t, text, "\ngo_goroutines ")
	require.NotContains(t, text, "process_", "that is the switch")
	ask := func(accept string) (kind, body string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil)
		r.Header.Set("Accept", accept)
		answer := httptest.NewRecorder()
		l.Handler().ServeHTTP(answer, r)
		require.Equal(t, http.StatusOK, answer.Code)
		return answer.Header().Get("Content-Type"), answer.Body.String()
	}
	kind, body := ask("")
	require.True(t, strings.HasPrefix(kind, "text/plain; version=0.0.4"), kind)
	require.Contains(t, body, `mod_janus_setup_seconds_bucket{server="demo",le="0.05"} 0`)
	kind, _ = ask("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited")
	require.True(t, strings.HasPrefix(kind, "application/vnd.google.protobuf"), kind)
}

// BenchmarkScrape is what a scrape costs with ten servers that have thirty legs each.
func BenchmarkScrape(b *testing.B) {
	l := newLab(&testing.T{}, "1", "2", "3", "4", "5", "6", "7", "8", "9", "10")
	for i, state := range l.servers {
		for j := range 30 {
			state.Server.Began(&testLeg{room: fmt.Sprint(i, j%3)})
		}
		for _, name := range []string{"create", "attach", "detach", "keepalive"} {
			state.Server.Request(janusclient.Outcome{Request: name})
		}
		for _, name := range []string{"create", "join", "leave", "configure"} {
			state.Server.Request(janusclient.Outcome{Request: name, Plugin: true})
		}
	}
	lines := 0
	for b.Loop() {
		text, err := l.Text()
		require.NoError(b, err)
		lines = strings.Count(text, "\n") - strings.Count(text, "\n#")
	}
	b.ReportMetric(float64(lines), "series")
}

// A leg that goes on at another server counts there from then on, and what it counted before stays
// where it was.
func TestLegHandedOver(t *testing.T) {
	var m *Metrics
	here, there := m.NewServer("here"), m.NewServer("there")
	leg := &testLeg{}
	here.Began(leg)
	leg.packets.Store(100)
	here.HandOver(leg, there)
	require.Equal(t, Traffic{PacketsIn: 100, PacketsOut: 200}, here.before)
	require.Equal(t, Traffic{}, there.legs[leg].traffic())
	leg.packets.Store(130)
	leg.lost.Store(2)
	require.Equal(t, Traffic{PacketsIn: 30, PacketsOut: 60, LostIn: 2}, there.legs[leg].traffic())
	there.HandOver(leg, here)
	leg.packets.Store(135)
	here.Gone(leg)
	require.Equal(t, Traffic{PacketsIn: 105, PacketsOut: 210}, here.before)
	require.Equal(t, Traffic{PacketsIn: 30, PacketsOut: 60, LostIn: 2}, there.before)
	require.Empty(t, here.legs)
	require.Empty(t, there.legs)
}
