// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// RawRequest is a request in its sender's own words: the members of its JSON
// object, as they were written.
type RawRequest map[string]json.RawMessage

// ParseRequest reads a request from the beginning of a text; rest is what
// follows it. The request must be a JSON object with a "janus" member, within
// limit bytes. The error never quotes the text, which may hold secrets.
func ParseRequest(text string, limit int64) (request RawRequest, rest string, err error) {
	if int64(len(text)) > limit {
		return nil, "", fmt.Errorf("a request of %d bytes, at most %d are sent", len(text), limit)
	}
	if !strings.HasPrefix(strings.TrimSpace(text), "{") {
		return nil, "", errors.New("the request is not a JSON object")
	}
	if checkDepth([]byte(text)) != nil {
		return nil, "", errDepth
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	if err := decoder.Decode(&request); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, "", errors.New("the request is not JSON: it ends too soon")
		}
		return nil, "", fmt.Errorf("the request is not JSON, near byte %d", decoder.InputOffset())
	}
	if request.Name() == "" {
		return nil, "", errKind
	}
	for _, id := range []string{"session_id", "handle_id"} {
		if _, err := request.id(id); err != nil {
			return nil, "", err
		}
	}
	return request, text[decoder.InputOffset():], nil
}

// Name is its "janus" member, "" when that is no string.
func (r RawRequest) Name() string { return r.text("janus") }

// SessionID is the session that it names, 0 for none.
func (r RawRequest) SessionID() uint64 { id, _ := r.id("session_id"); return id }

// HandleID is the handle that it names, 0 for none.
func (r RawRequest) HandleID() uint64 { id, _ := r.id("handle_id"); return id }

func (r RawRequest) text(name string) (value string) {
	_ = json.Unmarshal(r[name], &value)
	return value
}

func (r RawRequest) id(name string) (id uint64, err error) {
	raw, given := r[name]
	if !given {
		return 0, nil
	}
	if err := json.Unmarshal(raw, &id); err != nil || id == 0 {
		return 0, fmt.Errorf("%q is not a positive integer", name)
	}
	return id, nil
}

// ForServer tells whether it concerns no session: a request for another one,
// or about Janus itself.
func (r RawRequest) ForServer() bool {
	switch r.Name() {
	case "create", "info", "ping":
		return true
	}
	return false
}

// Send sends a request in the caller's own words over the session's connection,
// once, and returns Janus's answer as one line of JSON, be it a success or an
// error. A transaction is added if there is none, and the session's own id
// where the request wants one. To a message that Janus acks, the answer is the
// event that follows, within CmdTimeout; with async, or of another session, it
// is the ack. Errors are a *TransportError, or match ErrTimeout, ErrSessionLost
// or ErrClosed.
func (s *Session) Send(ctx context.Context, request RawRequest, async bool) (json.RawMessage, error) {
	if err := s.Err(); err != nil {
		return nil, err
	}
	began := time.Now()
	answer, err := s.exchange(ctx, request, async)
	name, toPlugin := request.Name(), request.Name() == "message"
	if toPlugin {
		name = requestName(request["body"])
	}
	if err != nil {
		s.client.cfg.ended(name, toPlugin, began, err)
		return nil, err
	}
	said := answer.refusal(name)
	if said == nil && answer.PluginData != nil {
		said = pluginRefusal(answer.PluginData, name)
	}
	s.client.cfg.ended(name, toPlugin, began, said)
	return oneLine(answer.raw), nil
}

// exchange sends a request of Send, and returns what Janus answers, be it an error.
func (s *Session) exchange(ctx context.Context, request RawRequest, async bool) (*message, error) {
	ctx, cancel := joinContext(ctx, s.ctx, s.client.cfg.CmdTimeout)
	defer cancel()
	name := request.Name()
	to := address{session: request.SessionID(), handle: request.HandleID()}
	if to.session == 0 && !request.ForServer() {
		to.session = s.id
	}
	transaction := request.text("transaction")
	if transaction == "" {
		transaction = rand.Text()
	}
	fields := map[string]any{}
	for key, value := range request {
		fields[key] = value
	}
	fields["janus"], fields["transaction"] = name, transaction
	delete(fields, "session_id") // the transport says it in its own way
	delete(fields, "handle_id")
	replies, err := s.expect(transaction, !async)
	if err != nil {
		return nil, err
	}
	defer s.unexpect(transaction)
	if name == "attach" && to.session == s.id {
		s.shared()
	}
	m, err := s.client.link.send(ctx, to, fields)
	if err != nil {
		var refusal *Error
		if ctx.Err() != nil || !errors.As(err, &refusal) {
			return nil, s.client.fail(ctx, name, err)
		}
		m = refusal.message(transaction)
	}
	if to.session == s.id {
		s.notice(m.refusal(name))
	}
	if m.Janus != "ack" || name != "message" || async || to.session != s.id {
		return m, nil
	}
	select {
	case m := <-replies:
		if m.fault != nil {
			return nil, named(name, m.fault)
		}
		return m, nil
	case <-ctx.Done():
		return nil, callError(ctx, name, s.client.cfg.CmdTimeout)
	}
}

// message is a refusal as Janus wrote it, which came with a status of HTTP.
func (e *Error) message(transaction string) *message {
	m := &message{Janus: "error", Transaction: transaction, Error: &coreError{Code: e.Code, Reason: e.Reason}}
	m.raw, _ = json.Marshal(map[string]any{
		"janus": "error", "transaction": transaction, "error": map[string]any{"code": e.Code, "reason": e.Reason},
	})
	return m
}

// shared takes note that the session has handles which this client does not hold.
func (s *Session) shared() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attached = true
}

func oneLine(raw json.RawMessage) json.RawMessage {
	var line bytes.Buffer
	if json.Compact(&line, raw) != nil {
		return raw
	}
	return line.Bytes()
}

// expect lets the event that answers a request find its sender; without event
// it only keeps the transaction from being used twice.
func (s *Session) expect(transaction string, event bool) (<-chan *message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := s.expected[transaction]; taken || s.exchanges[transaction] != nil {
		return nil, errors.New("the transaction is in use by another request")
	}
	if s.expected == nil {
		s.expected = make(map[string]chan *message)
	}
	var replies chan *message
	if event {
		replies = make(chan *message, 1)
	}
	s.expected[transaction] = replies
	return replies, nil
}

func (s *Session) unexpect(transaction string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.expected, transaction)
}

// answers hands an event to the sender of the request that it answers.
func (s *Session) answers(m *message) bool {
	if m.Transaction == "" || m.Janus != "event" {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	replies := s.expected[m.Transaction]
	if replies == nil {
		return false
	}
	select {
	case replies <- m:
		return true
	default:
		return false // a second one is an event as any
	}
}
