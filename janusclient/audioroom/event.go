// SPDX-License-Identifier: MPL-2.0

package audioroom

import (
	"encoding/json"
	"errors"
	"fmt"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// wire is every member that any answer or event has.
type wire struct {
	AudioRoom    string            `json:"audioroom"`
	Room         janusclient.ID    `json:"id"`
	UID          string            `json:"uid"`
	User         janusclient.ID    `json:"userid"`
	Display      string            `json:"display"`
	Participants []wireParticipant `json:"participants"`
	Leaving      janusclient.ID    `json:"leaving"`
	Kicked       janusclient.ID    `json:"kicked"`
	Result       string            `json:"result"`
	Exists       janusclient.Flag  `json:"exists"`
	List         []wireRoom        `json:"list"`
	Code         int               `json:"error_code"`
	Error        json.RawMessage   `json:"error"`
}

type wireParticipant struct {
	User    janusclient.ID   `json:"userid"`
	Display string           `json:"display"`
	Muted   janusclient.Flag `json:"muted"`
	Setup   janusclient.Flag `json:"setup"`
}

type wireRoom struct {
	ID              janusclient.ID   `json:"id"`
	UID             string           `json:"uid"`
	Description     string           `json:"description"`
	SamplingRate    int              `json:"sampling_rate"`
	Record          janusclient.Flag `json:"record"`
	NumParticipants int              `json:"num_participants"`
}

// participants translates a list; nil stays nil.
func participants(list []wireParticipant) []audiobridge.Participant {
	var out []audiobridge.Participant
	if list != nil {
		out = make([]audiobridge.Participant, 0, len(list))
	}
	for _, p := range list {
		out = append(out, audiobridge.Participant{ID: p.User, Display: p.Display, Muted: bool(p.Muted), Setup: bool(p.Setup)})
	}
	return out
}

func (w *wire) joined() audiobridge.Joined {
	return audiobridge.Joined{Room: w.Room, UID: w.UID, ID: w.User, Display: w.Display, Participants: participants(w.Participants)}
}

// ParseEvent reads the data of a janusclient.PluginEvent of this plugin into
// the events of package audiobridge. What it does not know is
// audiobridge.Unknown; an error means that the data is not this plugin's.
func ParseEvent(data []byte) (audiobridge.Event, error) {
	var w wire
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, fmt.Errorf("audioroom: event: %w", err)
	}
	if w.AudioRoom == "" {
		return nil, errors.New(`audioroom: event: no "audioroom" member`)
	}
	if w.Code != 0 {
		var reason string
		if json.Unmarshal(w.Error, &reason) != nil {
			reason = "no reason given"
		}
		return audiobridge.Failure{Err: &janusclient.PluginError{Plugin: Plugin, Code: w.Code, Reason: reason, Request: "event"}}, nil
	}
	switch w.AudioRoom {
	case "joined":
		if w.User.IsZero() {
			return audiobridge.ParticipantsJoined{Room: w.Room, Participants: participants(w.Participants)}, nil
		}
		return w.joined(), nil
	case "roomchanged":
		return audiobridge.RoomChanged(w.joined()), nil
	case "destroyed":
		return audiobridge.Destroyed{Room: w.Room}, nil
	case "event":
		return w.event(), nil
	default:
		return audiobridge.Unknown{Name: w.AudioRoom}, nil
	}
}

// event reads the events that have no name but "event", by their members.
func (w *wire) event() audiobridge.Event {
	switch {
	case !w.Leaving.IsZero():
		return audiobridge.Leaving{Room: w.Room, ID: w.Leaving}
	case !w.Kicked.IsZero():
		return audiobridge.Kicked{Room: w.Room, ID: w.Kicked}
	case w.Participants != nil:
		return audiobridge.ParticipantsChanged{Room: w.Room, Participants: participants(w.Participants)}
	case w.Result == "ok":
		return audiobridge.Configured{}
	default:
		return audiobridge.Unknown{Name: "event"}
	}
}
