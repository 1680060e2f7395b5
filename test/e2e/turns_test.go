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

// A switch runs under SCHED_FIFO, as FreeSWITCH does by itself: Go's threads do
// under SCHED_RR, and those of the switch stay as they are.
func TestGoTakesTurns(t *testing.T) {
	cfg := hostConfig(lab.ConfOf(janus, ""))
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
	defer s.Stop()
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
