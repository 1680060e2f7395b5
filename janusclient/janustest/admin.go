// SPDX-License-Identifier: MPL-2.0

package janustest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"mod_janus/janusclient"
	"mod_janus/janusclient/admin"
)

const (
	adminProtocol = admin.Subprotocol
	transportName = "janus.transport.http"
)

// adminState is what the Admin API has set. The server's lock guards it.
type adminState struct {
	stored   bool // tokens count
	tokens   map[string][]string
	flags    map[string]bool // by the name under which they are answered
	numbers  map[string]int
	timeouts map[uint64]int // of sessions
	captures map[uint64]capture
	lines    []string
	events   []json.RawMessage
}

// capture is a pcap that is being written, as far as anybody can tell.
type capture struct {
	file string
	text bool
}

func newAdminState() adminState {
	return adminState{
		tokens:   map[string][]string{},
		flags:    map[string]bool{"accept": true, "log_timestamps": false, "log_colors": true, "nack-optimizations": false},
		numbers:  map[string]int{"timeout": 60, "level": 4, "min_nack_queue": 200, "no_media_timer": 1, "slowlink_threshold": 4},
		timeouts: map[uint64]int{}, captures: map[uint64]capture{},
	}
}

// LogLines returns what custom_logline has written.
func (s *Server) LogLines() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.admin.lines)
}

// CustomEvents returns the data of the custom_event requests so far.
func (s *Server) CustomEvents() []json.RawMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.admin.events)
}

