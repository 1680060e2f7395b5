// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"fmt"
)

// unready says why no call can be placed; nothing where a server that is enabled has a session.
// The reasons name servers, and nothing else of the configuration.
func (e *Engine) unready() (reasons []string) {
	for _, s := range e.currentServers() {
		switch now := s.State(); {
		case now.Enabled && now.Session != 0:
			return nil
		case now.Enabled:
			reasons = append(reasons, fmt.Sprintf("server %q is not connected", s.Name))
		default:
			reasons = append(reasons, fmt.Sprintf("server %q is disabled", s.Name))
		}
	}
	if len(reasons) == 0 {
		reasons = []string{"no server is configured"}
	}
	return reasons
}
