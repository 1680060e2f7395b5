// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"context"
	"time"
)

func (x *Exchange) push(m *message) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.count > 0 && x.sum == sum(m) || len(x.replies) >= maxReplies {
		return // the same answer twice
	}
	x.replies = append(x.replies, m)
	x.count++
	x.sum = sum(m)
	x.signal()
}

func (x *Exchange) pop() *message {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.replies) == 0 {
		return nil
	}
	m := x.replies[0]
	x.replies = x.replies[1:]
	return m
}

// signal puts the token down; x.mu is held.
func (x *Exchange) signal() {
	select {
	case x.arrived <- struct{}{}:
	default:
	}
}

// peek waits for an answer without taking it.
func (x *Exchange) peek(ctx context.Context, wait time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	select {
	case <-x.arrived:
	case <-ctx.Done():
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.replies) == 0 {
		return false
	}
	x.signal() // for Next
	return true
}

func (x *Exchange) resending() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.resent = true
}
