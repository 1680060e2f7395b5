// SPDX-License-Identifier: MPL-2.0

package console

import (
	"context"
	"slices"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

func parseRoomRecord(_ *Console, args []string, _ *options) (roomAction, bool) {
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
