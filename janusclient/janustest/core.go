// SPDX-License-Identifier: MPL-2.0

package janustest

import (
	"fmt"
	"net/http"

	"mod_janus/janusclient"
)

// Codes of the core, under short names.
const (
	codeInvalidJSON    = janusclient.CodeInvalidJSON
	codeMissingElement = janusclient.CodeMissingElement
)

// refuse is an error answer of the core.
func refuse(in *incoming, code int, reason string) *answer {
	out := object{"janus": "error", "error": object{"code": code, "reason": reason}}
	if in.transaction != "" {
		out["transaction"] = in.transaction
	}
	if in.session != 0 {
		out["session_id"] = in.session
	}
	return reply(out)
}

// success is the core's plain answer.
func success(in *incoming, kind string, fields object) *answer {
	out := object{"janus": kind, "transaction": in.transaction}
	if in.session != 0 {
		out["session_id"] = in.session
	}
	for key, value := range fields {
		out[key] = value
	}
	return reply(out)
}

// serve is the Janus core.
func (s *Server) serve(in *incoming) *answer {
	if in.Janus == "info" {
		return reply(s.info())
	}
	if in.admin {
		return s.serveAdmin(in)
	}
	if in.method == http.MethodGet {
		query := in.http.URL.Query()
		if !s.authorized(query.Get("apisecret"), query.Get("token")) {
			return bare(http.StatusForbidden)
		}
		return s.poll(in)
	}
	if !s.authorized(in.text("apisecret"), in.text("token")) {
		return refuse(in, janusclient.CodeUnauthorized, "Unauthorized request (wrong or missing secret/token)")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if in.session == 0 {
		if in.Janus != "create" {
			return refuse(in, janusclient.CodeInvalidRequestPath, fmt.Sprintf("Unhandled request '%s' at this path", in.Janus))
		}
		if !s.admin.flags["accept"] {
			return refuse(in, janusclient.CodeNotAcceptingSessions, "Currently not accepting new sessions")
		}
		session := s.newSession(s.newID())
		s.rehome(session, in.socket)
		return success(in, "success", object{"data": object{"id": session.id}})
	}
	session := s.sessions[in.session]
	if session == nil {
		return refuse(in, janusclient.CodeSessionNotFound, fmt.Sprintf("No such session %d", in.session))
	}
	s.touch(session)
	if in.handle == 0 {
		return s.sessionRequest(in, session)
	}
	h := session.handles[in.handle]
	if h == nil {
		return refuse(in, janusclient.CodeHandleNotFound,
			fmt.Sprintf("No such handle %d in session %d", in.handle, in.session))
	}
	return s.handleRequest(in, h)
}

// authorized follows janus_request_check_secret: either of the two will do.
func (s *Server) authorized(secret, token string) bool {
	if s.secret == "" && s.checkToken == nil {
		return true
	}
	return s.secret != "" && secret == s.secret || s.checkToken != nil && s.checkToken(token)
}

func (s *Server) info() object {
	s.mu.Lock()
	defer s.mu.Unlock()
	plugins := object{pluginName: object{"name": "JANUS AudioBridge plugin", "version": 12, "version_string": "0.0.12"}}
	for name := range s.plugins {
		plugins[name] = object{"name": name, "version": 1, "version_string": "0.0.1"}
	}
	return object{
		"janus": "server_info", "name": "Janus WebRTC Server", "version": s.versionNumber(), "version_string": s.version,
		"session-timeout": 60, "api_secret": s.boolean(s.secret != ""), "auth_token": s.boolean(s.checkToken != nil),
		"ipv6": s.boolean(false), "accepting-new-sessions": s.boolean(s.admin.flags["accept"]), "server-name": s.name,
		"transports": object{transportName: object{"name": "JANUS REST (HTTP/HTTPS) transport plugin", "version": 2, "version_string": "0.0.2"}},
		"plugins":    plugins,
	}
}

// sessionRequest serves what is sent to a session. s.mu is held.
func (s *Server) sessionRequest(in *incoming, session *session) *answer {
	switch in.Janus {
	case "keepalive":
		return success(in, "ack", nil)
	case "claim":
		session.queue, session.written = nil, session.pushed // what waited is lost
		session.claims++
		session.signal()
		s.rehome(session, in.socket)
		return success(in, "success", nil)
	case "destroy":
		s.remove(session)
		return success(in, "success", nil)
	case "attach":
		params := all(required(aString, "plugin"), optional(aString, "opaque_id"), optional(aNumber, "loop_index"))
		if bad := invalid(in, in.fields, params); bad != nil {
			return bad
		}
		plugin := in.text("plugin")
		if plugin != pluginName && s.plugins[plugin] == nil {
			return refuse(in, janusclient.CodePluginNotFound, fmt.Sprintf("No such plugin '%s'", plugin))
		}
		h := &handle{id: s.newID(), session: session, kind: plugin, opaqueID: in.text("opaque_id")}
		session.handles[h.id] = h
		return success(in, "success", object{"data": object{"id": h.id}})
	default:
		return refuse(in, janusclient.CodeUnknownRequest, fmt.Sprintf("Unknown request '%s'", in.Janus))
	}
}

// handleRequest serves what is sent to a handle. s.mu is held.
func (s *Server) handleRequest(in *incoming, h *handle) *answer {
	switch in.Janus {
	case "detach":
		s.hangup(h, "Janus API", false)
		s.leaveRoom(h)
		delete(h.session.handles, h.id)
		h.core("detached", nil)
		return success(in, "success", nil)
	case "hangup":
		s.hangup(h, "Janus API", true)
		return success(in, "success", nil)
	case "trickle":
		s.takesCandidate(in, h)
		return success(in, "ack", nil)
	case "message":
		return s.message(in, h)
	default:
		return refuse(in, janusclient.CodeUnknownRequest, fmt.Sprintf("Unknown request '%s'", in.Janus))
	}
}

// hangup closes a PeerConnection; AudioBridge then drops the participant.
func (s *Server) hangup(h *handle, reason string, leave bool) {
	if !h.negotiated {
		return
	}
	h.negotiated, h.up = false, false
	h.core("hangup", object{"reason": reason})
	if leave {
		if h.participant != nil {
			h.hungUpIn = h.participant.room
		}
		s.leaveRoom(h)
	}
}
