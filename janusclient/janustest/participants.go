// SPDX-License-Identifier: MPL-2.0

package janustest

import (
	"fmt"
	"slices"
	"strings"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// enter checks a join or changeroom, and makes the participant.
func (s *Server) enter(in *incoming, h *handle) (*participant, object) {
	r, bad := s.room(in)
	if bad != nil {
		return nil, bad
	}
	if bad := s.checkSigned(in, r); bad != nil {
		return nil, bad
	}
	if in.body["rtp"] != nil && in.fields["jsep"] == nil && !r.plainRTP {
		return nil, failure(audiobridge.CodeUnauthorized, "Plain RTP participants not allowed in this room")
	}
	if bad := check(in, "pin", r.pin); bad != nil {
		return nil, bad
	}
	if r.checkTokens && !slices.Contains(r.allowed, text(in.body, "token")) {
		return nil, failure(audiobridge.CodeUnauthorized, "Unauthorized (not in the allowed list)")
	}
	admin := in.body["secret"] != nil
	if admin {
		if bad := check(in, "secret", r.secret); bad != nil {
			return nil, bad
		}
	}
	if bad := r.group(in); bad != nil {
		return nil, bad
	}
	if bad := quality(in); bad != nil {
		return nil, bad
	}
	if codec := words(in, "codec"); codec != nil && !slices.Contains([]string{"opus", "pcmu", "pcma"}, strings.ToLower(*codec)) {
		return nil, failure(audiobridge.CodeInvalidElement, "Invalid element (codec must opus, pcmu or pcma)")
	}
	id, bad := s.readID(in, "id", false)
	if bad != nil {
		return nil, bad
	}
	if n, number := id.Number(); id.IsZero() || number && n == 0 {
		id = s.freshID()
	}
	for _, p := range r.members {
		if p.id == id {
			return nil, failure(audiobridge.CodeIDExists, fmt.Sprintf("User ID %s already exists", id))
		}
	}
	p := &participant{id: id, display: text(in.body, "display"), handle: h, room: r, admin: admin}
	p.muted, _ = flag(in, "muted")
	if !s.before(newer["suspend"]) {
		p.suspended, _ = flag(in, "suspended")
		p.paused, _ = flag(in, "pause_events")
		p.paused = p.paused && p.suspended
	}
	return p, nil
}

// group checks the group of a participant, which a room with groups wants.
func (r *room) group(in *incoming) object {
	if len(r.groups) == 0 {
		return nil
	}
	if bad := validated(in, required(aString, "group")); bad != nil {
		return bad
	}
	if name := text(in.body, "group"); !slices.Contains(r.groups, name) {
		return failure(audiobridge.CodeNoSuchGroup, fmt.Sprintf("No such group (%s)", name))
	}
	return nil
}

// admit puts a participant into its room and tells the others.
func (p *participant) admit() {
	p.handle.participant = p
	p.room.members = append(p.room.members, p)
	p.room.tell(p, object{"audiobridge": "joined", "room": p.room.id, "participants": []object{p.describe()}})
}

func (p *participant) welcome(kind string) object {
	return object{"audiobridge": kind, "room": p.room.id, "id": p.id, "participants": p.room.others(p)}
}

func (s *Server) join(in *incoming, h *handle) object {
	if h.participant != nil {
		return failure(audiobridge.CodeAlreadyJoined, "Already in a room (use changeroom to join another one)")
	}
	if bad := validated(in, joinParams); bad != nil {
		return bad
	}
	p, bad := s.enter(in, h)
	if bad != nil {
		return bad
	}
	p.admit()
	return p.welcome("joined")
}

func (s *Server) changeRoom(in *incoming, h *handle) object {
	if bad := validated(in, joinParams); bad != nil {
		return bad
	}
	if h.participant == nil {
		return failure(audiobridge.CodeNotJoined, "Can't change room (not in a room in the first place)")
	}
	if r, bad := s.room(in); bad != nil {
		return bad
	} else if r == h.participant.room {
		return failure(audiobridge.CodeAlreadyJoined, "Already in this room")
	}
	p, bad := s.enter(in, h)
	if bad != nil {
		return bad
	}
	if p.display == "" {
		p.display = h.participant.display
	}
	p.suspended = p.suspended || h.participant.suspended // it goes along, as in AudioBridge
	s.leaveRoom(h)
	p.admit()
	return p.welcome("roomchanged")
}

func (s *Server) configure(in *incoming, h *handle) object {
	p := h.participant
	if p == nil {
		return failure(audiobridge.CodeNotJoined, "Can't configure (not in a room)")
	}
	if bad := validated(in, requestParams["configure"]); bad != nil {
		return bad
	}
	if bad := quality(in); bad != nil {
		return bad
	}
	if in.body["group"] != nil {
		if bad := p.room.group(in); bad != nil {
			return bad
		}
	}
	display := words(in, "display")
	if display != nil {
		p.display = *display
	}
	muted, there := flag(in, "muted")
	if there {
		p.muted = muted
	}
	if there || display != nil {
		p.changed()
	}
	return object{"audiobridge": "event", "result": "ok"}
}

// changed tells the others how p is now.
func (p *participant) changed() {
	p.room.tell(p, object{"audiobridge": "event", "room": p.room.id, "participants": []object{p.describe()}})
}

// closePC is the request hangup: the plugin has the core close the PeerConnection.
func (s *Server) closePC(_ *incoming, h *handle) object {
	s.hangup(h, "Close PC", true)
	return object{"audiobridge": "hangingup"}
}

func (s *Server) leave(_ *incoming, h *handle) object {
	p := h.participant
	if p == nil {
		return failure(audiobridge.CodeNotJoined, "Can't leave (not in a room)")
	}
	s.leaveRoom(h)
	return object{"audiobridge": "left", "room": p.room.id, "id": p.id}
}

// leaveRoom takes the handle's participant, if any, out of its room.
func (s *Server) leaveRoom(h *handle) {
	p := h.participant
	if p == nil {
		return
	}
	h.participant = nil
	p.room.members = slices.DeleteFunc(p.room.members, func(other *participant) bool { return other == p })
	p.room.tell(nil, object{"audiobridge": "event", "room": p.room.id, "leaving": p.id})
}

// member finds the participant of a kick or mute.
func (s *Server) member(in *incoming) (*participant, object) {
	if _, bad := s.readID(in, "room", true); bad != nil {
		return nil, bad
	}
	id, bad := s.readID(in, "id", true)
	if bad != nil {
		return nil, bad
	}
	r, bad := s.managed(in)
	if bad != nil {
		return nil, bad
	}
	if p := r.find(id); p != nil {
		return p, nil
	}
	return nil, failure(audiobridge.CodeNoSuchUser, fmt.Sprintf("No such user %s in room %s", id, r.id))
}

func (r *room) find(id janusclient.ID) *participant {
	for _, p := range r.members {
		if p.id == id {
			return p
		}
	}
	return nil
}

func (s *Server) kick(in *incoming) object {
	p, bad := s.member(in)
	if bad != nil {
		return bad
	}
	s.throwOut(p)
	return object{"audiobridge": "success"}
}

// throwOut tells everyone, the kicked one too, and closes the PeerConnection.
func (s *Server) throwOut(p *participant) {
	p.room.tell(nil, object{"audiobridge": "event", "room": p.room.id, "kicked": p.id})
	s.hangup(p.handle, "Close PC", true)
	s.leaveRoom(p.handle)
}

func (s *Server) mute(in *incoming) object {
	p, bad := s.member(in)
	if bad != nil {
		return bad
	}
	muted := in.Request.Request == "mute"
	if p.muted == muted {
		return object{"audiobridge": "success"}
	}
	p.muted = muted
	p.room.tell(nil, object{"audiobridge": "event", "room": p.room.id, "participants": []object{p.describe()}})
	return object{"audiobridge": "success", "room": p.room.id}
}

// webRTCUp brings a PeerConnection up: the handle is told, and the others see
// the participant set up.
func (s *Server) webRTCUp(h *handle) {
	h.up = true
	h.core("webrtcup", nil)
	h.core("media", object{"type": "audio", "mid": "0", "receiving": s.boolean(true)})
	if h.participant != nil {
		h.participant.changed()
	}
}
