// SPDX-License-Identifier: MPL-2.0

package background

import (
	"testing"
	"time"
)

func TestTally(t *testing.T) {
	var all Tally
	all.Wait(nil)
	all.Add(2)
	limit := make(chan struct{})
	time.AfterFunc(20*time.Millisecond, func() { close(limit) })
	all.Wait(limit)
	go func() { all.Add(-1); all.Add(-1) }()
	all.Wait(nil)
}
