// SPDX-License-Identifier: MPL-2.0

package janustest

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"mod_janus/janusclient"
)

// Server is a fake Janus. Its methods may be called from any goroutine.
type Server struct {
	// URL is the root of the REST API, or with WithWebSocket of the WebSocket one.
	URL string
	// REST is the root of the REST API in any case.
	REST string
	// Admin is the root of the Admin API, over the same transport as URL.
	Admin string
	// Answer makes the SDP answer to an offer; it may be replaced before the
	// first join. The default one is CannedAnswer. An error is told as Janus
	// tells it: refused by the core, code 465.
	Answer func(offer string) (answer string, err error)

	secret         string
	checkToken     func(string) bool
	tokenSecret    string // of signed tokens
	roomRealm      string // that rooms with signed_tokens demand
	stringIDs      bool
	adminKey       string
	sessionTimeout time.Duration
	pollTimeout    time.Duration
	autoUp         bool
	split          bool
	jsepFirst      bool
	preset         []string
	webSocket      bool
	subprotocol    string
	version        string
	reclaim        time.Duration
	tls            *tls.Config
	adminSecret    string
	plugins        map[string]PluginFunc
	indented       bool
	name           string // server_name

	http   *httptest.Server
	ctx    context.Context // ends at Close
	cancel context.CancelFunc

	mu       sync.Mutex
	nextID   uint64
	sessions map[uint64]*session
	rooms    map[janusclient.ID]*room
	rules    []*Rule
	requests []Request
	paused   chan struct{} // closed by Resume; nil when not paused
	sockets  map[*socket]bool
	admin    adminState
	crowd    *session // of participants that nobody listens for
}

// object is a JSON object.
type object = map[string]any

// Request is one line of the server's log.
type Request struct {
	Janus   string          // "create", "message", ...; "poll", "info" for the GETs
	Request string          // of a message: "join", "leave", ...
	Path    string          // of the URL
	Query   string          // of the URL
	Body    json.RawMessage // as sent
}

// NewServer starts a server on a port of the loopback interface.
func NewServer(options ...Option) *Server {
	s := &Server{
		Answer:      CannedAnswer,
		pollTimeout: 30 * time.Second,
		nextID:      1 << 52, // above 2^53 soon, as far as floats go
		sessions:    map[uint64]*session{},
		rooms:       map[janusclient.ID]*room{},
		sockets:     map[*socket]bool{},
		subprotocol: "janus-protocol",
		version:     ordinaryVersion,
		name:        janusclient.DefaultServerName,
		admin:       newAdminState(),
	}
	for _, option := range options {
		option(s)
	}
	for _, name := range s.preset {
		id := s.roomID(name)
		s.rooms[id] = newRoom(id)
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.http = httptest.NewUnstartedServer(s)
	if s.tls != nil {
		s.http.TLS = s.tls
		s.http.StartTLS()
	} else {
		s.http.Start()
	}
	s.REST = s.http.URL + "/janus"
	s.URL, s.Admin = s.REST, s.http.URL+"/admin"
	if s.webSocket {
		s.URL = "ws" + strings.TrimPrefix(s.http.URL, "http") + "/"
		s.Admin = s.URL
	}
	return s
}

// Close ends all polls and stops the server.
func (s *Server) Close() {
	s.cancel()
	s.Resume()
	s.mu.Lock()
	for _, session := range s.sessions {
		session.stop()
	}
	s.mu.Unlock()
	s.BreakConnections()
	s.http.Close()
}

// newID returns an id that is unique among sessions, handles and participants.
// s.mu is held.
func (s *Server) newID() uint64 {
	s.nextID += 3
	return s.nextID
}

// Pause makes the server accept connections and requests and answer none.
func (s *Server) Pause() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.paused == nil {
		s.paused = make(chan struct{})
	}
}

// Resume ends a pause; what came meanwhile, and still waits, is answered.
func (s *Server) Resume() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.paused != nil {
		close(s.paused)
		s.paused = nil
	}
}

// BreakConnections resets all connections, polls included.
func (s *Server) BreakConnections() {
	s.http.CloseClientConnections()
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.sockets {
		c.cancel()
	}
}

// LoseSessions forgets all sessions, as a Janus that was restarted: polls get
// 404, requests error 458. Participants leave their rooms.
func (s *Server) LoseSessions() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, session := range s.sessions {
		s.remove(session)
	}
}

// LoseSession forgets one session.
func (s *Server) LoseSession(id uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if session := s.sessions[id]; session != nil {
		s.remove(session)
	}
}

// TimeoutSession ends a session with a "timeout" event.
func (s *Server) TimeoutSession(id uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if session := s.sessions[id]; session != nil {
		session.push(object{"janus": "timeout", "session_id": id})
		s.remove(session)
	}
}

// PushEvent sends a message to the session of a handle, as it is.
func (s *Server) PushEvent(handle uint64, event json.RawMessage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.handle(handle); h != nil {
		h.session.push(event)
	}
}

// PushSession sends a message to a session, as it is.
func (s *Server) PushSession(id uint64, event json.RawMessage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if session := s.sessions[id]; session != nil {
		session.push(event)
	}
}

// Rename gives the server another server_name: another Janus has its address now.
func (s *Server) Rename(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.name = name
}

// Sessions counts the sessions that exist.
func (s *Server) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sessions)
}

// Handles counts the handles that exist.
func (s *Server) Handles() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, session := range s.sessions {
		n += len(session.handles)
	}
	return n
}

// Polls counts the long polls that are being held open.
func (s *Server) Polls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, session := range s.sessions {
		n += session.polls
	}
	return n
}

// Sockets counts the WebSockets that are open.
func (s *Server) Sockets() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sockets)
}

// Requests returns the log: every request so far, in order of arrival.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// handle finds a handle in any session. s.mu is held.
func (s *Server) handle(id uint64) *handle {
	for _, session := range s.sessions {
		if h := session.handles[id]; h != nil {
			return h
		}
	}
	return nil
}
