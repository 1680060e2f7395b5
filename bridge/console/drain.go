// SPDX-License-Identifier: MPL-2.0

package console

import (
	"fmt"
	"strings"
	"time"

	"mod_janus/bridge/failure"
)

// commandDrain runs `janus drain <server> [stop]`. Typed once more it does the
// same again, which changes nothing, and shows how far it is.
func (c *Console) commandDrain(text string) string {
	args, asJSON := cutJSON(strings.Fields(text))
	if len(args) == 0 || len(args) > 2 || len(args) == 2 && args[1] != "stop" {
		return usageOf("drain")
	}
	s, err := c.env.Server(args[0])
	if err != nil {
		return outcome("", err)
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
