// SPDX-License-Identifier: MPL-2.0

//go:build panictest

package main

// trip panics in the export that the switch's global variable janus_panic
// names, so that a test sees what becomes of it.
func trip(export string) {
	if h := currentHost.Load(); h != nil && h.Global("janus_panic") == export {
		panic("injected")
	}
}
