// SPDX-License-Identifier: MPL-2.0

package background

import "sync"

// Tally counts what must be over before something else may end: the farewells of calls and rooms,
// say, before the sessions.
type Tally struct {
	mu   sync.Mutex
	n    int
	zero chan struct{} // closed when n is 0; nil while nobody waits
}

// Add counts n more, or with a negative n so many less.
func (t *Tally) Add(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n += n; t.n == 0 && t.zero != nil {
		close(t.zero)
		t.zero = nil
	}
}

// Wait waits until there is nothing left, or limit comes.
func (t *Tally) Wait(limit <-chan struct{}) {
	t.mu.Lock()
	if t.n == 0 {
		t.mu.Unlock()
		return
	}
	if t.zero == nil {
		t.zero = make(chan struct{})
	}
	zero := t.zero
	t.mu.Unlock()
	select {
	case <-zero:
	case <-limit:
	}
}
