// SPDX-License-Identifier: MPL-2.0

package janustest

import (
	"encoding/json"
	"fmt"
	"strings"

	"mod_janus/janusclient"
)

// message serves a plugin message: at once, or with an ack and an event.
func (s *Server) message(in *incoming, h *handle) *answer {
	if bad := invalid(in, in.fields, required(anObject, "body")); bad != nil {
		return bad
	}
	jsep, bad := readOffer(in)
	if bad != nil {
		return bad
	}
	if serve := s.plugins[h.kind]; serve != nil {
		return s.otherPlugin(in, h, serve)
	}
	if in.fault.coreCode != 0 {
		return refuse(in, in.fault.coreCode, in.fault.reason)
	}
	request := strings.ToLower(in.Request.Request)
	if data := s.atOnce(in, h, request); data != nil {
		return success(in, "success", object{"sender": h.id, "plugindata": object{"plugin": pluginName, "data": data}})
	}
	serve := asyncRequests[request]
	if serve == nil {
		data := failure(codeInvalidRequest, fmt.Sprintf("Unknown request '%s'", request))
		return success(in, "success", object{"sender": h.id, "plugindata": object{"plugin": pluginName, "data": data}})
	}
	var sdp string
	if jsep != nil {
		var err error
		if sdp, err = s.Answer(jsep.SDP); err != nil {
			return refuse(in, janusclient.CodeJSEPInvalidSDP, err.Error())
		}
		if s.takesOffer(h, jsep); h.waits {
			sdp = unreachable(sdp)
		}
	}
	data := serve(s, in, h)
	if data["error_code"] != nil {
		sdp = ""
	}
	out := success(in, "ack", nil)
	s.answerLater(in, h, out, data, sdp)
	return out
}

// atOnce serves a request that is answered at once, nil if it is none.
func (s *Server) atOnce(in *incoming, h *handle, request string) object {
	if in.fault.code != 0 {
		return failure(in.fault.code, in.fault.reason)
	}
	if bad := validRequest(in); bad != nil {
		return bad
	}
	if syncRequests[request] == nil || !s.knows(request) {
		return nil
	}
	in.by = h
	return s.sync(in, request)
}

// validRequest checks that a message says what it asks for.
func validRequest(in *incoming) object { return validated(in, required(aString, "request")) }

// knows tells whether a request is known to this version.
func (s *Server) knows(request string) bool {
	since, later := newer[request]
	return !later || !s.before(since)
}

// sync serves a request that is answered at once.
func (s *Server) sync(in *incoming, request string) object {
	in.Request.Request = request
	if bad := validated(in, requestParams[request]); bad != nil {
		return bad
	}
	return syncRequests[request](s, in)
}

// jsepParams are the members of a JSEP (janus.c).
var jsepParams = all(required(aString, "type"), required(aString, "sdp"), optional(aBoolean, "trickle", "force_relay", "e2ee"), optional(aString, "rid_order"))

// readOffer reads the jsep of a message; nil if there is none.
func readOffer(in *incoming) (offer *janusclient.JSEP, bad *answer) {
	raw := in.fields["jsep"]
	if raw == nil {
		return nil, nil
	}
	if !anObject.fits(raw) {
		return nil, refuse(in, janusclient.CodeInvalidJSONObject, "Invalid jsep object")
	}
	var members map[string]json.RawMessage
	_ = json.Unmarshal(raw, &members)
	switch missing, words := validate(members, jsepParams); {
	case words == "":
	case missing:
		return nil, refuse(in, codeMissingElement, "JSEP error: m"+words[1:])
	default:
		return nil, refuse(in, janusclient.CodeInvalidElementType, "JSEP error: i"+words[1:])
	}
	var jsep janusclient.JSEP
	_ = json.Unmarshal(raw, &jsep)
	if jsep.Type != "offer" {
		return nil, refuse(in, janusclient.CodeJSEPUnknownType, fmt.Sprintf("JSEP error: unknown message type '%s'", jsep.Type))
	}
	return &jsep, nil
}

// answerLater arranges for the event that answers an acked message. Normally it
// follows the ack; with EventBeforeAck it has been read by the client when the
// ack goes out.
func (s *Server) answerLater(in *incoming, h *handle, out *answer, data object, sdp string) {
	transaction := in.transaction
	push := func() {
		first, second := h.pluginEvent(transaction, data, sdp), object(nil)
		if s.split && sdp != "" {
			first, second = h.pluginEvent(transaction, data, ""),
				h.pluginEvent(transaction, object{"audiobridge": "event", "result": "ok"}, sdp)
			if s.jsepFirst {
				first, second = second, first
			}
		}
		in.fault.event(first)
		h.session.push(first)
		if second != nil {
			h.session.push(second)
		}
		if in.fault.duplicate {
			h.session.push(first)
		}
		if sdp != "" {
			h.negotiated = true
			if s.autoUp && !h.waits {
				s.webRTCUp(h)
			}
		}
	}
	if in.fault.eventFirst {
		push()
		s.waitForNextPoll(in, h.session)
		return
	}
	out.after = append(out.after, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.sessions[h.session.id] != nil {
			push()
		}
	})
}

// waitForNextPoll returns once the client has fetched all events and come back
// for more, which shows that it has read them; over a WebSocket, once they have
// been written. s.mu is held, and released meanwhile.
func (s *Server) waitForNextPoll(in *incoming, session *session) {
	if session.home != nil {
		pushed := session.pushed
		s.waitFor(in, session, func() bool { return session.written >= pushed })
		return
	}
	s.waitFor(in, session, func() bool { return len(session.queue) == 0 })
	begun := session.begun
	s.waitFor(in, session, func() bool { return session.begun > begun })
}

// waitFor waits until something is so of a session, or nobody cares any more.
func (s *Server) waitFor(in *incoming, session *session, so func() bool) {
	for !so() && !session.gone && s.ctx.Err() == nil && in.http.Context().Err() == nil {
		changed := session.changed
		s.mu.Unlock()
		select {
		case <-changed:
		case <-s.ctx.Done():
		case <-in.http.Context().Done():
		}
		s.mu.Lock()
	}
}