// serveAdmin is the Admin API.
func (s *Server) serveAdmin(in *incoming) *answer {
	if in.Janus == "ping" && in.session == 0 {
		return success(in, "pong", nil)
	}
	if s.adminSecret != "" && in.text("admin_secret") != s.adminSecret {
		return refuse(in, janusclient.CodeUnauthorized, "Unauthorized request (wrong or missing secret/token)")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if in.session == 0 {
		return s.adminServer(in)
	}
	session := s.sessions[in.session]
	if session == nil {
		return refuse(in, janusclient.CodeSessionNotFound, fmt.Sprintf("No such session %d", in.session))
	}
	if in.handle == 0 {
		return s.adminSession(in, session)
	}
	h := session.handles[in.handle]
	if h == nil {
		return refuse(in, janusclient.CodeHandleNotFound, fmt.Sprintf("No such handle %d in session %d", in.handle, in.session))
	}
	return s.adminHandle(in, h)
}

// unhandled refuses a request that is not known, or not there.
func unhandled(in *incoming) *answer {
	return refuse(in, janusclient.CodeInvalidRequestPath, fmt.Sprintf("Unhandled request '%s' at this path", in.Janus))
}

// setting is a request that sets one value, which Janus then tells in return.
type setting struct{ member, answered string }

var (
	adminFlags = map[string]setting{
		"set_locking_debug": {"debug", "locking_debug"}, "set_refcount_debug": {"debug", "refcount_debug"},
		"set_libnice_debug": {"debug", "libnice_debug"}, "set_log_timestamps": {"timestamps", "log_timestamps"},
		"set_log_colors": {"colors", "log_colors"}, "set_nack_optimizations": {"nack_optimizations", "nack-optimizations"},
		"accept_new_sessions": {"accept", "accept"},
	}
	adminNumbers = map[string]setting{
		"set_session_timeout": {"timeout", "timeout"}, "set_log_level": {"level", "level"},
		"set_min_nack_queue": {"min_nack_queue", "min_nack_queue"}, "set_no_media_timer": {"no_media_timer", "no_media_timer"},
		"set_slowlink_threshold": {"slowlink_threshold", "slowlink_threshold"},
	}
)

// adminServer serves what concerns Janus as a whole. s.mu is held.
func (s *Server) adminServer(in *incoming) *answer {
	if set, ok := adminFlags[in.Janus]; ok {
		var on *bool
		if json.Unmarshal(in.fields[set.member], &on) != nil || on == nil {
			return missing(in, set.member)
		}
		s.admin.flags[set.answered] = *on
		return success(in, "success", object{set.answered: *on})
	}
	if set, ok := adminNumbers[in.Janus]; ok {
		var value *int
		if json.Unmarshal(in.fields[set.member], &value) != nil || value == nil {
			return missing(in, set.member)
		}
		if in.Janus == "set_log_level" && *value > admin.LogMax {
			return refuse(in, janusclient.CodeInvalidElementType, "Invalid element type (level should be between 0 and 7)")
		}
		s.admin.numbers[set.answered] = *value
		return success(in, "success", object{set.answered: *value})
	}
	switch in.Janus {
	case "get_status":
		return success(in, "success", object{"status": s.adminStatus()})
	case "list_sessions":
		list := []uint64{}
		for id := range s.sessions {
			list = append(list, id)
		}
		return success(in, "success", object{"sessions": list})
	case "add_token", "allow_token", "disallow_token", "remove_token", "list_tokens":
		return s.adminTokens(in)
	case "message_plugin", "query_transport", "query_eventhandler", "query_logger":
		return s.adminQuery(in)
	case "custom_logline":
		s.admin.lines = append(s.admin.lines, in.text("line"))
		return success(in, "success", nil)
	case "custom_event":
		s.admin.events = append(s.admin.events, in.fields["data"])
		return success(in, "success", nil)
	case "resolve_address":
		if in.text("address") != "localhost" {
			return refuse(in, janusclient.CodeUnknown, "Could not resolve address")
		}
		return success(in, "success", object{"ip": "127.0.0.1", "elapsed": 1234})
	case "test_stun":
		return success(in, "success", object{"public_ip": "192.0.2.7", "public_port": 40000, "elapsed": 2345})
	case "loops_info":
		return success(in, "success", object{"loops": []object{{"id": 0, "handles": 2}, {"id": 1, "handles": 1}}})
	}
	return unhandled(in)
}

func missing(in *incoming, member string) *answer {
	return refuse(in, codeMissingElement, fmt.Sprintf("Missing mandatory element (%s)", member))
}

func (s *Server) adminStatus() object {
	a := s.admin
	return object{
		"token_auth": a.stored, "session_timeout": a.numbers["timeout"], "reclaim_session_timeout": 0, "candidates_timeout": 45,
		"log_level": a.numbers["level"], "log_timestamps": a.flags["log_timestamps"], "log_colors": a.flags["log_colors"],
		"locking_debug": a.flags["locking_debug"], "refcount_debug": a.flags["refcount_debug"],
		"libnice_debug": a.flags["libnice_debug"], "min_nack_queue": a.numbers["min_nack_queue"],
		"nack-optimizations": a.flags["nack-optimizations"], "no_media_timer": a.numbers["no_media_timer"],
		"slowlink_threshold": a.numbers["slowlink_threshold"],
	}
}

// adminTokens serves stored tokens. s.mu is held.
func (s *Server) adminTokens(in *incoming) *answer {
	if !s.admin.stored {
		return refuse(in, janusclient.CodeUnknown, "Stored-Token based authentication disabled")
	}
	tokens, token := s.admin.tokens, in.text("token")
	if in.Janus == "list_tokens" {
		list := []object{}
		for name, plugins := range tokens {
			if len(plugins) > 0 {
				list = append(list, object{"token": name, "allowed_plugins": plugins})
			}
		}
		return success(in, "success", object{"data": object{"tokens": list}})
	}
	var plugins []string
	_ = json.Unmarshal(in.fields["plugins"], &plugins)
	known := tokens[token] != nil
	switch {
	case token == "":
		return missing(in, "token")
	case in.Janus == "remove_token" && !known:
		return refuse(in, janusclient.CodeUnknown, "Error removing token")
	case in.Janus == "remove_token":
		delete(tokens, token)
		return success(in, "success", nil)
	case in.Janus == "add_token" && len(plugins) == 0:
		plugins = []string{pluginName}
	case in.Janus != "add_token" && len(plugins) == 0:
		return refuse(in, janusclient.CodeInvalidElementType, "Invalid element type (plugins should be a non-empty array)")
	case in.Janus != "add_token" && !known:
		return refuse(in, janusclient.CodeTokenNotFound, fmt.Sprintf("Token %s not found", token))
	}
	list := append([]string{}, tokens[token]...)
	for _, plugin := range plugins {
		list = slices.DeleteFunc(list, func(p string) bool { return p == plugin })
		if in.Janus != "disallow_token" {
			list = append(list, plugin)
		}
	}
	tokens[token] = list
	return success(in, "success", object{"data": object{"plugins": list}})
}

// adminQuery asks one of Janus's parts; AudioBridge serves the requests that need
// no handle. s.mu is held.
func (s *Server) adminQuery(in *incoming) *answer {
	var name string
	for _, member := range []string{"plugin", "transport", "handler", "logger"} {
		name += in.text(member)
	}
	inner := &incoming{http: in.http, fault: in.fault}
	_ = json.Unmarshal(in.fields["request"], &inner.body)
	request := strings.ToLower(text(inner.body, "request"))
	switch {
	case in.Janus == "message_plugin" && name == pluginName:
		if bad := validRequest(inner); bad != nil {
			return success(in, "success", object{"response": bad})
		}
		if syncRequests[request] == nil || !s.knows(request) {
			return success(in, "success", object{"response": failure(codeInvalidRequest, fmt.Sprintf("Unknown request '%s'", request))})
		}
		return success(in, "success", object{"response": s.sync(inner, request)})
	case in.Janus == "query_transport" && name == transportName:
		return success(in, "success", object{"response": object{"result": 200}})
	}
	what := map[string]string{
		"message_plugin": "plugin", "query_transport": "transport", "query_eventhandler": "event handler", "query_logger": "logger",
	}
	return refuse(in, janusclient.CodePluginNotFound, "Invalid "+what[in.Janus])
}
