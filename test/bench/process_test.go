// SPDX-License-Identifier: MPL-2.0

package main

import (
	"math"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// A process that waits ten times a second uses little; one that spins, all it gets.
func TestObserve(t *testing.T) {
	idle := exec.CommandContext(t.Context(), "sh", "-c", "while :; do sleep 0.1; done")
	busy := exec.CommandContext(t.Context(), "sh", "-c", "while :; do :; done")
	for _, command := range []*exec.Cmd{idle, busy} {
		require.NoError(t, command.Start())
		t.Cleanup(func() {
			_ = command.Process.Kill()
			_ = command.Wait()
		})
	}
	waiting, err := observe(t.Context(), idle.Process.Pid, 300*time.Millisecond)
	require.NoError(t, err)
	spinning, err := observe(t.Context(), busy.Process.Pid, 300*time.Millisecond)
	require.NoError(t, err)
	require.Less(t, waiting.CPU, spinning.CPU)
	require.Greater(t, spinning.CPU, 5.0)
	require.InDelta(t, 1, spinning.Threads, 0)
	require.Positive(t, waiting.Voluntary)
	require.Positive(t, waiting.RSS)
	require.LessOrEqual(t, waiting.PSS, waiting.RSS)
}

// The clock of another process is what it says of itself, finer than a tick.
func TestCPUTime(t *testing.T) {
	before, err := cpuTime(os.Getpid())
	require.NoError(t, err)
	x := 1.0
	for began := time.Now(); time.Since(began) < 5*time.Millisecond; {
		x = math.Sqrt(x + 1)
	}
	after, err := cpuTime(os.Getpid())
	require.NoError(t, err)
	require.Greater(t, after, before)
	require.NotZero(t, (after-before)%(10*time.Millisecond))
}

func TestNoSuchProcess(t *testing.T) {
	gone := exec.CommandContext(t.Context(), "true")
	require.NoError(t, gone.Run())
	_, err := observe(t.Context(), gone.Process.Pid, 0)
	require.Error(t, err)
	_, err = cpuTime(gone.Process.Pid)
	require.Error(t, err)
	_, err = switches(gone.Process.Pid)
	require.Error(t, err)
}

// Whether we may hurry depends on who we are; afterwards all is as before.
func TestHurry(t *testing.T) {
	policy := func() uint32 {
		attr, err := unix.SchedGetAttr(os.Getpid(), 0)
		require.NoError(t, err)
		return attr.Policy
	}
	hurry()
	if os.Geteuid() == 0 {
		t.Log("policy", policy())
	}
	relax()
	require.EqualValues(t, unix.SCHED_NORMAL, policy())
}
