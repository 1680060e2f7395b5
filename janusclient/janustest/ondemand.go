// SPDX-License-Identifier: MPL-2.0

package janustest

import "mod_janus/janusclient"

// WebRTCUp brings the PeerConnection of a handle up.
func (s *Server) WebRTCUp(handle uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.handle(handle); h != nil {
		s.webRTCUp(h)
	}
}

// Hangup closes the PeerConnection of a handle, with a reason of Janus's:
// "ICE failed", "DTLS alert".
func (s *Server) Hangup(handle uint64, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.handle(handle); h != nil {
		h.negotiated = true
		s.hangup(h, reason, true)
	}
}

// Detach removes a handle, as somebody does by the Admin API.
func (s *Server) Detach(handle uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.handle(handle); h != nil {
		s.leaveRoom(h)
		h.core("detached", nil)
		delete(h.session.handles, h.id)
	}
}

// Kick throws a participant out of a room; false if it is not in it.
func (s *Server) Kick(room string, participant janusclient.ID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[s.roomID(room)]
	if r == nil {
		return false
	}
	p := r.find(participant)
	if p == nil {
		return false
	}
	s.throwOut(p)
	return true
}

// Populate puts participants into a room, who say nothing and hear nothing.
func (s *Server) Populate(room string, participants int, display string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[s.roomID(room)]
	if r == nil {
		return
	}
	if s.crowd == nil {
		s.crowd = &session{id: s.newID(), handles: map[uint64]*handle{}, changed: make(chan struct{}), deaf: true}
	}
	for range participants {
		h := &handle{id: s.newID(), session: s.crowd, kind: pluginName, up: true, negotiated: true}
		p := &participant{id: s.freshID(), display: display, handle: h, room: r}
		h.participant = p
		r.members = append(r.members, p)
	}
}

// Mixed tells of a participant whether Janus would mix what it sends, and send it
// the mix. Neither is so for one that is suspended; a muted room is mute but for
// those who came with its secret.
func (s *Server) Mixed(room string, participant janusclient.ID) (heard, hears bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[s.roomID(room)]
	if r == nil {
		return false, false
	}
	p := r.find(participant)
	if p == nil || !p.handle.up || p.suspended {
		return false, false
	}
	return !p.muted && (!r.muted || p.admin), true
}

// CreateRoom makes a room, with a secret and a PIN or without ("").
func (s *Server) CreateRoom(name, secret, pin string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := newRoom(s.roomID(name))
	if secret != "" {
		r.secret = &secret
	}
	if pin != "" {
		r.pin = &pin
	}
	s.rooms[r.id] = r
}

// DestroyRoom removes a room; everyone in it is told.
func (s *Server) DestroyRoom(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.rooms[s.roomID(name)]; r != nil {
		s.dropRoom(r)
	}
}

// ForgetRoom removes a room without a word to anybody, as a restart does.
func (s *Server) ForgetRoom(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.rooms, s.roomID(name))
}

// Participants counts who is in a room.
func (s *Server) Participants(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.rooms[s.roomID(name)]; r != nil {
		return len(r.members)
	}
	return 0
}

// Silenced are the display names of those whom a room that is muted does not
// hear: all but its admins.
func (s *Server) Silenced(name string) (names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.rooms[s.roomID(name)]; r != nil && r.muted {
		for _, p := range r.members {
			if !p.admin {
				names = append(names, p.display)
			}
		}
	}
	return names
}

// Rooms counts the rooms.
func (s *Server) Rooms() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.rooms)
}
