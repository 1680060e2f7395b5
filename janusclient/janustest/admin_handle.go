// SPDX-License-Identifier: MPL-2.0

package janustest

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"mod_janus/janusclient"
)

// adminSession serves what concerns one session. s.mu is held.
func (s *Server) adminSession(in *incoming, session *session) *answer {
	switch in.Janus {
	case "list_handles":
		list := []uint64{}
		for id := range session.handles {
			list = append(list, id)
		}
		return success(in, "success", object{"handles": list})
	case "destroy_session":
		s.remove(session)
		return success(in, "success", nil)
	case "set_session_timeout":
		var timeout *int
		if json.Unmarshal(in.fields["timeout"], &timeout) != nil || timeout == nil {
			return missing(in, "timeout")
		}
		s.admin.timeouts[session.id] = *timeout
		return success(in, "success", object{"timeout": *timeout})
	}
	return unhandled(in)
}

// adminHandle serves what concerns one handle. s.mu is held.
func (s *Server) adminHandle(in *incoming, h *handle) *answer {
	switch in.Janus {
	case "handle_info":
		var only bool
		_ = json.Unmarshal(in.fields["plugin_only"], &only)
		return success(in, "success", object{"handle_id": h.id, "info": s.handleInfo(h, only)})
	case "detach_handle":
		s.hangup(h, "Admin API", false)
		s.leaveRoom(h)
		delete(h.session.handles, h.id)
		h.core("detached", nil)
		return success(in, "success", nil)
	case "hangup_webrtc":
		s.hangup(h, "Admin API", true)
		return success(in, "success", nil)
	case "start_pcap", "start_text2pcap":
		if _, running := s.admin.captures[h.id]; running {
			return refuse(in, janusclient.CodeUnknown, strings.TrimPrefix(in.Janus, "start_")+" already started")
		}
		name := in.text("filename")
		if name == "" {
			name = fmt.Sprintf("janus-%d.pcap", h.id)
		}
		s.admin.captures[h.id] = capture{file: path.Join(in.text("folder"), name), text: in.Janus == "start_text2pcap"}
		return success(in, "success", nil)
	case "stop_pcap", "stop_text2pcap":
		if _, running := s.admin.captures[h.id]; !running {
			return refuse(in, janusclient.CodeUnknown, "Capture not started")
		}
		delete(s.admin.captures, h.id)
		return success(in, "success", nil)
	}
	return unhandled(in)
}

// handleInfo describes a handle as janus_process_incoming_admin_request does,
// with figures of no meaning. s.mu is held.
func (s *Server) handleInfo(h *handle, pluginOnly bool) object {
	timeout, own := s.admin.timeouts[h.session.id]
	if !own || timeout < 0 {
		timeout = s.admin.numbers["timeout"]
	}
	specific := object{"state": "idle"}
	if p := h.participant; p != nil {
		specific = object{"state": "inroom", "room": p.room.id, "id": p.id, "display": p.display, "muted": p.muted}
	}
	info := object{
		"session_id": h.session.id, "session_last_activity": 1000000, "session_timeout": timeout, "session_transport": transportName,
		"handle_id": h.id, "loop-running": true, "created": 5000000, "current_time": 8500000,
		"plugin": pluginName, "plugin_specific": specific,
	}
	if h.opaqueID != "" {
		info["opaque_id"] = h.opaqueID
	}
	if pluginOnly {
		return info
	}
	info["flags"] = object{"got-offer": h.negotiated, "negotiated": h.negotiated, "ready": h.up, "trickle": true}
	info["sdps"] = object{}
	if c, running := s.admin.captures[h.id]; running {
		kind := "pcap"
		if c.text {
			kind = "text2pcap"
		}
		info["dump-to-"+kind], info[kind+"-file"] = true, c.file
	}
	if h.negotiated {
		info["ice-mode"], info["ice-role"] = "full", "controlled"
		info["webrtc"] = h.webRTC()
	}
	return info
}

// webRTC describes a PeerConnection.
func (h *handle) webRTC() object {
	ice, dtls := "connecting", "created"
	if h.up {
		ice, dtls = "ready", "connected"
	}
	return object{
		"ice":  object{"stream_id": 1, "component_id": 1, "state": ice, "ready": 1},
		"dtls": object{"dtls-role": "active", "dtls-state": dtls, "retransmissions": 0, "valid": h.up, "ready": h.up},
		"media": object{"0": object{
			"type": "audio", "mindex": 0, "mid": "0", "do_nacks": true, "nack-queue-ms": 200,
			"direction": object{"send": true, "recv": true},
			"codecs":    object{"pt": 111, "codec": "opus"},
			"rtcp":      object{"main": object{"base": 48000, "rtt": 42, "lost": 3, "lost-by-remote": 1, "jitter-local": 7, "jitter-remote": 5}},
			"stats": object{
				"in":  object{"packets": 500, "bytes": 40000, "bytes_lastsec": 4000, "nacks": 2, "retransmissions": 1},
				"out": object{"packets": 490, "bytes": 39000, "bytes_lastsec": 3900, "nacks": 4},
			},
		}},
	}
}
