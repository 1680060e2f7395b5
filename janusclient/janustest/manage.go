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
	if secret := words(in, "new_secret"); secret != nil && *secret != "" {
		r.secret = secret
	}
	if pin := words(in, "new_pin"); pin != nil {
		if r.pin = pin; *pin == "" {
			r.pin = nil
		}
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
	muted := in.Request.Request == "mute_room"
	if r.muted == muted {
		return object{"audiobridge": "success"}
	}
	r.muted = muted
	r.tell(nil, object{"audiobridge": "event", "room": r.id, "muted": r.muted})
	return object{"audiobridge": "success", "room": r.id}
}

func (s *Server) kickAll(in *incoming) object {
	r, bad := s.managed(in)
	if bad != nil {
		return bad
	}
	members := append([]*participant(nil), r.members...)
	for _, p := range members {
		p.handle.plugin(object{"audiobridge": "event", "room": r.id, "kicked_all": p.id})
	}
	for _, p := range members {
		s.hangup(p.handle, "Close PC", true)
		s.leaveRoom(p.handle)
	}
	return object{"audiobridge": "success"}
}

// suspend takes a participant out of the mix, or back into it.
func (s *Server) suspend(in *incoming) object {
	p, bad := s.memberOrSelf(in)
	if bad != nil {
		return bad
	}
	suspend := in.Request.Request == "suspend"
	if p.suspended == suspend {
		return object{"audiobridge": "success"}
	}
	p.suspended = suspend
	if suspend {
		p.room.tell(p, object{"audiobridge": "event", "room": p.room.id, "suspended": p.id})
		p.handle.plugin(object{"audiobridge": "event", "room": p.room.id, "suspended": p.id})
		p.paused, _ = flag(in, "pause_events")
		return object{"audiobridge": "success"}
	}
	news := object{"audiobridge": "event", "room": p.room.id, "resumed": p.id}
	if p.paused { // it learns what it has missed
		p.handle.plugin(object{"audiobridge": "event", "room": p.room.id, "resumed": p.id, "participants": p.room.others(p)})
	} else {
		p.handle.plugin(news)
	}
	p.paused = false
	p.room.tell(p, news)
	return object{"audiobridge": "success"}
}

// memberOrSelf finds the participant of a suspend, for which nobody needs the
// room's secret who is that participant.
func (s *Server) memberOrSelf(in *incoming) (*participant, object) {
	r, bad := s.room(in)
	if bad != nil {
		return nil, bad
	}
	id, bad := s.readID(in, "id", true)
	if bad != nil {
		return nil, bad
	}
	p := r.find(id)
	if p == nil {
		return nil, failure(audiobridge.CodeNoSuchUser, fmt.Sprintf("No such user %s in room %s", id, r.id))
	}
	if in.by != nil && in.by.participant == p {
		return p, nil
	}
	return p, check(in, "secret", r.secret)
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

func (s *Server) enableMJRs(in *incoming) object {
	if _, bad := s.managed(in); bad != nil {
		return bad
	}
	on, _ := flag(in, "mjrs")
	return object{"audiobridge": "success", "mjrs": on}
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
