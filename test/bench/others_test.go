// SPDX-License-Identifier: MPL-2.0

package main

import (
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What a child uses is ours.
func TestOthers(t *testing.T) {
	then, err := machine()
	require.NoError(t, err)
	spin := exec.CommandContext(t.Context(), "sh", "-c", "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done")
	require.NoError(t, spin.Start())
	ours := then.ours
	for deadline := time.Now().Add(20 * time.Second); ours <= then.ours; {
		require.True(t, time.Now().Before(deadline), "the child's time is not seen")
		now, err := machine()
		require.NoError(t, err)
		ours = now.ours
	}
	require.NoError(t, spin.Wait())
	ended, err := machine()
	require.NoError(t, err)
	require.GreaterOrEqual(t, ended.ours, ours, "what an ended child has used stays ours")
	base := busy{at: time.Unix(0, 0), total: 10, ours: 5}
	require.InDelta(t, 50, busy{at: time.Unix(10, 0), total: 20, ours: 10}.othersSince(base), 0)
	require.Zero(t, busy{at: time.Unix(10, 0), total: 12, ours: 10}.othersSince(base))
}

func TestWaitQuiet(t *testing.T) {
	require.NoError(t, waitQuiet(t.Context(), 1e9, time.Minute))
	require.NoError(t, waitQuiet(t.Context(), 0, 0))
}
