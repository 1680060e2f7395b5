// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"strconv"
	"sync/atomic"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/janusclient/admin"
)

// Drain is the way of a server out of service.
type Drain struct {
	Began time.Time
	Calls int64 // at the beginning
}

// Draining lets the calls of a server end, and takes no new ones.
type Draining struct {
	server  *Server
	current atomic.Pointer[Drain] // nil while nobody has asked for it
}

// Start bars new calls and begins to watch those that there are. Where that was begun before it
// goes on.
func (g *Draining) Start() *Drain {
	d := &Drain{Began: time.Now(), Calls: g.calls()}
	g.server.Enable(false)
	for {
		if g.current.CompareAndSwap(nil, d) {
			g.begin(d)
			return d
		}
		if earlier := g.current.Load(); earlier != nil {
			return earlier
		}
	}
}

// goOn goes on with the drain of the server that this one has replaced; nil for none.
func (g *Draining) goOn(d *Drain) {
	if d != nil {
		g.current.Store(d)
		g.begin(d)
	}
}

// begin begins to watch the calls that there are.
func (g *Draining) begin(d *Drain) {
	env := g.server.env
	env.Work.Go("the drain of server "+g.server.Name, func() { g.watch(env.Context, d) })
}

// Stop takes the server into service again. The error says why Janus itself may still refuse new
// sessions.
func (g *Draining) Stop() error {
	g.current.Store(nil)
	g.server.Enable(true)
	if g.server.Config().AdminURL == "" {
		return nil
	}
	return g.AcceptSessions(true)
}

// AcceptSessions has Janus accept new sessions, whosever, or refuse them, by its Admin API.
func (g *Draining) AcceptSessions(accept bool) error {
	return g.server.Administer(config.AdminPatience, func(ctx context.Context, client *admin.Client) error {
		_, err := client.AcceptNewSessions(ctx, accept)
		return err
	})
}

// calls is how many legs exist.
func (g *Draining) calls() int64 { return g.server.Legs.counts.inProgress.Load() }

// watch tells of every call that ends, until the server is in service again
// or in the configuration no more.
func (g *Draining) watch(ctx context.Context, d *Drain) {
	told := int64(-1)
	s := g.server
	for ctx.Err() == nil && g.current.Load() == d {
		changed := s.Connection.change()
		if retired := s.isRetired(); retired || s.Enabled() {
			replaced := retired && s.env.Current(s.Name) != nil // which goes on with it
			s.Legs.counts.tellFewer()                           // the token taken here may have been for it
			if g.current.CompareAndSwap(d, nil) && !replaced {
				s.env.logf(host.LevelNotice, "Server %s is not drained any more; if Janus still refuses sessions: janus drain %s stop", s.Name, s.Name)
			}
			return
		}
		calls := g.calls()
		if calls != told {
			told = calls
			g.tell(calls)
		}
		select {
		case <-ctx.Done():
		case <-changed:
		case <-s.Legs.counts.fewer:
		}
	}
}

// tell logs and fires how many calls there are still.
func (g *Draining) tell(calls int64) {
	state := "draining"
	if calls == 0 {
		state = "drained"
	}
	s := g.server
	s.env.logf(host.LevelNotice, "Server %s is %s: %d calls in progress", s.Name, state, calls)
	s.env.Host.Fire(host.Event{Subclass: host.EventServer, Headers: [][2]string{
		{host.HeaderAction, state}, {host.HeaderServer, s.Name}, {host.HeaderCalls, strconv.FormatInt(calls, 10)},
	}})
}

// On tells whether the server is being drained, or is drained.
func (g *Draining) On() bool { return g.current.Load() != nil }
