// SPDX-License-Identifier: MPL-2.0

package janustest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

// chunkSize is where Janus cuts its messages on a WebSocket (MESSAGE_CHUNK_SIZE).
const chunkSize = 2800

// socket is a WebSocket with a client (manual: "WebSockets Interface").
type socket struct {
	conn   *websocket.Conn
	server *Server
	silent atomic.Bool
	ctx    context.Context
	cancel context.CancelFunc
}

// serveSocket serves one until it ends.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	var protocols []string
	if s.subprotocol != "" {
		protocols = []string{s.subprotocol, adminProtocol}
	}
	in := &incoming{method: http.MethodGet, http: r}
	in.Janus, in.Path, in.Query = "upgrade", r.URL.Path, r.URL.RawQuery
	s.mu.Lock()
	s.requests = append(s.requests, in.Request)
	fault, paused := s.match(&in.Request), s.paused
	s.mu.Unlock()
	if paused != nil {
		select {
		case <-paused:
		case <-r.Context().Done():
			return
		}
	}
	if !fault.before(s, w, r) {
		return
	}
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: protocols})
	if err != nil {
		return
	}
	c := &socket{conn: conn, server: s}
	c.ctx, c.cancel = context.WithCancel(s.ctx)
	s.mu.Lock()
	s.sockets[c] = true
	s.mu.Unlock()
	defer s.gone(c)
	conn.SetReadLimit(-1)
	for {
		_, raw, err := conn.Read(c.ctx)
		if err != nil {
			return
		}
		in := readMessage(r, raw, conn.Subprotocol() == adminProtocol)
		in.socket = c
		s.mu.Lock()
		s.requests = append(s.requests, in.Request)
		in.fault = s.match(&in.Request)
		s.mu.Unlock()
		if in.fault.silence {
			c.silent.Store(true)
			<-c.ctx.Done()
			return
		}
		// requests on one connection do not wait for each other
		go s.answer(c, in)
	}
}

// gone ends what belongs to a connection: its sessions, at once or when nobody
// has claimed them in time.
func (s *Server) gone(c *socket) {
	c.cancel()
	_ = c.conn.CloseNow()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sockets, c)
	for _, session := range s.sessions {
		if session.home != c {
			continue
		}
		if s.reclaim == 0 {
			s.remove(session)
			continue
		}
		time.AfterFunc(s.reclaim, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			if session.home == c && !session.gone {
				s.remove(session)
			}
		})
	}
}

// readMessage reads a request; what cannot be read has no transaction.
func readMessage(r *http.Request, raw []byte, admin bool) *incoming {
	in := &incoming{method: http.MethodPost, http: r, admin: admin}
	in.Body = raw
	if json.Unmarshal(raw, &in.fields) != nil {
		return in
	}
	if in.unreadable = readable(raw); in.unreadable != "" {
		return in
	}
	_ = json.Unmarshal(in.fields["session_id"], &in.session)
	_ = json.Unmarshal(in.fields["handle_id"], &in.handle)
	in.Path = "/janus"
	if admin {
		in.Path = "/admin"
	}
	for _, id := range []uint64{in.session, in.handle} {
		if id != 0 {
			in.Path += fmt.Sprintf("/%d", id)
		}
	}
	in.bad = in.readFields()
	return in
}

// answer serves one request, with its faults.
func (s *Server) answer(c *socket, in *incoming) {
	if !s.admit(c, in.fault) {
		return
	}
	out := s.serveMessage(in)
	defer func() {
		for _, f := range out.after {
			f()
		}
	}()
	f := in.fault
	if f.dropAnswer {
		c.cancel()
		return
	}
	if late := after(f.late); late != nil {
		select {
		case <-late:
		case <-c.ctx.Done():
			return
		}
	}
	body := s.format(out.body)
	if f.transaction || f.id {
		body = f.distort(body)
	}
	length := len(body)
	if f.cutSet && f.cut < len(body) {
		body = body[:f.cut]
	}
	if f.pad > len(body) {
		body = append(append([]byte(nil), body...), make([]byte, f.pad-len(body))...)
		for i := length; i < len(body); i++ {
			body[i] = ' '
		}
	}
	switch {
	case f.chunks > 1:
		c.writeChunks(body, f.chunks)
	case f.pad > 0:
		c.write(websocket.MessageText, body) // in one piece, however large
	default:
		c.send(body)
	}
	if f.dropEvent {
		c.cancel()
	}
}

// admit does what is done instead of serving; true if it is to be served.
func (s *Server) admit(c *socket, f *Fault) bool {
	s.mu.Lock()
	paused := s.paused
	s.mu.Unlock()
	for _, wait := range []<-chan struct{}{paused, after(f.delay)} {
		if wait == nil {
			continue
		}
		select {
		case <-wait:
		case <-c.ctx.Done():
			return false
		}
	}
	switch {
	case f.hang:
	case f.drop, f.status != 0: // a WebSocket has no status: the nearest is its end
		c.cancel()
	case f.binary:
		c.write(websocket.MessageBinary, []byte(f.body))
	case f.kind != "":
		c.write(websocket.MessageText, []byte(f.body))
	default:
		return true
	}
	return false
}

func after(d time.Duration) <-chan struct{} {
	if d == 0 {
		return nil
	}
	done := make(chan struct{})
	time.AfterFunc(d, func() { close(done) })
	return done
}

func (s *Server) serveMessage(in *incoming) *answer {
	switch {
	case in.fields == nil:
		return refuse(in, codeInvalidJSON, "JSON error: on line 1: invalid token")
	case in.unreadable != "":
		return refuse(in, codeInvalidJSON, in.unreadable)
	case in.bad != nil:
		return in.bad
	case in.Janus == "info":
		info := s.info()
		info["transaction"] = in.transaction
		return reply(info)
	}
	return s.serve(in)
}
