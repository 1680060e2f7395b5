// SPDX-License-Identifier: MPL-2.0

package audioroom

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// Plugin is the plugin's full name, for attaching to it.
const Plugin = "janus.plugin.cm.audioroom"

// Handle is a handle on the plugin. Its methods may be called from any
// goroutine. Errors are those of janusclient.Handle's Message; the plugin's
// refusals are *janusclient.PluginError with one of package audiobridge's codes.
type Handle struct{ *janusclient.Handle }

// Attach attaches to the plugin.
func Attach(ctx context.Context, session *janusclient.Session, options janusclient.AttachOptions) (*Handle, error) {
	h, err := session.Attach(ctx, Plugin, options)
	if err != nil {
		return nil, err
	}
	return Wrap(h), nil
}

// Wrap makes a Handle of one attached to the plugin.
func Wrap(h *janusclient.Handle) *Handle { return &Handle{h} }

// body writes fields, of a request of package audiobridge, in this plugin's
// words.
func body(name string, fields any) (map[string]json.RawMessage, error) {
	raw, err := json.Marshal(fields)
	if err != nil {
		return nil, fmt.Errorf("audioroom: %s: %w", name, err)
	}
	b := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &b); err != nil {
		return nil, fmt.Errorf("audioroom: %s: %w", name, err)
	}
	var room, user janusclient.ID
	for key, id := range map[string]*janusclient.ID{"room": &room, "id": &user} {
		if b[key] == nil {
			continue
		}
		if err := json.Unmarshal(b[key], id); err != nil {
			return nil, fmt.Errorf("audioroom: %s: %s: %w", name, key, err)
		}
		delete(b, key)
	}
	if !room.IsZero() {
		b["id"], _ = json.Marshal(room.AsString())
	}
	if !user.IsZero() {
		number, ok := user.AsNumber()
		if !ok {
			return nil, fmt.Errorf("audioroom: %s: participant id %q is not a number, as this plugin wants it", name, user)
		}
		b["userid"], _ = json.Marshal(number)
	}
	b["request"], _ = json.Marshal(name)
	return b, nil
}

// request sends fields as the named request and reads the answer's data.
func (h *Handle) request(ctx context.Context, name string, fields any, jsep *janusclient.JSEP) (*wire, *janusclient.JSEP, error) {
	b, err := body(name, fields)
	if err != nil {
		return nil, nil, err
	}
	reply, err := h.Message(ctx, b, jsep)
	if err != nil {
		return nil, nil, err
	}
	answer := &wire{}
	if err := json.Unmarshal(reply.Data, answer); err != nil {
		return nil, nil, fmt.Errorf("audioroom: answer to %s: %w", name, err)
	}
	return answer, reply.JSEP, nil
}

// room is the only field of a request that has but one.
type room struct {
	Room janusclient.ID `json:"room,omitzero"`
}

// Exists reports whether there is such a room.
func (h *Handle) Exists(ctx context.Context, id janusclient.ID) (bool, error) {
	answer, _, err := h.request(ctx, "exists", room{id}, nil)
	if err != nil {
		return false, err
	}
	return bool(answer.Exists), nil
}

// List returns all rooms. The plugin has no private rooms, and so no use for
// the admin key that package audiobridge's List takes here: it is not sent.
func (h *Handle) List(ctx context.Context, _ string) ([]audiobridge.Room, error) {
	answer, _, err := h.request(ctx, "list", struct{}{}, nil)
	if err != nil {
		return nil, err
	}
	rooms := make([]audiobridge.Room, 0, len(answer.List))
	for _, r := range answer.List {
		rooms = append(rooms, audiobridge.Room{
			Room: r.ID, UID: r.UID, Description: r.Description, SamplingRate: r.SamplingRate,
			Record: bool(r.Record), NumParticipants: r.NumParticipants,
		})
	}
	return rooms, nil
}

// ListParticipants returns who is in a room.
func (h *Handle) ListParticipants(ctx context.Context, id janusclient.ID) ([]audiobridge.Participant, error) {
	answer, _, err := h.request(ctx, "listparticipants", room{id}, nil)
	if err != nil {
		return nil, err
	}
	return participants(answer.Participants), nil
}

// Destroy removes a room; everyone in it gets audiobridge.Destroyed. The plugin
// asks for no secret.
func (h *Handle) Destroy(ctx context.Context, r audiobridge.DestroyRequest) error {
	_, _, err := h.request(ctx, "destroy", room{r.Room}, nil)
	return err
}

// ResetDecoder makes the plugin decode this participant's Opus from a fresh
// state.
func (h *Handle) ResetDecoder(ctx context.Context) error {
	_, _, err := h.request(ctx, "resetdecoder", struct{}{}, nil)
	return err
}

// Configure changes this participant; with an offer, it renegotiates and returns
// the answer. The plugin knows Muted and Quality (1 to 10). It would say that it
// has done the rest, too: whoever asks for that gets an error, and nothing is
// sent.
func (h *Handle) Configure(ctx context.Context, r audiobridge.ConfigureRequest, offer *janusclient.JSEP) (*janusclient.JSEP, error) {
	b, err := body("configure", r)
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(b, func(name string, _ json.RawMessage) bool { return slices.Contains(configurable, name) })
	if len(b) > 0 {
		return nil, fmt.Errorf("plugin %s cannot change %s of a participant", Plugin, strings.Join(slices.Sorted(maps.Keys(b)), ", "))
	}
	_, answer, err := h.request(ctx, "configure", r, offer)
	return answer, err
}

// configurable is what the plugin reads of a configure.
var configurable = []string{"request", "muted", "quality"}

// ChangeRoom moves this participant to another room, which is made if it does
// not exist; the old one goes if that leaves it empty. It must not be the room
// that the participant is in: the plugin waits for itself then, and answers
// nobody any more.
func (h *Handle) ChangeRoom(ctx context.Context, r audiobridge.ChangeRoomRequest) (*audiobridge.RoomChanged, error) {
	answer, _, err := h.request(ctx, "changeroom", r, nil)
	if err != nil {
		return nil, err
	}
	changed := audiobridge.RoomChanged(answer.joined())
	return &changed, nil
}

// Leave takes this participant out of its room. That it is in none is
// audiobridge.CodeNotJoined. The plugin keeps a room whose last participant
// left in this way until it is destroyed, or joined again and then left by
// Detach: who wants empty rooms to go detaches without leaving first.
func (h *Handle) Leave(ctx context.Context) error {
	_, _, err := h.request(ctx, "leave", struct{}{}, nil)
	return err
}
