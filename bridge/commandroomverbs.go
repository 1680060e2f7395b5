// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"mod_janus/bridge/archive"
	"mod_janus/bridge/config"
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
	parse      func(e *Engine, args []string, opts *options) (roomAction, bool)
}

const roomSecret = " [secret=<secret>]"

// roomControls are the verbs in the order of the manual.
var roomControls = []roomControl{
	{name: "list", everywhere: true, usages: []string{""}, parse: func(e *Engine, args []string, _ *options) (roomAction, bool) {
		return e.listParticipants, len(args) == 0
	}},
	{name: "exists", everywhere: true, usages: []string{""}, parse: func(_ *Engine, args []string, _ *options) (roomAction, bool) {
		return roomExists, len(args) == 0
	}},
	{name: "create", usages: []string{"[description=<text>] [pin=<pin>] [secret=<secret>] [permanent=true] [private=true] [sampling-rate=<Hz>] " +
		"[audiolevel-event=true] [record=true] [record-file=<path>] [allowed=<token>,...] [groups=<group>,...]"}, parse: parseCreate},
	{name: "edit", usages: []string{"[description=<text>] [new-pin=<pin>] [new-secret=<secret>] [private=true|false] [permanent=true]" + roomSecret},
		parse: parseEdit},
	{name: "destroy", everywhere: true, usages: []string{"[permanent=true]" + roomSecret}, parse: parseDestroy},
	participantVerb("kick", func(ctx context.Context, a server.RoomAdmin, r audiobridge.ManageRequest) error {
		return a.Kick(ctx, r)
	}),
	participantVerb("mute", func(ctx context.Context, a server.RoomAdmin, r audiobridge.ManageRequest) error {
		return a.Mute(ctx, r)
	}),
	participantVerb("unmute", func(ctx context.Context, a server.RoomAdmin, r audiobridge.ManageRequest) error {
		return a.Unmute(ctx, r)
	}),
	participantVerb("suspend", func(ctx context.Context, a server.RoomAdmin, r audiobridge.ManageRequest) error {
		return sinceSuspend(a.Suspend(ctx, audiobridge.SuspendRequest{ManageRequest: r}))
	}),
	participantVerb("resume", func(ctx context.Context, a server.RoomAdmin, r audiobridge.ManageRequest) error {
		return sinceSuspend(a.Resume(ctx, audiobridge.ResumeRequest{ManageRequest: r}))
	}),
	managing("mute-all", func(ctx context.Context, a server.RoomAdmin, r audiobridge.ManageRequest) error {
		return a.MuteRoom(ctx, r)
	}),
	managing("unmute-all", func(ctx context.Context, a server.RoomAdmin, r audiobridge.ManageRequest) error {
		return a.UnmuteRoom(ctx, r)
	}),
	managing("kick-all", func(ctx context.Context, a server.RoomAdmin, r audiobridge.ManageRequest) error {
		return a.KickAll(ctx, r)
	}),
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

func parseCreate(_ *Engine, args []string, o *options) (roomAction, bool) {
	request := audiobridge.CreateRequest{
		Description: o.text("description"), PIN: o.text("pin"), Private: o.flag("private"), SamplingRate: o.number("sampling-rate", 8000, 48000),
		AudioLevelEvent: o.flag("audiolevel-event"), Record: o.flag("record"), RecordFile: o.text("record-file"),
		Allowed: o.list("allowed"), Groups: o.list("groups"),
	}
	if permanent := o.flag("permanent"); permanent != nil {
		request.Permanent = *permanent
	}
	if request.SamplingRate != 0 && !slices.Contains(config.SamplingRates, request.SamplingRate) {
		o.fail(fmt.Errorf("option sampling-rate: want one of %s", strings.Trim(fmt.Sprint(config.SamplingRates), "[]")))
	}
	return func(ctx context.Context, d *roomCommand) (reply, error) {
		request.Secret, request.AdminKey = d.secret, d.Config.AdminKey
		var room janusclient.ID
		var permanent bool
		var recording *archive.Recording
		if request.Record != nil && *request.Record && request.RecordFile == "" {
			if recording = d.Server.Archives.Begin(d.RoomRef, "", true); recording != nil {
				request.RecordFile = recording.Path()
			}
		}
		err := d.With(func(id janusclient.ID) (err error) {
			request.Room = id
			room, permanent, err = d.admin.Create(ctx, request)
			return err
		})
		if err != nil {
			d.Server.Archives.Drop(recording)
			return reply{}, err
		}
		d.Server.Archives.Made(d.RoomRef, recording, d.secret)
		return reply{words: room.String(), fields: fields{{"room", room}, {"permanent", permanent}}}, err
	}, len(args) == 0
}

func parseEdit(_ *Engine, args []string, o *options) (roomAction, bool) {
	request := audiobridge.EditRequest{
		Description: o.text("description"), NewPIN: o.optional("new-pin"), NewSecret: o.text("new-secret"), Private: o.flag("private"),
	}
	if permanent := o.flag("permanent"); permanent != nil {
		request.Permanent = *permanent
	}
	return func(ctx context.Context, d *roomCommand) (reply, error) {
		request.Secret = d.secret
		var permanent bool
		err := d.With(func(id janusclient.ID) (err error) {
			request.Room = id
			permanent, err = d.admin.Edit(ctx, request)
			return err
		})
		return reply{fields: fields{{"permanent", permanent}}}, err
	}, len(args) == 0
}

func parseDestroy(_ *Engine, args []string, o *options) (roomAction, bool) {
	permanent := o.flag("permanent")
	return func(ctx context.Context, d *roomCommand) (reply, error) {
		request := audiobridge.DestroyRequest{Secret: d.secret, Permanent: permanent != nil && *permanent}
		err := d.With(func(id janusclient.ID) error {
			request.Room = id
			return d.rooms.Destroy(ctx, request)
		})
		if err == nil {
			d.Server.Archives.Gone(d.RoomRef)
		}
		return reply{}, err
	}, len(args) == 0
}

func parseRoomRecord(_ *Engine, args []string, _ *options) (roomAction, bool) {
	start := len(args) > 0 && args[0] == "start"
	stop := len(args) == 1 && args[0] == "stop"
	if (!start && !stop) || len(args) > 2 {
		return nil, false
	}
	request := audiobridge.RecordingRequest{Record: start}
	if len(args) == 2 {
		request.File = args[1]
	}
	return func(ctx context.Context, d *roomCommand) (reply, error) {
		request.Secret = d.secret
		if request.Record && request.File == "" {
			return d.recordArchived(ctx)
		}
		recording, err := d.record(ctx, request)
		if err == nil && !request.Record {
			d.Server.Archives.Gone(d.RoomRef)
		}
		return reply{fields: fields{{"record", recording}}}, err
	}, true
}

// recordArchived begins to record a room under a name of ours, where things are archived.
func (d *roomCommand) recordArchived(ctx context.Context) (reply, error) {
	var on bool
	file, err := d.Server.Archives.Record(d.RoomRef, d.secret, func() bool { return d.recorded(ctx) }, func(path string) (err error) {
		on, err = d.record(ctx, audiobridge.RecordingRequest{Secret: d.secret, Record: true, File: path})
		return err
	})
	if err != nil {
		return reply{}, err
	}
	return reply{words: file, fields: fields{{"record", on}, {"file", file}}}, nil
}

// recorded tells whether Janus records the room, as far as its list shows it.
func (d *roomCommand) recorded(ctx context.Context) bool {
	rooms, err := d.rooms.List(ctx, d.Config.AdminKey)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(rooms, func(r audiobridge.Room) bool { return r.Room.String() == d.ID().String() && r.Record })
}

func (d *roomCommand) record(ctx context.Context, request audiobridge.RecordingRequest) (recording bool, err error) {
	err = d.With(func(id janusclient.ID) (err error) {
		request.Room = id
		recording, err = d.admin.EnableRecording(ctx, request)
		return err
	})
	return recording, err
}

func parsePlay(_ *Engine, args []string, o *options) (roomAction, bool) {
	if len(args) > 0 && args[0] == "stop" {
		id := ""
		if len(args) == 2 {
			id = args[1]
		}
		return func(ctx context.Context, d *roomCommand) (reply, error) { return d.stopFiles(ctx, id) }, len(args) <= 2
	}
	if len(args) != 1 {
		return nil, false
	}
	request := audiobridge.PlayFileRequest{Filename: args[0], Loop: o.flag("loop"), Group: o.text("group")}
	return func(ctx context.Context, d *roomCommand) (reply, error) {
		request.Secret, request.AdminKey = d.secret, d.Config.AdminKey
		var id string
		err := d.With(func(room janusclient.ID) (err error) {
			request.Room = room
			id, err = d.admin.PlayFile(ctx, request)
			return err
		})
		if err == nil {
			d.Server.Playing.Add(d.Room.String(), id)
		}
		return reply{words: id, fields: fields{{"file_id", id}}}, err
	}, true
}

// stopFiles stops one file, or all. A Janus before 1.3.2 cannot stop all: there
// those are stopped that were begun here.
func (d *roomCommand) stopFiles(ctx context.Context, id string) (reply, error) {
	stopped := []string{}
	err := d.With(func(room janusclient.ID) (err error) {
		if id != "" {
			stopped = []string{id}
			return d.stopFile(ctx, room, id)
		}
		stopped, err = d.admin.StopAllFiles(ctx, audiobridge.StopAllFilesRequest{Room: room, Secret: d.secret, AdminKey: d.Config.AdminKey})
		if !server.LacksRequest(err) {
			return err
		}
		stopped = d.Server.Playing.Of(d.Room.String())
		for _, id := range stopped {
			if err := d.stopFile(ctx, room, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		d.Server.Playing.Remove(d.Room.String(), stopped...)
	}
	return reply{words: strings.Join(stopped, " "), fields: fields{{"file_ids", stopped}}}, err
}

func (d *roomCommand) stopFile(ctx context.Context, room janusclient.ID, id string) error {
	return d.admin.StopFile(ctx, audiobridge.FileRequest{Room: room, Secret: d.secret, AdminKey: d.Config.AdminKey, FileID: id})
}

func parseAllow(_ *Engine, args []string, _ *options) (roomAction, bool) {
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

func parseForward(_ *Engine, args []string, o *options) (roomAction, bool) {
	switch {
	case len(args) == 1 && args[0] == "list":
		return listForwarders, true
	case len(args) == 2 && args[0] == "stop":
		stream, err := strconv.ParseUint(args[1], 10, 32)
		return stopForwarder(uint32(stream)), err == nil
	case len(args) != 1:
		return nil, false
	}
	host, port, err := net.SplitHostPort(args[0])
	if err != nil {
		return nil, false
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || number == 0 || host == "" {
		return nil, false
	}
	request := audiobridge.RTPForwardRequest{
		Host: host, Port: int(number), Codec: o.text("codec"), PType: o.number("payload-type", 0, 127), Group: o.text("group"),
		SSRC: uint32(o.number("ssrc", 1, 1<<32-1)), AlwaysOn: o.flag("always-on"), // #nosec G115 -- bounded
	}
	return func(ctx context.Context, d *roomCommand) (reply, error) {
		request.Secret, request.AdminKey = d.secret, d.Config.AdminKey
		var stream uint32
		err := d.With(func(room janusclient.ID) (err error) {
			request.Room = room
			stream, err = d.admin.RTPForward(ctx, request)
			return err
		})
		return reply{words: strconv.FormatUint(uint64(stream), 10), fields: fields{{"stream_id", stream}}}, err
	}, true
}

func stopForwarder(stream uint32) roomAction {
	return func(ctx context.Context, d *roomCommand) (reply, error) {
		request := audiobridge.StopRTPForwardRequest{Secret: d.secret, AdminKey: d.Config.AdminKey, StreamID: stream}
		return reply{}, d.With(func(room janusclient.ID) error {
			request.Room = room
			return d.admin.StopRTPForward(ctx, request)
		})
	}
}

func listForwarders(ctx context.Context, d *roomCommand) (reply, error) {
	t := &table{columns: []string{"stream", "host", "port", "codec", "ssrc", "payloadType", "group", "srtp", "alwaysOn"}}
	err := d.With(func(room janusclient.ID) error {
		list, err := d.admin.ListForwarders(ctx, d.manage(room))
		for _, f := range list {
			t.add(f.StreamID, f.IP, f.Port, f.Codec, f.SSRC, f.PType, f.Group, f.SRTP, f.AlwaysOn)
		}
		return err
	})
	return reply{table: t}, err
}
