// SPDX-License-Identifier: MPL-2.0

//go:build !panictest

package main

// trip is nothing: only a build of the tests panics on demand (trippanic.go).
func trip(string) {}
