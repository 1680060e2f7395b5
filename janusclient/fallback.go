// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// failureMemory is how long an address that has failed is tried after the others.
const failureMemory = time.Minute

// fallback carries messages to one of several addresses: Config.URL and Config.Fallbacks. A new
// session is made at the first one that answers, and stays with that one. When its
// address fails the others are asked whether they know the session, as another
// address of the same Janus does: then it goes on there.
type fallback struct {
	cfg   Config
	urls  []string // as configured
	links []transport
	made  *atomic.Uint64 // the connections of all links, and the sessions moved between them

	mu        sync.Mutex
	used      int // the link that was good last
	failed    []time.Time
	homes     map[uint64]int       // the links of sessions
	followers map[uint64]*follower // of sessions that listen
}

// newLink makes the transport of a client.
func newLink(cfg Config) (transport, error) {
	if len(cfg.Fallbacks) == 0 {
		return newTransport(cfg, new(atomic.Uint64))
	}
	f := &fallback{
		cfg: cfg, urls: append([]string{cfg.URL}, cfg.Fallbacks...), made: new(atomic.Uint64),
		homes: map[uint64]int{}, followers: map[uint64]*follower{},
	}
	f.failed = make([]time.Time, len(f.urls))
	for i, address := range f.urls {
		own := cfg
		own.URL = address
		link, err := newTransport(own, f.made)
		if err != nil {
			return nil, fmt.Errorf("address %d: %w", i+1, err)
		}
		f.links = append(f.links, link)
	}
	return f, nil
}

// close implements transport.
func (f *fallback) close() {
	for _, link := range f.links {
		link.close()
	}
}

// URL is the address that is in use, as it was configured: the one of Config.Fallbacks or
// Config.URL that was good last. It may hold a password.
func (c *Client) URL() string {
	f, several := c.link.(*fallback)
	if !several {
		return c.cfg.URL
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.urls[f.used]
}

// inTurn does what makes a session over one address after the other, until one is good. Each
// has CmdTimeout. The error names each.
func (c *Client) inTurn(ctx context.Context, do func(transport) (session uint64, err error)) error {
	f, several := c.link.(*fallback)
	if !several {
		_, err := do(c.link)
		return err
	}
	all := &UnreachableError{}
	for _, i := range f.order() {
		session, err := do(f.links[i])
		if err == nil {
			f.settle(session, i)
			return nil
		}
		if ctx.Err() != nil || c.ctx.Err() != nil {
			return err
		}
		if !hasCode(err, CodeSessionNotFound) { // another Janus, which is well
			f.note(i, err)
		}
		all.Causes = append(all.Causes, f.named(i, err))
	}
	return all
}

// order are the links in the order in which they are tried: as configured, but
// those last that have failed a moment ago.
func (f *fallback) order() []int {
	f.mu.Lock()
	defer f.mu.Unlock()
	var good, bad []int
	for i, failed := range f.failed {
		if failed.IsZero() || time.Since(failed) > failureMemory {
			good = append(good, i)
		} else {
			bad = append(bad, i)
		}
	}
	return append(good, bad...)
}

// note takes note of what became of a link: nil is good.
func (f *fallback) note(link int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failed[link] = time.Time{}
	if err != nil {
		f.failed[link] = time.Now()
	}
}

// maxHomes bounds what is remembered of sessions that have ended, and may still be destroyed.
const maxHomes = 64

// settle takes note of where a session is.
func (f *fallback) settle(session uint64, link int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.homes) >= maxHomes {
		maps.DeleteFunc(f.homes, func(session uint64, _ int) bool { return f.followers[session] == nil })
	}
	f.homes[session], f.used, f.failed[link] = link, link, time.Time{}
}

// home is the link of a session, or for requests of no session the one that was
// good last.
func (f *fallback) home(session uint64) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if link, known := f.homes[session]; known {
		return link
	}
	return f.used
}

// roundTrip implements transport.
func (f *fallback) roundTrip(ctx context.Context, to address, request map[string]any) (*message, error) {
	link := f.home(to.session)
	m, err := f.links[link].roundTrip(ctx, to, request)
	f.judge(ctx, to.session, link, err)
	return m, err
}

// send implements transport.
func (f *fallback) send(ctx context.Context, to address, request map[string]any) (*message, error) {
	link := f.home(to.session)
	m, err := f.links[link].send(ctx, to, request)
	f.judge(ctx, to.session, link, err)
	return m, err
}

// judge has it found out whether a link still works, on which a request of a session has failed:
// the events of a host that has vanished may be missed much later.
func (f *fallback) judge(ctx context.Context, session uint64, link int, err error) {
	var fault *TransportError
	if !errors.As(err, &fault) && (err == nil || !errors.Is(context.Cause(ctx), ErrTimeout)) {
		return
	}
	f.mu.Lock()
	follower := f.followers[session]
	f.mu.Unlock()
	if follower != nil && follower.link == link {
		follower.doubt(err)
	}
}

// listen implements transport: it follows the session from address to address.
func (f *fallback) listen(ctx context.Context, session uint64, to listener) {
	defer f.leave(session)
	for ctx.Err() == nil && f.follow(ctx, session, to) {
		to.state(true, nil)
	}
}

// follow listens by the present link of a session; true: another one has it now.
func (f *fallback) follow(ctx context.Context, session uint64, to listener) (moved bool) {
	listening, stop := context.WithCancel(ctx)
	defer stop()
	w := &follower{fallback: f, session: session, listener: to, link: f.home(session), ctx: listening, stop: stop}
	f.mu.Lock()
	f.followers[session] = w
	f.mu.Unlock()
	f.links[w.link].listen(listening, session, w)
	stop()
	w.work.Wait()
	if w.moved && !w.down { // it was a request that failed, not the events
		to.state(false, w.reason)
	}
	return w.moved
}

// leave takes note that a session has ended here.
func (f *fallback) leave(session uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.followers, session)
}

// named says in an error which address has met it.
func (f *fallback) named(link int, err error) error {
	var fault *TransportError
	if errors.As(err, &fault) {
		return err // it says so
	}
	return fmt.Errorf("%s: %w", shownURL(f.urls[link]), err)
}

// shownURL is a URL without what may be secret: user-info and query.
func shownURL(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "(not a URL)"
	}
	u.User, u.RawQuery = nil, ""
	return u.String()
}
