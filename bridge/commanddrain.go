// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"fmt"
	"strings"

	"mod_janus/bridge/failure"
)

// commandDrain runs `janus drain <server> [stop]`. Typed once more it does the
// same again, which changes nothing, and shows how far it is.
func (e *Engine) commandDrain(text string) string {
	args, asJSON := cutJSON(strings.Fields(text))
	if len(args) == 0 || len(args) > 2 || len(args) == 2 && args[1] != "stop" {
		return usageOf("drain")
	}
	s, err := e.serverNamed(args[0])
	if err != nil {
		return outcome("", err)
	}
	if len(args) == 2 {
		return s.stopDrain(asJSON)
	}
	d := s.startDrain()
	accepts := "unknown"
	if s.cfg.Load().AdminURL != "" {
		if err := s.acceptSessions(false); err != nil {
			return fmt.Sprintf("-ERR no new calls here, but Janus may still make new sessions: %s\n", failure.Reason(err))
		}
		accepts = "false"
	}
	return show(s.drainProgress(d, accepts), asJSON)
}
