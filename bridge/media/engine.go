// SPDX-License-Identifier: MPL-2.0

package media

import (
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/pion/transport/v5"
	"github.com/pion/transport/v5/stdnet"
)

// legsPerLoop is how many legs a loop serves before another one is started.
const legsPerLoop = 250

// Engine is what the legs of one module load share: the certificate and the
// media loops.
type Engine struct {
	log     hclog.Logger
	onPanic func() // nil: nobody wants to know
	cert    *certificate
	net     transport.Net
	busy    sync.WaitGroup // goroutines of legs, loops and notifiers

	mu     sync.Mutex
	loops  []*loop
	legs   map[*Leg]struct{}
	closed bool
}

// NewEngine makes the certificate. Loops are started when legs need them.
func NewEngine(cfg EngineConfig) (*Engine, error) {
	if cfg.Logger == nil {
		cfg.Logger = hclog.NewNullLogger()
	}
	cert, err := newCertificate()
	if err != nil {
		return nil, err
	}
	network, err := stdnet.NewNet()
	if err != nil {
		return nil, fmt.Errorf("network: %w", err)
	}
	return &Engine{log: cfg.Logger, onPanic: cfg.OnPanic, cert: cert, net: network, legs: make(map[*Leg]struct{})}, nil
}

// Close ends the loops and the legs that are left, and returns when all
// goroutines have ended.
func (e *Engine) Close() error {
	e.mu.Lock()
	e.closed = true
	left := make([]*Leg, 0, len(e.legs))
	for l := range e.legs {
		left = append(left, l)
	}
	loops := e.loops
	e.loops = nil // closed once, however often this is called
	e.mu.Unlock()
	for _, l := range left {
		_ = l.Close()
	}
	for _, lp := range loops {
		close(lp.stop)
	}
	e.busy.Wait()
	return nil
}

// adopt enters a new leg.
func (e *Engine) adopt(l *Leg) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return ErrClosed
	}
	e.legs[l] = struct{}{}
	return nil
}

func (e *Engine) forget(l *Leg) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.legs, l)
}

// assign gives a leg to a loop that has room, the fullest first, so that loops without legs sleep;
// where none has, to a new one, as long as there are processors for it.
func (e *Engine) assign(l *Leg) *loop {
	e.mu.Lock()
	defer e.mu.Unlock()
	lp := e.choose()
	if lp == nil {
		lp = newLoop()
		e.loops = append(e.loops, lp)
		e.busy.Go(lp.run)
	}
	lp.add(l)
	return lp
}

// Late is how late the media is, on average over about 2.5 seconds, in the loop that is the latest:
// a machine that is full serves its legs later and later. Any goroutine.
func (e *Engine) Late() (late time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, lp := range e.loops {
		late = max(late, time.Duration(lp.late.Load()))
	}
	return late
}

// choose returns the loop for the next leg, nil for a new one.
func (e *Engine) choose() *loop {
	var fullest, emptiest *loop
	most, least := -1, 0
	for _, lp := range e.loops {
		n := lp.count()
		if n < legsPerLoop && n > most {
			fullest, most = lp, n
		}
		if emptiest == nil || n < least {
			emptiest, least = lp, n
		}
	}
	if fullest == nil && len(e.loops) >= processors {
		return emptiest
	}
	return fullest
}
