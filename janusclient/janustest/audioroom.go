// SPDX-License-Identifier: MPL-2.0

package janustest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"

	"mod_janus/janusclient"
)

// audioRoomName is audioroom.Plugin, which cannot be imported: its tests import
// this package.
const audioRoomName = "janus.plugin.cm.audioroom"

// AudioRoomServer is a fake Janus that has janus.plugin.cm.audioroom beside
// AudioBridge. That plugin is an AudioBridge of other words, and so it is
// here: a translator stands before a [Server] with string ids. Faults, options
// and the methods of Server mean the same for it.
//
// Rooms come with join and changeroom, and go when a changeroom, a detach or
// the end of a session leaves them empty; a leave does not remove them, nor does
// the end of a PeerConnection. What the plugin does not read it ignores, a
// changeroom to the same room ends its service, and an offer without Opus is not
// answered.
type AudioRoomServer struct {
	*Server
	behind *httptest.Server // the Server itself, for WebSockets

	lock      sync.Mutex
	handles   map[uint64]bool             // those attached to the plugin
	kept      map[janusclient.ID]bool     // rooms that were left empty with leave
	leaves    map[janusclient.ID]int      // leaves under way, of each room
	made      map[janusclient.ID]bool     // rooms that go by themselves
	originals map[string]json.RawMessage  // requests before they were translated, by transaction
	pending   map[string]*audioRoomTicket // what the answer to a transaction must be read with
	stuck     bool                        // the plugin's thread waits for itself
}

// audioRoomTicket is kept of a request until it has been answered.
type audioRoomTicket struct {
	attach  bool // to the plugin
	request string
	silent  bool   // its event never comes
	refusal object // is in its event; nil: what AudioBridge says
}

// NewAudioRoomServer starts a server on a port of the loopback interface. It is
// a Janus 0.1.0, which the plugin was made for, unless WithVersion says otherwise.
// Its ids are strings inside, as with WithStringIDs.
func NewAudioRoomServer(options ...Option) *AudioRoomServer {
	a := &AudioRoomServer{
		Server:  NewServer(append([]Option{WithVersion("0.1.0"), WithStringIDs()}, options...)...),
		handles: map[uint64]bool{}, made: map[janusclient.ID]bool{},
		kept: map[janusclient.ID]bool{}, leaves: map[janusclient.ID]int{},
		originals: map[string]json.RawMessage{}, pending: map[string]*audioRoomTicket{},
	}
	a.behind = httptest.NewServer(a.Server)
	// Nobody knows the address yet: there can be no request under way.
	a.http.Config.Handler = http.HandlerFunc(a.serveHTTP)
	return a
}

// Close ends all polls and stops the server.
func (a *AudioRoomServer) Close() {
	a.Server.Close()
	a.behind.CloseClientConnections()
	a.behind.Close()
}

// Rooms counts the rooms.
func (a *AudioRoomServer) Rooms() int {
	a.sweep()
	return a.Server.Rooms()
}

// Requests returns the log of all requests so far, as they were sent.
func (a *AudioRoomServer) Requests() []Request {
	requests := a.Server.Requests()
	a.lock.Lock()
	defer a.lock.Unlock()
	for i := range requests {
		var sent struct{ Transaction string }
		_ = json.Unmarshal(requests[i].Body, &sent)
		if original := a.originals[sent.Transaction]; original != nil {
			requests[i].Body = original
		}
	}
	return requests
}

// sweep removes the rooms that have become empty.
func (a *AudioRoomServer) sweep() {
	a.lock.Lock()
	defer a.lock.Unlock()
	a.mu.Lock()
	defer a.mu.Unlock()
	for id := range a.made {
		r := a.rooms[id]
		switch {
		case r == nil:
			delete(a.made, id)
			delete(a.kept, id)
			delete(a.leaves, id)
		case a.leaves[id] > 0: // until it is known what became of it
		case len(r.members) > 0:
			delete(a.kept, id)
		case !a.kept[id] && !a.lingers(r):
			delete(a.rooms, id)
			delete(a.made, id)
		}
	}
}

