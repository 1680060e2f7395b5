// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"fmt"
	"time"

	"mod_janus/janusclient/admin"
)

// errNoAdmin: the configuration does not say where the Admin API is.
func (s *Server) errNoAdmin() error { return fmt.Errorf("server %q has no admin-url", s.Name) }

// Administer does something with a client of the Admin API, which lives as long
// as that takes: commands are rare, and the params may have changed since the
// last one.
func (s *Server) Administer(limit time.Duration, do func(context.Context, *admin.Client) error) error {
	cfg := s.cfg.Load()
	if cfg.AdminURL == "" {
		return s.errNoAdmin()
	}
	secured, err := cfg.TLSConfig()
	if err != nil {
		return err
	}
	client, err := admin.New(admin.Config{
		URL: cfg.AdminURL, UserAgent: s.env.UserAgent, Secret: cfg.AdminSecret, CmdTimeout: cfg.CmdTimeout, SendTimeout: cfg.SendTimeout,
		MaxMessageSize: max(cfg.MaxMessageSize, admin.DefaultMessageSize),
		TLSConfig:      secured, Logger: s.env.Log.Named(cfg.Name), Debug: s.debugged,
	})
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(s.env.Context, limit)
	defer cancel()
	return do(ctx, client)
}
