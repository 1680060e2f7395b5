// SPDX-License-Identifier: MPL-2.0

package janustest

import (
	"encoding/json"
	"fmt"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

const (
	pluginName         = audiobridge.Plugin
	codeInvalidRequest = audiobridge.CodeInvalidRequest
)

// room is an AudioBridge room. The server's lock guards it.
type room struct {
	id          janusclient.ID
	description string
	secret, pin *string // nil: none is asked for
	private     bool
	checkTokens bool
	allowed     []string
	members     []*participant // in order of arrival
	muted       bool
	spatial     bool
	plainRTP    bool
	sampling    int
	groups      []string
	record      bool
	recordFile  string
	playing     map[string]string // files, by their ids
	forwarders  map[uint32]object

	signedTokens bool
}

// participant is one who is in a room.
type participant struct {
	id      janusclient.ID
	display string
	muted   bool
	handle  *handle
	room    *room

	admin     bool // came with the room's secret: a muted room does not mute it
	suspended bool
	paused    bool // gets no events while suspended
}

func newRoom(id janusclient.ID) *room {
	return &room{
		id: id, description: "Room " + id.String(), sampling: 16000, playing: map[string]string{}, forwarders: map[uint32]object{},
	}
}

// failure is an error of the plugin.
func failure(code int, reason string) object {
	return object{"audiobridge": "event", "error_code": code, "error": reason}
}

// syncRequests are answered at once, with success.
var syncRequests map[string]func(*Server, *incoming) object

// asyncRequests are acked, and answered with an event.
var asyncRequests map[string]func(*Server, *incoming, *handle) object

func init() {
	syncRequests = map[string]func(*Server, *incoming) object{
		"create": (*Server).createRoom, "destroy": (*Server).destroyRoom, "exists": (*Server).exists,
		"list": (*Server).list, "listparticipants": (*Server).listParticipants, "kick": (*Server).kick,
		"mute": (*Server).mute, "unmute": (*Server).mute, "allowed": (*Server).allow,
		"edit": (*Server).edit, "mute_room": (*Server).muteRoom, "unmute_room": (*Server).muteRoom, "kick_all": (*Server).kickAll,
		"suspend": (*Server).suspend, "resume": (*Server).suspend, "enable_recording": (*Server).enableRecording, "enable_mjrs": (*Server).enableMJRs,
		"play_file": (*Server).playFile, "is_playing": (*Server).isPlaying, "stop_file": (*Server).stopFile,
		"rtp_forward": (*Server).forward, "stop_rtp_forward": (*Server).stopForward, "listforwarders": (*Server).listForwarders,
	}
	asyncRequests = map[string]func(*Server, *incoming, *handle) object{
		"join": (*Server).join, "configure": (*Server).configure, "leave": (*Server).leave,
		"changeroom": (*Server).changeRoom, "hangup": (*Server).closePC,
	}
}

// readID reads an id member, and insists on this server's kind as Janus does.
func (s *Server) readID(in *incoming, key string, required bool) (janusclient.ID, object) {
	raw, there := in.body[key]
	if !there {
		if required {
			return janusclient.ID{}, failure(audiobridge.CodeMissingElement, fmt.Sprintf("Missing mandatory element (%s)", key))
		}
		return janusclient.ID{}, nil
	}
	var id janusclient.ID
	wanted := aNumber
	if s.stringIDs {
		wanted = aString
	}
	if !wanted.fits(raw) || json.Unmarshal(raw, &id) != nil {
		return id, failure(audiobridge.CodeInvalidElement, fmt.Sprintf("Invalid element type (%s should be %s)", key, wanted))
	}
	return id, nil
}

// room finds the room of a request.
func (s *Server) room(in *incoming) (*room, object) {
	id, bad := s.readID(in, "room", true)
	if bad != nil {
		return nil, bad
	}
	if r := s.rooms[id]; r != nil {
		return r, nil
	}
	return nil, failure(audiobridge.CodeNoSuchRoom, fmt.Sprintf("No such room (%s)", id))
}

// managed finds the room of a request that needs the room's secret.
func (s *Server) managed(in *incoming) (*room, object) {
	r, bad := s.room(in)
	if bad == nil {
		bad = check(in, "secret", r.secret)
	}
	return r, bad
}

// check is JANUS_CHECK_SECRET.
func check(in *incoming, key string, secret *string) object {
	if secret == nil {
		return nil
	}
	if bad := validated(in, required(aString, key)); bad != nil {
		return bad
	}
	if text(in.body, key) != *secret {
		return failure(audiobridge.CodeUnauthorized, fmt.Sprintf("Unauthorized (wrong %s)", key))
	}
	return nil
}

// words reads a string member, nil if there is none.
func words(in *incoming, key string) *string {
	if in.body[key] == nil {
		return nil
	}
	value := text(in.body, key)
	return &value
}

func flag(in *incoming, key string) (value, there bool) {
	raw, there := in.body[key]
	_ = json.Unmarshal(raw, &value)
	return value, there
}

func (s *Server) freshID() janusclient.ID {
	id := janusclient.NumberID(s.newID())
	if s.stringIDs {
		return id.AsString()
	}
	return id
}

// others describes everyone in the room but one.
func (r *room) others(but *participant) []object {
	list := []object{}
	for _, p := range r.members {
		if p != but {
			list = append(list, p.describe())
		}
	}
	return list
}

func (p *participant) describe() object {
	d := object{"id": p.id, "setup": p.handle.up, "muted": p.muted}
	if p.suspended {
		d["suspended"] = true
	}
	if p.display != "" {
		d["display"] = p.display
	}
	return d
}

// tell sends an event to everyone in the room but one.
func (r *room) tell(but *participant, event object) {
	for _, p := range r.members {
		if p != but && !p.paused {
			p.handle.plugin(event)
		}
	}
}
