// SPDX-License-Identifier: MPL-2.0

package janustest

import (
	"github.com/coder/websocket"
)

// rehome lets the events of a session that was made or claimed go to this
// connection: before the request is answered, as Janus does, so that nothing can
// go to the old one any more when the client knows. s.mu is held.
func (s *Server) rehome(session *session, c *socket) {
	if session.home == c {
		return
	}
	session.home = c
	session.signal()
	if c != nil {
		go s.pump(c, session)
	}
}

// pump sends the events of a session as they come.
func (s *Server) pump(c *socket, session *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for session.home == c && c.ctx.Err() == nil && (!session.gone || len(session.queue) > 0) {
		if events := session.take(len(session.queue)); len(events) > 0 {
			s.mu.Unlock()
			for _, event := range events {
				c.send(s.format(wire(event)))
			}
			s.mu.Lock()
			session.written += len(events)
			session.signal()
			continue
		}
		changed := session.changed
		s.mu.Unlock()
		select {
		case <-changed:
		case <-c.ctx.Done():
		}
		s.mu.Lock()
	}
}

func (c *socket) write(kind websocket.MessageType, body []byte) {
	if !c.silent.Load() {
		_ = c.conn.Write(c.ctx, kind, body)
	}
}

// send cuts a message as Janus does.
func (c *socket) send(body []byte) {
	if len(body) <= chunkSize || c.silent.Load() {
		c.write(websocket.MessageText, body)
		return
	}
	c.writeChunks(body, (len(body)+chunkSize-1)/chunkSize+1)
}

// writeChunks sends a message in n fragments, the last of which is empty.
func (c *socket) writeChunks(body []byte, n int) {
	w, err := c.conn.Writer(c.ctx, websocket.MessageText)
	if err != nil {
		return
	}
	for i := range n - 1 {
		if _, err := w.Write(body[i*len(body)/(n-1) : (i+1)*len(body)/(n-1)]); err != nil {
			return
		}
	}
	_ = w.Close()
}

// Flood sends the session of a handle that many messages that mean nothing, as
// fast as they go.
func (s *Server) Flood(handle uint64, messages int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.handle(handle)
	if h == nil {
		return
	}
	for range messages {
		h.plugin(object{"audiobridge": "event", "nothing": true})
	}
}
