// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// connectFor returns the connection on which to make a request. One of a session
// that was lost with its connection waits for the claim: Janus would take it on
// the new connection, and throw away the event that answers it.
func (t *ws) connectFor(ctx context.Context, session uint64, name string) (*wsConn, error) {
	for {
		conn, err := t.connect(ctx)
		if err != nil {
			return nil, err
		}
		t.mu.Lock()
		moved := t.moved
		ready := t.listeners[session] == nil || t.homes[session] == conn || name == "claim"
		t.mu.Unlock()
		if ready {
			return conn, nil
		}
		select {
		case <-moved:
		case <-conn.done: // connect again
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// settle notes that a session has its events on a connection. It is called by
// the reader of the connection, before any event that follows the answer.
func (t *ws) settle(conn *wsConn, session uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.conn != conn {
		return
	}
	if to := t.listeners[session]; to != nil && t.homes[session] != conn {
		to.regained(conn.number) // before any request is made there
	}
	t.homes[session] = conn
	t.move()
}

// move wakes who waits for homes or listeners; t.mu is held.
func (t *ws) move() {
	close(t.moved)
	t.moved = make(chan struct{})
}

// forget takes a connection that has failed out of use.
func (t *ws) forget(conn *wsConn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.conn == conn {
		t.conn = nil
	}
	for session, home := range t.homes {
		if home == conn {
			delete(t.homes, session)
			delete(t.early, session)
		}
	}
	t.move()
}

// claims brackets a claim: Janus may send what happens in the session before it
// answers.
func (t *ws) claims(session uint64) (end func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.claiming[session]++
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.claiming[session]--; t.claiming[session] > 0 {
			return
		}
		delete(t.claiming, session)
		if t.homes[session] == nil {
			delete(t.early, session)
		}
	}
}

// deliver hands a message that answers no request to its session. What comes
// between a claim and listen is kept for it.
func (t *ws) deliver(m *message) {
	session := uint64(m.SessionID)
	t.mu.Lock()
	to := t.listeners[session]
	expected := t.homes[session] != nil || t.claiming[session] > 0
	if to == nil && expected && len(t.early[session]) < maxOrphans {
		t.early[session] = append(t.early[session], m)
	}
	t.mu.Unlock()
	if to != nil {
		to.deliver(m)
	}
}

// enlist lets a session have its events.
func (t *ws) enlist(session uint64, to listener) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, m := range t.early[session] { // under the lock, or newer ones would overtake them
		to.deliver(m)
	}
	delete(t.early, session)
	t.listeners[session] = to
	t.idle.Stop()
}

func (t *ws) unlist(session uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.listeners, session)
	delete(t.homes, session)
	t.move()
	t.restIdle()
}

// listen implements transport: it keeps the session on a connection that works.
func (t *ws) listen(ctx context.Context, session uint64, to listener) {
	t.enlist(session, to)
	defer t.unlist(session)
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.MaxInterval = 100*time.Millisecond, time.Second
	down := false
	for ctx.Err() == nil {
		conn, claimed, err := t.bring(ctx, session)
		if err == nil {
			pauses.Reset()
			if claimed && !down { // it broke before anybody watched it, and events may be lost
				to.state(false, t.fault("the connection broke", nil))
			}
			if claimed || down {
				to.state(true, nil)
			}
			err = t.watch(ctx, conn, session, to)
		}
		switch {
		case ctx.Err() != nil:
			return
		case hasCode(err, CodeSessionNotFound):
			to.lost(err)
			return
		}
		down = true
		to.state(false, err)
		if !pause(ctx, pauses.NextBackOff()) {
			return
		}
	}
}

// bring returns the connection on which the session has its events, after
// claiming it where it has none.
func (t *ws) bring(ctx context.Context, session uint64) (conn *wsConn, claimed bool, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, t.cfg.CmdTimeout, ErrTimeout)
	defer cancel()
	conn, err = t.connect(ctx)
	if err != nil {
		return nil, false, err
	}
	t.mu.Lock()
	home := t.homes[session]
	t.mu.Unlock()
	if home == conn {
		return conn, false, nil
	}
	if _, err := t.ask(ctx, conn, session, "claim"); err != nil {
		return nil, false, err
	}
	return conn, true, nil
}

// watch sends keepalives until the connection fails or one is not answered.
func (t *ws) watch(ctx context.Context, conn *wsConn, session uint64, to listener) error {
	tick := time.NewTicker(t.cfg.PingInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-conn.done:
			return conn.err()
		case <-tick.C:
		}
		limited, cancel := context.WithTimeoutCause(ctx, t.cfg.CmdTimeout, ErrTimeout)
		m, err := t.ask(limited, conn, session, "keepalive")
		cancel()
		var refusal *Error
		switch {
		case err == nil:
			to.measured(m.took)
		case errors.As(err, &refusal) && refusal.Code != CodeSessionNotFound:
			// Janus lives. A token that has just run out, say: the next one may be better.
			t.cfg.Logger.Debug("janus refused a keepalive", "session", session, "error", err)
		default:
			return err
		}
	}
}

// ask makes a request of the session itself, on this connection and no other.
// One that does not answer it in time is none: it is half open, say.
func (t *ws) ask(ctx context.Context, conn *wsConn, session uint64, name string) (*message, error) {
	m, err := t.post(ctx, conn, name, address{session: session}, newRequest(name, nil))
	if err == nil {
		return m, m.refusal(name)
	}
	if errors.Is(context.Cause(ctx), ErrTimeout) {
		return nil, named(name, t.giveUp(conn, name))
	}
	return nil, err
}

// undo takes back what a request has made whose caller had given up: nobody
// would ever use the session or the handle.
func (t *ws) undo(conn *wsConn, p *pending, m *message) {
	if m.Janus != "success" || m.Data == nil || m.Data.ID == 0 {
		return
	}
	to, name := address{session: uint64(m.Data.ID)}, "destroy"
	if p.name == "attach" {
		to, name = address{session: p.session, handle: uint64(m.Data.ID)}, "detach"
	}
	t.work.Go(func() {
		ctx, cancel := context.WithTimeout(conn.ctx, t.cfg.CmdTimeout)
		defer cancel()
		_, err := t.post(ctx, conn, name, to, newRequest(name, nil))
		t.cfg.Logger.Debug("janus answered too late, what it made is removed", "request", p.name, "id", m.Data.ID, "error", err)
	})
}
