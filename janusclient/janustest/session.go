// SPDX-License-Identifier: MPL-2.0

package janustest

import (
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// session is a Janus session. The server's lock guards it.
type session struct {
	id      uint64
	handles map[uint64]*handle
	queue   []any         // events not yet fetched
	changed chan struct{} // closed, and replaced, whenever queue or gone changes
	gone    bool
	polls   int     // being held open
	begun   int     // polls so far
	claims  int     // so far; polls from before the latest one get nothing more
	home    *socket // the WebSocket on which its events go; nil over REST
	pushed  int     // events so far
	written int     // of them, to a WebSocket
	timer   *time.Timer
	deaf    bool // nobody listens: events are dropped
}

// handle is a handle on AudioBridge.
type handle struct {
	id          uint64
	session     *session
	participant *participant // nil when in no room
	up          bool         // PeerConnection
	negotiated  bool
	waits       bool  // for candidates, before it connects
	hungUpIn    *room // where it was when its PeerConnection ended
	opaqueID    string
	kind        string // full name of the plugin
}

// newSession makes a session. s.mu is held.
func (s *Server) newSession(id uint64) *session {
	session := &session{id: id, handles: map[uint64]*handle{}, changed: make(chan struct{})}
	s.sessions[id] = session
	if s.sessionTimeout > 0 {
		session.timer = time.AfterFunc(s.sessionTimeout, func() { s.TimeoutSession(id) })
	}
	return session
}

// touch restarts the session's timeout.
func (s *Server) touch(session *session) {
	if session.timer != nil {
		session.timer.Reset(s.sessionTimeout)
	}
}

func (s *session) stop() {
	if s.timer != nil {
		s.timer.Stop()
	}
}

// remove ends a session: its handles leave their rooms, its polls return.
func (s *Server) remove(session *session) {
	for _, h := range session.handles {
		s.leaveRoom(h)
	}
	session.stop()
	session.gone = true
	session.signal()
	delete(s.sessions, session.id)
}

func (s *session) signal() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// push queues an event for the long poll.
func (s *session) push(event any) {
	if s.deaf {
		return
	}
	s.queue = append(s.queue, event)
	s.pushed++
	s.signal()
}

// take removes up to n events from the queue.
func (s *session) take(n int) []any {
	n = min(n, len(s.queue))
	events := slices.Clone(s.queue[:n])
	clear(s.queue[:n]) // which the slice keeps
	s.queue = s.queue[n:]
	s.signal()
	return events
}

// core sends an event of the Janus core to the handle.
func (h *handle) core(kind string, fields object) {
	event := object{"janus": kind, "session_id": h.session.id, "sender": h.id}
	for key, value := range fields {
		event[key] = value
	}
	h.session.push(event)
}

// plugin sends an event of AudioBridge to the handle, which answers nothing.
func (h *handle) plugin(data object) { h.session.push(h.pluginEvent("", data, "")) }

func (h *handle) pluginEvent(transaction string, data object, answer string) object {
	event := object{
		"janus": "event", "session_id": h.session.id, "sender": h.id,
		"plugindata": object{"plugin": h.kind, "data": data},
	}
	if transaction != "" {
		event["transaction"] = transaction
	}
	if answer != "" {
		event["jsep"] = object{"type": "answer", "sdp": answer}
	}
	return event
}

// wireOrder is the order in which Janus writes the members of a message; what is
// not named here follows.
var wireOrder = []string{"janus", "session_id", "transaction", "sender", "plugindata", "jsep"}

// wire writes a message with its members in the order of Janus.
func wire(v any) json.RawMessage {
	message, ok := v.(object)
	if !ok {
		return mustJSON(v)
	}
	names := slices.Clone(wireOrder)
	for _, name := range slices.Sorted(maps.Keys(message)) {
		if !slices.Contains(wireOrder, name) {
			names = append(names, name)
		}
	}
	out := []byte{'{'}
	for _, name := range names {
		value, there := message[name]
		if !there {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, mustJSON(name)...), ':'), mustJSON(value)...)
	}
	return append(out, '}')
}

// mustJSON marshals what cannot fail to be marshalled.
func mustJSON(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("janustest: " + err.Error())
	}
	return raw
}
