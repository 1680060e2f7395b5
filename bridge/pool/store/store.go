// SPDX-License-Identifier: MPL-2.0

package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/bridge/pool"
)

// ErrDown is what requests get, without being sent, while Redis cannot be used.
var ErrDown = errors.New("the store cannot be used")

// Options are what a store is opened with.
type Options struct {
	Address string // redis://[[user]:password@]host[:port][/database], see docs/scale-out.md
	Pool    string // whose rooms it keeps
	Switch  string // this switch's name, which no other one may have
	Log     func(level host.Level, text string)
	Lease   time.Duration // of rooms; 0 is config.RoomLease

	PublicURL func(server string) string // what events say of a server; may be nil
	Took      func(time.Duration)        // is told how long each request took; may be nil
}

var _ pool.Store = (*Store)(nil)

// Store is what the switches keep in one Redis about one pool. Its methods may be called from any
// goroutine.
type Store struct {
	address *address
	client  redis.UniversalClient
	keys    keys
	name    string // of this switch
	lease   time.Duration
	circuit circuit
	url     func(server string) string
	took    func(time.Duration)

	end   context.CancelFunc // of the probes
	ended chan struct{}
}

// What go-redis logs would go to stderr, and is told by the errors as well.
func init() { logging.Disable() }

// Open makes a store, which connects and is probed in the background until Close. The error is for
// an address or a name that cannot be used, and names no secret.
func Open(o Options) (*Store, error) {
	a, err := checked(o.Address, o.Pool)
	if err != nil {
		return nil, err
	}
	s := &Store{address: a, keys: keysOf(o.Pool), url: o.PublicURL, took: o.Took, name: o.Switch, lease: cmp.Or(o.Lease, config.RoomLease)}
	s.client = a.client("mod_janus-" + clientName(o.Switch))
	s.circuit = circuit{log: o.Log, what: fmt.Sprintf("the store of pool %q (%s)", o.Pool, a.shown), broke: make(chan struct{}, 1)}
	ctx, end := context.WithCancel(context.Background())
	s.end, s.ended = end, make(chan struct{})
	go func() {
		defer close(s.ended)
		s.circuit.run(ctx, s.probe)
	}()
	return s, nil
}

// clientName is a name as Redis wants one: without spaces and control characters.
func clientName(name string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return '-'
		}
		return r
	}, name)
}

// State implements pool.Store.
func (s *Store) State() string { return s.circuit.state() }

// Close takes this switch's report back and drops all connections. Watch must have ended.
func (s *Store) Close() {
	s.end()
	<-s.ended
	_ = s.unreport(context.Background()) // else it ends by itself
	_ = s.client.Close()
}

func (s *Store) publicURL(server string) string {
	if s.url == nil {
		return ""
	}
	return s.url(server)
}

// probe writes, since a replica would answer whatever is only read.
func (s *Store) probe(ctx context.Context) error {
	ctx, done := context.WithTimeout(ctx, config.StorePatience)
	defer done()
	return s.reason(s.client.Set(ctx, s.keys.probe(), s.name, config.ViewLease).Err(), config.StorePatience)
}

// request sends something, unless Redis is known to be out of order. It takes no longer than
// config.StoreLimit, and no longer than what is left of the call's patience. A failure is
// remembered, except one that comes from the caller's end.
func (s *Store) request(ctx context.Context, send func(context.Context) error) error {
	if !s.circuit.closed() {
		return ErrDown
	}
	limit, spent := pool.PatienceOf(ctx).Spend(config.StoreLimit)
	defer spent()
	if limit <= 0 {
		return fmt.Errorf("%w: the call has waited %s for it", ErrDown, config.StoreLimit)
	}
	bounded, done := context.WithTimeout(ctx, limit)
	defer done()
	began := time.Now()
	err := send(bounded)
	if s.took != nil && ctx.Err() == nil {
		s.took(time.Since(began))
	}
	if err == nil || errors.Is(err, redis.Nil) {
		return err
	}
	err = s.reason(err, limit)
	var foreign *keyError
	if ctx.Err() == nil && !errors.As(err, &foreign) {
		s.circuit.fail(err)
	}
	return err
}

// keyError is a failure that concerns one key only.
type keyError struct{ text string }

func (w *keyError) Error() string { return w.text }

// replies are the errors of Redis that an operator can do something about.
var replies = []struct{ prefix, means string }{
	{"WRONGPASS", "user or password is wrong"},
	{"ERR invalid password", "user or password is wrong"},
	{"NOAUTH", "it wants a password"},
	{"READONLY", "it is a read-only replica: the address must be the master's, or Sentinel's with " + paramMaster},
	{"MOVED", "it is a node of a Cluster: the address must name another one too, with " + paramNode},
}

// reason puts an error into words, without secrets.
func (s *Store) reason(err error, limit time.Duration) error {
	if err == nil {
		return nil
	}
	var timeout interface{ Timeout() bool }
	text := err.Error()
	for _, reply := range replies {
		if strings.Contains(text, reply.prefix) {
			return errors.New(reply.means)
		}
	}
	var answered redis.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Errorf("no answer within %s", limit.Round(time.Millisecond))
	case strings.Contains(text, "WRONGTYPE"):
		return &keyError{"something else has written a key of this pool"}
	case errors.As(err, &answered):
		return fmt.Errorf("it answered %q", s.short(text))
	case strings.Contains(text, "can't parse"), strings.Contains(text, "invalid reply"):
		return fmt.Errorf("what answers there is not Redis: %q", s.short(text))
	}
	return errors.New(s.short(text))
}

// short is a text from outside as a line of the log may show it.
func (s *Store) short(text string) string {
	const most = 160
	if text = s.address.masked(text); len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
