// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// follower is the listener of a session while it has its events by one of several addresses.
// When that one fails the follower looks for another.
type follower struct {
	listener
	fallback *fallback
	session  uint64
	link     int
	ctx      context.Context // of listening by this link
	stop     context.CancelFunc
	work     sync.WaitGroup

	mu        sync.Mutex
	searching bool
	down      bool      // events do not come
	since     time.Time // when the address failed; zero while it works
	reason    error     // why it is doubted
	moved     bool      // another address has the session
}

// state implements listener.
func (w *follower) state(up bool, err error) {
	w.mu.Lock()
	w.down = !up
	if up {
		w.since = time.Time{}
	} else {
		w.search()
	}
	w.mu.Unlock()
	w.fallback.note(w.link, err)
	w.listener.state(up, err)
}

// doubt has the address tried, and the others if it does not answer.
func (w *follower) doubt(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reason = err
	w.search()
}

// search begins to look for an address that knows the session; w.mu is held.
func (w *follower) search() {
	if w.searching || w.ctx.Err() != nil {
		return
	}
	if w.searching = true; w.since.IsZero() {
		w.since = time.Now()
	}
	w.work.Go(func() {
		defer rescue(&w.fallback.cfg, "the search for another address", nil)
		w.look()
		w.mu.Lock()
		defer w.mu.Unlock()
		w.searching = false
	})
}

// look tries all addresses until the present one is well again, another one
// knows the session, or it is given up.
func (w *follower) look() {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.MaxInterval = 100*time.Millisecond, time.Second
	for w.ctx.Err() == nil {
		if w.well() {
			return
		}
		var stranger error // an address at which another Janus answers
		for _, i := range w.fallback.order() {
			if i == w.link || w.ctx.Err() != nil {
				continue
			}
			switch connection, err := w.reach(i); {
			case err == nil:
				w.move(i, connection)
				return
			case hasCode(err, CodeSessionNotFound):
				stranger = w.fallback.named(i, err)
			default:
				w.fallback.note(i, err)
			}
		}
		if stranger != nil && w.overdue() {
			w.lost(fmt.Errorf("%s is out of reach for %s, and the other address is that of another Janus: %w",
				shownURL(w.fallback.urls[w.link]), w.fallback.cfg.FallbackAfter, stranger))
			return
		}
		if !pause(w.ctx, pauses.NextBackOff()) {
			return
		}
	}
}

// well tells whether the present address works, and asks it where that is not known from the
// events.
func (w *follower) well() bool {
	w.mu.Lock()
	down, since := w.down, w.since
	w.mu.Unlock()
	if down {
		return false // whoever listens tries on, and says when events come again
	}
	if since.IsZero() {
		return true
	}
	_, err := w.request(w.link, "keepalive")
	switch {
	case hasCode(err, CodeSessionNotFound):
		w.lost(err)
		return true
	case err != nil:
		w.fallback.note(w.link, err)
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.down {
		return false
	}
	w.since = time.Time{}
	return true
}

// overdue tells whether the present address has failed for so long that a Janus that does not know
// the session is taken instead.
func (w *follower) overdue() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.since.IsZero() && time.Since(w.since) >= w.fallback.cfg.FallbackAfter
}

// reach asks whether another address leads to the Janus of the session, and
// has the events come there. Between two addresses of the REST API no claim is
// needed, and what has not been fetched yet is not lost. It returns the
// connection on which the session was claimed, 0 where it was not.
func (w *follower) reach(i int) (connection uint64, err error) {
	there, isREST := w.fallback.links[i].(*rest)
	if isREST {
		there.connection.Store(w.fallback.made.Add(1))
	}
	if _, wasREST := w.fallback.links[w.link].(*rest); isREST && wasREST {
		_, err := w.request(i, "keepalive")
		return 0, err
	}
	return w.request(i, "claim")
}

// request makes a request of the session by one of the links, and returns the
// connection by which the answer came.
func (w *follower) request(link int, name string) (connection uint64, err error) {
	ctx, cancel := context.WithTimeoutCause(w.ctx, w.fallback.cfg.CmdTimeout, ErrTimeout)
	defer cancel()
	m, err := w.fallback.links[link].roundTrip(ctx, address{session: w.session}, newRequest(name, nil))
	if err != nil {
		return 0, err
	}
	return m.connection, m.refusal(name)
}

// move has the session go on by another link.
func (w *follower) move(link int, connection uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ctx.Err() != nil || w.since.IsZero() && connection == 0 {
		return // the present one is well again
	}
	if connection != 0 {
		w.regained(connection) // before any request is made there
	}
	w.fallback.settle(w.session, link)
	w.moved = true
	w.stop()
}
