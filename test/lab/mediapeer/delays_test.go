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
		d.Note(time.Duration(ms) * time.Millisecond)
	}
	require.Equal(t, 50*time.Millisecond, d.Percentile(50))
	require.Equal(t, 99*time.Millisecond, d.Percentile(99))
	require.Equal(t, 100*time.Millisecond, d.Percentile(100))
	copied := d
	d = Delays{}
	d.Note(-time.Millisecond) // clocks that differ
	d.Note(2 * time.Second)
	require.Equal(t, 2*time.Second, d.Percentile(100), "the longest, however long")
	all.Add(&copied)
	all.Add(&d)
	require.Equal(t, 102, all.Frames())
	require.Equal(t, 50*time.Millisecond, all.Percentile(50))
	require.Zero(t, testing.AllocsPerRun(10, func() { d.Note(time.Millisecond) }))
}
