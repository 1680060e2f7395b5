// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"context"
	"sync"
	"time"
)

// gate keeps polls and claims of a session apart. A poll that began before a
// claim must be given up after it, for Janus (1.1.2, tried) leaves it waiting
// on a queue that nobody fills any more, until it times out after 30 s. A poll
// that began after the claim must not be: to give it up may lose an event.
// Therefore none begins while a claim is under way.
type gate struct {
	mu      sync.Mutex
	claims  int           // under way
	idle    chan struct{} // closed when claims falls to 0; nil when it is 0
	rewound chan struct{} // closed, and replaced, when a claim is done
	polled  time.Time     // when the present poll began
}

func (g *gate) begin() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.claims++; g.claims == 1 {
		g.idle = make(chan struct{})
	}
}

// end is told whether Janus has, or may have, carried out the claim.
func (g *gate) end(done bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if done {
		close(g.rewound)
		g.rewound = make(chan struct{})
	}
	if g.claims--; g.claims == 0 {
		close(g.idle)
		g.idle = nil
	}
}

// admit is called before each poll; see listener.
func (g *gate) admit(ctx context.Context) <-chan struct{} {
	for {
		g.mu.Lock()
		idle, rewound := g.idle, g.rewound
		if idle == nil {
			g.polled = time.Now()
		}
		g.mu.Unlock()
		if idle == nil {
			return rewound
		}
		select {
		case <-idle:
		case <-ctx.Done():
			return nil
		}
	}
}

// overdue gives up the present poll, if it began before that time: an event that
// was due since has not come by it. Its connection may be half open, which TCP
// finds out much later.
func (g *gate) overdue(since time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.polled.Before(since) {
		close(g.rewound)
		g.rewound = make(chan struct{})
	}
}
