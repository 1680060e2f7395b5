// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"runtime/debug"

	"mod_janus/bridge/host"
)

// background runs work in a goroutine that Stop waits for.
func (e *Engine) background(what string, work func()) {
	e.running.Go(func() { e.guarded(what, work) })
}

// guarded runs work, and says whether it has ended without a panic. One ends
// what it happened in, is logged, and does not reach the switch.
func (e *Engine) guarded(what string, work func()) (ended bool) {
	defer func() {
		if p := recover(); p != nil {
			e.logf(host.LevelError, "Internal error in %s: %v\n%s", what, p, debug.Stack())
		}
	}()
	work()
	return true
}
