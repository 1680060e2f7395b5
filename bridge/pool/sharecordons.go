// SPDX-License-Identifier: MPL-2.0

package pool

import (
	"context"
	"maps"
)

// readCordons reads which servers get no new rooms; what was read last counts while the store is
// away.
func (p *Pool) readCordons(ctx context.Context, store Store) {
	cordoned, err := store.Cordoned(ctx)
	if err != nil {
		return
	}
	p.sharing.mu.Lock()
	defer p.sharing.mu.Unlock()
	if p.sharing.store == store {
		p.sharing.cordoned = cordoned
	}
}

// cordonedForAll tells whether the store keeps new rooms from a server, on all switches.
func (p *Pool) cordonedForAll(name string) bool {
	p.sharing.mu.Lock()
	defer p.sharing.mu.Unlock()
	_, cordoned := p.sharing.cordoned[name]
	return cordoned
}

// sharedCordon takes note of what an operator has said here of a server: for all switches where the
// store has taken it, else for this one alone.
func (p *Pool) sharedCordon(name string, on, taken bool) {
	p.sharing.mu.Lock()
	switch {
	case !on:
		delete(p.sharing.cordoned, name)
	case taken:
		p.sharing.cordoned[name] = p.env.Host.Global("hostname")
	}
	p.sharing.mu.Unlock()
	if taken { // from now on the store says it
		p.mu.Lock()
		delete(p.cordoned, name)
		p.mu.Unlock()
	}
}

// shareCordons tells a store of the servers that were cordoned and uncordoned here while it was
// away.
func (p *Pool) shareCordons(ctx context.Context, store Store) {
	p.sharing.cordoning.Lock()
	defer p.sharing.cordoning.Unlock()
	p.mu.Lock()
	here := maps.Clone(p.cordoned)
	p.mu.Unlock()
	for name, on := range here {
		if store.Cordon(ctx, name, p.env.Host.Global("hostname"), on) == nil {
			p.sharedCordon(name, on, true)
		}
	}
}
