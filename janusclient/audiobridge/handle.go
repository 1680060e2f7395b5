// SPDX-License-Identifier: MPL-2.0

package audiobridge

import (
	"context"

	"mod_janus/janusclient"
)

// Handle is a handle on AudioBridge. Errors of its methods are those of
// janusclient.Handle's Message; the plugin's refusals are
// *janusclient.PluginError with one of this package's codes.
type Handle struct{ *janusclient.Handle }

// Attach attaches to AudioBridge.
func Attach(ctx context.Context, session *janusclient.Session, options janusclient.AttachOptions) (*Handle, error) {
	h, err := session.Attach(ctx, Plugin, options)
	if err != nil {
		return nil, err
	}
	return Wrap(h), nil
}

// Wrap makes a Handle of one attached to AudioBridge, or to a plugin that
// speaks its language.
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
	// The manual says "rooms"; Janus 1.x says "list".
	var answer struct {
		List  []Room `json:"list"`
		Rooms []Room `json:"rooms"`
	}
	var fields struct {
		AdminKey string `json:"admin_key,omitempty"`
	}
	fields.AdminKey = adminKey
	_, err := h.Request(ctx, "list", fields, nil, &answer)
	return append(answer.List, answer.Rooms...), err
}

// ListParticipants returns who is in a room.
func (h *Handle) ListParticipants(ctx context.Context, room janusclient.ID) ([]Participant, error) {
	var answer struct {
		Participants looseParticipants `json:"participants"`
	}
	_, err := h.Request(ctx, "listparticipants", ManageRequest{Room: room}, nil, &answer)
	return answer.Participants.strict(), err
}

// Destroy removes a room; everyone in it gets [Destroyed].
func (h *Handle) Destroy(ctx context.Context, r DestroyRequest) error {
	_, err := h.Request(ctx, "destroy", r, nil, nil)
	return err
}

// Kick throws a participant out of a room.
func (h *Handle) Kick(ctx context.Context, r ManageRequest) error {
	_, err := h.Request(ctx, "kick", r, nil, nil)
	return err
}

// Mute silences a participant, as the room's manager.
func (h *Handle) Mute(ctx context.Context, r ManageRequest) error {
	_, err := h.Request(ctx, "mute", r, nil, nil)
	return err
}

// Unmute undoes Mute.
func (h *Handle) Unmute(ctx context.Context, r ManageRequest) error {
	_, err := h.Request(ctx, "unmute", r, nil, nil)
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

// Configure changes this participant; with an offer, it renegotiates (an ICE
// restart, say) and returns the answer.
func (h *Handle) Configure(ctx context.Context, r ConfigureRequest, offer *janusclient.JSEP) (*janusclient.JSEP, error) {
	return h.Request(ctx, "configure", r, offer, nil)
}

// ChangeRoom moves this participant to another room.
func (h *Handle) ChangeRoom(ctx context.Context, r ChangeRoomRequest) (*RoomChanged, error) {
	var answer wire
	if _, err := h.Request(ctx, "changeroom", r, nil, &answer); err != nil {
		return nil, err
	}
	changed := RoomChanged(answer.joined())
	return &changed, nil
}

// Leave takes this participant out of its room. That it is in none is
// CodeNotJoined.
func (h *Handle) Leave(ctx context.Context) error {
	_, err := h.Request(ctx, "leave", struct{}{}, nil, nil)
	return err
}
