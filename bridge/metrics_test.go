// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/background"
	"mod_janus/bridge/call"
	"mod_janus/bridge/host"
	"mod_janus/bridge/media"
	"mod_janus/janusclient/janustest"
)

// series are the lines of `janus metrics` that are of the module's own, and their values.
func (l *lab) series() map[string]float64 {
	l.t.Helper()
	all := map[string]float64{}
	for line := range strings.Lines(l.engine.Command("metrics")) {
		line, found := strings.CutPrefix(strings.TrimSpace(line), "mod_janus_")
		if !found {
			continue
		}
		end := strings.LastIndex(line, " ") // values of labels have spaces too
		require.Positive(l.t, end, line)
		number, err := strconv.ParseFloat(line[end+1:], 64)
		require.NoError(l.t, err, line)
		all[line[:end]] = number
	}
	require.NotEmpty(l.t, all)
	return all
}

// rises tells whether a series is one that never falls.
func rises(key string) bool {
	name, _, _ := strings.Cut(key, "{")
	for _, end := range []string{"_total", "_count", "_sum", "_bucket"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}

// noneFell compares two scrapes of the same servers.
func (l *lab) noneFell(before, after map[string]float64) {
	l.t.Helper()
	for key, value := range before {
		require.Contains(l.t, after, key)
		if rises(key) {
			require.GreaterOrEqual(l.t, after[key], value, key)
		}
	}
}

// A call is in the metrics: its set-up by stages, its requests, its state, its end.
func TestMetricsOfACall(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.call("demo/MyName@1234", map[string]string{"janus-room-description": "x"})
	l.up(uuid)
	l.host.Wait(t, "media up", func() bool { return l.host.Fired("janus::call", "Action", "media-up") })
	l.eventually("packets go out", func() bool { return l.series()[`rtp_packets_total{direction="out",server="demo"}`] > 0 })
	now := l.series()
	for key, want := range map[string]float64{
		`server_up{server="demo"}`: 1, `server_enabled{server="demo"}`: 1, `server_sessions_total{server="demo"}`: 1,
		`calls_total{server="demo"}`: 1, `calls{server="demo",state="up"}`: 1, `rooms{server="demo"}`: 1,
		`requests_total{request="create",result="ok",server="demo"}`: 1, `requests_total{request="attach",result="ok",server="demo"}`: 1,
		`requests_total{request="join",result="ok",server="demo"}`: 1, `requests_total{request="create-room",result="refused",server="demo"}`: 1,
		`setup_seconds_count{server="demo"}`: 1, `setup_stage_seconds_count{stage="server"}`: 1, `setup_stage_seconds_count{stage="attach"}`: 1,
		`setup_stage_seconds_count{stage="create"}`: 1, `setup_stage_seconds_count{stage="join"}`: 1, `setup_stage_seconds_count{stage="ice"}`: 1,
		`setup_stage_seconds_count{stage="dtls"}`: 1, `panics_total`: float64(background.Panics()),
	} {
		require.Contains(t, now, key)
		require.InDelta(t, want, now[key], 0, key)
	}
	require.Positive(t, now[`setup_stage_seconds_sum{stage="dtls"}`])
	require.Positive(t, now[`server_round_trip_seconds{server="demo"}`])
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
	l.eventually("the leg has gone from the metrics", func() bool { return l.series()[`calls{server="demo",state="leaving"}`] == 0 })
	after := l.series()
	l.noneFell(now, after)
	for key, want := range map[string]float64{
		`calls_ended_total{cause="NORMAL_CLEARING",server="demo"}`: 1, `call_seconds_count{server="demo"}`: 1, `calls{server="demo",state="up"}`: 0,
		`requests_total{request="leave",result="ok",server="demo"}`: 1, `requests_total{request="detach",result="ok",server="demo"}`: 1,
		`rooms{server="demo"}`: 0,
	} {
		require.InDelta(t, want, after[key], 0, key)
	}
	require.Positive(t, after[`rtp_packets_total{direction="out",server="demo"}`], "the leg has ended, its packets stay counted")
}

// A refused call counts where its server is configured. Nothing of what a caller says is a label.
func TestMetricsOfRefusedCalls(t *testing.T) {
	l := newLab(t, "")
	refused := func(destination string) {
		_, cause := l.engine.Dial(&call.Request{Destination: destination})
		require.NotEqual(t, host.CauseNone, cause)
	}
	refused("nobody/Evelyn@1234")
	l.engine.Command("server demo disable")
	refused("demo/Evelyn@1234")
	now := l.series()
	require.InDelta(t, 1, now[`calls_ended_total{cause="OUTGOING_CALL_BARRED",server="demo"}`], 0)
	require.InDelta(t, 0, now[`server_enabled{server="demo"}`], 0)
	l.engine.Command("server demo enable")
	c, uuid := l.call("demo/Mallory@1234", existing)
	l.up(uuid)
	text := l.engine.Command("metrics")
	for _, word := range []string{"Evelyn", "Mallory", `"1234"`, "nobody", uuid} {
		require.NotContains(t, text, word)
	}
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
}

// A reload that connects a server anew under its calls lets nothing fall; one that removes the
// server takes its series away, calls or not.
func TestMetricsOverAReload(t *testing.T) {
	l := newLab(t, "")
	other := janustest.NewServer(janustest.WithRoom("1234"))
	defer other.Close()
	other.Answer = l.peers.answer
	l.reconfigure(replacing("</configuration>", `<server name="two"><param name="url" value="`+other.URL+`"/><param name="enabled" value="true"/>`+
		`<param name="rtp-ip" value="127.0.0.1"/></server></configuration>`))
	require.Contains(t, l.engine.Command("reload"), "added|two")
	c, uuid := l.call("two/MyName@1234", existing)
	l.up(uuid)
	before := l.series()
	require.InDelta(t, 1, before[`calls{server="two",state="up"}`], 0)

	l.reconfigure(replacing(`url" value="`+other.URL+`"/>`, `url" value="`+other.URL+`"/><param name="cmd-timeout" value="4000"/>`))
	require.Contains(t, l.engine.Command("reload"), "changed|two")
	after := l.series()
	l.noneFell(before, after)
	require.InDelta(t, 1, after[`calls{server="two",state="up"}`], 0, "its call is there as before")
	l.eventually("another session", func() bool { return l.series()[`server_sessions_total{server="two"}`] == 2 })
	d, second := l.call("two/Second@1234", existing)
	l.up(second)
	l.end(c, host.CauseNormalClearing)
	l.eventually("one call is over", func() bool { return l.series()[`calls{server="two",state="leaving"}`] == 0 })
	last := l.series()
	l.noneFell(after, last)
	require.InDelta(t, 2, last[`calls_total{server="two"}`], 0)

	l.reconfigure(func(xml string) string {
		begin, _, _ := strings.Cut(xml, `<server name="two">`)
		return begin + "</configuration>"
	})
	require.Contains(t, l.engine.Command("reload"), "removed|two")
	require.NotContains(t, l.engine.Command("metrics"), `"two"`)
	l.end(d, host.CauseNormalClearing)
	l.clean(2)
	require.NotContains(t, l.engine.Command("metrics"), `"two"`)
}

// What Janus and the path do to a call is counted.
func TestMetricsOfTrouble(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.call("demo/MyName@1234", existing)
	l.up(uuid)
	l.host.Wait(t, "media up", func() bool { return l.host.Fired("janus::call", "Action", "media-up") })
	l.push(c, `"janus":"slowlink","uplink":true,"lost":9`)
	l.push(c, `"janus":"media","type":"audio","receiving":false`)
	l.legs[0].becomes(media.StateSilent, nil)
	l.eventually("they are counted", func() bool {
		now := l.series()
		return now[`slowlinks_total{direction="in",server="demo"}`] == 1 && now[`media_stops_total{receiver="janus",server="demo"}`] == 1 &&
			now[`media_stops_total{receiver="switch",server="demo"}`] == 1
	})
	l.legs[0].becomes(media.StateDisconnected, nil)
	l.eventually("ICE has restarted", func() bool { return l.series()[`ice_restarts_total{result="ok",server="demo"}`] == 1 })
	before := l.series()
	l.janus.LoseSessions()
	l.eventually("the call has joined again", func() bool { return l.series()[`rejoins_total{result="ok",server="demo"}`] == 1 })
	now := l.series()
	l.noneFell(before, now)
	require.InDelta(t, 1, now[`rejoin_seconds_count{server="demo"}`], 0)
	require.InDelta(t, 2, now[`server_sessions_total{server="demo"}`], 0)
	require.InDelta(t, 1, now[`setup_stage_seconds_count{stage="attach"}`], 0, "a rejoin is no set-up")
	require.InDelta(t, 1, now[`setup_seconds_count{server="demo"}`], 0)
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
}

// Where a port is open, Prometheus gets the same there.
func TestMetricsByHTTP(t *testing.T) {
	l := newLab(t, "")
	addr := freePort(t)
	l.configure(listenOn(addr))
	console := l.series() // no series goes
	status, body := get(t, addr, "/metrics")
	require.Equal(t, http.StatusOK, status)
	for key := range console {
		require.Contains(t, body, "\nmod_janus_"+key+" ")
	}
}

func TestMetricsCommand(t *testing.T) {
	l := newLab(t, "")
	require.Equal(t, "-ERR usage: janus metrics\n", l.engine.Command("metrics now"))
	require.True(t, strings.HasPrefix(l.engine.Command("metrics as json"), "-ERR metrics are printed as Prometheus reads them, not as JSON; right is: janus metrics"))
	began := time.Now()
	require.True(t, strings.HasSuffix(l.engine.Command("metrics"), "\n"))
	require.Less(t, time.Since(began), 5*time.Second)
}
