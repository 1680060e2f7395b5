// SPDX-License-Identifier: MPL-2.0

package janustest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Match picks requests. Empty fields match everything.
type Match struct {
	Janus   string // "create", "attach", "message", ..., "poll", "info", "upgrade" (to a WebSocket)
	Request string // of a message: "join", ...
	Path    string // the whole path, /janus/123/456
	Nth     int    // only the nth request that matches, from 1; 0: each
}

// Rule is a fault in force.
type Rule struct {
	server *Server
	match  Match
	fault  Fault
	hits   int
}

// Fault is what is done to a request or its answer; see the functions that make
// one. Several may be combined.
type Fault struct {
	delay       time.Duration
	late        time.Duration
	hang        bool
	drop        bool
	dropAnswer  bool
	status      int
	cut         int
	cutSet      bool
	kind, body  string
	pad         int
	transaction bool
	id          bool
	duplicate   bool
	eventFirst  bool
	reverse     bool
	binary      bool
	silence     bool
	dropEvent   bool
	code        int
	coreCode    int
	reason      string
	chunks      int
}

// Delay serves the request after d.
func Delay(d time.Duration) Fault { return Fault{delay: d} }

// DelayAnswer serves the request at once, and answers it after d. Over REST the
// events of a poll are under way for that long, too.
func DelayAnswer(d time.Duration) Fault { return Fault{late: d} }

// Hang reads the request and never answers it, nor acts on it.
func Hang() Fault { return Fault{hang: true} }

// Drop resets the connection without acting on the request.
func Drop() Fault { return Fault{drop: true} }

// DropAnswer acts on the request and resets the connection instead of answering.
func DropAnswer() Fault { return Fault{dropAnswer: true} }

// DropEvent acts on a message and acks it, and resets the WebSocket before the
// event that answers it.
func DropEvent() Fault { return Fault{dropEvent: true} }

// Chunks sends the answer in n fragments, on a WebSocket (RFC 6455 section 5.4).
func Chunks(n int) Fault { return Fault{chunks: n} }

// Refuse has AudioBridge refuse a message, with one of its codes, and not act
// on it.
func Refuse(code int, reason string) Fault { return Fault{code: code, reason: reason} }

// RefuseCore has Janus's core refuse a message, with one of its own codes.
func RefuseCore(code int, reason string) Fault { return Fault{coreCode: code, reason: reason} }

// Status answers with an HTTP status, without acting on the request.
func Status(code int) Fault { return Fault{status: code} }

// CutBody acts on the request, and breaks off its answer after n bytes.
func CutBody(n int) Fault { return Fault{cut: n, cutSet: true} }

// Body answers with a body of one's own, without acting on the request.
func Body(contentType, body string) Fault { return Fault{kind: contentType, body: body} }

// Binary answers with a binary message of one's own, on a WebSocket.
func Binary(body string) Fault { return Fault{binary: true, body: body} }

// Silence makes a WebSocket half open: from this request on nothing is read from
// it, or written to it, and it is not closed.
func Silence() Fault { return Fault{silence: true} }

// Oversize pads the answer with spaces to n bytes.
func Oversize(n int) Fault { return Fault{pad: n} }

// WrongTransaction changes the transaction of the answer, or of polled events.
func WrongTransaction() Fault { return Fault{transaction: true} }

// WrongID changes the session of the answer, or the sender of polled events.
func WrongID() Fault { return Fault{id: true} }

// Duplicate sends the event that answers a message twice, or on a poll every event.
func Duplicate() Fault { return Fault{duplicate: true} }

// EventBeforeAck holds the ack of a message back until the client has read the
// event that answers it.
func EventBeforeAck() Fault { return Fault{eventFirst: true} }

// Reverse turns around the events of a poll.
func Reverse() Fault { return Fault{reverse: true} }

// Fault puts faults in force for the requests that match. Of several rules
// that match, the latest counts.
func (s *Server) Fault(match Match, faults ...Fault) *Rule {
	var all Fault
	for _, f := range faults {
		all = all.and(f)
	}
	rule := &Rule{server: s, match: match, fault: all}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = append(s.rules, rule)
	return rule
}

// Remove ends the rule.
func (r *Rule) Remove() {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	r.server.rules = slices.DeleteFunc(r.server.rules, func(other *Rule) bool { return other == r })
}

// Hits counts the requests that matched, whether or not they were the nth.
func (r *Rule) Hits() int {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	return r.hits
}

