// SPDX-License-Identifier: MPL-2.0

package pool

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mod_janus/bridge/background"
	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/bridge/metrics"
	"mod_janus/bridge/server"
)

// Env is what the pools need of the engine.
type Env struct {
	Context context.Context // ends all pools
	Host    host.Host
	Work    *background.Group
	Metrics *metrics.Metrics                 // nil: nobody sees what is counted
	Server  func(name string) *server.Server // the configured server of a name; nil for none
	Legs    func(pool string) []Leg          // that were dialled to a pool and are in a room, oldest first
}

// Mover is a leg that can go on at another server. Its methods do not wait.
type Mover interface {
	// Server is where the leg is.
	Server() *server.Server
	// Movable tells whether the leg would follow MoveTo just now.
	Movable() bool
	// Hears tells whether audio comes to the leg from its server.
	Hears() bool
	// MoveTo has the leg join its room at another server; why is for the log.
	MoveTo(to *server.Server, why string)
}

// Leg is a leg of this switch in a room of a pool.
type Leg struct {
	Mover
	Room config.DialString
}

func (e *Env) logf(level host.Level, format string, args ...any) {
	e.Host.Log("", level, fmt.Sprintf(format, args...))
}

// Pool is one configured pool. Its methods may be called from any goroutine.
type Pool struct {
	env  *Env
	name string
	cfg  atomic.Pointer[config.PoolConfig]

	figures *metrics.Pool

	ctx    context.Context // ends with the pool
	cancel context.CancelFunc
	looks  looks

	sharing sharing

	mu       sync.Mutex
	lastFull time.Time             // when it was said last that all servers are full
	cordoned map[string]bool       // servers that get no new rooms, as was said here
	refusing map[string]bool       // servers that accept no new sessions, as was told
	drains   map[string]*draining  // of servers that are on their way out of service
	splits   map[string]*splitRoom // rooms that are on several servers
	copies   map[string]string     // rooms with legs of ours in a copy, with the server of that
}

// New makes a pool, whose work in the background Run does; store is nil where switches share
// nothing.
func New(env *Env, cfg config.PoolConfig, store Store) *Pool {
	p := &Pool{env: env, name: cfg.Name, figures: env.Metrics.Pool(cfg.Name)}
	p.looks.wake = make(chan struct{}, 1)
	p.ctx, p.cancel = context.WithCancel(env.Context)
	p.Configure(cfg)
	if store != nil {
		p.Use(store)
	}
	return p
}

// Configure takes another configuration of the pool.
func (p *Pool) Configure(cfg config.PoolConfig) { p.cfg.Store(&cfg) }

// Retire ends the work of a pool that is configured no more. Calls in it go on where they are.
func (p *Pool) Retire() { p.cancel() }

// PoolName is the name of the pool.
func (p *Pool) PoolName() string { return p.name }

// Store is "none", or how it is with the store: "up", or why it is not used just now.
func (p *Pool) Store() string {
	store := p.share()
	if store == nil {
		return "none"
	}
	return store.State()
}

// StoreAddress is the address of the store, with its password; "" is none.
func (p *Pool) StoreAddress() string { return p.cfg.Load().Store }

// Has tells whether a server is in the pool.
func (p *Pool) Has(s *server.Server) bool { return slices.Contains(p.Members(), s) }

// Members are the servers of the pool, in the order of the configuration.
func (p *Pool) Members() (members []*server.Server) {
	for _, name := range p.cfg.Load().Servers {
		if s := p.env.Server(name); s != nil {
			members = append(members, s)
		}
	}
	return members
}

// Key is the name of a room for the hash and the store: digits without zeros in front.
func Key(room config.DialString) string { return room.Room.String() }

// ranked are servers in the order in which a room prefers them; those without weight come last.
func (p *Pool) ranked(room config.DialString, among []*server.Server) []*server.Server {
	weights := make([]Weighted, 0, len(among))
	for _, s := range among {
		weights = append(weights, Weighted{s.Name, s.Config().Weight})
	}
	order := Rank(p.name, Key(room), weights)
	place := func(s *server.Server) int {
		if i := slices.Index(order, s.Name); i >= 0 {
			return i
		}
		return len(order)
	}
	ranked := slices.Clone(among)
	slices.SortStableFunc(ranked, func(a, b *server.Server) int {
		return cmp.Or(cmp.Compare(place(a), place(b)), strings.Compare(a.Name, b.Name))
	})
	return ranked
}

// own is the server on which legs of this switch are in a room; nil for none. Where they are on
// several, it is the one that is up, and that the room prefers. Where copies is false, a leg in a
// copy of the room does not count.
func (p *Pool) own(room config.DialString, copies bool) *server.Server {
	var with []*server.Server
	for _, s := range p.Members() {
		if s.Occupied(room) && (copies || !p.isCopy(Key(room), s)) {
			with = append(with, s)
		}
	}
	if len(with) > 1 {
		with = p.ranked(room, with)
		slices.SortStableFunc(with, func(a, b *server.Server) int {
			return cmp.Compare(down(a), down(b))
		})
	}
	if len(with) == 0 {
		return nil
	}
	return with[0]
}

func down(s *server.Server) int {
	if s.Connection.Up() {
		return 0
	}
	return 1
}

// First is the server that a call to a room most likely goes to, found without waiting. The error
// is for a pool without any server in service, and for a name that its rooms cannot have.
func (p *Pool) First(room config.DialString) (*server.Server, error) {
	members := p.Members()
	enabled := slices.DeleteFunc(slices.Clone(members), func(s *server.Server) bool { return !s.Enabled() })
	first := p.own(room, true)
	switch {
	case first != nil:
	case len(enabled) > 0:
		first = p.ranked(room, enabled)[0]
	case len(members) == 0:
		return nil, failure.New(host.CauseNoRouteDestination, fmt.Sprintf("there is no server in pool %q", p.name))
	default:
		return nil, failure.New(host.CauseOutgoingCallBarred, fmt.Sprintf("all servers of pool %q are disabled", p.name))
	}
	_, err := first.RoomNamed(room)
	return first, err
}

// fire tells of what has become of a room or a server. old is the server before, nil for none.
func (p *Pool) fire(action string, room string, s, old *server.Server) {
	headers := [][2]string{{host.HeaderAction, action}, {host.HeaderPool, p.name}}
	if room != "" {
		headers = append(headers, [2]string{host.HeaderRoom, room})
	}
	headers = append(headers, [2]string{host.HeaderServer, s.Name})
	if old != nil {
		headers = append(headers, [2]string{host.HeaderOldServer, old.Name})
	}
	if url := s.Config().PublicURL; url != "" {
		headers = append(headers, [2]string{host.HeaderPublicURL, url})
	}
	p.publish(action, room, s, old)
	p.env.Host.Fire(host.Event{Subclass: host.EventPool, Headers: headers})
}
