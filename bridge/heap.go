// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"

	"mod_janus/bridge/config"
)

// heap lets Go's heap grow while many calls are set up at once. A heap that is kept small
// is collected twenty times meanwhile, which takes a tenth of the CPU that set-up takes.
// Afterwards Go gives the memory back to the system by itself; to have it done at once
// took more CPU than there was to gain. With GOGC in the environment heap does nothing.
// Its methods may be called from any goroutine.
type heap struct {
	setPercent func(int) int                 // debug.SetGCPercent
	look       func() (live, percent uint64) // bytes of the heap that are in use, and GOGC

	mu     sync.Mutex
	calls  int         // that are being set up
	normal uint64      // GOGC, as before
	raised bool        // GOGC is
	over   *time.Timer // runs while it is raised and few calls are being set up
	closed bool
}

func newHeap() *heap {
	return &heap{setPercent: debug.SetGCPercent, look: lookAtHeap, closed: os.Getenv("GOGC") != ""}
}

// lookAtHeap says what the latest collection has found to be in use, and GOGC.
func lookAtHeap() (live, percent uint64) {
	samples := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/gogc:percent"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64(), samples[1].Value.Uint64()
}

// settingUp takes note that a call is being set up, until over is called.
func (h *heap) settingUp() (over func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.calls++; h.calls < config.BurstCalls || h.closed {
		return h.setUp
	}
	if h.over != nil {
		h.over.Stop()
		h.over = nil
	}
	if !h.raised {
		h.raise()
	}
	return h.setUp
}

// raise has config.BurstHeap bytes allocated before the next collection; h.mu is held.
func (h *heap) raise() {
	var live uint64
	live, h.normal = h.look()
	h.raised = true
	percent := config.BurstHeap * 100 / max(live, config.BurstHeap/8) // the least heap of Go's own grows with the percent
	h.setPercent(int(max(percent, h.normal)))                         // #nosec G115 -- 800, or what it was
}

// setUp takes note that a call has been set up, or was given up.
func (h *heap) setUp() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.calls--; h.calls < config.BurstCalls && h.raised && h.over == nil {
		h.over = time.AfterFunc(config.BurstPause, h.restore)
	}
}

// restore ends the growth, unless many calls are being set up again.
func (h *heap) restore() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.raised || h.calls >= config.BurstCalls && !h.closed {
		return
	}
	h.raised, h.over = false, nil
	h.setPercent(int(h.normal)) // #nosec G115 -- what it was
}

// close ends the growth for good.
func (h *heap) close() {
	h.mu.Lock()
	h.closed = true
	if h.over != nil {
		h.over.Stop()
	}
	h.mu.Unlock()
	h.restore()
}
