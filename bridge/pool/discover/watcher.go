// SPDX-License-Identifier: MPL-2.0

package discover

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
)

// Resolver asks the DNS. *net.Resolver is one.
type Resolver interface {
	// LookupSRV returns the SRV records of a name; service and proto are "".
	LookupSRV(ctx context.Context, service, proto, name string) (cname string, records []*net.SRV, err error)
	// LookupNetIP returns the addresses of a host, of A and AAAA records.
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Server is one that was found.
type Server struct {
	Name    string
	Address string // host and port
}

// Env is what a watcher needs. Its functions are called from the watcher's goroutines.
type Env struct {
	Resolver Resolver
	// Ask asks the Janus at an address for its server-name.
	Ask func(ctx context.Context, address string) (name string, err error)
	// Health tells whether the server of a name is connected, and how many attempts to connect
	// it have failed since it was.
	Health func(name string) (up bool, failures int)
	// Tell is called after each look that has found out something, with all servers, by name.
	Tell func([]Server)
	// Failed is called at each look that gets no answer of the DNS; nil: nobody wants to know.
	Failed func()
	Logf   func(level host.Level, format string, args ...any)
}

// Watcher looks for servers again and again. Its methods may be called from any goroutine.
type Watcher struct {
	env  Env
	cfg  config.Discovery
	wake chan struct{} // holds a token when somebody wants a look now

	mu     sync.Mutex
	looked chan struct{} // closed, and replaced, after each look

	// Run's goroutine has these to itself.
	found   []Server
	names   map[string]string // of addresses, as Janus has said; "" where it is no server
	said    map[string]string // which warnings the log was given of an address, or with "" of the look
	doubted bool              // somebody has asked for this look
	nothing time.Time         // since when the DNS says that there is nothing; zero while it does not
}

// New makes a watcher, which Run makes look.
func New(cfg config.Discovery, env Env) *Watcher {
	return &Watcher{
		env: env, cfg: cfg, wake: make(chan struct{}, 1), looked: make(chan struct{}),
		names: map[string]string{}, said: map[string]string{},
	}
}

// Run looks at once, and then every so often, until ctx ends.
func (w *Watcher) Run(ctx context.Context) {
	tick := time.NewTicker(w.cfg.Every)
	defer tick.Stop()
	for ctx.Err() == nil {
		began := time.Now()
		w.look(ctx)
		w.mu.Lock()
		close(w.looked)
		w.looked = make(chan struct{})
		w.mu.Unlock()
		w.doubted = false
		select {
		case <-ctx.Done():
		case <-tick.C:
		case <-w.wake:
			w.doubted = true
			select { // a flood of wishes is no flood of looks
			case <-ctx.Done():
			case <-time.After(lookPause - time.Since(began)):
			}
		}
	}
}

// lookPause is the shortest time from one look to the next.
const lookPause = 250 * time.Millisecond

// LookNow asks for a look without delay, at which every Janus is asked for its name.
func (w *Watcher) LookNow() {
	select {
	case w.wake <- struct{}{}:
	default: // there will be one
	}
}

// Look waits for a look that begins now, or for the end of ctx.
func (w *Watcher) Look(ctx context.Context) error {
	for range 2 { // one may be under way
		w.mu.Lock()
		looked := w.looked
		w.mu.Unlock()
		w.LookNow()
		select {
		case <-looked:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// look asks the DNS, and tells what it says.
func (w *Watcher) look(ctx context.Context) {
	limited, cancel := context.WithTimeout(ctx, config.LookupLimit)
	defer cancel()
	var found []Server
	var err error
	if w.cfg.SRV {
		found, err = w.records(limited)
	} else {
		found, err = w.addresses(ctx, limited)
	}
	switch {
	case ctx.Err() != nil:
		return
	case err != nil && !isNothing(err):
		w.nothing = time.Time{}
		if w.env.Failed != nil {
			w.env.Failed()
		}
		w.say("", "failed", "%s: %s; what was found before stays", w.cfg.Text, reason(err))
	case err != nil:
		if w.nothing.IsZero() {
			w.nothing = time.Now()
		}
		w.say("", "nothing", "%s: there are no servers in the DNS; what was found before stays for %s", w.cfg.Text, config.DiscoveryGrace)
		if time.Since(w.nothing) >= config.DiscoveryGrace {
			w.found = nil
		}
	default:
		w.nothing = time.Time{}
		if w.said[""] != "" {
			w.env.Logf(host.LevelNotice, "Discovery: %s answers again", w.cfg.Text)
		}
		delete(w.said, "")
		w.found = found
	}
	w.env.Tell(slices.Clone(w.found))
}

// isNothing tells an answer that there is nothing from one that did not come.
func isNothing(err error) bool {
	var dns *net.DNSError
	return errors.Is(err, errNothing) || errors.As(err, &dns) && dns.IsNotFound
}

var errNothing = errors.New("no record")

// reason is an error of the DNS in brief.
func reason(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Sprintf("the DNS does not answer within %s", config.LookupLimit)
	}
	return err.Error()
}

// say logs a warning of an address, unless it is of the kind that was logged last.
func (w *Watcher) say(address, kind, format string, args ...any) {
	if w.said[address] == kind {
		return
	}
	w.said[address] = kind
	w.env.Logf(host.LevelWarning, "Discovery: "+format, args...)
}

// forget drops what is remembered of addresses that are in the DNS no more.
func (w *Watcher) forget(still []string) {
	gone := func(address string) bool { return address != "" && !slices.Contains(still, address) }
	maps.DeleteFunc(w.names, func(address, _ string) bool { return gone(address) })
	maps.DeleteFunc(w.said, func(address, _ string) bool { return gone(address) })
}
