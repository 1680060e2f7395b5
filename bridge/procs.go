// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"runtime"
	"sync"
	"time"
)

// procsRest is how long after the last call was set up Go is given fewer processors.
const procsRest = 3 * time.Second

// procs decides how many processors Go code may use at once. Media is served by one goroutine for some hundred legs; while it
// shares one processor with the rest of what happens in a steady call nothing is woken to help: with a second one that
// idles, each packet of ICE costs the wake-up of a thread, which on a quiet machine is a third of what a leg costs in all. While
// calls are set up, with cryptography, all processors may help.
type procs struct {
	loops func() int // that have legs

	mu    sync.Mutex
	set   func(int) // nil: Go decides
	now   int
	timer *time.Timer
}

// Processors has set called with how many processors Go code should use at
// once, now and whenever that changes: [runtime.GOMAXPROCS], where nothing else
// in the process is Go. It stops with the engine.
func (e *Engine) Processors(set func(int)) {
	p := &e.procs
	p.mu.Lock()
	defer p.mu.Unlock()
	p.set = set
	p.change(runtime.NumCPU())
	p.timer = time.AfterFunc(procsRest, p.rest)
}

// work begins, or goes on: a call is set up, or joins again.
func (p *procs) work() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.set == nil {
		return
	}
	p.change(runtime.NumCPU())
	p.timer.Reset(procsRest)
}

// rest follows when there has been no work for a while.
func (p *procs) rest() {
	loops := p.loops()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.set != nil {
		p.change(min(max(loops, 1), runtime.NumCPU()))
	}
}

// change is called with mu held.
func (p *procs) change(n int) {
	if n != p.now {
		p.now = n
		p.set(n)
	}
}

// stop leaves all processors to Go.
func (p *procs) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.set == nil {
		return
	}
	p.timer.Stop()
	p.change(runtime.NumCPU())
	p.set = nil
}
