// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// soakCalls is how many calls are made in all: MOD_JANUS_SOAK, 40,000 at
// length.
func soakCalls(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(env("MOD_JANUS_SOAK", "400"))
	require.NoError(t, err)
	return n
}

// Thousands of calls, set up and torn down: none fails, none is left over, and
// memory, threads and descriptors are after the last what they were after the
// first tenth. In G.711: AudioBridge 1.1.2 encodes Opus for a participant whose
// encoder it has just freed, once in some thousand hangups, and crashes.
func TestManyCallsLeaveNothing(t *testing.T) {
	const burst = 20
	calls := soakCalls(t)
	j, err := realjanus.Start(t.TempDir(), realjanus.Config{})
	require.NoError(t, err)
	defer j.Kill()
	s, err := startSwitch(filepath.Join(t.TempDir(), "switch"), lab.ConfOf(j, ""))
	require.NoError(t, err)
	defer s.Stop()
	api(t, s, "fsctl loglevel notice")
	entries := func(folder string) int { return entriesOf(t, s, folder) }
	began := time.Now()
	made := 0
	round := func() {
		var commands, uuids []string
		for i := range burst {
			uuid := fmt.Sprintf("00000000-0000-4000-8000-%012d", made+i)
			uuids = append(uuids, uuid)
			commands = append(commands, fmt.Sprintf("originate {origination_uuid=%s,janus-use-existing-room=true,janus-codec=PCMU}janus/demo/n%d@1234 &park()", uuid, made+i))
		}
		jobs, err := s.Burst(commands)
		require.NoError(t, err)
		for _, job := range jobs {
			if !strings.HasPrefix(job.Output, "+OK") {
				require.Fail(t, job.Output, strings.Join(verdicts(s.Log(), "[A-Z_]+"), "\n"))
			}
		}
		ends, err := s.HangUp(uuids...)
		require.NoError(t, err)
		require.Len(t, ends, burst)
		made += burst
	}
	var resident []usage // in each tenth the least: the rest is garbage that the runtime has not collected yet
	tenth := func() {
		least := usage{rss: math.MaxInt64}
		for until := made + calls/10; made < until; {
			round()
			least.rss = min(least.rss, s.RSS())
		}
		gone(t, s)
		resident = append(resident, least)
	}
	tenth()
	first, threads, files := made, entries("task"), entries("fd")
	for range 9 {
		tenth()
	}
	t.Logf("%s: MB in each tenth: %.1f", s.Host, inMB(resident))
	slope := slopeOf(resident[1:]) / float64(calls/10) / 1024
	t.Logf("%s: %d calls in %s; after the first %d: %.2f kB a call, threads %d and %d, descriptors %d and %d", s.Host, made,
		time.Since(began).Round(time.Second), first, slope, threads, entries("task"), files, entries("fd"))
	if calls >= 5000 { // fewer say little: the pools of switch and runtime still grow
		require.LessOrEqual(t, slope, 1.0)
	}
	eventually(t, "threads and descriptors are no more than what the runtime keeps of a burst", func() bool {
		return entries("task") <= threads+10 && entries("fd") <= files+burst+4
	})
	ask(t, j).empty(janusclient.NumberID(1234))
	require.Contains(t, api(t, s, "janus status"), fmt.Sprintf("\n%d|0|", made))
}

func inMB(points []usage) (mb []float64) {
	for _, p := range points {
		mb = append(mb, float64(p.rss)/(1<<20))
	}
	return mb
}
