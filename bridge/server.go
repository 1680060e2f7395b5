// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"

	"mod_janus/janusclient"
)

const (
	// connectPatience is how long a call waits for a server that is down, counted
	// from when it went down; then one more attempt decides.
	connectPatience = 10 * time.Second
	// reconnectFirst and reconnectMost bound the pause between attempts to connect.
	reconnectFirst = 100 * time.Millisecond
	reconnectMost  = 5 * time.Second
	// farewell bounds what is said to Janus at the end of a call or session.
	farewell = 3 * time.Second
)

// server is one configured Janus and the session with it.
type server struct {
	engine *Engine
	cfg    ServerConfig
	client *janusclient.Client

	total      atomic.Uint64 // calls ever dialled
	inProgress atomic.Int64  // legs that exist
	ids        atomic.Int32  // idMode as found out, idAuto while unknown

	mu        sync.Mutex
	enabled   bool
	session   *janusclient.Session // nil while not connected
	connected time.Time            // when session was made
	downSince time.Time            // while enabled and not connected
	attempts  uint64               // to connect, ended
	lastErr   error
	changed   chan struct{} // closed and replaced at every change of the above
	hurry     chan struct{} // holds a token when a call wants an attempt now
}

func newServer(e *Engine, cfg ServerConfig) (*server, error) {
	s := &server{
		engine: e, cfg: cfg, enabled: cfg.Enabled, downSince: time.Now(),
		changed: make(chan struct{}), hurry: make(chan struct{}, 1),
	}
	s.ids.Store(int32(cfg.StringIDs))
	log := e.log.Named(cfg.Name)
	client, err := janusclient.New(janusclient.Config{
		URL: cfg.URL, Secret: cfg.Secret, Token: cfg.AuthToken,
		CmdTimeout: cfg.CmdTimeout, MaxMessageSize: cfg.MaxMessageSize, Logger: log,
		Debug: func(direction, message string) {
			if e.debug.Load() {
				e.logf(LevelDebug, "%s %s %s", cfg.Name, direction, message)
			}
		},
	})
	if err != nil {
		return nil, err
	}
	s.client = client
	return s, nil
}

// run keeps the server connected until ctx ends: a session while it is
// enabled, or while calls that began before it was disabled go on.
func (s *server) run(ctx context.Context) {
	defer s.client.Close()
	pause := newBackoff()
	for ctx.Err() == nil {
		if !s.isEnabled() && s.session == nil {
			s.waitFor(ctx, func() bool { return s.enabled })
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
	pause.InitialInterval, pause.MaxInterval = reconnectFirst, reconnectMost
	return pause
}

// connect makes one attempt at a session.
func (s *server) connect(ctx context.Context) (*janusclient.Session, error) {
	session, err := s.client.Create(ctx, janusclient.SessionOptions{})
	s.mu.Lock()
	s.attempts++
	told := s.lastErr != nil && err != nil && s.lastErr.Error() == err.Error()
	s.lastErr = err
	if err == nil {
		s.session, s.connected = session, time.Now()
	}
	s.notify()
	s.mu.Unlock()
	switch {
	case err == nil:
		s.engine.logf(LevelNotice, "Server %s is connected, session %d", s.cfg.Name, session.ID())
		s.event("up", "")
	case ctx.Err() == nil && !told:
		s.engine.logf(LevelWarning, "Server %s cannot be connected, trying on: %s", s.cfg.Name, failureOf(err).reason)
	}
	return session, err
}

// serve watches over a session until it is lost or not wanted any more.
func (s *server) serve(ctx context.Context, session *janusclient.Session) {
	for {
		s.mu.Lock()
		changed, enabled := s.changed, s.enabled
		s.mu.Unlock()
		if !enabled && s.inProgress.Load() == 0 {
			s.drop(nil)
			s.destroy(session)
			return
		}
		select {
		case <-ctx.Done():
			s.drop(nil)
			s.destroy(session)
			return
		case <-session.Done():
			s.lost(session.Err())
			return
		case <-changed:
		}
	}
}

// lost tells the calls of a session that is gone.
func (s *server) lost(err error) {
	s.drop(err)
	s.engine.logf(LevelWarning, "Server %s has lost its session: %s", s.cfg.Name, err)
	s.event("down", err.Error())
	for _, c := range s.engine.snapshot() {
		if c.server == s {
			c.post(msgLost{err})
		}
	}
}

func (s *server) drop(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.session, s.lastErr, s.downSince = nil, err, time.Now()
	s.notify()
}

// destroy takes leave of Janus, although the engine's context may have ended.
func (s *server) destroy(session *janusclient.Session) {
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	if err := session.Destroy(ctx); err != nil {
		s.engine.logf(LevelDebug, "Server %s: destroying session %d: %s", s.cfg.Name, session.ID(), err)
	}
}

// rest waits for the next attempt, or until a call is in a hurry.
func (s *server) rest(ctx context.Context, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-s.hurry:
		// still a pause, so that a flood of calls is no flood of attempts
		select {
		case <-ctx.Done():
		case <-time.After(min(pause, reconnectFirst)):
		}
	}
}

// await returns the session, for which it waits as connectPatience says.
func (s *server) await(ctx context.Context) (*janusclient.Session, error) {
	s.mu.Lock()
	began := s.attempts
	patience := time.NewTimer(time.Until(s.downSince.Add(connectPatience)))
	s.mu.Unlock()
	defer patience.Stop()
	patient := true
	for {
		s.mu.Lock()
		session, changed, attempts, lastErr, enabled := s.session, s.changed, s.attempts, s.lastErr, s.enabled
		s.mu.Unlock()
		switch {
		case session != nil:
			return session, nil
		case !enabled:
			return nil, fail(CauseOutgoingCallBarred, fmt.Sprintf("server %q has been disabled", s.cfg.Name))
		case !patient && attempts > began:
			return nil, notConnected(s.cfg.Name, lastErr)
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
	return fail(CauseDestinationOutOfOrder, fmt.Sprintf("server %q is not connected: %s", name, failureOf(err).reason))
}

// waitFor waits until the condition, asked under the lock, holds.
func (s *server) waitFor(ctx context.Context, condition func() bool) {
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

// notify wakes whoever waits for a change; the lock is held.
func (s *server) notify() {
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *server) isEnabled() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.enabled
}

// setEnabled bars or admits new calls, at once. A disabled server keeps its
// session as long as calls are in progress.
func (s *server) setEnabled(enabled bool) {
	s.mu.Lock()
	was := s.enabled
	s.enabled = enabled
	if enabled && !was && s.session == nil {
		s.downSince = time.Now()
	}
	s.notify()
	s.mu.Unlock()
	if was != enabled {
		state := map[bool]string{true: "enabled", false: "disabled"}[enabled]
		s.engine.logf(LevelNotice, "Server %s is %s", s.cfg.Name, state)
		s.event(state, "")
	}
}

// ended counts a leg that exists no more.
func (s *server) ended() {
	s.inProgress.Add(-1)
	s.mu.Lock()
	s.notify()
	s.mu.Unlock()
}

// sessionID and since describe the session for `janus list`; 0 when not connected.
func (s *server) sessionID() (id uint64, since time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.session == nil {
		return 0, time.Time{}
	}
	return s.session.ID(), s.connected
}

func (s *server) event(action, reason string) {
	headers := [][2]string{{"Action", action}, {"Janus-Server", s.cfg.Name}}
	if reason != "" {
		headers = append(headers, [2]string{"Janus-Reason", reason})
	}
	s.engine.host.Fire(Event{Subclass: "janus::server", Headers: headers})
}
