// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"
)

// PluginReply is a plugin's answer to a message.
type PluginReply struct {
	Plugin string
	Data   json.RawMessage // as the plugin sent it
	JSEP   *JSEP           // nil if none
}

// Exchange is one message and all its answers: everything that Janus sends
// with its transaction. [Handle.Message] is the shorthand for those that have
// but one.
type Exchange struct {
	handle  *Handle
	id      string // transaction
	request string // "request" of the body, for errors
	message map[string]any
	began   time.Time
	told    sync.Once // Config.OnRequest knows how it has ended

	mu         sync.Mutex
	connection uint64    // by which the message was accepted; see Session.regained
	taken      time.Time // when it was accepted
	replies    []*message
	arrived    chan struct{} // holds a token while replies are waiting
	sum        uint64        // of the last reply
	count      int
	resent     bool
}

// resendGrace is how long the answer to a message whose ack was lost may still
// come by the poll, before the message is sent again.
const resendGrace = 500 * time.Millisecond

// maxReplies bounds what one exchange keeps unread.
const maxReplies = 64

// Start sends a message and returns once Janus has accepted it, with a
// success, an ack, or an event that overtook the ack. Read the answers with
// Next, and then Close the exchange.
func (h *Handle) Start(ctx context.Context, body any, jsep *JSEP) (*Exchange, error) {
	fields := map[string]any{"body": body}
	if jsep != nil {
		fields["jsep"] = jsep
	}
	request := newRequest("message", fields)
	transaction, _ := request["transaction"].(string)
	x := &Exchange{handle: h, id: transaction, request: requestName(body), message: request, arrived: make(chan struct{}, 1),
		began: time.Now()}
	if err := h.register(x); err != nil {
		return nil, err
	}
	s := h.session
	ctx, cancel := joinContext(ctx, s.ctx, s.client.cfg.CmdTimeout)
	defer cancel()
	m, err := s.client.link.roundTrip(ctx, h.address, request)
	if passing(err) && ctx.Err() == nil {
		// The message may have arrived all the same: then its answer comes by the poll,
		// and is waited for a moment. Otherwise it is sent once more, with the same
		// transaction: of two answers the first one counts.
		var fault *TransportError
		wait := retryPause()
		if errors.As(err, &fault) && fault.sent {
			wait = resendGrace
		}
		if x.peek(ctx, wait) {
			return x, nil
		}
		x.resending()
		m, err = s.client.link.roundTrip(ctx, h.address, request)
	}
	err = x.accepted(ctx, m, err)
	s.missed(err)
	if err != nil {
		x.ended(err)
		x.Close()
		return nil, err
	}
	return x, nil
}

// ended tells Config.OnRequest how the exchange has gone; its first answer counts.
func (x *Exchange) ended(err error) {
	x.told.Do(func() { x.handle.session.client.cfg.ended(x.request, true, x.began, err) })
}

// requestName fishes the "request" out of a body.
func requestName(body any) string {
	if fields, ok := body.(map[string]json.RawMessage); ok { // of RequestBody
		body = map[string]json.RawMessage{"request": fields["request"]}
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return "message"
	}
	var named struct {
		Request string `json:"request"`
	}
	if json.Unmarshal(raw, &named) != nil || named.Request == "" {
		return "message"
	}
	return named.Request
}

// accepted takes what Janus says at once.
func (x *Exchange) accepted(ctx context.Context, m *message, err error) error {
	s := x.handle.session
	if err != nil {
		if x.peek(ctx, 0) {
			return nil // the answer is here, whatever became of the post
		}
		return s.client.fail(ctx, x.request, err)
	}
	if err := m.refusal(x.request); err != nil {
		s.notice(err)
		return err
	}
	x.mu.Lock()
	x.connection, x.taken = m.connection, time.Now()
	x.mu.Unlock()
	if m.Janus != "ack" {
		x.push(m)
	}
	return nil
}

