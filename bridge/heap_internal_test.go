// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/config"
)

// heapOf is a heap of so many bytes, and its percent, which is 50.
func heapOf(live uint64) (*heap, *atomic.Int64) {
	var percent atomic.Int64
	percent.Store(50)
	return &heap{
		setPercent: func(to int) int { return int(percent.Swap(int64(to))) },
		look:       func() (uint64, uint64) { return live, uint64(percent.Load()) },
	}, &percent
}

// The heap grows while many calls are set up at once, and for a moment after that; then it
// does no more.
func TestHeapGrowsInABurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, percent := heapOf(config.BurstHeap / 2)
		var over []func()
		for range config.BurstCalls - 1 {
			over = append(over, h.settingUp())
		}
		require.EqualValues(t, 50, percent.Load(), "few calls at once")
		over = append(over, h.settingUp())
		require.EqualValues(t, 200, percent.Load(), "many at once")
		over[0]()
		time.Sleep(config.BurstPause - time.Millisecond)
		over[0] = h.settingUp() // another one in time
		time.Sleep(2 * config.BurstPause)
		synctest.Wait()
		require.EqualValues(t, 200, percent.Load(), "the calls are still being set up")
		for _, setUp := range over {
			setUp()
		}
		time.Sleep(config.BurstPause - time.Millisecond)
		synctest.Wait()
		require.EqualValues(t, 200, percent.Load(), "a moment after them")
		time.Sleep(2 * time.Millisecond)
		synctest.Wait()
		require.EqualValues(t, 50, percent.Load(), "afterwards")

		for range config.BurstCalls {
			defer h.settingUp()()
		}
		require.EqualValues(t, 200, percent.Load(), "the next burst")
	})
}

// How much memory the heap may take is bounded: a large one grows by no greater part than
// it would anyway.
func TestHeapGrowsWithinBounds(t *testing.T) {
	for live, want := range map[uint64]int64{0: 800, config.BurstHeap / 8: 800, config.BurstHeap: 100, 10 * config.BurstHeap: 50} {
		h, percent := heapOf(live)
		for range config.BurstCalls {
			h.settingUp()
		}
		require.EqualValues(t, want, percent.Load(), live)
		h.close()
		require.EqualValues(t, 50, percent.Load(), "an unload ends it at once")
		for range config.BurstCalls {
			h.settingUp()
		}
		require.EqualValues(t, 50, percent.Load(), "after the unload")
	}
}
