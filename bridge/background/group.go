// SPDX-License-Identifier: MPL-2.0

// Package background runs work beside the calls, and counts what an unload has to wait for.
package background

import (
	"fmt"
	"runtime/debug"
	"sync"

	"mod_janus/bridge/host"
)

// Group runs work in goroutines, which can be waited for.
type Group struct {
	host    host.Host
	running sync.WaitGroup
}

// NewGroup makes a group that logs panics to the host.
func NewGroup(to host.Host) *Group { return &Group{host: to} }

// Go runs work in a goroutine of its own, guarded.
func (g *Group) Go(what string, work func()) {
	g.running.Go(func() { g.Guard(what, work) })
}

// Guard runs work, and says whether it has ended without a panic. A panic ends only this work: it
// is logged, and does not reach the switch.
func (g *Group) Guard(what string, work func()) (ended bool) {
	defer func() {
		if p := recover(); p != nil {
			Panicked()
			g.host.Log("", host.LevelError, fmt.Sprintf("Internal error in %s: %v\n%s", what, p, debug.Stack()))
		}
	}()
	work()
	return true
}

// Wait waits until all work has ended.
func (g *Group) Wait() { g.running.Wait() }
