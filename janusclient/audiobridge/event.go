// SPDX-License-Identifier: MPL-2.0

package audiobridge

import (
	"encoding/json"
	"fmt"

	"mod_janus/janusclient"
)

// Event is what AudioBridge says: one of [Joined], [ParticipantsJoined],
// [ParticipantsChanged], [Leaving], [Kicked], [Left], [Destroyed],
// [RoomChanged], [Talking], [RoomMuted], [Suspended], [Announcement],
// [HangingUp], [Configured], [Failure] and [Unknown].
type Event interface{ isEvent() }

// Joined: this handle is in the room, as participant ID.
type Joined struct {
	Room         janusclient.ID
	ID           janusclient.ID
	Display      string
	Participants []Participant // the others
	RTP          *RTP          // where to send it, if joined with plain RTP
	UID          string        // of this life of the room; only janus.plugin.cm.audioroom has it
}

// ParticipantsJoined: others came in.
type ParticipantsJoined struct {
	Room         janusclient.ID
	Participants []Participant
}

// ParticipantsChanged: others were muted or unmuted, renamed, or have their
// PeerConnection up (Setup). Whatever else is in it is how they are now.
type ParticipantsChanged struct {
	Room         janusclient.ID
	Participants []Participant
}

// Leaving: another participant left.
type Leaving struct{ Room, ID janusclient.ID }

// Kicked: a participant was thrown out, perhaps this one: compare ID. (After
// kick_all everybody is told once for each participant.)
type Kicked struct{ Room, ID janusclient.ID }

// Left: this handle left, having asked for it.
type Left struct{ Room, ID janusclient.ID }

// Destroyed: the room is gone, and all who were in it are out.
type Destroyed struct{ Room janusclient.ID }

// RoomChanged: this handle is in another room now.
type RoomChanged Joined

// Talking: a participant began to talk, or ceased to (audiolevel_event).
type Talking struct {
	Room, ID janusclient.ID
	Talking  bool
}

// RoomMuted: the whole room was muted, or unmuted.
type RoomMuted struct {
	Room  janusclient.ID
	Muted bool
}

// Suspended: a participant was taken out of the mix, or put back into it.
type Suspended struct {
	Room, ID     janusclient.ID
	Suspended    bool
	Participants []Participant // the others, told to one who is put back and had missed events
}

// Announcement: a file began, or ceased, to be played into the room.
type Announcement struct {
	Room    janusclient.ID
	FileID  string
	Playing bool
}

// HangingUp: the PeerConnection is being closed, as asked for.
type HangingUp struct{}

// Configured: a configure request was carried out.
type Configured struct{}

// Failure: an error, as when an answer came too late for its caller.
type Failure struct{ Err *janusclient.PluginError }

// Unknown: something of another version of the plugin.
type Unknown struct{ Name string }

func (Joined) isEvent()              {}
func (ParticipantsJoined) isEvent()  {}
func (ParticipantsChanged) isEvent() {}
func (Leaving) isEvent()             {}
func (Kicked) isEvent()              {}
func (Left) isEvent()                {}
func (Destroyed) isEvent()           {}
func (RoomChanged) isEvent()         {}
func (Talking) isEvent()             {}
func (RoomMuted) isEvent()           {}
func (Suspended) isEvent()           {}
func (Announcement) isEvent()        {}
func (HangingUp) isEvent()           {}
func (Configured) isEvent()          {}
func (Failure) isEvent()             {}
func (Unknown) isEvent()             {}

// wire is every member that any event has. janus.plugin.cm.audioroom, a
// relative, names its messages "audioroom".
type wire struct {
	AudioBridge  string            `json:"audiobridge"`
	AudioRoom    string            `json:"audioroom"`
	Room         janusclient.ID    `json:"room"`
	ID           janusclient.ID    `json:"id"`
	Display      string            `json:"display"`
	Participants looseParticipants `json:"participants"`
	Leaving      janusclient.ID    `json:"leaving"`
	Kicked       janusclient.ID    `json:"kicked"`
	KickedAll    janusclient.ID    `json:"kicked_all"`
	Suspended    janusclient.ID    `json:"suspended"`
	Resumed      janusclient.ID    `json:"resumed"`
	Muted        *bool             `json:"muted"`
	Result       string            `json:"result"`
	FileID       string            `json:"file_id"`
	RTP          *RTP              `json:"rtp"`
	Code         int               `json:"error_code"`
	Error        json.RawMessage   `json:"error"`
}

// ParseEvent reads the data of a janusclient.PluginEvent. What it does not know
// is [Unknown]; an error means that the data is not AudioBridge's.
func ParseEvent(data []byte) (Event, error) {
	var w wire
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, fmt.Errorf("audiobridge: event: %w", err)
	}
	name := w.AudioBridge
	if name == "" {
		name = w.AudioRoom
	}
	if w.Code != 0 {
		var reason string
		if json.Unmarshal(w.Error, &reason) != nil {
			reason = "no reason given"
		}
		return Failure{&janusclient.PluginError{Plugin: Plugin, Code: w.Code, Reason: reason, Request: "event"}}, nil
	}
	switch name {
	case "":
		return nil, fmt.Errorf("audiobridge: event: no %q member", "audiobridge")
	case "joined":
		if w.ID.IsZero() {
			return ParticipantsJoined{w.Room, w.Participants.strict()}, nil
		}
		return w.joined(), nil
	case "roomchanged":
		return RoomChanged(w.joined()), nil
	case "left":
		return Left{w.Room, w.ID}, nil
	case "destroyed":
		return Destroyed{w.Room}, nil
	case "hangingup":
		return HangingUp{}, nil
	case "talking", "stopped-talking":
		return Talking{w.Room, w.ID, name == "talking"}, nil
	case "announcement-started", "announcement-stopped":
		return Announcement{w.Room, w.FileID, name == "announcement-started"}, nil
	case "event":
		return w.event(), nil
	default:
		return Unknown{name}, nil
	}
}

func (w *wire) joined() Joined {
	return Joined{Room: w.Room, ID: w.ID, Display: w.Display, Participants: w.Participants.strict(), RTP: w.RTP}
}

// event reads the events that have no name but "event", by their members.
func (w *wire) event() Event {
	switch {
	case !w.Leaving.IsZero():
		return Leaving{w.Room, w.Leaving}
	case !w.Kicked.IsZero():
		return Kicked{w.Room, w.Kicked}
	case !w.KickedAll.IsZero():
		return Kicked{w.Room, w.KickedAll}
	case !w.Suspended.IsZero():
		return Suspended{w.Room, w.Suspended, true, nil}
	case !w.Resumed.IsZero():
		return Suspended{w.Room, w.Resumed, false, w.Participants.strict()}
	case w.Participants != nil:
		return ParticipantsChanged{w.Room, w.Participants.strict()}
	case w.Muted != nil:
		return RoomMuted{w.Room, *w.Muted}
	case w.Result == "ok":
		return Configured{}
	default:
		return Unknown{"event"}
	}
}
