// SPDX-License-Identifier: MPL-2.0

package console

import (
	"fmt"
	"strings"
	"time"

	"mod_janus/bridge/failure"
	"mod_janus/bridge/pool"
	"mod_janus/bridge/server"
)

// commandDrain runs `janus drain <server> [stop|move]`. Typed once more it does the
// same again, which changes nothing, and shows how far it is.
func (c *Console) commandDrain(text string) string {
	args, asJSON := cutJSON(strings.Fields(text))
	if len(args) == 0 || len(args) > 2 || len(args) == 2 && args[1] != "stop" && args[1] != "move" {
		return usageOf("drain")
	}
	s, err := c.env.Server(args[0])
	if err != nil {
		return outcome("", err)
	}
	if p := c.env.PoolOf(s); p != nil {
		return drainInPool(p, s, args[1:], asJSON)
	}
	if len(args) == 2 && args[1] == "move" {
		return outcome("", fmt.Errorf("server %q is in no pool: there is no other server for its rooms", s.Name))
	}
	if len(args) == 2 {
		if err := s.Draining.Stop(); err != nil {
			return fmt.Sprintf("-ERR new calls are taken here, but Janus may still refuse new sessions: %s\n", failure.Reason(err))
		}
		return show(done{}, asJSON)
	}
	d := s.Draining.Start()
	accepts := "unknown"
	if s.Config().AdminURL != "" {
		if err := s.Draining.AcceptSessions(false); err != nil {
			return fmt.Sprintf("-ERR no new calls here, but Janus may still make new sessions: %s\n", failure.Reason(err))
		}
		accepts = "false"
	}
	calls, state := s.State().Calls, "draining"
	if calls == 0 {
		state = "drained"
	}
	var f fields
	f.add("server", s.Name)
	f.add("state", state)
	f.add("calls", calls)
	f.add("callsAtStart", d.Calls)
	f.add("seconds", int64(time.Since(d.Began)/time.Second))
	f.add("janusAccepts", accepts)
	return show(f, asJSON)
}

// drainInPool is `janus drain` of a server in a pool: new rooms go elsewhere at once, and when
// nobody is there any more the server takes no calls.
func drainInPool(p *pool.Pool, s *server.Server, args []string, asJSON bool) string {
	if len(args) == 1 && args[0] == "stop" {
		if err := p.StopDrain(s); err != nil {
			return fmt.Sprintf("-ERR new calls are taken here, but: %s\n", failure.Reason(err))
		}
		return show(done{}, asJSON)
	}
	d, err := p.Drain(s, len(args) == 1)
	if err != nil {
		return outcome("", err)
	}
	state := "draining"
	if d.Over {
		state = "drained"
	}
	var f fields
	f.add("server", s.Name)
	f.add("state", state)
	f.add("calls", s.State().Calls)
	f.add("callsAtStart", d.Calls)
	f.add("seconds", int64(time.Since(d.Began)/time.Second))
	f.add("janusAccepts", janusAccepts(s, d.Over))
	f.add("rooms", d.Rooms)
	f.add("participants", d.Participants)
	return show(f, asJSON)
}

// janusAccepts is whether Janus accepts new sessions, as far as the Admin API has to do with it.
func janusAccepts(s *server.Server, refused bool) string {
	switch {
	case s.Config().AdminURL == "":
		return "unknown"
	case refused:
		return "false"
	}
	return "true"
}

// commandCordon runs `janus cordon <server>` and `janus uncordon <server>`.
func commandCordon(name string, on bool) func(*Console, string) string {
	return func(c *Console, text string) string {
		args, asJSON := cutJSON(strings.Fields(text))
		if len(args) != 1 {
			return usageOf(name)
		}
		s, err := c.env.Server(args[0])
		if err != nil {
			return outcome("", err)
		}
		p := c.env.PoolOf(s)
		if p == nil {
			return outcome("", fmt.Errorf("server %q is in no pool; to take it out of service: janus drain %s", s.Name, s.Name))
		}
		if err := p.Cordon(s, on); err != nil {
			return outcome("", err)
		}
		return show(done{}, asJSON)
	}
}
