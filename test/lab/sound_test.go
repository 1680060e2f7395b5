// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sine is a tone at half of full scale.
func sine(frequency float64, rate int, length time.Duration) Sound {
	s := Sound{Rate: rate, Samples: make([]float64, int(length*time.Duration(rate)/time.Second))}
	for i := range s.Samples {
		s.Samples[i] = 0.5 * math.Sin(2*math.Pi*frequency*float64(i)/float64(rate))
	}
	return s
}

func TestGaps(t *testing.T) {
	s := sine(500, 8000, time.Second)
	heard, gaps := s.Gaps(500)
	require.Equal(t, time.Second, heard)
	require.Empty(t, gaps)
	clear(s.Samples[:800])      // it begins late
	clear(s.Samples[1600:1760]) // 20 ms
	clear(s.Samples[4000:4640]) // 80 ms
	heard, gaps = s.Gaps(500)
	require.Equal(t, 900*time.Millisecond, heard)
	require.Equal(t, []time.Duration{20 * time.Millisecond, 80 * time.Millisecond}, gaps)
	_, longest := s.Spells(500)
	require.Equal(t, 80*time.Millisecond, longest)
	heard, gaps = s.Gaps(1500)
	require.Zero(t, heard)
	require.Empty(t, gaps)
}
