// SPDX-License-Identifier: MPL-2.0

package streaming

import (
	"context"

	"mod_janus/janusclient"
)

// Handle is a handle on Streaming. Errors of its methods are those of
// janusclient.Handle's Message; the plugin's refusals are
// *janusclient.PluginError with one of this package's codes.
type Handle struct{ *janusclient.Handle }

// Attach attaches to Streaming.
func Attach(ctx context.Context, session *janusclient.Session, options janusclient.AttachOptions) (*Handle, error) {
	h, err := session.Attach(ctx, Plugin, options)
	if err != nil {
		return nil, err
	}
	return Wrap(h), nil
}

// Wrap makes a Handle of one attached to Streaming.
func Wrap(h *janusclient.Handle) *Handle { return &Handle{h} }

// Create makes a mountpoint. CodeCantCreate if one with this ID exists.
func (h *Handle) Create(ctx context.Context, r CreateRequest) (*Created, error) {
	var answer struct {
		Stream    Created `json:"stream"`
		Permanent bool    `json:"permanent"`
	}
	if _, err := h.Request(ctx, "create", r, nil, &answer); err != nil {
		return nil, err
	}
	answer.Stream.Permanent = answer.Permanent
	return &answer.Stream, nil
}

// Edit changes a mountpoint.
func (h *Handle) Edit(ctx context.Context, r EditRequest) error {
	_, err := h.Request(ctx, "edit", r, nil, nil)
	return err
}

// Destroy removes a mountpoint; who watches it is told, and stopped.
func (h *Handle) Destroy(ctx context.Context, r DestroyRequest) error {
	_, err := h.Request(ctx, "destroy", r, nil, nil)
	return err
}

// List returns the mountpoints that are not private, and with the plugin's admin
// key, if it has one, those too; adminKey may be empty.
func (h *Handle) List(ctx context.Context, adminKey string) ([]Mountpoint, error) {
	var fields struct {
		AdminKey string `json:"admin_key,omitempty"`
	}
	fields.AdminKey = adminKey
	var answer struct {
		List []Mountpoint `json:"list"`
	}
	_, err := h.Request(ctx, "list", fields, nil, &answer)
	return answer.List, err
}

// Info returns what there is to know of a mountpoint. Without its secret, if it
// has one, that is less.
func (h *Handle) Info(ctx context.Context, r ManageRequest) (*Info, error) {
	var answer struct {
		Info Info `json:"info"`
	}
	if _, err := h.Request(ctx, "info", r, nil, &answer); err != nil {
		return nil, err
	}
	return &answer.Info, nil
}

// Enable lets a mountpoint be watched again.
func (h *Handle) Enable(ctx context.Context, r ManageRequest) error {
	_, err := h.Request(ctx, "enable", r, nil, nil)
	return err
}

// Disable makes a mountpoint silent: it stays, and sends nothing. The zero value
// of StopRecording is always sent, since Janus's default is another, and a Janus
// that is to end recordings crashes if one of the media is not recorded (1.1.2,
// tried, and the source of 1.4.1, read).
func (h *Handle) Disable(ctx context.Context, r DisableRequest) error {
	_, err := h.Request(ctx, "disable", r, nil, nil)
	return err
}

// StartRecording writes media of a mountpoint of RTP into files, on Janus's disk
// (the action "start" of "recording").
func (h *Handle) StartRecording(ctx context.Context, r RecordRequest) error {
	return h.recording(ctx, struct {
		Action string `json:"action"`
		RecordRequest
	}{"start", r})
}

// StopRecording ends StartRecording (the action "stop").
func (h *Handle) StopRecording(ctx context.Context, r StopRequest) error {
	type medium struct {
		Mid string `json:"mid"`
	}
	fields := struct {
		Action string `json:"action"`
		StopRequest
		Media []medium `json:"media"`
	}{Action: "stop", StopRequest: r}
	for _, mid := range r.Media {
		fields.Media = append(fields.Media, medium{mid})
	}
	return h.recording(ctx, fields)
}

func (h *Handle) recording(ctx context.Context, fields any) error {
	_, err := h.Request(ctx, "recording", fields, nil, nil)
	return err
}
