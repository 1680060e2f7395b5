// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"

	"mod_janus/bridge/background"
	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/janusclient"
)

// eventsAtOnce is how many events one poll takes: those of all calls come by it, some three for
// each that joins and two for each in its room, and over a way of half a second ten would be twenty
// a second.
const eventsAtOnce = 250

// Connection is the connection of a server with its Janus: the client, and the session while there
// is one.
type Connection struct {
	server  *Server
	client  *janusclient.Client
	several bool                             // the server has more than one URL
	info    atomic.Pointer[janusclient.Info] // what Janus says of itself; nil while it has not been asked
	rejoins chan struct{}                    // holds a token for each call that joins again just now

	mu        sync.Mutex
	session   *janusclient.Session // nil while not connected
	apiDown   bool                 // the session is there, and Janus does not answer
	connected time.Time            // when session was made
	downSince time.Time            // while the server is enabled and not connected
	awaySince time.Time            // that Janus does not answer; zero while it does
	attempts  uint64               // to connect, ended
	failures  int                  // of them, since the latest that succeeded
	lastErr   error
	told      string        // the URL in use that the log was told of, where there are several
	changed   chan struct{} // closed and replaced at every change of the server
	hurry     chan struct{} // holds a token when a call wants an attempt now
}

// newConnection makes the connection of a server, which Run brings about. The error is for TLS
// files that cannot be used.
func newConnection(s *Server, cfg config.ServerConfig) (*Connection, error) {
	c := &Connection{
		server: s, several: len(cfg.Fallbacks) > 0, downSince: time.Now(), awaySince: time.Now(), changed: make(chan struct{}), hurry: make(chan struct{}, 1),
		rejoins: make(chan struct{}, rejoinsAtOnce),
	}
	var err error
	c.client, err = c.newClient(cfg)
	return c, err
}

func (c *Connection) newClient(cfg config.ServerConfig) (*janusclient.Client, error) {
	if _, err := cfg.TLSConfig(); err != nil {
		return nil, err
	}
	client := janusclient.Config{
		URL: cfg.URL, Fallbacks: cfg.Fallbacks, FallbackAfter: cfg.CmdTimeout, UserAgent: c.server.env.UserAgent, Secret: cfg.Secret, Token: cfg.AuthToken,
		CmdTimeout: cfg.CmdTimeout, SendTimeout: cfg.SendTimeout, PingInterval: cfg.PingInterval,
		MaxEvents:      eventsAtOnce,
		Resolver:       c.server.env.Resolver,
		MaxMessageSize: cfg.MaxMessageSize, MaxMessageChunks: cfg.MaxChunks, TLSFunc: cfg.TLSConfig, Logger: c.server.env.Log.Named(cfg.Name),
		Debug: c.server.debugged, OnRequest: c.server.Metrics.Request, OnDropped: c.server.Metrics.EventDropped, OnPanic: background.Panicked,
	}
	if c.server.Tokens != nil {
		client.TokenFunc = c.server.Tokens.request
	}
	return janusclient.New(client)
}

// Run serves the server until ctx ends or the server is retired and its last call over, and serves
// it again after a panic.
func (c *Connection) Run(ctx context.Context) {
	defer c.client.Close()
	for !c.server.env.Work.Guard("server "+c.server.Name, func() { c.loop(ctx) }) {
		c.rest(ctx, config.PanicPause)
	}
}

// loop keeps the server connected until ctx ends or the server is retired and
// its last call over: a session while it is enabled, or while there are calls.
func (c *Connection) loop(ctx context.Context) {
	pause := newBackoff()
	for ctx.Err() == nil {
		if !c.server.wanted() {
			if c.waitFor(ctx, func() bool { return c.server.Enabled() || c.server.isRetired() }); c.server.isRetired() {
				return
			}
			pause.Reset()
			continue
		}
		session, err := c.connect(ctx)
		if err != nil {
			c.rest(ctx, pause.NextBackOff())
			continue
		}
		pause.Reset()
		c.serve(ctx, session)
	}
}

func newBackoff() *backoff.ExponentialBackOff {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.MaxInterval = config.ReconnectFirst, config.ReconnectMost
	return pause
}

