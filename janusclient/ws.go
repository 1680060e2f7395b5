// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

const (
	// subprotocol is that of the Janus API (manual: "WebSockets Interface").
	subprotocol = "janus-protocol"
	// idleLimit is how long a connection without a session is kept.
	idleLimit = 30 * time.Second
)

var errIdle = errors.New("the connection was not needed any more")

// ws carries messages over one WebSocket, on which answers and events of all
// sessions come in as they please. It is connected when first used and, as long
// as there is a session, whenever it was lost; a session that was made on an
// earlier connection is claimed on the new one.
type ws struct {
	cfg    Config
	url    string         // without user-info
	shown  string         // in errors: without a query, which may hold a secret
	made   *atomic.Uint64 // connections so far
	header http.Header
	http   *http.Client
	ctx    context.Context // ends at close
	cancel context.CancelFunc

	mu        sync.Mutex
	conn      *wsConn       // nil while not connected
	dialing   chan struct{} // closed when the dial under way has ended; nil if none is
	dialErr   error         // of the latest dial
	listeners map[uint64]listener
	homes     map[uint64]*wsConn    // the connection on which a session has its events
	claiming  map[uint64]int        // claims under way
	early     map[uint64][]*message // what came for a session that does not listen yet
	moved     chan struct{}         // closed, and replaced, when homes or listeners change
	idle      *time.Timer
	work      sync.WaitGroup
}

// newWebSocket makes the transport for a URL that has been checked.
func newWebSocket(cfg Config, u *url.URL, client *http.Client, made *atomic.Uint64) *ws {
	t := &ws{
		cfg: cfg, made: made, http: client, header: http.Header{"User-Agent": {cfg.UserAgent}}, moved: make(chan struct{}), listeners: map[uint64]listener{},
		homes: map[uint64]*wsConn{}, early: map[uint64][]*message{}, claiming: map[uint64]int{},
	}
	if u.User != nil {
		password, _ := u.User.Password()
		t.header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+password)))
	}
	plain := *u
	plain.User = nil
	t.url = plain.String()
	plain.RawQuery = ""
	t.shown = plain.String()
	t.ctx, t.cancel = context.WithCancel(context.Background())
	t.idle = time.AfterFunc(time.Hour, t.closeIdle)
	t.idle.Stop()
	return t
}

// close implements transport: it ends the connection.
func (t *ws) close() {
	t.cancel()
	t.mu.Lock()
	t.idle.Stop()
	conn := t.conn
	t.mu.Unlock()
	if conn != nil {
		conn.fail(ErrClosed)
	}
	t.work.Wait()
	t.http.CloseIdleConnections()
}

// closeIdle drops a connection that has served no session for a while.
func (t *ws) closeIdle() {
	t.mu.Lock()
	conn, used := t.conn, len(t.listeners) > 0
	t.mu.Unlock()
	if conn != nil && !used {
		conn.fail(errIdle)
	}
}

// restIdle starts the time without a session; t.mu is held.
func (t *ws) restIdle() {
	if len(t.listeners) == 0 && t.ctx.Err() == nil {
		t.idle.Reset(idleLimit)
	}
}

