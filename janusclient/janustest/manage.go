// SPDX-License-Identifier: MPL-2.0

package janustest

import (
	"encoding/json"
	"fmt"

	"mod_janus/janusclient/audiobridge"
)

// edit changes a room.
func (s *Server) edit(in *incoming) object {
	r, bad := s.managed(in)
	if bad != nil {
		return bad
	}
	if description := text(in.body, "new_description"); description != "" {
		r.description = description
	}
	if secret := text(in.body, "new_secret"); secret != "" {
		r.secret = secret
	}
	if in.body["new_pin"] != nil {
		r.pin = text(in.body, "new_pin")
	}
	if private, there := flag(in, "new_is_private"); there {
		r.private = private
	}
	return object{"audiobridge": "edited", "room": r.id, "permanent": false}
}

// muteRoom silences everyone, without a change to any participant of its own.
func (s *Server) muteRoom(in *incoming) object {
	r, bad := s.managed(in)
	if bad != nil {
		return bad
	}
	r.muted = in.Request.Request == "mute_room"
	r.tell(nil, object{"audiobridge": "event", "room": r.id, "muted": r.muted})
	return object{"audiobridge": "success", "room": r.id}
}

func (s *Server) kickAll(in *incoming) object {
	r, bad := s.managed(in)
	if bad != nil {
		return bad
	}
	for _, p := range append([]*participant(nil), r.members...) {
		s.throwOut(p)
	}
	return object{"audiobridge": "success"}
}

// suspend takes a participant out of the mix, or back into it.
func (s *Server) suspend(in *incoming) object {
	p, bad := s.member(in)
	if bad != nil {
		return bad
	}
	p.suspended = in.Request.Request == "suspend"
	done := map[bool]string{true: "suspended", false: "resumed"}[p.suspended]
	p.room.tell(nil, object{"audiobridge": "event", "room": p.room.id, done: p.id})
	return object{"audiobridge": "success"}
}

func (s *Server) enableRecording(in *incoming) object {
	r, bad := s.managed(in)
	if bad != nil {
		return bad
	}
	r.record, _ = flag(in, "record")
	r.recordFile = text(in.body, "record_file")
	return object{"audiobridge": "success", "record": r.record}
}

// playFile takes every file for one that exists, if its name says Opus.
func (s *Server) playFile(in *incoming) object {
	r, bad := s.managed(in)
	if bad != nil {
		return bad
	}
	name := text(in.body, "filename")
	if name == "" {
		return failure(audiobridge.CodeMissingElement, "Missing mandatory element (filename)")
	}
	id := text(in.body, "file_id")
	if id == "" {
		id = fmt.Sprintf("file-%d", s.newID())
	}
	r.playing[id] = name
	r.tell(nil, object{"audiobridge": "announcement-started", "room": r.id, "file_id": id})
	return object{"audiobridge": "success", "room": r.id, "file_id": id}
}

func (s *Server) isPlaying(in *incoming) object {
	r, bad := s.managed(in)
	if bad != nil {
		return bad
	}
	id := text(in.body, "file_id")
	_, playing := r.playing[id]
	return object{"audiobridge": "success", "room": r.id, "file_id": id, "playing": playing}
}

func (s *Server) stopFile(in *incoming) object {
	r, bad := s.managed(in)
	if bad != nil {
		return bad
	}
	id := text(in.body, "file_id")
	if _, playing := r.playing[id]; playing {
		delete(r.playing, id)
		r.tell(nil, object{"audiobridge": "announcement-stopped", "room": r.id, "file_id": id})
	}
	return object{"audiobridge": "success", "room": r.id, "file_id": id}
}

func (s *Server) forward(in *incoming) object {
	r, bad := s.managed(in)
	if bad != nil {
		return bad
	}
	var port int
	_ = json.Unmarshal(in.body["port"], &port)
	id := uint32(s.newID()) // #nosec G115 -- any number will do
	r.forwarders[id] = object{
		"stream_id": id, "ip": text(in.body, "host"), "port": port, "ssrc": 1, "codec": "opus", "ptype": 100, "srtp": false, "always_on": false,
	}
	return object{"audiobridge": "success", "room": r.id, "stream_id": id, "host": text(in.body, "host"), "port": port}
}

func (s *Server) stopForward(in *incoming) object {
	r, bad := s.managed(in)
	if bad != nil {
		return bad
	}
	var id uint32
	_ = json.Unmarshal(in.body["stream_id"], &id)
	delete(r.forwarders, id)
	return object{"audiobridge": "success", "room": r.id, "stream_id": id}
}

func (s *Server) listForwarders(in *incoming) object {
	r, bad := s.managed(in)
	if bad != nil {
		return bad
	}
	list := []object{}
	for _, f := range r.forwarders {
		list = append(list, f)
	}
	return object{"audiobridge": "forwarders", "room": r.id, "rtp_forwarders": list}
}
