// SPDX-License-Identifier: MPL-2.0

package console

import (
	"context"
	"strings"

	"mod_janus/bridge/server"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

func parsePlay(_ *Console, args []string, o *options) (roomAction, bool) {
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
