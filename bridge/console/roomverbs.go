// SPDX-License-Identifier: MPL-2.0

package console

import (
	"context"
	"fmt"
	"slices"

	"mod_janus/bridge/server"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// roomControl is a verb of `janus room <server> <room>`.
type roomControl struct {
	name       string
	usages     []string // what follows the verb
	complete   []string // what Tab offers after the verb
	everywhere bool     // every plugin has it
	parse      func(c *Console, args []string, opts *options) (roomAction, bool)
}

const roomSecret = " [secret=<secret>]"

// roomControls are the verbs in the order of the manual.
var roomControls = []roomControl{
	{name: "list", everywhere: true, usages: []string{""}, parse: func(c *Console, args []string, _ *options) (roomAction, bool) {
		return c.listParticipants, len(args) == 0
	}},
	{name: "exists", everywhere: true, usages: []string{""}, parse: func(_ *Console, args []string, _ *options) (roomAction, bool) {
		return roomExists, len(args) == 0
	}},
	{name: "create", usages: []string{"[description=<text>] [pin=<pin>] [secret=<secret>] [permanent=true] [private=true] [sampling-rate=<Hz>] " +
		"[audiolevel-event=true] [record=true] [record-file=<path>] [allowed=<token>,...] [groups=<group>,...]"}, parse: parseCreate},
	{name: "edit", usages: []string{"[description=<text>] [new-pin=<pin>] [new-secret=<secret>] [private=true|false] [permanent=true]" + roomSecret},
		parse: parseEdit},
	{name: "destroy", everywhere: true, usages: []string{"[permanent=true]" + roomSecret}, parse: parseDestroy},
	participantVerb("kick", server.RoomAdmin.Kick),
	participantVerb("mute", server.RoomAdmin.Mute),
	participantVerb("unmute", server.RoomAdmin.Unmute),
	participantVerb("suspend", func(a server.RoomAdmin, ctx context.Context, r audiobridge.ManageRequest) error {
		return sinceSuspend(a.Suspend(ctx, audiobridge.SuspendRequest{ManageRequest: r}))
	}),
	participantVerb("resume", func(a server.RoomAdmin, ctx context.Context, r audiobridge.ManageRequest) error {
		return sinceSuspend(a.Resume(ctx, audiobridge.ResumeRequest{ManageRequest: r}))
	}),
	managing("mute-all", server.RoomAdmin.MuteRoom),
	managing("unmute-all", server.RoomAdmin.UnmuteRoom),
	managing("kick-all", server.RoomAdmin.KickAll),
	{name: "record", usages: []string{"start [<file>]" + roomSecret, "stop" + roomSecret}, complete: []string{"start|stop"}, parse: parseRoomRecord},
	{name: "play", usages: []string{"<file> [loop=true] [group=<group>]" + roomSecret, "stop [<file id>]" + roomSecret},
		parse: parsePlay},
	{name: "allow", usages: []string{"enable|disable" + roomSecret, "add|remove <token> ..." + roomSecret}, complete: []string{"enable|disable|add|remove"}, parse: parseAllow},
	{name: "forward", usages: []string{"list" + roomSecret, "stop <stream id>" + roomSecret,
		"<host>:<port> [codec=opus|pcma|pcmu] [payload-type=<n>] [ssrc=<n>] [group=<group>] [always-on=true]" + roomSecret},
		complete: []string{"list|stop"}, parse: parseForward},
}

// roomControlNamed finds a verb.
func roomControlNamed(name string) (roomControl, bool) {
	i := slices.IndexFunc(roomControls, func(c roomControl) bool { return c.name == name })
	if i < 0 {
		return roomControl{}, false
	}
	return roomControls[i], true
}

// roomVerbNames are the verbs for the table of all commands.
func roomVerbNames() (verbs []verb) {
	for _, control := range roomControls {
		verbs = append(verbs, verb{name: control.name, usages: control.usages, complete: control.complete})
	}
	return verbs
}

// verbsEverywhere are those that every plugin has.
func verbsEverywhere() (verbs []string) {
	for _, control := range roomControls {
		if control.everywhere {
			verbs = append(verbs, control.name)
		}
	}
	return verbs
}

func parseAllow(_ *Console, args []string, _ *options) (roomAction, bool) {
	if len(args) == 0 {
		return nil, false
	}
	request := audiobridge.AllowedRequest{Action: audiobridge.Action(args[0]), Allowed: args[1:]}
	switch request.Action {
	case audiobridge.ActionEnable, audiobridge.ActionDisable:
		if len(args) != 1 {
			return nil, false
		}
	case audiobridge.ActionAdd, audiobridge.ActionRemove:
		if len(args) < 2 {
			return nil, false
		}
	default:
		return nil, false
	}
	return func(ctx context.Context, d *roomCommand) (reply, error) {
		request.Secret = d.secret
		var allowed []string
		err := d.With(func(room janusclient.ID) (err error) {
			request.Room = room
			allowed, err = d.admin.Allow(ctx, request)
			return err
		})
		if len(request.Allowed) == 0 {
			return reply{}, err
		}
		// the tokens themselves are secrets: their number will do
		return reply{words: fmt.Sprintf("%d tokens", len(allowed)), fields: fields{{"tokens", len(allowed)}}}, err
	}, true
}
