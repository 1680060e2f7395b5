// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/janusclient"
)

const (
	// eventsAtOnce is how many events one poll takes: those of all calls come by
	// it, some three for each that joins and two for each in its room, and over a
	// way of half a second ten would be twenty a second.
	eventsAtOnce = 250
)

// server is one configured Janus and the session with it.
type Server struct {
	env    *Env
	Name   string
	cfg    atomic.Pointer[config.ServerConfig] // replaced at reload, never changed
	client *janusclient.Client
	Tokens *Tokens // nil without hmac-secret
	counts *counts // of all servers that ever had this name

	legs       atomic.Int64  // of this server, those included that still say farewell
	ids        atomic.Int32  // idMode as found out, idAuto while unknown
	rejoins    chan struct{} // holds a token for each call that joins again just now
	info       atomic.Pointer[janusclient.Info]
	draining   atomic.Pointer[Drain] // nil while nobody has asked for it
	Playing    Playing               // files begun by commands
	driver     driver
	Rooms      Rooms
	News       News
	LegHandles LegHandles
	Archives   Archives
	Detaches   PendingDetaches

	mu        sync.Mutex
	enabled   bool
	said      bool                 // on the console, which of the two: the configuration says no more
	retired   bool                 // not in the configuration any more
	session   *janusclient.Session // nil while not connected
	apiDown   bool                 // the session is there, and Janus does not answer
	connected time.Time            // when session was made
	downSince time.Time            // while enabled and not connected
	attempts  uint64               // to connect, ended
	lastErr   error
	changed   chan struct{} // closed and replaced at every change of the above
	hurry     chan struct{} // holds a token when a call wants an attempt now
}

// counts are the figures of `janus list`.
type counts struct {
	total      atomic.Uint64 // calls ever dialled
	inProgress atomic.Int64  // legs that exist
}

// newServer makes a server of the configuration; earlier is the one of this
// name that it replaces, or nil. The error is for TLS files that cannot be used.
func New(env *Env, cfg config.ServerConfig, earlier *Server) (*Server, error) {
	s := &Server{
		env: env, Name: cfg.Name, enabled: cfg.Enabled, downSince: time.Now(), counts: &counts{},
		changed: make(chan struct{}), hurry: make(chan struct{}, 1),
		rejoins: make(chan struct{}, rejoinsAtOnce),
	}
	s.Archives.server, s.Rooms.server, s.Detaches.server = s, s, s
	if earlier != nil {
		s.counts = earlier.counts
		if enabled, said := earlier.word(); said {
			s.enabled, s.said = enabled, true
		}
	}
	if cfg.HMACSecret != "" {
		s.Tokens = &Tokens{secret: cfg.HMACSecret, plugin: cfg.Plugin}
	}
	client, err := s.newClient(cfg)
	if err != nil {
		return nil, err
	}
	s.client = client
	s.configure(cfg)
	if earlier != nil {
		s.drainOn(earlier.draining.Load())
	}
	return s, nil
}

func (s *Server) newClient(cfg config.ServerConfig) (*janusclient.Client, error) {
	if _, err := cfg.TLSConfig(); err != nil {
		return nil, err
	}
	config := janusclient.Config{
		URL: cfg.URL, UserAgent: s.env.UserAgent, Secret: cfg.Secret, Token: cfg.AuthToken,
		CmdTimeout: cfg.CmdTimeout, SendTimeout: cfg.SendTimeout, PingInterval: cfg.PingInterval,
		MaxEvents:      eventsAtOnce,
		MaxMessageSize: cfg.MaxMessageSize, MaxMessageChunks: cfg.MaxChunks, TLSFunc: cfg.TLSConfig, Logger: s.env.Log.Named(cfg.Name),
		Debug: s.debugged,
	}
	if s.Tokens != nil {
		config.TokenFunc = s.Tokens.request
	}
	return janusclient.New(config)
}

// debugged logs a message to or from Janus, masked, while `janus debug` is on.
func (s *Server) debugged(direction, message string) {
	if s.env.Debug() {
		s.env.logf(host.LevelDebug, "%s %s %s", s.Name, direction, message)
	}
}

// Config is the configuration of the server as it is now.
func (s *Server) Config() *config.ServerConfig { return s.cfg.Load() }

// configure takes a configuration that asks for no other connection.
func (s *Server) configure(cfg config.ServerConfig) {
	s.cfg.Store(&cfg)
	s.ids.Store(int32(cfg.StringIDs))
}

// run keeps the server connected until ctx ends or the server is retired and
// its last call over: a session while it is enabled, or while there are calls.
func (s *Server) loop(ctx context.Context) {
	pause := newBackoff()
	for ctx.Err() == nil {
		if !s.wanted() {
			if s.waitFor(ctx, func() bool { return s.enabled || s.retired }); s.isRetired() {
				return
			}
			pause.Reset()
			continue
		}
		session, err := s.connect(ctx)
		if err != nil {
			s.rest(ctx, pause.NextBackOff())
			continue
		}
		pause.Reset()
		s.serve(ctx, session)
	}
}

func newBackoff() *backoff.ExponentialBackOff {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = config.ReconnectFirst, config.ReconnectMost
	return pause
}

