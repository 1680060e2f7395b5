// SPDX-License-Identifier: MPL-2.0

package videoroom

import (
	"context"

	"mod_janus/janusclient"
)

// Handle is a handle on VideoRoom. Errors of its methods are those of
// janusclient.Handle's Message; the plugin's refusals are
// *janusclient.PluginError with one of this package's codes.
type Handle struct{ *janusclient.Handle }

// Attach attaches to VideoRoom.
func Attach(ctx context.Context, session *janusclient.Session, options janusclient.AttachOptions) (*Handle, error) {
	h, err := session.Attach(ctx, Plugin, options)
	if err != nil {
		return nil, err
	}
	return Wrap(h), nil
}

// Wrap makes a Handle of one attached to VideoRoom.
func Wrap(h *janusclient.Handle) *Handle { return &Handle{h} }

// Create makes a room and returns its id, and whether it is in the
// configuration file, as was perhaps asked for. CodeRoomExists if it exists.
func (h *Handle) Create(ctx context.Context, r CreateRequest) (room janusclient.ID, permanent bool, err error) {
	var answer struct {
		Room      janusclient.ID `json:"room"`
		Permanent bool           `json:"permanent"`
	}
	_, err = h.Request(ctx, "create", r, nil, &answer)
	return answer.Room, answer.Permanent, err
}

// Edit changes a room.
func (h *Handle) Edit(ctx context.Context, r EditRequest) error {
	_, err := h.Request(ctx, "edit", r, nil, nil)
	return err
}

// Destroy removes a room; everyone in it is told, and thrown out.
func (h *Handle) Destroy(ctx context.Context, r DestroyRequest) error {
	_, err := h.Request(ctx, "destroy", r, nil, nil)
	return err
}

// Exists reports whether there is such a room.
func (h *Handle) Exists(ctx context.Context, room janusclient.ID) (bool, error) {
	var answer struct {
		Exists bool `json:"exists"`
	}
	_, err := h.Request(ctx, "exists", ManageRequest{Room: room}, nil, &answer)
	return answer.Exists, err
}

// List returns the rooms that are not private, and with the plugin's admin key,
// if it has one, those too; adminKey may be empty.
func (h *Handle) List(ctx context.Context, adminKey string) ([]Room, error) {
	var fields struct {
		AdminKey string `json:"admin_key,omitempty"`
	}
	fields.AdminKey = adminKey
	var answer struct {
		List []Room `json:"list"`
	}
	_, err := h.Request(ctx, "list", fields, nil, &answer)
	return answer.List, err
}

// ListParticipants returns who has joined a room as a publisher.
func (h *Handle) ListParticipants(ctx context.Context, room janusclient.ID) ([]Participant, error) {
	var answer struct {
		Participants []Participant `json:"participants"`
	}
	_, err := h.Request(ctx, "listparticipants", ManageRequest{Room: room}, nil, &answer)
	return answer.Participants, err
}

// EnableRecording begins or ends the recording of everybody in a room, those who
// come later as well.
func (h *Handle) EnableRecording(ctx context.Context, r RecordRequest) error {
	_, err := h.Request(ctx, "enable_recording", r, nil, nil)
	return err
}

// Kick throws a participant out of a room.
func (h *Handle) Kick(ctx context.Context, r ManageRequest) error {
	_, err := h.Request(ctx, "kick", r, nil, nil)
	return err
}

// Allow changes the list of tokens that may join, and returns it.
func (h *Handle) Allow(ctx context.Context, r AllowedRequest) ([]string, error) {
	var answer struct {
		Allowed []string `json:"allowed"`
	}
	_, err := h.Request(ctx, "allowed", r, nil, &answer)
	return answer.Allowed, err
}
