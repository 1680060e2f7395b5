// SPDX-License-Identifier: MPL-2.0

package main

import (
	"strings"
	"time"
)

// scrapes is how often the metrics are asked for; the median counts.
const scrapes = 11

// scrape measures how long `janus metrics` takes, in ms, and how many series there are: 0 for a
// module that has no metrics.
func (b *bench) scrape() (ms float64, series int, err error) {
	var took []float64
	for range scrapes {
		began := time.Now()
		text, err := b.sw.API("janus metrics")
		if err != nil || !strings.Contains(text, "\nmod_janus_") {
			return 0, 0, err
		}
		took = append(took, time.Since(began).Seconds()*1000)
		series = strings.Count(text, "\n") - strings.Count(text, "\n#")
	}
	return percentile(took, 50), series, nil
}
