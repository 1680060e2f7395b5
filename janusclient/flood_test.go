// SPDX-License-Identifier: MPL-2.0

package janusclient_test

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
)

// log is a hclog that can be read while it is written.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) count(part string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), part)
}

// TestFlood: 60,000 events come, faster than 10,000 a second, at a handle whose
// callback blocks. Requests are answered all the while, memory is bounded, and
// what is dropped is told once.
func TestFlood(t *testing.T) { overBoth(t, testFlood) }

func testFlood(t *testing.T, over transport) {
	const events, batch = 60000, 1000
	var told log
	var dropped atomic.Int64
	r := over.rig(t, func(c *janusclient.Config) {
		c.Debug = nil
		c.OnDropped = func() { dropped.Add(1) }
		c.MaxEvents = 500          // of a poll
		c.CmdTimeout = time.Minute // the join waits behind all the events, on a machine that others use too
		c.Logger = hclog.New(&hclog.LoggerOptions{Output: &told, Level: hclog.Warn})
	})
	release := make(chan struct{})
	let := sync.OnceFunc(func() { close(release) })
	defer let() // else the rig's end waits for the callback
	var taken atomic.Int64
	var hungUp atomic.Bool
	flooded, err := r.session.Attach(t.Context(), plugin, janusclient.AttachOptions{OnEvent: func(e janusclient.Event) {
		<-release
		if _, ok := e.(janusclient.Hangup); ok {
			hungUp.Store(true)
		}
		taken.Add(1)
	}})
	require.NoError(t, err)
	before := heap()
	began := time.Now()
	var slowest time.Duration
	for range events / batch {
		r.server.Flood(flooded.ID(), batch)
		asked := time.Now()
		_, err := r.message(t, listRequest)
		require.NoError(t, err)
		slowest = max(slowest, time.Since(asked))
	}
	_, err = r.message(t, joinRequest) // whose answer comes by the same connection, after all of them
	require.NoError(t, err)
	rate := float64(events) / time.Since(began).Seconds()
	grown := int64(heap()) - int64(before)
	t.Logf("%.0f events a second; slowest answer %s; %d KiB are kept", rate, slowest, grown>>10)
	require.Less(t, slowest, 30*time.Second, "on a busy machine, that is: CmdTimeout is a minute here")
	require.Less(t, grown, int64(32<<20))
	require.Equal(t, 1, told.count("some are dropped"))

	// What changes the state of a call is not dropped with them.
	r.server.PushEvent(flooded.ID(), fmt.Appendf(nil, `{"janus":"hangup","session_id":%d,"sender":%d,"reason":"full"}`,
		r.session.ID(), flooded.ID()))
	_, err = r.message(t, joinRequest)
	require.Error(t, err, "joined already; and the hangup was before it")
	let()
	eventually(t, "the hangup", hungUp.Load)
	require.Less(t, taken.Load(), int64(events))
	require.GreaterOrEqual(t, taken.Load(), int64(10000))
	require.Positive(t, dropped.Load())
}

func heap() uint64 {
	runtime.GC()
	runtime.GC() // what a sync.Pool holds outlives the first one
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
