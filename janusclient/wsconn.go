// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// maxLate bounds the requests whose late answers are still of interest.
const maxLate = 256

// wsConn is one connection of the WebSocket transport.
type wsConn struct {
	transport *ws
	number    uint64 // counts the connections of the transport, from 1
	socket    *websocket.Conn
	ctx       context.Context // ends with the connection
	cancel    context.CancelFunc
	done      chan struct{} // closed when the connection has failed
	turn      chan struct{} // holds a token while somebody writes
	copies    copies        // of the goroutine that reads

	mu      sync.Mutex
	fault   error               // why it failed
	pending map[string]*pending // requests without an answer, by transaction
	late    int                 // of them, those whose caller has given up
}

// pending is a request that waits for its answer.
type pending struct {
	name        string // of the request
	transaction string
	session     uint64 // whom it is for; 0: the server
	answer      chan *message
	givenUp     bool
}

func newConn(t *ws, number uint64, socket *websocket.Conn) *wsConn {
	c := &wsConn{
		transport: t, number: number, socket: socket, done: make(chan struct{}), turn: make(chan struct{}, 1), pending: map[string]*pending{},
	}
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
	c.cancel() // the reader closes the socket
}

// failed tells whether the connection has ended.
func (c *wsConn) failed() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// err is why the connection failed.
func (c *wsConn) err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fault
}

// expect lets the answer to a request find it, which is sent after that.
func (c *wsConn) expect(p *pending) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fault != nil {
		return c.cut(c.fault)
	}
	c.pending[p.transaction] = p
	return nil
}

// wait waits for the first message with the transaction of a request that is not
// an event.
func (c *wsConn) wait(ctx context.Context, p *pending) (*message, error) {
	select {
	case m := <-p.answer:
		return m, nil
	case <-ctx.Done():
		if m := c.giveUp(p); m != nil {
			return m, nil
		}
		return nil, context.Cause(ctx)
	case <-c.done:
		if m := c.giveUp(p); m != nil {
			return m, nil // it came just before the end
		}
		return nil, c.cut(c.err())
	}
}

// giveUp ends the wait for an answer, and returns it if it has just come. A
// request that makes something is remembered, for that to be taken back.
func (c *wsConn) giveUp(p *pending) *message {
	c.mu.Lock()
	if c.pending[p.transaction] != p {
		c.mu.Unlock()
		return <-p.answer // the reader is about to put it there
	}
	defer c.mu.Unlock()
	if (p.name == "attach" || p.name == "create") && c.fault == nil && c.late < maxLate {
		p.givenUp = true
		c.late++
		return nil
	}
	delete(c.pending, p.transaction)
	return nil
}

// cut is the end of the connection as a request meets it; another try may find
// a new one. (It is of no interest whether it was sent: no answer can come.)
func (c *wsConn) cut(cause error) error {
	if errors.Is(cause, ErrClosed) {
		return cause
	}
	fault := c.transport.passing("the connection broke", plain(cause))
	var own *TransportError
	if errors.As(cause, &own) {
		fault.What, fault.Err = own.What, own.Err
	}
	return fault
}

// write sends a message within SendTimeout, which counts from when it is its
// turn: to wait behind others says nothing of the connection. Once begun it does
// not follow the request's own context: a message broken off would take the
// connection with it.
func (c *wsConn) write(ctx context.Context, body []byte) error {
	select {
	case c.turn <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-c.done:
		return c.cut(c.err())
	}
	defer func() { <-c.turn }()
	limit := c.transport.cfg.SendTimeout
	timer := time.AfterFunc(limit, func() {
		c.fail(c.transport.fault(fmt.Sprintf("nothing could be sent for %s (send-timeout), the connection is given up", limit), nil))
	})
	defer timer.Stop()
	if err := c.socket.Write(c.ctx, websocket.MessageText, body); err != nil {
		c.fail(err)
		return c.cut(c.err())
	}
	return nil
}

// read takes in messages until the connection fails.
func (c *wsConn) read() {
	defer func() {
		c.transport.forget(c)
		_ = c.socket.CloseNow()
	}()
	defer rescue(&c.transport.cfg, "the reader of a WebSocket", c.fail)
	buffer := make([]byte, 16<<10)
	for {
		in := &intake{limit: c.transport.cfg.MaxMessageSize}
		kind, r, err := c.socket.Reader(c.ctx)
		if err == nil {
			_, err = io.CopyBuffer(in, r, buffer)
		}
		switch {
		case err != nil:
			err = c.readFault(err)
		case kind != websocket.MessageText:
			err = c.transport.fault(fmt.Sprintf("a binary message of %d bytes instead of JSON", in.size), nil)
		default:
			err = c.received(in)
		}
		if err != nil {
			c.fail(err)
			return
		}
	}
}

// received takes a message; an error is for one after which no other is read.
func (c *wsConn) received(in *intake) error {
	if !in.over() {
		c.transport.cfg.debug("recv", in.kept)
	}
	if m := c.copies.whole(in.kept); m != nil && !in.over() {
		c.take(m)
		return nil
	}
	m, err := in.message(c.transport.fault)
	var large *TransportError
	switch {
	case err == nil:
		c.take(m)
		c.copies.learn(m)
	case errors.As(err, &large):
		return large
	case json.Valid(in.kept) && !errors.Is(err, errDepth):
		c.transport.cfg.Logger.Debug("janus message passed over", "error", err) // of another version, say
	default:
		return c.transport.fault(strange(in.kept), err)
	}
	return nil
}

func (c *wsConn) readFault(err error) error {
	var chunks *chunkError
	if errors.As(err, &chunks) {
		return c.transport.fault(chunks.Error(), nil)
	}
	return c.transport.fault("the connection broke", plain(err))
}

// take gives an answer to who waits for it, and an event to its session. An
// event may carry the transaction of its request: it is not the answer, which
// is an ack.
func (c *wsConn) take(m *message) {
	m.connection = c.number
	p := c.waiting(m)
	switch {
	case p == nil:
		c.transport.deliver(m)
		return
	case p.givenUp:
		c.transport.undo(c, p, m)
		return
	case m.Janus != "success":
	case p.name == "create" && m.Data != nil && m.Data.ID != 0:
		c.transport.settle(c, uint64(m.Data.ID))
	case p.name == "claim":
		c.transport.settle(c, p.session)
	}
	p.answer <- m // never blocks: there is but one
}

// waiting takes the request that a message answers off the list; nil if there
// is none.
func (c *wsConn) waiting(m *message) *pending {
	if m.Transaction == "" || m.Janus == "event" {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.pending[m.Transaction]
	if p == nil {
		return nil
	}
	delete(c.pending, m.Transaction)
	if p.givenUp {
		c.late--
	}
	return p
}
