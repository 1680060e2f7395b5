// SPDX-License-Identifier: MPL-2.0

package janusclient

import "encoding/json"

// Event is what Janus says of its own accord about one handle (manual:
// "WebRTC-related events"). It is one of [WebRTCUp], [Media], [SlowLink],
// [ICEFailed], [Hangup], [Detached], [Trickle], [PluginEvent] and [SessionLost].
type Event interface{ isEvent() }

// WebRTCUp: ICE and DTLS succeeded, media can flow.
type WebRTCUp struct{}

// Media: Janus began, or ceased, to receive media from this side.
type Media struct {
	Type      string // "audio" or "video"
	Mid       string // of the m-line
	Receiving bool
}

// SlowLink: packets are being lost.
type SlowLink struct {
	Media  string // "audio" or "video"
	Mid    string
	Uplink bool // as Janus sees it: true, packets that Janus has sent are missing on this side
	Lost   int  // packets since the last such event ("nacks" of an old Janus)
}

// ICEFailed: the path that has carried media is dead (since Janus 1.2). Unless
// an ICE restart leads to another one soon, a [Hangup] follows.
type ICEFailed struct{}

// Hangup: the PeerConnection is closed.
type Hangup struct{ Reason string }

// Detached: Janus removed the handle; no more events follow.
type Detached struct{}

// Trickle: a candidate of Janus (RFC 8838), or the end of them.
type Trickle struct {
	Candidate Candidate
	Completed bool
}

// PluginEvent is an event of the plugin.
type PluginEvent struct {
	Plugin string
	Data   json.RawMessage // as the plugin sent it
	JSEP   *JSEP           // nil if none
	// Transaction is empty, except on an answer that came after its caller
	// had given up (a join that took too long, say).
	Transaction string
}

// SessionLost: the session is gone, and this handle with it. It is the last
// event. It is not sent when the session was destroyed on this side.
type SessionLost struct{ Err error }

func (WebRTCUp) isEvent()    {}
func (Media) isEvent()       {}
func (SlowLink) isEvent()    {}
func (ICEFailed) isEvent()   {}
func (Hangup) isEvent()      {}
func (Detached) isEvent()    {}
func (Trickle) isEvent()     {}
func (PluginEvent) isEvent() {}
func (SessionLost) isEvent() {}

// JSEP is an SDP offer or answer (RFC 8829).
type JSEP struct {
	Type string `json:"type"` // "offer" or "answer"
	SDP  string `json:"sdp"`
	// Trickle false tells Janus that the SDP holds all candidates; nil leaves
	// Janus to assume that more will come.
	Trickle *bool `json:"trickle,omitempty"`
}

// Candidate is an ICE candidate as browsers write it (W3C RTCIceCandidateInit).
type Candidate struct {
	Candidate     string `json:"candidate"`
	SDPMid        string `json:"sdpMid,omitempty"`
	SDPMLineIndex int    `json:"sdpMLineIndex"`
}

// event turns a message of Janus into an Event; nil if it is of no kind that
// concerns a handle.
func (m *message) event() Event {
	switch m.Janus {
	case "webrtcup":
		return WebRTCUp{}
	case "media":
		return Media{Type: m.Type, Mid: m.Mid, Receiving: bool(m.Receiving)}
	case "slowlink":
		return SlowLink{Media: m.Media, Mid: m.Mid, Uplink: bool(m.Uplink), Lost: max(m.Lost, m.Nacks)}
	case "ice-failed":
		return ICEFailed{}
	case "hangup":
		return Hangup{Reason: m.Reason}
	case "detached":
		return Detached{}
	case "trickle":
		return m.trickle()
	case "event", "success":
		if m.PluginData == nil {
			return nil
		}
		return PluginEvent{Plugin: m.PluginData.Plugin, Data: m.PluginData.Data, JSEP: m.JSEP, Transaction: m.Transaction}
	default:
		return nil
	}
}

// trickle reads the candidate: an object, {"completed":true}, or null, which
// also means that there are no more.
func (m *message) trickle() Event {
	var c struct {
		Candidate
		Completed bool `json:"completed"`
	}
	if len(m.Candidate) > 0 && json.Unmarshal(m.Candidate, &c) != nil {
		return nil
	}
	return Trickle{Candidate: c.Candidate, Completed: c.Completed || c.Candidate.Candidate == ""}
}
