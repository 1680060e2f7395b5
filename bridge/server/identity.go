// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"fmt"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/janusclient"
)

// identify asks a Janus that was found in the DNS whether it is the one that was meant: an address
// may have become that of another one. A Janus with the default server-name cannot tell.
func (c *Connection) identify(ctx context.Context) error {
	wanted := c.server.cfg.Load().Identity
	if wanted == "" {
		return nil
	}
	info, err := c.client.Info(ctx)
	if err != nil {
		return err
	}
	if info.ServerName != wanted && info.ServerName != janusclient.DefaultServerName {
		c.server.env.Strange(c.server)
		return failure.New(host.CauseDestinationOutOfOrder, fmt.Sprintf(
			"the Janus at %s has the server-name %q, not %q: no call goes there", config.Mask(c.URL()), info.ServerName, wanted))
	}
	c.info.Store(info)
	return nil
}

// Failures is how many attempts to connect have failed since the latest that succeeded.
func (c *Connection) Failures() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failures
}

// Info asks the Janus of a configuration about itself, without a server for it.
func (e *Env) Info(ctx context.Context, cfg *config.ServerConfig) (*janusclient.Info, error) {
	client, err := janusclient.New(janusclient.Config{
		URL: cfg.URL, UserAgent: e.UserAgent, CmdTimeout: cfg.CmdTimeout, SendTimeout: cfg.SendTimeout,
		TLSFunc: cfg.TLSConfig, Resolver: e.Resolver, Logger: e.Log.Named(cfg.Name),
	})
	if err != nil {
		return nil, err
	}
	defer client.Close()
	return client.Info(ctx)
}

// InUse tells whether legs of this switch are at the server, or rooms or recordings there that it
// looks after.
func (s *Server) InUse() bool {
	return s.Legs.held.Load() > 0 || s.Rooms.count() > 0 || s.Archives.open.Load() > 0
}
