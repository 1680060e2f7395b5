// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/test/lab"
)

// inRealTime starts a switch under SCHED_FIFO, as FreeSWITCH runs by itself.
func inRealTime(t *testing.T, conf string) *lab.Switch {
	t.Helper()
	cfg := hostConfig(conf)
	if cfg.Host == lab.Minihost {
		if os.Getuid() != 0 {
			t.Skip("only root may run a switch in real time")
		}
		binary, err := filepath.Abs(cfg.Binary)
		require.NoError(t, err)
		cfg.Binary = filepath.Join(t.TempDir(), "minihost")
		require.NoError(t, os.WriteFile(cfg.Binary, []byte("#!/bin/sh\nexec chrt -f 1 "+binary+" \"$@\"\n"), 0o700)) // #nosec G306 -- a script
	}
	s, err := lab.StartSwitch(t.TempDir(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { s.Stop() })
	return s
}

// In a switch under SCHED_FIFO Go's threads run under SCHED_RR; those of the switch stay as they
// are.
func TestGoTakesTurns(t *testing.T) {
	s := inRealTime(t, lab.ConfOf(janus, ""))
	policies := map[string]int{}
	for _, path := range glob(t, fmt.Sprintf("/proc/%d/task/*/stat", s.PID())) {
		stat, err := os.ReadFile(path)
		require.NoError(t, err)
		_, fields, _ := strings.Cut(string(stat), ") ")
		policies[strings.Fields(fields)[38]]++ // proc(5): (41) policy
	}
	const fifo, rr = "1", "2"
	t.Logf("threads by policy: %v", policies)
	require.Positive(t, policies[fifo], "of the switch")
	require.Positive(t, policies[rr], "of Go")
	require.Zero(t, policies["0"])
	hangup(t, s, originate(t, s, "%sjanus/demo/x@1234 &park()", existing))
}

// A hundred new threads of a switch under SCHED_FIFO call the engine at once. Those that wait
// sleep, so that Go and Janus have the CPU, and each call is answered.
func TestManyThreadsGetInAtOnce(t *testing.T) {
	s := inRealTime(t, lab.ConfOf(janus, ""))
	var commands []string
	for i := range 100 {
		commands = append(commands, fmt.Sprintf("originate {janus-room-description=crowd,janus-start-muted=true}janus/demo/x%d@%d &park()", i, 9760+i%10))
	}
	jobs, err := s.Burst(commands)
	require.NoError(t, err)
	for _, job := range jobs {
		require.True(t, strings.HasPrefix(job.Output, "+OK"), job.Output)
	}
	t.Logf("%s: 100 calls at once: %v", s.Host, jobs[len(jobs)-1].Took)
}
