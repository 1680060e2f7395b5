// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"fmt"
	"runtime/debug"
)

// rescue, deferred, keeps a panic in one of the client's goroutines from ending
// the program: a message that nobody thought of, or a callback, costs what it
// was for. failed is told; it may be nil.
func rescue(cfg *Config, where string, failed func(error)) {
	p := recover()
	if p == nil {
		return
	}
	if cfg.OnPanic != nil {
		cfg.OnPanic()
	}
	cfg.Logger.Error("internal error", "in", where, "panic", p, "stack", string(debug.Stack()))
	if failed != nil {
		failed(fmt.Errorf("internal error in %s: %v", where, p))
	}
}
