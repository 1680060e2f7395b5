// SPDX-License-Identifier: MPL-2.0

package console

import (
	"context"
	"net"
	"strconv"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

func parseForward(_ *Console, args []string, o *options) (roomAction, bool) {
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
