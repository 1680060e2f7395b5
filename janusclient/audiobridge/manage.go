// SPDX-License-Identifier: MPL-2.0

package audiobridge

import (
	"context"

	"mod_janus/janusclient"
)

// EditRequest changes a room that exists. Fields left nil or empty stay as they
// are, with one exception: a pointer to "" removes the PIN.
type EditRequest struct {
	Room        janusclient.ID `json:"room,omitzero"`
	Secret      string         `json:"secret,omitempty"` // the present one
	Description string         `json:"new_description,omitempty"`
	NewSecret   string         `json:"new_secret,omitempty"`
	NewPIN      *string        `json:"new_pin,omitempty"`
	Private     *bool          `json:"new_is_private,omitempty"`
	RecordDir   string         `json:"new_record_dir,omitempty"`
	MJRsDir     string         `json:"new_mjrs_dir,omitempty"`
	Permanent   bool           `json:"permanent,omitempty"` // in the configuration file as well
}

// Edit changes a room. permanent tells whether the change is in the
// configuration file, as was perhaps asked for.
func (h *Handle) Edit(ctx context.Context, r EditRequest) (permanent bool, err error) {
	var answer struct {
		Permanent bool `json:"permanent"`
	}
	_, err = h.Request(ctx, "edit", r, nil, &answer)
	return answer.Permanent, err
}

// KickAll throws everyone out of a room. The request's ID is not used.
func (h *Handle) KickAll(ctx context.Context, r ManageRequest) error {
	_, err := h.Request(ctx, "kick_all", r, nil, nil)
	return err
}

// MuteRoom silences everyone in a room but those who joined with its secret;
// all get [RoomMuted]. The request's ID is not used.
func (h *Handle) MuteRoom(ctx context.Context, r ManageRequest) error {
	_, err := h.Request(ctx, "mute_room", r, nil, nil)
	return err
}

// UnmuteRoom undoes MuteRoom.
func (h *Handle) UnmuteRoom(ctx context.Context, r ManageRequest) error {
	_, err := h.Request(ctx, "unmute_room", r, nil, nil)
	return err
}

// SuspendRequest takes a participant out of the mix. A participant may suspend
// itself without the room's secret.
type SuspendRequest struct {
	ManageRequest
	PauseEvents *bool `json:"pause_events,omitempty"` // sends it no events meanwhile
	StopRecord  *bool `json:"stop_record,omitempty"`  // ends its recording
}

// Suspend takes a participant out of the mix, both ways, with its
// PeerConnection kept. Since Janus 1.2.1; older ones refuse it with
// CodeInvalidRequest.
func (h *Handle) Suspend(ctx context.Context, r SuspendRequest) error {
	_, err := h.Request(ctx, "suspend", r, nil, nil)
	return err
}

// ResumeRequest puts a participant back into the mix.
type ResumeRequest struct {
	ManageRequest
	Record   *bool  `json:"record,omitempty"`
	Filename string `json:"filename,omitempty"` // base of the recording
}

// Resume undoes Suspend.
func (h *Handle) Resume(ctx context.Context, r ResumeRequest) error {
	_, err := h.Request(ctx, "resume", r, nil, nil)
	return err
}

// Denoise switches the denoising of a participant on or off, as the room's
// manager. Since Janus 1.2.3, where it was built with RNNoise; older ones refuse
// it with CodeInvalidRequest.
func (h *Handle) Denoise(ctx context.Context, r ManageRequest, on bool) error {
	name := "denoise_disable"
	if on {
		name = "denoise_enable"
	}
	_, err := h.Request(ctx, name, r, nil, nil)
	return err
}

// ResetDecoder makes the plugin decode this participant's Opus from a fresh
// state, for audio that has become garbled.
func (h *Handle) ResetDecoder(ctx context.Context) error {
	_, err := h.Request(ctx, "resetdecoder", struct{}{}, nil, nil)
	return err
}

// HangUp asks the plugin to close the PeerConnection, which also takes the
// participant out of its room. janusclient.Handle's Hangup asks the core.
func (h *Handle) HangUp(ctx context.Context) error {
	_, err := h.Request(ctx, "hangup", struct{}{}, nil, nil)
	return err
}
