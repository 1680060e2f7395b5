// SPDX-License-Identifier: MPL-2.0

package pool

import (
	"context"
	"sync"
	"time"
)

// Patience is how long one call may still wait for the store, all its requests taken together. The
// requests of one call come one after the other; nil is patience without an end.
type Patience struct {
	mu   sync.Mutex
	left time.Duration
}

type patienceKey struct{}

// WithPatience returns a context whose requests of a store may take limit in all.
func WithPatience(ctx context.Context, limit time.Duration) context.Context {
	return context.WithValue(ctx, patienceKey{}, &Patience{left: limit})
}

// PatienceOf returns that of a context, or nil.
func PatienceOf(ctx context.Context) *Patience {
	p, _ := ctx.Value(patienceKey{}).(*Patience)
	return p
}

// Spend returns how long the next request may take, limit at most, and what to call when it is
// over.
func (p *Patience) Spend(limit time.Duration) (left time.Duration, over func()) {
	if p == nil {
		return limit, func() {}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	begun := time.Now()
	return min(limit, p.left), func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.left -= time.Since(begun)
	}
}
