// SPDX-License-Identifier: MPL-2.0

package audiobridge

import (
	"context"

	"mod_janus/janusclient"
)

// RecordingRequest starts or stops the recording of a room's mix to a WAV file
// on Janus's machine.
type RecordingRequest struct {
	Room   janusclient.ID `json:"room,omitzero"`
	Secret string         `json:"secret,omitempty"`
	Record bool           `json:"record"`
	File   string         `json:"record_file,omitempty"`
	Dir    string         `json:"record_dir,omitempty"` // made if it does not exist
}

// EnableRecording starts or stops the recording of the mix, and reports
// whether it is being recorded now.
func (h *Handle) EnableRecording(ctx context.Context, r RecordingRequest) (bool, error) {
	var answer struct {
		Record bool `json:"record"`
	}
	_, err := h.Request(ctx, "enable_recording", r, nil, &answer)
	return answer.Record, err
}

// MJRsRequest starts or stops the recording of every participant of a room to
// a file of its own, in Janus's MJR format.
type MJRsRequest struct {
	Room   janusclient.ID `json:"room,omitzero"`
	Secret string         `json:"secret,omitempty"`
	MJRs   bool           `json:"mjrs"`
	Dir    string         `json:"mjrs_dir,omitempty"`
}

// EnableMJRs starts or stops the recording of every participant, and reports
// whether they are being recorded now.
func (h *Handle) EnableMJRs(ctx context.Context, r MJRsRequest) (bool, error) {
	var answer struct {
		MJRs bool `json:"mjrs"`
	}
	_, err := h.Request(ctx, "enable_mjrs", r, nil, &answer)
	return answer.MJRs, err
}
