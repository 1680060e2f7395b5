// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"math/rand/v2"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/janusclient"
)

// rejoinsAtOnce bounds the calls of a server that join again at the same time, so that a Janus that
// has just come back is not run over.
const rejoinsAtOnce = 8

// RejoinPause is how long a call waits before it tries to join again: it differs from call to call,
// so that they do not come all at once.
func RejoinPause() time.Duration { return config.RejoinPause/2 + rand.N(config.RejoinPause) } // #nosec G404 -- no secret

// BeginRejoin waits until a leg may join again, as long as ctx lasts; done lets the next one begin.
func (c *Connection) BeginRejoin(ctx context.Context) (done func(), err error) {
	select {
	case c.rejoins <- struct{}{}:
		return func() { <-c.rejoins }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Regain waits for a session that works, as long as ctx lasts.
func (c *Connection) Regain(ctx context.Context) (*janusclient.Session, error) {
	last := context.DeadlineExceeded
	for {
		c.mu.Lock()
		session, changed := c.session, c.changed
		if c.lastErr != nil {
			last = c.lastErr
		}
		c.mu.Unlock()
		var again <-chan time.Time
		if session != nil && session.Err() == nil {
			err := session.KeepAlive(ctx)
			if err == nil {
				return session, nil
			}
			if ctx.Err() == nil {
				last = err
			}
			again = time.After(RejoinPause())
		}
		select {
		case c.hurry <- struct{}{}:
		default:
		}
		select {
		case <-ctx.Done():
			return nil, last
		case <-changed:
		case <-again:
		}
	}
}

// LosePatience lets no call wait any longer while the server is down; false: it is connected.
func (c *Connection) LosePatience() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.downSince = time.Now().Add(-config.ConnectPatience)
	return c.session == nil
}

// Away tells whether Janus's API is out of reach.
func (c *Connection) Away() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.session == nil || c.apiDown
}

// AwayFor is for how long Janus has not answered; 0 while it does.
func (c *Connection) AwayFor() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.awaySince.IsZero() {
		return 0
	}
	return time.Since(c.awaySince)
}

// Works tells whether Janus still knows the session, which it is asked for; false where there is
// none.
func (c *Connection) Works(ctx context.Context) bool {
	session := c.current()
	return session != nil && session.Err() == nil && session.KeepAlive(ctx) == nil
}

// OnAPI takes note that the connection by which events come is up, or is down for a reason.
func (c *Connection) OnAPI(up bool, err error) {
	c.mu.Lock()
	was := c.apiDown
	c.apiDown = !up
	switch {
	case up:
		c.awaySince = time.Time{}
	case c.awaySince.IsZero():
		c.awaySince = time.Now()
	}
	moved := up && c.several && c.told != c.URL()
	if moved {
		c.told = c.URL()
	}
	if err != nil {
		c.lastErr = err
	}
	c.notify()
	c.mu.Unlock()
	switch {
	case !up && !was:
		c.server.env.logf(host.LevelWarning, "Server %s is out of reach, calls go on: %s", c.server.Name, failure.Of(err).Reason)
		for _, leg := range c.server.env.Legs(c.server) {
			leg.JanusAway()
		}
	case moved:
		c.server.env.logf(host.LevelNotice, "Server %s is in reach again%s", c.server.Name, c.byURL())
	case up && was:
		c.server.env.logf(host.LevelNotice, "Server %s is in reach again", c.server.Name)
	}
}
