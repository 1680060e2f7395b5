// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"runtime/debug"
	"time"

	"mod_janus/bridge/background"
	"mod_janus/bridge/host"
)

// guard keeps a panic from reaching C: it is logged, and the export that
// defers guard returns what it would on failure. The functions do what else
// that takes.
func guard(name string, failed ...func()) {
	p := recover()
	if p == nil {
		return
	}
	background.Panicked()
	logPanic(name, p, debug.Stack())
	for _, f := range failed {
		f()
	}
}

// swiftLimit is how long an export of a call may take: it runs on a session's
// thread, which waits for neither the network nor Janus.
const swiftLimit = 5 * time.Millisecond

// swift notes an export that took longer: a sign of a machine that is
// overloaded, or of a fault in this module.
func swift(name string, began time.Time) {
	took := time.Since(began)
	if took <= swiftLimit {
		return
	}
	if h := currentHost.Load(); h != nil {
		h.Log("", host.LevelDebug, fmt.Sprintf("%s took %s of a session's thread", name, took.Round(time.Microsecond)))
	}
}

func logPanic(name string, p any, stack []byte) {
	if h := currentHost.Load(); h != nil {
		h.Log("", host.LevelError, fmt.Sprintf("%s: internal error: %v\n%s", name, p, stack))
	}
}
