// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/audioroom"
)

// roomHandle is a handle on the plugin that has the rooms.
type roomHandle interface {
	ID() uint64
	Join(context.Context, audiobridge.JoinRequest, *janusclient.JSEP) (*audiobridge.Joined, *janusclient.JSEP, error)
	Exists(context.Context, janusclient.ID) (bool, error)
	Configure(context.Context, audiobridge.ConfigureRequest, *janusclient.JSEP) (*janusclient.JSEP, error)
	Leave(context.Context) error
	Detach(context.Context) error
}

// roomMaker is a roomHandle whose plugin has *create*.
type roomMaker interface {
	Create(context.Context, audiobridge.CreateRequest) (room janusclient.ID, permanent bool, err error)
}

// attachRoom attaches to the plugin.
func attachRoom(ctx context.Context, session *janusclient.Session, plugin string, options janusclient.AttachOptions) (roomHandle, error) {
	if plugin == audioroom.Plugin {
		return audioroom.Attach(ctx, session, options)
	}
	return audiobridge.Attach(ctx, session, options)
}

// parseRoomEvent reads an event of the plugin.
func parseRoomEvent(plugin string, data []byte) (audiobridge.Event, error) {
	if plugin == audioroom.Plugin {
		return audioroom.ParseEvent(data)
	}
	return audiobridge.ParseEvent(data)
}

// audioRoomIgnores are the variables for which janus.plugin.cm.audioroom has no
// counterpart. Of the PIN above all the operator must know.
var audioRoomIgnores = []string{
	"janus-room-pin", "janus-room-secret", "janus-room-description", "janus-room-record", "janus-room-record-file",
	"janus-room-sampling-rate", "janus-room-is-private", "janus-room-permanent", "janus-user-token", "janus-user-record",
	"janus-user-record-file", "janus-user-volume", "janus-user-group",
}

// leavesByDetaching: a room of janus.plugin.cm.audioroom vanishes with the last
// who detaches, and stays for ever after the last who only leaves.
func leavesByDetaching(plugin string) bool { return plugin == audioroom.Plugin }
