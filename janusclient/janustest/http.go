// SPDX-License-Identifier: MPL-2.0

package janustest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"mod_janus/janusclient"
)

// answer is what goes out for one request.
type answer struct {
	status int
	kind   string // Content-Type
	body   json.RawMessage
	after  []func() // run when the answer is out
}

func reply(v any) *answer {
	return &answer{status: http.StatusOK, kind: "application/json", body: wire(v)}
}

// bare is an answer without a body, as Janus's HTTP transport gives to a poll.
func bare(status int) *answer { return &answer{status: status, kind: "text/plain"} }

// incoming is a request, read.
type incoming struct {
	Request
	method      string
	admin       bool // of the Admin API
	session     uint64
	handle      uint64
	transaction string
	fields      map[string]json.RawMessage
	body        map[string]json.RawMessage // of a message
	http        *http.Request
	socket      *socket // nil over REST
	by          *handle // by which a message came; nil over the Admin API
	bad         *answer // to what makes no sense
	unreadable  string  // why Janus's parser cannot read it
	fault       *Fault  // what to do to it, never nil
}

// ServeHTTP is the REST API, and for who asks to upgrade the WebSocket one.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Upgrade") != "" {
		s.serveSocket(w, r)
		return
	}
	in, bad := readRequest(r)
	s.mu.Lock()
	s.requests = append(s.requests, in.Request)
	in.fault = s.match(&in.Request)
	paused := s.paused
	s.mu.Unlock()
	if paused != nil {
		select {
		case <-paused:
		case <-r.Context().Done():
			return
		}
	}
	if !in.fault.before(s, w, r) {
		return
	}
	out := bad
	if out == nil {
		out = s.serve(in)
	}
	defer func() {
		for _, f := range out.after {
			f()
		}
	}()
	out.body = s.format(out.body)
	in.fault.write(w, r, out)
}

// format writes JSON as the server is configured to.
func (s *Server) format(body json.RawMessage) json.RawMessage {
	var out bytes.Buffer
	if !s.indented || json.Indent(&out, body, "", "   ") != nil {
		return body
	}
	return out.Bytes()
}

// readRequest reads path and body; bad is the answer if they make no sense.
func readRequest(r *http.Request) (in *incoming, bad *answer) {
	in = &incoming{method: r.Method, http: r}
	in.Path, in.Query = r.URL.Path, r.URL.RawQuery
	in.Janus = "poll"
	path := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	in.admin = path[0] == "admin"
	if path[0] != "janus" && !in.admin || len(path) > 3 {
		return in, bare(http.StatusNotFound)
	}
	if r.Method == http.MethodGet && len(path) == 2 && path[1] == "info" {
		in.Janus = "info"
		return in, nil
	}
	for i, part := range path[1:] {
		id, err := strconv.ParseUint(part, 10, 64)
		if err != nil {
			return in, bare(http.StatusNotFound)
		}
		if i == 0 {
			in.session = id
		} else {
			in.handle = id
		}
	}
	if r.Method == http.MethodGet {
		if in.admin {
			return in, refuse(in, codeInvalidJSON, "Request payload missing")
		}
		return in, nil
	}
	raw, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	in.Body = raw
	if err != nil || json.Unmarshal(raw, &in.fields) != nil {
		return in, refuse(in, codeInvalidJSON, "JSON error: on line 1: invalid token")
	}
	if words := readable(raw); words != "" {
		return in, refuse(in, codeInvalidJSON, words)
	}
	return in, in.readFields()
}

// readFields reads what both transports write alike.
func (in *incoming) readFields() (bad *answer) {
	in.Janus, in.transaction = in.text("janus"), in.text("transaction")
	params := all(required(aString, "transaction"), required(aString, "janus"), optional(aNumber, "id"))
	if bad := invalid(in, in.fields, params); bad != nil {
		return bad
	}
	if json.Unmarshal(in.fields["body"], &in.body) == nil {
		in.Request.Request = text(in.body, "request")
	}
	return nil
}

// invalid is validate for the requests of the core.
func invalid(in *incoming, object map[string]json.RawMessage, params []param) *answer {
	missing, words := validate(object, params)
	switch {
	case words == "":
		return nil
	case missing:
		return refuse(in, codeMissingElement, words)
	}
	return refuse(in, janusclient.CodeInvalidElementType, words)
}

func (in *incoming) text(key string) string { return text(in.fields, key) }

// text reads a string member, "" if there is none.
func text(fields map[string]json.RawMessage, key string) string {
	var value string
	_ = json.Unmarshal(fields[key], &value)
	return value
}

// poll serves a long poll (manual: "Long-poll requests").
func (s *Server) poll(in *incoming) *answer {
	maxEvents, _ := strconv.Atoi(in.http.URL.Query().Get("maxev"))
	maxEvents = max(maxEvents, 1)
	idle := time.NewTimer(s.pollTimeout)
	defer idle.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	session := s.sessions[in.session]
	if session == nil {
		return bare(http.StatusNotFound)
	}
	s.touch(session)
	session.polls++
	session.begun++
	session.signal()
	defer func() { session.polls-- }()
	// A claim leaves older polls waiting on a queue that nobody fills, as in
	// janus_http_session_claimed.
	claims := session.claims
	orphan := func() bool { return session.claims != claims }
	timeout := false
	for (len(session.queue) == 0 || orphan()) && !session.gone && !timeout {
		changed := session.changed
		s.mu.Unlock()
		select {
		case <-changed:
		case <-idle.C:
			timeout = true
		case <-in.http.Context().Done():
			timeout = true
		case <-s.ctx.Done():
			timeout = true
		}
		s.mu.Lock()
	}
	if orphan() {
		return reply([]any{object{"janus": "keepalive"}})
	}
	if in.http.Context().Err() != nil {
		return bare(http.StatusGone) // nobody reads it, and no event is lost
	}
	events := in.fault.batch(session.take(maxEvents))
	switch {
	case len(events) == 0 && session.gone:
		return bare(http.StatusNotFound)
	case len(events) == 0:
		events = []any{object{"janus": "keepalive"}}
	}
	if maxEvents == 1 && len(events) == 1 {
		return reply(events[0])
	}
	batch := make([]json.RawMessage, len(events))
	for i, event := range events {
		batch[i] = wire(event)
	}
	return reply(batch)
}