// connect returns the connection there is, or makes one. Many may ask at once:
// one dials, and its outcome is everybody's.
func (t *ws) connect(ctx context.Context) (*wsConn, error) {
	t.mu.Lock()
	if t.conn != nil && t.conn.failed() {
		t.conn = nil // its reader is about to say so
	}
	if t.conn != nil {
		defer t.mu.Unlock()
		return t.conn, nil
	}
	if t.ctx.Err() != nil {
		t.mu.Unlock()
		return nil, ErrClosed
	}
	if t.dialing == nil {
		t.dialing = make(chan struct{})
		t.work.Go(t.dial)
	}
	dialing := t.dialing
	t.mu.Unlock()
	select {
	case <-dialing:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.conn == nil && t.dialErr == nil { // made, and broken already
		return nil, t.passing("the connection broke", nil)
	}
	return t.conn, t.dialErr
}

// dial makes a connection within CmdTimeout.
func (t *ws) dial() {
	ctx, cancel := context.WithTimeoutCause(t.ctx, t.cfg.CmdTimeout, ErrTimeout)
	defer cancel()
	conn, err := t.handshake(ctx)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dialErr = err
	if err == nil {
		t.conn = conn
		t.work.Go(conn.read)
		t.restIdle()
	}
	close(t.dialing)
	t.dialing = nil
}

func (t *ws) handshake(ctx context.Context) (*wsConn, error) {
	//nolint:bodyclose // Dial: "You never need to close resp.Body yourself"
	socket, response, err := websocket.Dial(ctx, t.url, &websocket.DialOptions{
		HTTPClient: t.http, HTTPHeader: t.header, Subprotocols: []string{t.cfg.Subprotocol},
	})
	switch {
	case err != nil && ctx.Err() != nil && t.ctx.Err() != nil:
		return nil, ErrClosed
	case err != nil && ctx.Err() != nil:
		return nil, t.passing(fmt.Sprintf("no WebSocket in %s", t.cfg.CmdTimeout), ErrTimeout)
	case err != nil && response != nil && response.StatusCode != http.StatusSwitchingProtocols:
		return nil, t.badStatus(response.StatusCode)
	case err != nil:
		return nil, t.passing("no WebSocket", plain(err))
	}
	if got := socket.Subprotocol(); got != t.cfg.Subprotocol {
		_ = socket.CloseNow()
		return nil, t.fault(fmt.Sprintf("the subprotocol is %q, not %q: is it the right API of Janus?", got, t.cfg.Subprotocol), nil)
	}
	socket.SetReadLimit(-1) // the reader bounds what is kept
	return newConn(t, t.made.Add(1), socket), nil
}

// badStatus is what a server says that does not change to WebSocket.
func (t *ws) badStatus(status int) error {
	what := fmt.Sprintf("HTTP status %d %s instead of a WebSocket", status, http.StatusText(status))
	if status >= 300 && status < 400 {
		what += ", and redirects are not followed"
	}
	fault := t.fault(what, nil)
	fault.Status, fault.once = status, status >= 500
	return fault
}

// fault is one of the connection; named puts in which request has met it.
func (t *ws) fault(what string, err error) *TransportError {
	return &TransportError{Request: "connect", URL: t.shown, What: what, Err: err}
}

// passing is a fault that another try may not meet.
func (t *ws) passing(what string, err error) *TransportError {
	fault := t.fault(what, err)
	fault.once = true
	return fault
}

// named says in a fault of the connection which request has met it.
func named(name string, err error) error {
	var fault *TransportError
	if errors.As(err, &fault) {
		own := *fault
		own.Request = name
		return &own
	}
	return err
}

// send implements transport.
func (t *ws) send(ctx context.Context, to address, request map[string]any) (*message, error) {
	conn, err := t.connectFor(ctx, to.session, "send")
	if err != nil {
		return nil, named("send", err)
	}
	return t.post(ctx, conn, "send", to, request)
}

// roundTrip implements transport.
func (t *ws) roundTrip(ctx context.Context, to address, request map[string]any) (*message, error) {
	name, _ := request["janus"].(string)
	conn, err := t.connectFor(ctx, to.session, name)
	if err != nil {
		return nil, named(name, err)
	}
	if name == "claim" {
		defer t.claims(to.session)()
	}
	m, err := t.post(ctx, conn, name, to, request)
	if err != nil && errors.Is(context.Cause(ctx), ErrTimeout) && !t.watched(conn) {
		// It may be half open, and there are no keepalives that would show it.
		_ = t.giveUp(conn, name) // err says that it was not answered
	}
	return m, err
}

// giveUp ends a connection on which a request was not answered in CmdTimeout.
func (t *ws) giveUp(conn *wsConn, name string) *TransportError {
	fault := t.fault(fmt.Sprintf("no answer to %s in %s, the connection is given up", name, t.cfg.CmdTimeout), nil)
	conn.fail(fault)
	return fault
}

// watched tells whether a session has its home on the connection: its
// keepalives show whether the connection works.
func (t *ws) watched(conn *wsConn) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, home := range t.homes {
		if home == conn {
			return true
		}
	}
	return false
}

// post makes a request on one connection, by another name than its own, perhaps.
func (t *ws) post(ctx context.Context, conn *wsConn, name string, to address, request map[string]any) (*message, error) {
	transaction, _ := request["transaction"].(string)
	t.cfg.authorize(request)
	if to.session != 0 {
		request["session_id"] = to.session
	}
	if to.handle != 0 {
		request["handle_id"] = to.handle
	}
	body, err := json.Marshal(request)
	if err != nil {
		return nil, fmt.Errorf("janus: %s cannot be written as JSON: %w", name, err)
	}
	t.cfg.debug("send", body)
	began := time.Now()
	p := &pending{name: name, transaction: transaction, session: to.session, answer: make(chan *message, 1)}
	if err := conn.expect(p); err != nil {
		return nil, named(name, err)
	}
	if err := conn.write(ctx, body); err != nil {
		conn.giveUp(p)
		return nil, named(name, err)
	}
	m, err := conn.wait(ctx, p)
	if err == nil && m.fault != nil {
		err = m.fault
	}
	if err != nil {
		return nil, named(name, err)
	}
	if m.SessionID != 0 && to.session != 0 && uint64(m.SessionID) != to.session {
		return nil, named(name, t.fault("the answer to another session", nil))
	}
	m.took = time.Since(began)
	return m, nil
}