func (f Fault) and(g Fault) Fault {
	return Fault{
		delay: f.delay + g.delay, late: f.late + g.late, hang: f.hang || g.hang, drop: f.drop || g.drop,
		dropAnswer: f.dropAnswer || g.dropAnswer, status: max(f.status, g.status),
		cut: max(f.cut, g.cut), cutSet: f.cutSet || g.cutSet,
		kind: f.kind + g.kind, body: f.body + g.body, pad: max(f.pad, g.pad),
		transaction: f.transaction || g.transaction, id: f.id || g.id,
		duplicate: f.duplicate || g.duplicate, eventFirst: f.eventFirst || g.eventFirst,
		reverse: f.reverse || g.reverse, binary: f.binary || g.binary, silence: f.silence || g.silence,
		dropEvent: f.dropEvent || g.dropEvent, code: max(f.code, g.code), coreCode: max(f.coreCode, g.coreCode), reason: f.reason + g.reason, chunks: max(f.chunks, g.chunks),
	}
}

// match finds the fault for a request. s.mu is held.
func (s *Server) match(r *Request) *Fault {
	found := &Fault{}
	for _, rule := range s.rules {
		m := rule.match
		if m.Janus != "" && m.Janus != r.Janus || m.Request != "" && m.Request != r.Request || m.Path != "" && m.Path != r.Path {
			continue
		}
		rule.hits++
		if m.Nth == 0 || m.Nth == rule.hits {
			found = &rule.fault
		}
	}
	return found
}

// before does what is done instead of serving; true if it is to be served.
func (f *Fault) before(s *Server, w http.ResponseWriter, r *http.Request) bool {
	if f.delay > 0 {
		select {
		case <-time.After(f.delay):
		case <-r.Context().Done():
			return false
		case <-s.ctx.Done():
			return false
		}
	}
	switch {
	case f.hang:
		select {
		case <-r.Context().Done():
		case <-s.ctx.Done():
		}
	case f.drop:
		abort()
	case f.status >= 300 && f.status < 400:
		http.Redirect(w, r, "/elsewhere", f.status)
	case f.status != 0:
		w.WriteHeader(f.status)
	case f.kind != "":
		w.Header().Set("Content-Type", f.kind)
		fmt.Fprint(w, f.body)
	default:
		return true
	}
	return false
}

// abort resets the connection: net/http does so on this panic.
func abort() { panic(http.ErrAbortHandler) }

// write sends the answer, with the faults of answers.
func (f *Fault) write(w http.ResponseWriter, r *http.Request, out *answer) {
	if f.dropAnswer {
		abort()
	}
	if f.late > 0 {
		select {
		case <-time.After(f.late):
		case <-r.Context().Done():
		}
	}
	body := out.body
	if r.Method == http.MethodPost && (f.transaction || f.id) {
		body = f.distort(body)
	}
	if f.pad > len(body) {
		body = append(bytes.Clone(body), bytes.Repeat([]byte(" "), f.pad-len(body))...)
	}
	w.Header().Set("Content-Type", out.kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(out.status)
	if f.cutSet && f.cut < len(body) {
		_, _ = w.Write(body[:f.cut])
		_ = http.NewResponseController(w).Flush()
		abort()
	}
	_, _ = w.Write(body)
	// Out with it, before what comes after the answer is done.
	_ = http.NewResponseController(w).Flush()
}

// distort changes transaction or session of an answer.
func (f *Fault) distort(body json.RawMessage) json.RawMessage {
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil {
		return body
	}
	if f.transaction {
		fields["transaction"] = json.RawMessage(`"wrong"`)
	}
	if f.id {
		fields["session_id"] = json.RawMessage("1")
	}
	return mustJSON(fields)
}

// event distorts the event that answers a message; the ack is distorted by
// write, so a message matched by its Request gets both.
func (f *Fault) event(event object) {
	if f.transaction {
		event["transaction"] = "wrong"
	}
}

// batch distorts the events of a poll.
func (f *Fault) batch(events []any) []any {
	events = slices.Clone(events)
	for i := range events {
		event, ok := events[i].(object)
		if !ok || !f.transaction && !f.id {
			continue
		}
		changed := object{}
		for key, value := range event {
			changed[key] = value
		}
		if f.transaction && changed["transaction"] != nil {
			changed["transaction"] = "wrong"
		}
		if f.id {
			changed["sender"] = 1
		}
		events[i] = changed
	}
	if f.reverse {
		slices.Reverse(events)
	}
	if f.duplicate {
		for i := len(events) - 1; i >= 0; i-- {
			events = slices.Insert(events, i, events[i])
		}
	}
	return events
}
