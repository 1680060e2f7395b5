// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"fmt"
)

// unready says why calls cannot be placed, at servers or in one of the pools; nothing where they
// can. The reasons name servers and pools, and nothing else of the configuration.
func (e *Engine) unready() (reasons []string) {
	return append(e.unreadyServers(), e.unreadyPools()...)
}

// unreadyServers is nothing where a server that is enabled has a session.
func (e *Engine) unreadyServers() (reasons []string) {
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

// unreadyPools is nothing where each pool has a server that is enabled and up.
func (e *Engine) unreadyPools() (reasons []string) {
	for _, p := range e.currentPools() {
		ready := false
		members := p.Members()
		for _, s := range members {
			ready = ready || s.Enabled() && s.Connection.Up()
		}
		switch {
		case ready:
		case len(members) == 0:
			reasons = append(reasons, fmt.Sprintf("pool %q has no servers", p.PoolName()))
		default:
			reasons = append(reasons, fmt.Sprintf("no server of pool %q is connected", p.PoolName()))
		}
	}
	return reasons
}