// again sends the message once more if its answer cannot come any more, since
// the connection broke between the two. It returns a channel that is closed
// when that may have become so.
func (x *Exchange) again(ctx context.Context) (changed <-chan struct{}, err error) {
	connection, changed := x.handle.session.eventConnection()
	x.mu.Lock()
	lost := connection > x.connection && x.count == 0 && !x.resent
	x.resent = x.resent || lost
	x.mu.Unlock()
	if !lost {
		return changed, nil
	}
	m, err := x.handle.session.client.link.roundTrip(ctx, x.handle.address, x.message)
	return changed, x.accepted(ctx, m, err)
}

// Next waits for the next answer, for at most Config.CmdTimeout. An answer that
// is the plugin's refusal is a *PluginError. Where a WebSocket broke before the
// first answer came, the message is sent once more, as Start would.
func (x *Exchange) Next(ctx context.Context) (reply *PluginReply, err error) {
	defer func() { x.ended(err) }()
	s := x.handle.session
	limited, cancel := joinContext(ctx, s.ctx, s.client.cfg.CmdTimeout)
	defer cancel()
	var doubt <-chan time.Time
	if s.silent.Load() {
		timer := time.NewTimer(s.client.cfg.CmdTimeout / silenceGrace)
		defer timer.Stop()
		doubt = timer.C
	}
	for {
		// An answer that is here counts, even if its session has just ended.
		if m := x.pop(); m != nil {
			return x.read(m)
		}
		changed, err := x.again(limited)
		if err != nil {
			return nil, err
		}
		select {
		case <-x.arrived:
		case <-changed:
		case <-doubt:
			x.overdue(s.client.cfg.CmdTimeout / silenceGrace)
		case <-limited.Done():
			if m := x.pop(); m != nil {
				return x.read(m)
			}
			x.overdue(s.client.cfg.CmdTimeout)
			return nil, callError(limited, x.request, s.client.cfg.CmdTimeout)
		}
	}
}

// silenceGrace is how long, as a part of CmdTimeout, after a silence of Janus the
// answer to a message that it has accepted is waited for before the poll is given
// up. Not sooner: to give up one that is well may lose an event.
const silenceGrace = 4

// overdue has the poll given up, if it has kept back the first answer for that
// long since the message was accepted.
func (x *Exchange) overdue(limit time.Duration) {
	x.mu.Lock()
	taken, answered := x.taken, x.count > 0
	x.mu.Unlock()
	if !answered && time.Since(taken) >= limit/2 {
		x.handle.session.claims.overdue(taken)
	}
}

// Close forgets the exchange. What else arrives for it becomes a [PluginEvent],
// unless it only repeats what was said.
func (x *Exchange) Close() {
	s := x.handle.session
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.exchanges, x.id)
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.count > 0 {
		s.answered.add(x.id, x.sum, x.resent)
	}
}

func (x *Exchange) read(m *message) (*PluginReply, error) {
	if m.fault != nil {
		return nil, named(x.request, m.fault)
	}
	if err := m.refusal(x.request); err != nil {
		return nil, err
	}
	if m.PluginData == nil {
		return nil, fmt.Errorf("janus: %s: the answer (%q) holds no plugindata", x.request, m.Janus)
	}
	if err := pluginRefusal(m.PluginData, x.request); err != nil {
		return nil, err
	}
	return &PluginReply{Plugin: m.PluginData.Plugin, Data: m.PluginData.Data, JSEP: m.JSEP}, nil
}

// pluginRefusal returns the error in a plugin's data: all of Janus's plugins
// write error_code and error.
func pluginRefusal(p *pluginData, request string) error {
	if !bytes.Contains(p.Data, []byte(`"error`)) {
		return nil // most, and they may list all people of a room
	}
	var refusal struct {
		Code   int    `json:"error_code"`
		Reason string `json:"error"`
	}
	if json.Unmarshal(p.Data, &refusal) != nil || refusal.Code == 0 && refusal.Reason == "" {
		return nil
	}
	return &PluginError{Plugin: p.Plugin, Code: refusal.Code, Reason: refusal.Reason, Request: request}
}
