// SPDX-License-Identifier: MPL-2.0

package janustest

import "encoding/json"

// PluginFunc is a plugin: it returns the data of its answer to a message, which
// is written as JSON. It is called with the server's lock held.
type PluginFunc func(request string, body json.RawMessage) any

// Later is an answer that comes as an event, after an ack.
type Later struct{ Data any }

// WithPlugin adds a plugin to AudioBridge, by its full name. It has messages
// and answers, and no PeerConnections.
func WithPlugin(name string, serve PluginFunc) Option {
	return func(s *Server) {
		if s.plugins == nil {
			s.plugins = map[string]PluginFunc{}
		}
		s.plugins[name] = serve
	}
}

// otherPlugin serves a message to a plugin that is not AudioBridge. s.mu is held.
func (s *Server) otherPlugin(in *incoming, h *handle, serve PluginFunc) *answer {
	data := serve(in.Request.Request, in.fields["body"])
	if later, ok := data.(Later); ok {
		out := success(in, "ack", nil)
		var members map[string]json.RawMessage // not any: numbers keep their digits
		_ = json.Unmarshal(mustJSON(later.Data), &members)
		event := object{}
		for key, value := range members {
			event[key] = value
		}
		s.answerLater(in, h, out, event, "")
		return out
	}
	return success(in, "success", object{"sender": h.id, "plugindata": object{"plugin": h.kind, "data": data}})
}
