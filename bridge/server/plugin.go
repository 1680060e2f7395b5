// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"

	"mod_janus/bridge/media"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/audioroom"
)

// RoomHandle is a handle on the plugin that has the rooms.
type RoomHandle interface {
	ID() uint64
	Join(context.Context, audiobridge.JoinRequest, *janusclient.JSEP) (*audiobridge.Joined, *janusclient.JSEP, error)
	Exists(context.Context, janusclient.ID) (bool, error)
	Configure(context.Context, audiobridge.ConfigureRequest, *janusclient.JSEP) (*janusclient.JSEP, error)
	Leave(context.Context) error
	WaitForEvents(context.Context) error
	Detach(context.Context) error
}

// AttachRoom attaches a handle to the plugin.
func AttachRoom(ctx context.Context, session *janusclient.Session, plugin string, options janusclient.AttachOptions) (RoomHandle, error) {
	if plugin == audioroom.Plugin {
		return audioroom.Attach(ctx, session, options)
	}
	return audiobridge.Attach(ctx, session, options)
}

// ParseRoomEvent reads an event of the plugin.
func ParseRoomEvent(plugin string, data []byte) (audiobridge.Event, error) {
	if plugin == audioroom.Plugin {
		return audioroom.ParseEvent(data)
	}
	return audiobridge.ParseEvent(data)
}

// RoomOf is the room that an event is about; the zero ID for events about none.
func RoomOf(event audiobridge.Event) janusclient.ID {
	switch event := event.(type) {
	case audiobridge.Destroyed:
		return event.Room
	case audiobridge.Kicked:
		return event.Room
	case audiobridge.Leaving:
		return event.Room
	case audiobridge.ParticipantsJoined:
		return event.Room
	case audiobridge.ParticipantsChanged:
		return event.Room
	case audiobridge.Talking:
		return event.Room
	case audiobridge.Suspended:
		return event.Room
	case audiobridge.RoomMuted:
		return event.Room
	}
	return janusclient.ID{}
}

// LeavesByDetaching tells whether a leg leaves by detaching alone: a room of
// janus.plugin.cm.audioroom vanishes with the last who detaches, and stays for ever after the last
// who only leaves.
func LeavesByDetaching(plugin string) bool { return plugin == audioroom.Plugin }

// DetachesFirst tells whether the handle must be detached before media ends:
// janus.plugin.cm.audioroom takes a participant out of its room both when its media ends and when
// its handle is detached. Where the one overtakes the other the empty room stays for ever, so media
// must not end first.
func DetachesFirst(plugin string) bool { return plugin == audioroom.Plugin }

// TellsReadiness tells whether the plugin says that a participant hears and speaks:
// janus.plugin.cm.audioroom has no word of whether a participant's PeerConnection is up, so that
// being in the room is all that can be waited for.
func TellsReadiness(plugin string) bool { return plugin != audioroom.Plugin }

// Mixes tells whether the plugin can decode a codec. One that cannot does not
// say so: janus.plugin.cm.audioroom leaves an offer without Opus unanswered.
func Mixes(plugin string, codec media.Codec) bool {
	return plugin != audioroom.Plugin || codec.Is(media.Opus)
}

// LacksRequest tells whether the plugin does not know a request at all: versions differ.
func LacksRequest(err error) bool {
	return audiobridge.HasCode(err, audiobridge.CodeInvalidRequest)
}
