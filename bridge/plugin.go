// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// roomHandle is a handle on the plugin that has the rooms.
type roomHandle interface {
	ID() uint64
	Join(context.Context, audiobridge.JoinRequest, *janusclient.JSEP) (*audiobridge.Joined, *janusclient.JSEP, error)
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
	return audiobridge.Attach(ctx, session, options)
}

// parseRoomEvent reads an event of the plugin.
func parseRoomEvent(plugin string, data []byte) (audiobridge.Event, error) {
	return audiobridge.ParseEvent(data)
}
