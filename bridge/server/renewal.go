// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"

	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/janusclient"
)

// renewable tells that Janus may hold handles of ours in the session that we do not
// know, and that the session serves nothing else: neither a leg, nor a farewell
// that waits, nor a handle of the driver.
func (c *Connection) renewable(session *janusclient.Session) bool {
	return session.UnheardAttaches() > 0 && c.server.Legs.held.Load() == 0 && !session.InUse() && c.server.Detaches.count() == 0
}

// renew puts another session in the place of one in which answers to attaches were lost: the
// unknown handles go with the old one. If that fails the old one stays; it returns the one in
// force.
func (c *Connection) renew(ctx context.Context, old *janusclient.Session) *janusclient.Session {
	session, err := c.open(ctx)
	if err != nil {
		c.server.env.logf(host.LevelDebug, "Server %s: session %d cannot be renewed yet: %s", c.server.Name, old.ID(), failure.Of(err).Reason)
		return old
	}
	c.mu.Lock()
	// A leg is counted before it asks for the session, so that either it is seen
	// here or it sees the new one.
	idle := c.renewable(old)
	if idle {
		c.use(session)
		c.notify()
	}
	c.mu.Unlock()
	if !idle {
		c.destroy(session)
		return old
	}
	c.server.env.logf(host.LevelInfo, "Server %s: session %d takes the place of %d, in which the answers to %d attaches were lost",
		c.server.Name, session.ID(), old.ID(), old.UnheardAttaches())
	c.server.event("up", "")
	c.destroy(old)
	return session
}
