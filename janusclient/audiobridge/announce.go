// SPDX-License-Identifier: MPL-2.0

package audiobridge

import (
	"context"

	"mod_janus/janusclient"
)

// PlayFileRequest plays an Opus file (.opus, in Ogg) of Janus's machine into a
// room. Everyone in it gets [Announcement] when it begins and ends.
type PlayFileRequest struct {
	Room     janusclient.ID `json:"room,omitzero"`
	Secret   string         `json:"secret,omitempty"`
	AdminKey string         `json:"admin_key,omitempty"` // where lock_play_file is set
	Group    string         `json:"group,omitempty"`     // required in a room with groups
	FileID   string         `json:"file_id,omitempty"`   // the plugin picks one if empty
	Filename string         `json:"filename"`
	Loop     *bool          `json:"loop,omitempty"`
}

// FileRequest names a file that is being played.
type FileRequest struct {
	Room     janusclient.ID `json:"room,omitzero"`
	Secret   string         `json:"secret,omitempty"`
	AdminKey string         `json:"admin_key,omitempty"` // where lock_play_file is set
	FileID   string         `json:"file_id"`
}

// PlayFile begins to play a file, and returns the id by which to ask for it.
func (h *Handle) PlayFile(ctx context.Context, r PlayFileRequest) (fileID string, err error) {
	var answer struct {
		FileID string `json:"file_id"`
	}
	_, err = h.Request(ctx, "play_file", r, nil, &answer)
	return answer.FileID, err
}

// IsPlaying reports whether a file is still being played.
func (h *Handle) IsPlaying(ctx context.Context, r FileRequest) (bool, error) {
	var answer struct {
		Playing bool `json:"playing"`
	}
	_, err := h.Request(ctx, "is_playing", r, nil, &answer)
	return answer.Playing, err
}

// StopFile ends the playing of a file. That there is none is no error to Janus.
func (h *Handle) StopFile(ctx context.Context, r FileRequest) error {
	_, err := h.Request(ctx, "stop_file", r, nil, nil)
	return err
}

// StopAllFilesRequest names the room in which no file is to be played any more.
type StopAllFilesRequest struct {
	Room     janusclient.ID `json:"room,omitzero"`
	Secret   string         `json:"secret,omitempty"`
	AdminKey string         `json:"admin_key,omitempty"` // where lock_play_file is set
}

// StopAllFiles ends the playing of all files in a room, and returns their ids.
// Since Janus 1.3.2; older ones refuse it with CodeInvalidRequest.
func (h *Handle) StopAllFiles(ctx context.Context, r StopAllFilesRequest) ([]string, error) {
	var answer struct {
		FileIDs []string `json:"file_id_list"`
	}
	_, err := h.Request(ctx, "stop_all_files", r, nil, &answer)
	return answer.FileIDs, err
}

// File is one that is played in a room.
type File struct {
	FileID   string `json:"file_id"`
	Filename string `json:"filename"`
	Playing  bool   `json:"playing"`
	Loop     bool   `json:"loop"`
}

// ListAnnouncements returns the files that are played in a room. Since Janus
// 1.2.4; older ones refuse it with CodeInvalidRequest. The request's ID is not
// used.
func (h *Handle) ListAnnouncements(ctx context.Context, r ManageRequest) ([]File, error) {
	var answer struct {
		Files []File `json:"announcements"`
	}
	_, err := h.Request(ctx, "listannouncements", r, nil, &answer)
	return answer.Files, err
}
