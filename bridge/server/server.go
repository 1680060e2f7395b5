// SPDX-License-Identifier: MPL-2.0

package server

import (
	"fmt"
	"sync"
	"sync/atomic"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/bridge/metrics"
)

// Server is one configured Janus: the connection with it, and what is known of the legs and rooms
// there.
type Server struct {
	Name       string // of the configuration
	Connection *Connection
	Tokens     *Tokens // nil without hmac-secret
	Legs       Legs
	Rooms      Rooms
	News       News
	Archives   Archives
	Detaches   PendingDetaches
	Playing    Playing
	Draining   Draining
	Metrics    *metrics.Server // of all servers that had this name, one after the other

	env    *Env
	cfg    atomic.Pointer[config.ServerConfig] // replaced at reload, never changed
	ids    atomic.Int32                        // the config.IDMode as found out, IDAuto while unknown
	driver driver
	visits atomic.Int32 // browsers that are in rooms by handles of ours

	questions questions

	mu      sync.Mutex
	enabled bool
	said    bool // on the console, which of the two: the configuration says no more
	retired bool // not in the configuration any more
}

// New makes a server of the configuration, which Connection.Run connects; earlier is the one of
// this name that it replaces, or nil. The error is for TLS files that cannot be used.
func New(env *Env, cfg config.ServerConfig, earlier *Server) (*Server, error) {
	s := &Server{env: env, Name: cfg.Name, enabled: cfg.Enabled}
	s.Legs.server, s.Rooms.server, s.Archives.server, s.Detaches.server, s.Draining.server = s, s, s, s, s
	s.Legs.counts = newCounts()
	s.questions.turn = make(chan struct{}, 1)
	if earlier == nil {
		s.Metrics = env.Metrics.NewServer(cfg.Name)
	} else {
		s.Legs.counts, s.Metrics = earlier.Legs.counts, earlier.Metrics
		if enabled, said := earlier.word(); said {
			s.enabled, s.said = enabled, true
		}
	}
	if cfg.HMACSecret != "" {
		s.Tokens = &Tokens{secret: cfg.HMACSecret, plugin: cfg.Plugin}
	}
	var err error
	if s.Connection, err = newConnection(s, cfg); err != nil {
		return nil, err
	}
	s.configure(cfg)
	if earlier != nil {
		s.Draining.goOn(earlier.Draining.current.Load())
	}
	return s, nil
}

// Config is the configuration of the server as it is now.
func (s *Server) Config() *config.ServerConfig { return s.cfg.Load() }

// configure takes a configuration that asks for no other connection.
func (s *Server) configure(cfg config.ServerConfig) {
	s.cfg.Store(&cfg)
	s.ids.Store(int32(cfg.StringIDs))
}

// wanted tells whether there should be a session: also for farewells, for browsers in rooms, and
// for rooms that are to be destroyed, or not recorded any more, when they are empty.
func (s *Server) wanted() bool {
	return s.Enabled() || s.Legs.held.Load() > 0 || s.visits.Load() > 0 || s.Rooms.count() > 0 || s.Archives.open.Load() > 0
}

// debugged logs a message to or from Janus, masked, while `janus debug` is on; else it is not even
// masked.
func (s *Server) debugged(direction string, message fmt.Stringer) {
	if s.env.Debug() {
		s.env.logf(host.LevelDebug, "%s %s %s", s.Name, direction, message)
	}
}

// event fires what has become of the server; reason "" is none.
func (s *Server) event(action, reason string) {
	headers := [][2]string{{host.HeaderAction, action}, {host.HeaderServer, s.Name}}
	if reason != "" {
		headers = append(headers, [2]string{host.HeaderReason, reason})
	}
	s.env.Host.Fire(host.Event{Subclass: host.EventServer, Headers: headers})
}
