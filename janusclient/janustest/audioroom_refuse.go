// SPDX-License-Identifier: MPL-2.0

package janustest

import (
	"encoding/json"
	"slices"
	"strings"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// asyncAudioRoomRequests are those that the plugin acks, and answers with an
// event.
var asyncAudioRoomRequests = []string{"join", "configure", "changeroom", "leave"}

// nothing is a request of AudioBridge that is acked, and has no effect.
var nothing = map[string]json.RawMessage{"request": mustJSON("configure")}

// overrule tells whether the plugin refuses a request that AudioBridge would not,
// or never answers it: the ticket says which. a.lock is held.
func (a *AudioRoomServer) overrule(body map[string]json.RawMessage, handle uint64, ticket *audioRoomTicket) bool {
	request := text(body, "request")
	if !slices.Contains(asyncAudioRoomRequests, request) {
		return false
	}
	switch r := a.whereabouts(handle); {
	case a.stuck:
		ticket.silent = true
		return true
	case request == "changeroom" && r != nil && r.id == janusclient.StringID(text(body, "id")):
		// The thread that serves all requests locks the room twice.
		a.stuck, ticket.silent = true, true
		return true
	case request == "join" && a.hungUp(handle):
		ticket.refusal = object{
			"audioroom": "event", "error_code": audiobridge.CodeAlreadyJoined, "error": "Already in a room (use changeroom to join another one)",
		}
	case (request == "join") == (r == nil) && request != "leave":
		if ticket.refusal = badMember(request, body); ticket.refusal != nil {
			a.appear(request, handle, body["id"]) // before it is refused
		}
	}
	return ticket.refusal != nil
}

// hungUp tells whether a handle has lost its PeerConnection in a room: to the
// plugin it is in it still. a.lock is held.
func (a *AudioRoomServer) hungUp(handle uint64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	h := a.handle(handle)
	return h != nil && h.hungUpIn != nil
}

// badMember checks the members of a request in the plugin's order; nil: all are
// good.
func badMember(request string, body map[string]json.RawMessage) object {
	invalid := func(reason string) object {
		return object{
			"audioroom": "event", "error_code": audiobridge.CodeInvalidElement, "error": "Invalid element (" + reason + ")",
		}
	}
	var display *string
	var muted *bool
	var quality *int64
	switch id := body["id"]; {
	case request != "configure" && (len(id) == 0 || id[0] != '"'):
		return nil // the translated request is refused for it
	case request != "configure" && json.Unmarshal(body["display"], &display) != nil && body["display"] != nil:
		return invalid("display should be a string")
	case body["muted"] != nil && (json.Unmarshal(body["muted"], &muted) != nil || muted == nil):
		return invalid("muted should be a boolean")
	case body["quality"] == nil:
		return nil
	case json.Unmarshal(body["quality"], &quality) != nil || quality == nil || *quality < 0:
		return invalid("quality should be a positive integer")
	case *quality < 1 || *quality > 10:
		return invalid("quality should be a positive integer between 1 and 10")
	}
	return nil
}

// ignored are the members that the plugin does not read, and AudioBridge does.
func ignored(request string, body map[string]json.RawMessage) {
	for _, member := range []string{"pin", "token", "secret", "group", "volume", "record", "filename", "suspended"} {
		delete(body, member)
	}
	if request == "configure" {
		delete(body, "display")
	}
}

// withoutOpus tells whether a message has an offer of other codecs alone. The
// plugin's answer is nonsense then, which Janus drops with the event it was in.
func withoutOpus(message map[string]json.RawMessage) bool {
	var offer *janusclient.JSEP
	return json.Unmarshal(message["jsep"], &offer) == nil && offer != nil && strings.Contains(offer.SDP, "m=audio") &&
		!strings.Contains(strings.ToLower(offer.SDP), "opus/48000")
}
