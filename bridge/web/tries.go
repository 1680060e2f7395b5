// SPDX-License-Identifier: MPL-2.0

package web

import (
	"net/netip"
	"sync"
	"time"
)

const (
	mostTries  = 5           // wrong passwords of an address
	triesFor   = time.Minute // count so long
	mostTriers = 4096        // addresses that are remembered
)

// tries counts wrong passwords by address.
type tries struct {
	mu   sync.Mutex
	from map[netip.Prefix]*wrong
}

// wrong are the wrong passwords from an address.
type wrong struct {
	count int
	until time.Time // when they are forgotten
}

// network is what counts as one address: an IPv6 host has a whole /64.
func network(addr netip.Addr) netip.Prefix {
	addr = addr.Unmap().WithZone("")
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	prefix, _ := addr.Prefix(bits)
	return prefix
}

// wait is how long an address has to wait before it may try again, 0 for not at all.
func (t *tries) wait(addr netip.Addr, now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	w := t.from[network(addr)]
	if w == nil || w.count < mostTries || !now.Before(w.until) {
		return 0
	}
	return w.until.Sub(now)
}

// failed takes note of a wrong password; last: it was the last one that the address may try for
// now.
func (t *tries) failed(addr netip.Addr, now time.Time) (last bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := network(addr)
	w := t.from[key]
	if w == nil || !now.Before(w.until) {
		t.makeRoom(now)
		w = &wrong{until: now.Add(triesFor)}
		t.from[key] = w
	}
	w.count++
	return w.count == mostTries
}

// makeRoom forgets what is over and, where there is too much, something else; mu is held.
func (t *tries) makeRoom(now time.Time) {
	if t.from == nil {
		t.from = make(map[netip.Prefix]*wrong)
	}
	if len(t.from) < mostTriers {
		return
	}
	for key, w := range t.from {
		if !now.Before(w.until) {
			delete(t.from, key)
		}
	}
	for key := range t.from {
		if len(t.from) < mostTriers {
			return
		}
		delete(t.from, key)
	}
}
