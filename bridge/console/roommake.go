// SPDX-License-Identifier: MPL-2.0

package console

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"mod_janus/bridge/archive"
	"mod_janus/bridge/config"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

func parseCreate(_ *Console, args []string, o *options) (roomAction, bool) {
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

func parseEdit(_ *Console, args []string, o *options) (roomAction, bool) {
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

func parseDestroy(_ *Console, args []string, o *options) (roomAction, bool) {
	permanent := o.flag("permanent")
	return func(ctx context.Context, d *roomCommand) (reply, error) {
		request := audiobridge.DestroyRequest{Secret: d.secret, Permanent: permanent != nil && *permanent}
		err := d.With(func(id janusclient.ID) error {
			request.Room = id
			return d.rooms.Destroy(ctx, request)
		})
		if err == nil {
			d.Server.RoomGone(d.RoomRef)
		}
		return reply{}, err
	}, len(args) == 0
}
