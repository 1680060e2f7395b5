// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"slices"
	"time"
)

// Median of durations; 0 for none.
func Median(all []time.Duration) time.Duration { return Percentile(all, 50) }

// Percentile is the value that p percent do not exceed (nearest rank).
func Percentile(all []time.Duration, p int) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[max((len(sorted)*p+99)/100, 1)-1]
}
