// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
)

// congestion refuses new calls while the media of those that are there is late: one call more would
// spoil the sound of all.
type congestion struct {
	host  host.Host
	late  func() time.Duration // of the media
	limit atomic.Int64         // in nanoseconds; 0: none

	mu      sync.Mutex
	warned  time.Time
	refused int // since then
}

// check is why another call is refused; nil: it is not.
func (c *congestion) check() error {
	late, limit := c.late(), time.Duration(c.limit.Load())
	if limit == 0 || late <= limit {
		return nil
	}
	why := fmt.Sprintf("the media of the calls that are there is %s late, more than max-lateness (%s): this machine has no room for another call",
		late.Round(100*time.Microsecond), limit)
	c.warn(why, time.Now())
	return failure.New(host.CauseSwitchCongestion, why)
}

// warn says it once, and how often it was so since.
func (c *congestion) warn(why string, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refused++; now.Sub(c.warned) < config.CongestionWarnings {
		return
	}
	c.host.Log("", host.LevelWarning, fmt.Sprintf("Janus calls are refused (%d since the last warning): %s", c.refused, why))
	c.warned, c.refused = now, 0
}
