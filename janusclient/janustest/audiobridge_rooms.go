// SPDX-License-Identifier: MPL-2.0

package janustest

import (
	"encoding/json"
	"fmt"
	"slices"

	"mod_janus/janusclient/audiobridge"
)

func (s *Server) createRoom(in *incoming) object {
	id, bad := s.readID(in, "room", false)
	if bad != nil {
		return bad
	}
	if s.adminKey != "" {
		if bad := check(in, "admin_key", &s.adminKey); bad != nil {
			return bad
		}
	}
	for _, list := range []string{"allowed", "groups"} {
		var words []string
		if raw := in.body[list]; raw != nil && json.Unmarshal(raw, &words) != nil {
			return failure(audiobridge.CodeInvalidElement, fmt.Sprintf("Invalid element in the %s array (not a string)", list))
		}
	}
	if n, number := id.Number(); id.IsZero() || number && n == 0 { // "pick one"
		id = s.freshID()
	}
	if s.rooms[id] != nil {
		return failure(audiobridge.CodeRoomExists, fmt.Sprintf("Room %s already exists", id))
	}
	r := newRoom(id)
	if description := text(in.body, "description"); description != "" {
		r.description = description
	}
	r.secret, r.pin = words(in, "secret"), words(in, "pin")
	r.private, _ = flag(in, "is_private")
	r.spatial, _ = flag(in, "spatial_audio")
	r.plainRTP, _ = flag(in, "allow_rtp_participants")
	_ = json.Unmarshal(in.body["groups"], &r.groups)
	for _, name := range []string{"sampling", "sampling_rate"} {
		if rate := in.body[name]; rate != nil {
			_ = json.Unmarshal(rate, &r.sampling)
		}
	}
	if !slices.Contains([]int{8000, 12000, 16000, 24000, 48000}, r.sampling) {
		return failure(audiobridge.CodeUnknown, fmt.Sprintf("Unsupported sampling rate %d", r.sampling))
	}
	if allowed := in.body["allowed"]; allowed != nil {
		r.checkTokens = true
		_ = json.Unmarshal(allowed, &r.allowed)
	}
	r.signedTokens, _ = flag(in, "signed_tokens")
	s.rooms[id] = r
	return object{"audiobridge": "created", "room": id, "permanent": false}
}

func (s *Server) destroyRoom(in *incoming) object {
	r, bad := s.managed(in)
	if bad != nil {
		return bad
	}
	s.dropRoom(r)
	return object{"audiobridge": "destroyed", "room": r.id, "permanent": false}
}

// dropRoom tells everyone, and empties the room without a word more.
func (s *Server) dropRoom(r *room) {
	delete(s.rooms, r.id)
	for _, p := range r.members {
		p.handle.plugin(object{"audiobridge": "destroyed", "room": r.id})
		p.handle.participant = nil
	}
	r.members = nil
}

func (s *Server) exists(in *incoming) object {
	id, bad := s.readID(in, "room", true)
	if bad != nil {
		return bad
	}
	return object{"audiobridge": "success", "room": id, "exists": s.rooms[id] != nil}
}

func (s *Server) list(in *incoming) object {
	everything := false
	if s.adminKey != "" && text(in.body, "admin_key") != "" {
		if bad := check(in, "admin_key", &s.adminKey); bad != nil {
			return bad
		}
		everything = true
	}
	list := []object{}
	for _, r := range s.rooms {
		if r.private && !everything {
			continue
		}
		list = append(list, object{
			"room": r.id, "description": r.description, "sampling_rate": r.sampling, "spatial_audio": r.spatial,
			"pin_required": r.pin != nil, "record": r.record, "muted": r.muted, "num_participants": len(r.members),
		})
	}
	return object{"audiobridge": "success", "list": list}
}

func (s *Server) listParticipants(in *incoming) object {
	r, bad := s.room(in)
	if bad != nil {
		return bad
	}
	return object{"audiobridge": "participants", "room": r.id, "participants": r.others(nil)}
}

func (s *Server) allow(in *incoming) object {
	r, bad := s.managed(in)
	if bad != nil {
		return bad
	}
	var tokens []string
	_ = json.Unmarshal(in.body["allowed"], &tokens)
	switch action := text(in.body, "action"); action {
	case "enable":
		r.checkTokens = true
	case "disable":
		r.checkTokens = false
		return object{"audiobridge": "success", "room": r.id, "allowed": []string{}} // the list stays, and is not told
	case "add":
		r.allowed = append(r.allowed, tokens...)
	case "remove":
		r.allowed = slices.DeleteFunc(r.allowed, func(t string) bool { return slices.Contains(tokens, t) })
	default:
		return failure(audiobridge.CodeInvalidElement, fmt.Sprintf("Unsupported action '%s' (allowed)", action))
	}
	return object{"audiobridge": "success", "room": r.id, "allowed": append([]string{}, r.allowed...)}
}