// lingers tells whether a handle that has lost its PeerConnection in a room still
// exists: the plugin removes the room with the handle. a.mu is held.
func (a *AudioRoomServer) lingers(r *room) bool {
	for _, session := range a.sessions {
		for _, h := range session.handles {
			if h.hungUpIn == r {
				return true
			}
		}
	}
	return false
}

// appear makes the room of a join or changeroom, if that is going to succeed.
// a.lock is held.
func (a *AudioRoomServer) appear(request string, handle uint64, raw json.RawMessage) {
	var id janusclient.ID
	if request != "join" && request != "changeroom" || json.Unmarshal(raw, &id) != nil || id.IsZero() || id.IsNumber() {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	h := a.handle(handle)
	if a.rooms[id] != nil || h == nil || (h.participant == nil) != (request == "join") {
		return
	}
	r := newRoom(id)
	r.sampling = 48000
	a.rooms[id] = r
	a.made[id] = true
	a.kept[id] = true // until somebody is in it
}

// whereabouts returns the room that a handle is in.
func (a *AudioRoomServer) whereabouts(handle uint64) *room {
	a.mu.Lock()
	defer a.mu.Unlock()
	if h := a.handle(handle); h != nil && h.participant != nil {
		return h.participant.room
	}
	return nil
}

// otherwise marks a request that AudioBridge knows and this plugin does not.
const otherwise = "audioroom: "

// audioRoomRequests are those that the plugin knows.
var audioRoomRequests = []string{
	"destroy", "list", "exists", "listparticipants", "resetdecoder", "join", "configure", "changeroom", "leave",
}

// request translates a request into AudioBridge's words. The ids are those of
// the path; over a WebSocket the message has them.
func (a *AudioRoomServer) request(raw []byte, handle uint64) []byte {
	var message map[string]json.RawMessage
	if json.Unmarshal(raw, &message) != nil {
		return raw
	}
	if handle == 0 {
		_ = json.Unmarshal(message["handle_id"], &handle)
	}
	a.sweep()
	a.lock.Lock()
	defer a.lock.Unlock()
	transaction := text(message, "transaction")
	switch kind := text(message, "janus"); {
	case kind == "attach" && text(message, "plugin") == audioRoomName:
		a.pending[transaction] = &audioRoomTicket{attach: true}
		message["plugin"] = mustJSON(pluginName)
	case kind == "message" && a.handles[handle]:
		var body map[string]json.RawMessage
		if json.Unmarshal(message["body"], &body) != nil {
			return raw
		}
		ticket := &audioRoomTicket{request: text(body, "request"), silent: withoutOpus(message)}
		if ticket.silent {
			delete(message, "jsep") // the participant is in the room all the same
		}
		a.pending[transaction] = ticket
		if a.overrule(body, handle, ticket) {
			delete(message, "jsep")
			body = nothing
		} else {
			body = a.body(body, handle)
		}
		message["body"] = mustJSON(body)
	default:
		return raw
	}
	a.originals[transaction] = slices.Clone(raw)
	return mustJSON(message)
}

// body translates the body of a message. a.lock is held.
func (a *AudioRoomServer) body(body map[string]json.RawMessage, handle uint64) map[string]json.RawMessage {
	request := text(body, "request")
	if r := a.whereabouts(handle); r != nil && request == "leave" {
		a.leaves[r.id]++
	}
	ignored(request, body)
	switch {
	case request == "resetdecoder":
		body["request"] = mustJSON("list") // something that is answered at once
	case !slices.Contains(audioRoomRequests, request):
		body["request"] = mustJSON(otherwise + request)
	}
	room, user := body["id"], body["userid"]
	delete(body, "room")
	delete(body, "id")
	delete(body, "userid")
	if room != nil {
		body["room"] = room
		a.appear(request, handle, room)
	}
	if user != nil {
		// A number; anything else the Server refuses, since it is no string.
		body["id"] = user
		if digits := strings.TrimSpace(string(user)); !strings.HasPrefix(digits, `"`) {
			body["id"] = mustJSON(digits)
		} else {
			body["id"] = mustJSON(false)
		}
	}
	return body
}