// connect makes one attempt at a session.
func (c *Connection) connect(ctx context.Context) (*janusclient.Session, error) {
	session, err := c.open(ctx)
	c.mu.Lock()
	c.attempts++
	c.failures++
	told := c.lastErr != nil && err != nil && c.lastErr.Error() == err.Error()
	c.lastErr = err
	if err == nil {
		c.failures = 0
		c.use(session)
	}
	c.notify()
	c.mu.Unlock()
	switch {
	case err == nil:
		c.server.env.logf(host.LevelNotice, "Server %s is connected, session %d%s", c.server.Name, session.ID(), c.byURL())
		c.server.event("up", "")
		c.server.env.Work.Go("asking server "+c.server.Name, func() { c.introduce(ctx) })
	case ctx.Err() == nil && !told:
		c.server.env.logf(host.LevelWarning, "Server %s cannot be connected, trying on: %s", c.server.Name, failure.Of(err).Reason)
	}
	return session, err
}

// URL is the one in use of those of the server, or the one that was used last. It may hold a
// password.
func (c *Connection) URL() string { return c.client.URL() }

// byURL says which URL is in use, for a server that has several; else it is "".
func (c *Connection) byURL() string {
	if !c.several {
		return ""
	}
	return ", by " + config.Mask(c.URL())
}

// open asks Janus for a session.
func (c *Connection) open(ctx context.Context) (*janusclient.Session, error) {
	session, err := c.client.Create(ctx, janusclient.SessionOptions{OnState: c.OnAPI, OnMessage: c.server.onMessage, WantsMessages: c.server.firesRaw})
	if err != nil {
		return nil, err
	}
	if err := c.identify(ctx); err != nil {
		c.destroy(session)
		return nil, err
	}
	return session, nil
}

// introduce asks Janus for its version, for `janus server <name>`.
func (c *Connection) introduce(ctx context.Context) {
	if info, err := c.client.Info(ctx); err == nil {
		c.info.Store(info)
	}
}

// serve watches over a session until it is lost or not wanted any more, and
// renews it when it may hold unknown handles, and nothing else.
func (c *Connection) serve(ctx context.Context, session *janusclient.Session) {
	for {
		changed := c.change()
		if session.Err() != nil {
			c.lost(session)
			return
		}
		if !c.server.wanted() {
			c.drop(nil)
			c.destroy(session)
			return
		}
		var quiet <-chan time.Time
		if c.renewable(session) {
			quiet = time.After(config.RenewalQuiet)
		}
		select {
		case <-ctx.Done():
			c.drop(nil)
			c.destroy(session)
			return
		case <-session.Done():
			c.lost(session)
			return
		case <-changed:
		case <-quiet:
			session = c.renew(ctx, session)
		}
	}
}

// lost tells the calls of a session that is gone.
func (c *Connection) lost(session *janusclient.Session) {
	err := session.Err()
	c.drop(err)
	c.server.env.logf(host.LevelWarning, "Server %s has lost its session: %s", c.server.Name, failure.Of(err).Reason)
	c.server.event("down", failure.Of(err).Reason)
	for _, leg := range c.server.env.Legs(c.server) {
		leg.SessionLost(session, err)
	}
}

func (c *Connection) drop(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session, c.lastErr, c.downSince = nil, err, time.Now()
	if c.awaySince.IsZero() {
		c.awaySince = c.downSince
	}
	c.notify()
}

// destroy takes leave of Janus, although the engine's context may have ended.
func (c *Connection) destroy(session *janusclient.Session) {
	ctx, cancel := context.WithTimeout(context.Background(), config.FarewellLimit)
	defer cancel()
	if err := session.Destroy(ctx); err != nil {
		c.server.env.logf(host.LevelDebug, "Server %s: destroying session %d: %s", c.server.Name, session.ID(), err)
	}
}

// rest waits for the next attempt, or until a call is in a hurry.
func (c *Connection) rest(ctx context.Context, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-c.hurry:
		// still a pause, so that a flood of calls is no flood of attempts
		select {
		case <-ctx.Done():
		case <-time.After(min(pause, config.ReconnectFirst)):
		}
	}
}
