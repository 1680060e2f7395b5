// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"
	"errors"
	"fmt"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/janusclient"
)

// withRoomHandle gives the roomCommand its handle for as long as do takes.
func (s *server) withRoomHandle(d *roomCommand, do roomAction) (reply, error) {
	ctx, cancel := context.WithTimeout(s.env.Context, d.cfg.CmdTimeout)
	defer cancel()
	return s.withRoomHandleUntil(ctx, d, do)
}

func (s *server) withRoomHandleUntil(ctx context.Context, d *roomCommand, do roomAction) (answer reply, err error) {
	defer s.changes() // the session may be in nobody's use now
	session, err := s.live(ctx)
	if err != nil {
		return reply{}, err
	}
	handle, err := attachRoom(ctx, session, d.cfg.Plugin, janusclient.AttachOptions{OpaqueID: "console"})
	if err != nil {
		return reply{}, err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), config.ControlPatience)
		defer cancel()
		if err := handle.Detach(ctx); err != nil {
			s.env.logf(host.LevelDebug, "Server %s: detaching: %s", s.name, err)
		}
	}()
	lister, ok := handle.(roomLister)
	if !ok {
		return reply{}, fmt.Errorf("plugin %s has no rooms that can be listed", d.cfg.Plugin)
	}
	d.rooms = lister
	d.admin, _ = handle.(roomAdmin)
	return do(ctx, d)
}

// live returns the session. While the server is enabled and not connected, it
// waits for one more attempt, as long as ctx lasts.
func (s *server) live(ctx context.Context) (*janusclient.Session, error) {
	s.mu.Lock()
	session, enabled, lastErr := s.session, s.enabled, s.lastErr
	s.mu.Unlock()
	if session != nil {
		return session, nil
	}
	if !enabled && !s.wanted() {
		return nil, failure.New(host.CauseOutgoingCallBarred, fmt.Sprintf("server %q is disabled, and not connected", s.name))
	}
	session, err := s.await(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, notConnected(s.name, lastErr)
	}
	return session, err
}
