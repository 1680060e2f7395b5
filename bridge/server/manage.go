// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"fmt"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// RoomLister is a RoomHandle as every plugin has it: for rooms as they are.
type RoomLister interface {
	Exists(context.Context, janusclient.ID) (bool, error)
	List(ctx context.Context, adminKey string) ([]audiobridge.Room, error)
	ListParticipants(context.Context, janusclient.ID) ([]audiobridge.Participant, error)
	Destroy(context.Context, audiobridge.DestroyRequest) error
}

// RoomManager is a RoomHandle whose plugin has what a room's manager may do to a participant.
type RoomManager interface {
	Kick(context.Context, audiobridge.ManageRequest) error
	Suspend(context.Context, audiobridge.SuspendRequest) error
	Resume(context.Context, audiobridge.ResumeRequest) error
}

// RoomAdmin is a RoomHandle whose plugin has all that a room's manager can ask.
type RoomAdmin interface {
	RoomManager
	Create(context.Context, audiobridge.CreateRequest) (room janusclient.ID, permanent bool, err error)
	Edit(context.Context, audiobridge.EditRequest) (permanent bool, err error)
	Mute(context.Context, audiobridge.ManageRequest) error
	Unmute(context.Context, audiobridge.ManageRequest) error
	MuteRoom(context.Context, audiobridge.ManageRequest) error
	UnmuteRoom(context.Context, audiobridge.ManageRequest) error
	KickAll(context.Context, audiobridge.ManageRequest) error
	EnableRecording(context.Context, audiobridge.RecordingRequest) (bool, error)
	PlayFile(context.Context, audiobridge.PlayFileRequest) (fileID string, err error)
	StopFile(context.Context, audiobridge.FileRequest) error
	StopAllFiles(context.Context, audiobridge.StopAllFilesRequest) ([]string, error)
	Allow(context.Context, audiobridge.AllowedRequest) ([]string, error)
	RTPForward(context.Context, audiobridge.RTPForwardRequest) (stream uint32, err error)
	StopRTPForward(context.Context, audiobridge.StopRTPForwardRequest) error
	ListForwarders(context.Context, audiobridge.ManageRequest) ([]audiobridge.Forwarder, error)
}

// Management is a handle by which rooms are looked at and managed.
type Management struct {
	Rooms RoomLister
	Admin RoomAdmin // nil where the plugin has less
}

// Manage gives do a handle of its own, which is gone afterwards. All takes at most cmd-timeout, and
// a second for the farewell.
func (s *Server) Manage(cfg *config.ServerConfig, do func(context.Context, Management) error) error {
	ctx, cancel := context.WithTimeout(s.env.Context, cfg.CmdTimeout)
	defer cancel()
	return s.manageUntil(ctx, cfg.Plugin, do)
}

// manageUntil is Manage for as long as ctx lasts.
func (s *Server) manageUntil(ctx context.Context, plugin string, do func(context.Context, Management) error) error {
	defer s.Connection.changes() // the session may be in nobody's use now
	session, err := s.Connection.live(ctx)
	if err != nil {
		return err
	}
	handle, err := AttachRoom(ctx, session, plugin, janusclient.AttachOptions{OpaqueID: "console"})
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), config.ControlPatience)
		defer cancel()
		if err := handle.Detach(ctx); err != nil {
			s.env.logf(host.LevelDebug, "Server %s: detaching: %s", s.Name, err)
		}
	}()
	lister, ok := handle.(RoomLister)
	if !ok {
		return fmt.Errorf("plugin %s has no rooms that can be listed", plugin)
	}
	manager, _ := handle.(RoomAdmin)
	return do(ctx, Management{Rooms: lister, Admin: manager})
}
