// SPDX-License-Identifier: MPL-2.0

package pool

import "context"

// share is the store; nil where the switches share nothing.
func (p *Pool) share() Store { return p.store }

// seenElsewhere tells whether another switch that lives sees a server up.
func (p *Pool) seenElsewhere(ctx context.Context, name string) bool {
	store := p.share()
	if store == nil {
		return false
	}
	views, _ := store.Views(ctx)
	for _, up := range views {
		if up[name] {
			return true
		}
	}
	return false
}

// cordonedBy is who keeps new rooms from a server for all switches.
func (p *Pool) cordonedBy(string) (who string, cordoned bool) { return "", false }
