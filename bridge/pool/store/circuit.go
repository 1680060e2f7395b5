// SPDX-License-Identifier: MPL-2.0

package store

import (
	"context"
	"fmt"
	"sync"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/bridge/pool"
)

// circuit knows whether Redis can be used. One failure opens it; only a probe closes it again.
type circuit struct {
	what  string // of the log: the store of which pool
	log   func(level host.Level, text string)
	broke chan struct{} // a failure that run has not seen yet

	mu     sync.Mutex
	known  bool  // whether Redis can be used
	failed error // nil: it can
}

// closed tells whether requests may be sent. They may before anything is known.
func (c *circuit) closed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failed == nil
}

// The states of a store, besides why it cannot be used.
const (
	stateUp      = pool.StoreUp
	stateUnknown = "not asked yet"
)

func (c *circuit) state() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.failed != nil:
		return c.failed.Error()
	case c.known:
		return stateUp
	}
	return stateUnknown
}

// fail takes note of a failure, and warns of the first one.
func (c *circuit) fail(err error) {
	c.mu.Lock()
	first := c.failed == nil
	c.known, c.failed = true, err
	c.mu.Unlock()
	if first {
		c.log(host.LevelWarning, fmt.Sprintf("%s cannot be used: %s; calls go on without it", c.what, err))
		select {
		case c.broke <- struct{}{}:
		default:
		}
	}
}

// succeed takes note that Redis can be used, and tells it if it could not before.
func (c *circuit) succeed() {
	c.mu.Lock()
	again, first := c.failed != nil, !c.known
	c.known, c.failed = true, nil
	c.mu.Unlock()
	switch {
	case again:
		c.log(host.LevelNotice, c.what+" can be used again")
	case first:
		c.log(host.LevelInfo, c.what+" can be used")
	}
}

// run probes at once, and after a failure until a probe succeeds. The first of these probes comes
// soon, since Redis, or this machine, may only have been busy for a moment.
func (c *circuit) run(ctx context.Context, probe func(context.Context) error) {
	wait := config.StoreRetry
	for {
		err := probe(ctx)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			c.succeed()
			since := time.Now()
			select {
			case <-c.broke:
			case <-ctx.Done():
				return
			}
			if time.Since(since) >= config.StoreCalm {
				wait = config.StoreRetry
			}
		} else {
			c.fail(err)
			select { // this one is known
			case <-c.broke:
			default:
			}
		}
		pause := time.NewTimer(wait)
		wait = min(2*wait, config.StorePause)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return
		}
	}
}