// wanted tells whether there should be a session: also for farewells, and for
// rooms that are to be destroyed, or not recorded any more, when they are empty.
func (s *Server) wanted() bool {
	return s.Enabled() || s.legs.Load() > 0 || s.Rooms.count() > 0 || s.Archives.open.Load() > 0
}

// connect makes one attempt at a session.
func (s *Server) connect(ctx context.Context) (*janusclient.Session, error) {
	session, err := s.open(ctx)
	s.mu.Lock()
	s.attempts++
	told := s.lastErr != nil && err != nil && s.lastErr.Error() == err.Error()
	s.lastErr = err
	if err == nil {
		s.use(session)
	}
	s.notify()
	s.mu.Unlock()
	switch {
	case err == nil:
		s.env.logf(host.LevelNotice, "Server %s is connected, session %d", s.Name, session.ID())
		s.event("up", "")
		s.env.Work.Go("asking server "+s.Name, func() { s.introduce(ctx) })
	case ctx.Err() == nil && !told:
		s.env.logf(host.LevelWarning, "Server %s cannot be connected, trying on: %s", s.Name, failure.Of(err).Reason)
	}
	return session, err
}

// open asks Janus for a session.
func (s *Server) open(ctx context.Context) (*janusclient.Session, error) {
	return s.client.Create(ctx, janusclient.SessionOptions{OnState: s.OnAPI, OnMessage: s.onMessage})
}

// introduce asks Janus for its version, for `janus server <name>`.
func (s *Server) introduce(ctx context.Context) {
	if info, err := s.client.Info(ctx); err == nil {
		s.info.Store(info)
	}
}

// serve watches over a session until it is lost or not wanted any more, and
// renews it when it may hold unknown handles, and nothing else.
func (s *Server) serve(ctx context.Context, session *janusclient.Session) {
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if session.Err() != nil {
			s.lost(session)
			return
		}
		if !s.wanted() {
			s.drop(nil)
			s.destroy(session)
			return
		}
		var quiet <-chan time.Time
		if s.renewable(session) {
			quiet = time.After(config.RenewalQuiet)
		}
		select {
		case <-ctx.Done():
			s.drop(nil)
			s.destroy(session)
			return
		case <-session.Done():
			s.lost(session)
			return
		case <-changed:
		case <-quiet:
			session = s.renew(ctx, session)
		}
	}
}

// lost tells the calls of a session that is gone.
func (s *Server) lost(session *janusclient.Session) {
	err := session.Err()
	s.drop(err)
	s.env.logf(host.LevelWarning, "Server %s has lost its session: %s", s.Name, failure.Of(err).Reason)
	s.event("down", failure.Of(err).Reason)
	for _, leg := range s.env.Legs(s) {
		leg.SessionLost(session, err)
	}
}

func (s *Server) drop(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.session, s.lastErr, s.downSince = nil, err, time.Now()
	s.notify()
}

// destroy takes leave of Janus, although the engine's context may have ended.
func (s *Server) destroy(session *janusclient.Session) {
	ctx, cancel := context.WithTimeout(context.Background(), config.FarewellLimit)
	defer cancel()
	if err := session.Destroy(ctx); err != nil {
		s.env.logf(host.LevelDebug, "Server %s: destroying session %d: %s", s.Name, session.ID(), err)
	}
}

// rest waits for the next attempt, or until a call is in a hurry.
func (s *Server) rest(ctx context.Context, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-s.hurry:
		// still a pause, so that a flood of calls is no flood of attempts
		select {
		case <-ctx.Done():
		case <-time.After(min(pause, config.ReconnectFirst)):
		}
	}
}

// await returns the session, for which it waits as connectPatience says.
func (s *Server) Await(ctx context.Context) (*janusclient.Session, error) {
	s.mu.Lock()
	began := s.attempts
	patience := time.NewTimer(time.Until(s.downSince.Add(config.ConnectPatience)))
	s.mu.Unlock()
	defer patience.Stop()
	patient := true
	for {
		s.mu.Lock()
		session, changed, attempts, lastErr := s.session, s.changed, s.attempts, s.lastErr
		s.mu.Unlock()
		switch {
		case session != nil && session.Err() == nil:
			return session, nil
		case !patient && attempts > began:
			return nil, notConnected(s.Name, lastErr)
		}
		select {
		case s.hurry <- struct{}{}:
		default:
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-patience.C:
			patient = false
		case <-changed:
		}
	}
}

func notConnected(name string, err error) error {
	if err == nil {
		err = errors.New("no answer yet")
	}
	return failure.New(host.CauseDestinationOutOfOrder, fmt.Sprintf("server %q is not connected: %s", name, failure.Of(err).Reason))
}

// waitFor waits until the condition, asked under the lock, holds.
func (s *Server) waitFor(ctx context.Context, condition func() bool) {
	for {
		s.mu.Lock()
		changed, met := s.changed, condition()
		s.mu.Unlock()
		if met {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}

// keep runs a server, and runs it again after a panic.
func (s *Server) Run(ctx context.Context) {
	defer s.client.Close()
	for !s.env.Work.Guard("server "+s.Name, func() { s.loop(ctx) }) {
		s.rest(ctx, config.PanicPause)
	}
}
