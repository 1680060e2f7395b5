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
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/coder/websocket"
)

const (
	// subprotocol is what Janus's WebSocket transport speaks (manual: "WebSockets Interface").
	subprotocol = "janus-protocol"
	// idleLimit is how long a connection without a session is kept.
	idleLimit = 30 * time.Second
)

// ws carries messages over one WebSocket, on which answers and events of all
// sessions come in as they please. It is connected when first used and, as long
// as there is a session, whenever it was lost; a session that was made on an
// earlier connection is claimed on the new one.
type ws struct {
	cfg    Config
	url    string // without user-info
	header http.Header
	http   *http.Client
	ctx    context.Context // ends at close
	cancel context.CancelFunc

	mu        sync.Mutex
	conn      *wsConn       // nil while not connected
	dialing   chan struct{} // closed when the dial under way has ended; nil if none is
	dialErr   error         // of the latest dial
	homes     map[uint64]*wsConn
	listeners map[uint64]listener
	idle      *time.Timer
	work      sync.WaitGroup
}

// newWebSocket makes the transport for a URL that has been checked.
func newWebSocket(cfg Config, u *url.URL) *ws {
	t := &ws{cfg: cfg, homes: map[uint64]*wsConn{}, listeners: map[uint64]listener{}, header: http.Header{}}
	if u.User != nil {
		password, _ := u.User.Password()
		t.header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+password)))
	}
	plain := *u
	plain.User = nil
	t.url = plain.String()
	t.http = &http.Client{
		Transport: cfg.RoundTripper,
		// A redirect would carry secrets to a place nobody configured.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	if cfg.RoundTripper == nil {
		t.http.Transport = newHTTPTransport(cfg)
	}
	t.ctx, t.cancel = context.WithCancel(context.Background())
	t.idle = time.AfterFunc(time.Hour, t.closeIdle)
	t.idle.Stop()
	return t
}

// close implements transport: it ends the connection.
func (t *ws) close() {
	t.cancel()
	t.idle.Stop()
	t.mu.Lock()
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

var errIdle = errors.New("the connection was not needed any more")

// connect returns the connection there is, or makes one. Many may ask at once:
// one dials, and its outcome is everybody's.
func (t *ws) connect(ctx context.Context) (*wsConn, error) {
	t.mu.Lock()
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
	if t.conn != nil {
		return t.conn, nil
	}
	return nil, t.dialErr
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
		t.idle.Reset(idleLimit)
	}
	close(t.dialing)
	t.dialing = nil
}

func (t *ws) handshake(ctx context.Context) (*wsConn, error) {
	socket, response, err := websocket.Dial(ctx, t.url, &websocket.DialOptions{
		HTTPClient: t.http, HTTPHeader: t.header, Subprotocols: []string{subprotocol},
	})
	if err != nil {
		fault := t.fault("connect", "no WebSocket", plain(err))
		fault.once = true
		if response != nil {
			fault.Status = response.StatusCode
			fault.What = fmt.Sprintf("HTTP status %d %s instead of a WebSocket", response.StatusCode, http.StatusText(response.StatusCode))
			fault.Err = nil
			if response.StatusCode >= 300 && response.StatusCode < 400 {
				fault.What += ", and redirects are not followed"
			}
			fault.once = response.StatusCode >= 500
		}
		return nil, fault
	}
	if got := socket.Subprotocol(); got != subprotocol {
		_ = socket.CloseNow()
		return nil, t.fault("connect", fmt.Sprintf("the subprotocol is %q, not %q: is it Janus's API?", got, subprotocol), nil)
	}
	socket.SetReadLimit(t.cfg.MaxMessageSize)
	return newConn(t, socket), nil
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
		}
	}
}

func (t *ws) fault(name, what string, err error) *TransportError {
	return &TransportError{Request: name, URL: t.url, What: what, Err: err}
}

// call implements transport.
func (t *ws) call(ctx context.Context, to address, request map[string]any) (*message, error) {
	name, _ := request["janus"].(string)
	transaction, _ := request["transaction"].(string)
	if t.cfg.Secret != "" {
		request["apisecret"] = t.cfg.Secret
	}
	if token := t.cfg.token(); token != "" {
		request["token"] = token
	}
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
	conn, err := t.connect(ctx)
	if err != nil {
		return nil, t.named(name, err)
	}
	t.debug("send", body)
	m, err := conn.call(ctx, transaction, body)
	if err != nil {
		return nil, t.named(name, err)
	}
	if m.SessionID != 0 && to.session != 0 && m.SessionID != to.session {
		return nil, t.fault(name, "the answer to another session", nil)
	}
	t.settle(conn, name, to.session, m)
	return m, nil
}

// named says in a fault of the connection which request has met it.
func (t *ws) named(name string, err error) error {
	var fault *TransportError
	if errors.As(err, &fault) {
		own := *fault
		own.Request = name
		return &own
	}
	return err
}

// settle notes on which connection a session has its events.
func (t *ws) settle(conn *wsConn, name string, session uint64, m *message) {
	if m.Janus != "success" {
		return
	}
	switch {
	case name == "create" && m.Data != nil:
		session = m.Data.ID
	case name == "claim":
	default:
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.conn == conn {
		t.homes[session] = conn
	}
}

// listen implements transport: it keeps the session on a connection that works.
func (t *ws) listen(ctx context.Context, session uint64, to listener) {
	t.mu.Lock()
	t.listeners[session] = to
	t.idle.Stop()
	t.mu.Unlock()
	defer t.unlisten(session)
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.MaxInterval = 100*time.Millisecond, time.Second
	down := false
	for ctx.Err() == nil {
		conn, err := t.bring(ctx, session)
		if err == nil {
			pauses.Reset()
			if down {
				down = false
				to.state(true, nil)
			}
			err = t.watch(ctx, conn, to)
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

func (t *ws) unlisten(session uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.listeners, session)
	delete(t.homes, session)
	if len(t.listeners) == 0 && t.ctx.Err() == nil {
		t.idle.Reset(idleLimit)
	}
}

// bring returns the connection on which the session has its events, after
// claiming it where it has none.
func (t *ws) bring(ctx context.Context, session uint64) (*wsConn, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, t.cfg.CmdTimeout, ErrTimeout)
	defer cancel()
	conn, err := t.connect(ctx)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	home := t.homes[session]
	t.mu.Unlock()
	if home == conn {
		return conn, nil
	}
	m, err := t.call(ctx, address{session: session}, newRequest("claim", nil))
	if err == nil {
		err = m.refusal("claim")
	}
	return conn, err
}

// watch sends keepalives until the connection fails or one is not answered.
func (t *ws) watch(ctx context.Context, conn *wsConn, to listener) error {
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
		err := to.probe(ctx)
		switch {
		case ctx.Err() != nil || hasCode(err, CodeSessionNotFound):
			return err
		case err != nil:
			// a connection on which nothing is answered is none: a half-open one, say
			conn.fail(t.fault("keepalive", "no answer, the connection is given up", plain(err)))
			return err
		}
	}
}

// deliver hands a message that answers no request to its session.
func (t *ws) deliver(m *message) {
	t.mu.Lock()
	to := t.listeners[m.SessionID]
	t.mu.Unlock()
	if to != nil {
		to.deliver(m)
	}
}

func (t *ws) debug(direction string, body []byte) {
	if t.cfg.Debug != nil {
		t.cfg.Debug(direction, Mask(body))
	}
}
