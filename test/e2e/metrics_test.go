// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/test/lab"
)

// scrape is what Prometheus would read at an address.
func scrape(t *testing.T, addr string) (series map[string]float64, lines int) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr+"/metrics", nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode, "%s", body)
	series = seriesOf(t, string(body))
	return series, len(series)
}

// seriesOf reads metrics in the text format.
func seriesOf(t *testing.T, text string) map[string]float64 {
	t.Helper()
	series := map[string]float64{}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		i := strings.LastIndex(strings.TrimSpace(line), " ")
		require.Positive(t, i, line)
		value, err := strconv.ParseFloat(strings.TrimSpace(line[i:]), 64)
		require.NoError(t, err, line)
		series[line[:i]] = value
	}
	return series
}

// openPort is an address of this machine that nobody listens on.
func openPort(t *testing.T) string {
	t.Helper()
	var listening net.ListenConfig
	socket, err := listening.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, socket.Close())
	return socket.Addr().String()
}

// While 30 calls come and go Prometheus asks again and again: nothing that counts falls, the number
// of series is bounded, and what is counted is what has happened.
func TestMetrics(t *testing.T) {
	t.Parallel()
	const calls, atOnce, servers = 30, 6, 1
	addr := openPort(t)
	conf := strings.Replace(lab.ConfOf(janus, ""), "<settings/>", `<settings><param name="http-listen" value="`+addr+`"/></settings>`, 1)
	s, err := startSwitch(t.TempDir(), conf)
	require.NoError(t, err)
	defer s.Stop()
	began := time.Now()
	done := make(chan struct{})
	go func() { defer close(done); shortCalls(t, s, calls, atOnce) }()
	before, most, scrapes, seen := map[string]float64{}, 0, 0, 0.0
	for running := true; running; scrapes++ {
		select {
		case <-done:
			running = false
		case <-time.After(50 * time.Millisecond):
		}
		now, lines := scrape(t, addr)
		for key, value := range before {
			name, _, _ := strings.Cut(key, "{")
			if strings.HasPrefix(name, "mod_janus_") && (strings.HasSuffix(name, "_total") || strings.HasSuffix(name, "_count") || strings.HasSuffix(name, "_bucket")) {
				require.GreaterOrEqual(t, now[key], value, "%s has fallen", key)
			}
		}
		before, most, seen = now, max(most, lines), max(seen, now[`mod_janus_calls{server="demo",state="up"}`])
	}
	gone(t, s)
	eventually(t, "the legs have left the metrics", func() bool {
		now := seriesOf(t, api(t, s, "janus metrics"))
		return now[`mod_janus_calls{server="demo",state="leaving"}`] == 0
	})
	require.LessOrEqual(t, most, 200+190*servers)
	require.Greater(t, scrapes, 5)
	require.Positive(t, seen)

	last := seriesOf(t, api(t, s, "janus metrics"))
	for key, want := range map[string]float64{
		`server_up{server="demo"}`: 1, `server_sessions_total{server="demo"}`: 1, `rooms{server="demo"}`: 0, `calls_total{server="demo"}`: calls,
		`calls_ended_total{cause="NORMAL_CLEARING",server="demo"}`: calls, `setup_seconds_count{server="demo"}`: calls,
		`setup_stage_seconds_count{stage="join"}`: calls, `requests_total{request="join",result="ok",server="demo"}`: calls,
		`call_seconds_count{server="demo"}`: calls, `rejoins_total{result="ok",server="demo"}`: 0,
	} {
		require.InDelta(t, want, last["mod_janus_"+key], 0, key)
	}
	mean := last[`mod_janus_setup_seconds_sum{server="demo"}`] / calls
	require.Greater(t, mean, 0.001)
	require.Less(t, mean, time.Since(began).Seconds())
	require.Greater(t, last[`mod_janus_call_seconds_sum{server="demo"}`], calls*0.25)
	t.Logf("%d scrapes, %d series at most; mean setup %.0f ms", scrapes, most, mean*1000)
	require.NotContains(t, fmt.Sprint(last), "Caller", "no label comes from a caller")
	rtpIsCounted(t, s, last)
}

// shortCalls places so many calls that end soon, some at once.
func shortCalls(t *testing.T, s *lab.Switch, calls, atOnce int) {
	var work sync.WaitGroup
	for i := range atOnce {
		work.Go(func() {
			for j := range calls / atOnce {
				out, err := s.API("originate %sjanus/demo/Caller%d@1234 &park()", existing, i*100+j)
				if err != nil || !strings.HasPrefix(out, "+OK ") {
					t.Errorf("originate: %s %v", out, err)
					return
				}
				uuid := strings.TrimSpace(strings.TrimPrefix(out, "+OK "))
				time.Sleep(300 * time.Millisecond) // the length of a call
				_, _ = s.API("uuid_kill %s", uuid)
			}
		})
	}
	work.Wait()
}

// rtpIsCounted compares the packets in the metrics with what the module says of a call.
func rtpIsCounted(t *testing.T, s *lab.Switch, before map[string]float64) {
	t.Helper()
	uuid := originate(t, s, "%sjanus/demo/x@1234 &park()", existing)
	figure := func(name string) float64 {
		for line := range strings.Lines(api(t, s, "janus calls %s", uuid)) {
			if value, found := strings.CutPrefix(strings.TrimSpace(line), name+"|"); found {
				number, err := strconv.ParseFloat(value, 64)
				require.NoError(t, err)
				return number
			}
		}
		return 0
	}
	for direction, name := range map[string]string{"in": "packetsIn", "out": "packetsOut"} {
		eventually(t, name, func() bool { return figure(name) > 20 })
		key := `mod_janus_rtp_packets_total{direction="` + direction + `",server="demo"}`
		least := before[key] + figure(name)
		counted := seriesOf(t, api(t, s, "janus metrics"))[key]
		require.GreaterOrEqual(t, counted, least)
		require.LessOrEqual(t, counted, before[key]+figure(name))
	}
	hangup(t, s, uuid)
}
