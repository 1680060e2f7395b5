// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/coder/websocket"
)

// wsConn is one connection of the WebSocket transport.
type wsConn struct {
	transport *ws
	socket    *websocket.Conn
	ctx       context.Context // ends with the connection
	cancel    context.CancelFunc
	done      chan struct{} // closed when the connection has failed

	mu      sync.Mutex
	fault   error                    // why it failed
	pending map[string]chan *message // requests without an answer, by transaction
}

func newConn(t *ws, socket *websocket.Conn) *wsConn {
	c := &wsConn{transport: t, socket: socket, done: make(chan struct{}), pending: map[string]chan *message{}}
	c.ctx, c.cancel = context.WithCancel(t.ctx)
	return c
}

// fail ends the connection, once; the first reason counts.
func (c *wsConn) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fault != nil {
		return
	}
	c.fault = err
	close(c.done)
	c.cancel()
	c.transport.work.Go(func() { _ = c.socket.CloseNow() })
}

// err is why the connection failed.
func (c *wsConn) err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fault
}

// call sends a request and waits for the first message with its transaction
// that is not an event.
func (c *wsConn) call(ctx context.Context, transaction string, body []byte) (*message, error) {
	answer := make(chan *message, 1)
	c.mu.Lock()
	if c.fault != nil {
		defer c.mu.Unlock()
		return nil, c.unsent()
	}
	c.pending[transaction] = answer
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.pending, transaction)
	}()
	if err := c.write(body); err != nil {
		return nil, err
	}
	select {
	case m := <-answer:
		return m, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-c.done:
		select {
		case m := <-answer: // it came just before the end
			return m, nil
		default:
		}
		return nil, c.broken(true)
	}
}

// unsent and broken are the end of the connection as a request meets it;
// another try may find a new one.
func (c *wsConn) unsent() error { return c.cut(c.fault, false) }

func (c *wsConn) broken(sent bool) error { return c.cut(c.err(), sent) }

func (c *wsConn) cut(cause error, sent bool) error {
	if errors.Is(cause, ErrClosed) {
		return cause
	}
	fault := c.transport.fault("request", "the connection broke", plain(cause))
	var own *TransportError
	if errors.As(cause, &own) {
		fault.What, fault.Err = own.What, own.Err
	}
	fault.once, fault.sent = true, sent
	return fault
}

// write sends a message within SendTimeout. It does not follow the request's
// own context: a message broken off would take the connection with it.
func (c *wsConn) write(body []byte) error {
	ctx, cancel := context.WithTimeout(c.ctx, c.transport.cfg.SendTimeout)
	defer cancel()
	err := c.socket.Write(ctx, websocket.MessageText, body)
	if err == nil {
		return nil
	}
	if ctx.Err() != nil && c.ctx.Err() == nil {
		err = c.transport.fault("request", fmt.Sprintf("nothing could be sent for %s (send-timeout)", c.transport.cfg.SendTimeout), nil)
	}
	c.fail(err)
	return c.broken(true)
}

// read takes in messages until the connection fails.
func (c *wsConn) read() {
	defer c.transport.forget(c)
	for {
		kind, raw, err := c.socket.Read(c.ctx)
		if err != nil {
			c.fail(c.readFault(err))
			return
		}
		if kind != websocket.MessageText {
			c.fail(c.transport.fault("read", fmt.Sprintf("a binary message of %d bytes instead of JSON", len(raw)), nil))
			return
		}
		c.transport.debug("recv", raw)
		m, err := parseMessage(raw)
		switch {
		case err == nil:
			c.take(m)
		case json.Valid(raw) && !errors.Is(err, errDepth):
			c.transport.cfg.Logger.Debug("janus message passed over", "error", err) // of another version, say
		default:
			c.fail(c.transport.fault("read", strange(raw), err))
			return
		}
	}
}

func (c *wsConn) readFault(err error) error {
	if errors.Is(err, websocket.ErrMessageTooBig) || websocket.CloseStatus(err) == websocket.StatusMessageTooBig {
		return c.transport.fault("read", fmt.Sprintf("a message above the limit of %d bytes", c.transport.cfg.MaxMessageSize), nil)
	}
	return c.transport.fault("read", "the connection broke", plain(err))
}

// take gives an answer to who waits for it, and an event to its session. An
// event may carry the transaction of its request: it is not the answer, which
// is an ack.
func (c *wsConn) take(m *message) {
	if m.Transaction != "" && m.Janus != "event" {
		c.mu.Lock()
		answer := c.pending[m.Transaction]
		delete(c.pending, m.Transaction)
		c.mu.Unlock()
		if answer != nil {
			answer <- m
			return
		}
	}
	c.transport.deliver(m)
}
