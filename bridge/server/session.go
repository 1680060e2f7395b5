// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/janusclient"
)

// notify wakes whoever waits for a change; the lock is held.
func (c *Connection) notify() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// changes is notify for what the lock does not guard.
func (c *Connection) changes() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.notify()
}

// use makes a new session the server's; the lock is held.
func (c *Connection) use(session *janusclient.Session) {
	c.server.Metrics.Session()
	c.session, c.connected, c.apiDown, c.told = session, time.Now(), false, c.URL()
	c.awaySince = time.Time{}
}

// change returns a channel that is closed at the next change of the server.
func (c *Connection) change() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changed
}

// current returns the session; nil while there is none.
func (c *Connection) current() *janusclient.Session {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.session
}

// tell enters what is known of the connection into the state of the server.
func (c *Connection) tell(state *State) {
	c.mu.Lock()
	session := c.session
	state.URL = c.URL()
	state.LastErr, state.Janus = c.lastErr, c.info.Load()
	if session != nil {
		state.Session, state.Since = session.ID(), c.connected
	}
	c.mu.Unlock()
	if session != nil {
		state.RoundTrip = session.RoundTrip()
	}
}

// expect has calls wait for the session from now on, if there is none.
func (c *Connection) expect() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.session == nil {
		c.downSince = time.Now()
	}
}

// waitFor waits until a condition holds, which changes of the server may bring about.
func (c *Connection) waitFor(ctx context.Context, condition func() bool) {
	for {
		changed := c.change()
		if condition() {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}

// Await returns the session, for which it waits as config.ConnectPatience says.
func (c *Connection) Await(ctx context.Context) (*janusclient.Session, error) {
	c.mu.Lock()
	began := c.attempts
	patience := time.NewTimer(time.Until(c.downSince.Add(config.ConnectPatience)))
	c.mu.Unlock()
	defer patience.Stop()
	patient := true
	for {
		c.mu.Lock()
		session, changed, attempts, lastErr := c.session, c.changed, c.attempts, c.lastErr
		c.mu.Unlock()
		switch {
		case session != nil && session.Err() == nil:
			return session, nil
		case !patient && attempts > began:
			return nil, notConnected(c.server.Name, lastErr)
		}
		select {
		case c.hurry <- struct{}{}:
		default:
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-patience.C:
			patient = false
		case <-changed:
		}
	}
}

func notConnected(name string, err error) error {
	if err == nil {
		err = errors.New("no answer yet")
	}
	return failure.New(host.CauseDestinationOutOfOrder, fmt.Sprintf("server %q is not connected: %s", name, failure.Of(err).Reason))
}

// live returns the session. While the server is enabled and not connected, it
// waits for one more attempt, as long as ctx lasts.
func (c *Connection) live(ctx context.Context) (*janusclient.Session, error) {
	c.mu.Lock()
	session, lastErr := c.session, c.lastErr
	c.mu.Unlock()
	if session != nil {
		return session, nil
	}
	if !c.server.wanted() {
		return nil, failure.New(host.CauseOutgoingCallBarred, fmt.Sprintf("server %q is disabled, and not connected", c.server.Name))
	}
	session, err := c.Await(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, notConnected(c.server.Name, lastErr)
	}
	return session, err
}

// SessionTimeout is after how long Janus ends a session that says nothing.
func (c *Connection) SessionTimeout(ctx context.Context) time.Duration {
	ctx, cancel := context.WithTimeout(ctx, config.ConnectPatience)
	defer cancel()
	c.waitFor(ctx, func() bool { return c.current() != nil })
	if info, err := c.client.Info(ctx); err == nil && info.SessionTimeout > 0 {
		return time.Duration(info.SessionTimeout) * time.Second
	}
	return config.SessionTimeout
}

// Accepts tells whether this Janus accepts new sessions, as it said when it was asked last.
func (c *Connection) Accepts() bool {
	info := c.info.Load()
	return info == nil || bool(info.AcceptingNewSessions)
}

// AskAgain asks Janus once more what it says of itself.
func (c *Connection) AskAgain(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, c.server.cfg.Load().CmdTimeout)
	defer cancel()
	c.introduce(ctx)
}

// WaitsForCandidates tells whether this Janus waits for more candidates than an offer has, unless
// it is told that there are no more. Janus is asked for its version, unless that is known.
func (c *Connection) WaitsForCandidates(ctx context.Context) bool {
	if c.info.Load() == nil {
		ctx, cancel := context.WithTimeout(ctx, c.server.cfg.Load().CmdTimeout)
		defer cancel()
		c.introduce(ctx)
	}
	info := c.info.Load()
	return info != nil && info.Before("0.7.2")
}
