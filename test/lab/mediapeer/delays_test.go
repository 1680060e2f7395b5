// SPDX-License-Identifier: MPL-2.0

package mediapeer

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDelays(t *testing.T) {
	var d, all Delays
	require.Zero(t, d.Percentile(50))
	for ms := 1; ms <= 100; ms++ {
		d.note(time.Duration(ms) * time.Millisecond)
	}
	require.InDelta(t, 50*time.Millisecond, d.Percentile(50), float64(delayStep))
	require.InDelta(t, 99*time.Millisecond, d.Percentile(99), float64(delayStep))
	require.Equal(t, 100*time.Millisecond, d.Percentile(100))
	copied := d.clone()
	d.reset()
	require.Zero(t, d.Frames())
	d.note(-time.Millisecond) // clocks that differ
	d.note(2 * time.Second)
	require.Equal(t, 2*time.Second, d.Percentile(100), "the longest, however long")
	all.Add(copied)
	all.Add(d)
	require.Equal(t, 102, all.Frames())
	require.InDelta(t, 50*time.Millisecond, all.Percentile(50), float64(delayStep))
	require.Zero(t, testing.AllocsPerRun(10, func() { d.note(time.Millisecond) }))
}
