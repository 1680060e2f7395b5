// SPDX-License-Identifier: MPL-2.0

package console

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"

	"mod_janus/bridge/server"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// manageRequest asks something of a room, or of a participant of it: a method of RoomAdmin.
type manageRequest func(server.RoomAdmin, context.Context, audiobridge.ManageRequest) error

// managing is a verb that needs no more than the room and its secret.
func managing(name string, ask manageRequest) roomControl {
	return roomControl{name: name, usages: []string{roomSecret}, parse: func(_ *Console, args []string, _ *options) (roomAction, bool) {
		return func(ctx context.Context, d *roomCommand) (reply, error) {
			return reply{}, d.With(func(room janusclient.ID) error { return ask(d.admin, ctx, d.manage(room)) })
		}, len(args) == 0
	}}
}

// participantVerb is a verb about one participant, whoever that is: a browser,
// say, or a leg of another switch.
func participantVerb(name string, ask manageRequest) roomControl {
	return roomControl{name: name, usages: []string{"<participant>" + roomSecret}, parse: func(_ *Console, args []string, _ *options) (roomAction, bool) {
		if len(args) != 1 {
			return nil, false
		}
		return func(ctx context.Context, d *roomCommand) (reply, error) {
			return reply{}, d.With(func(room janusclient.ID) error {
				request := d.manage(room)
				id, err := participantID(args[0], room.IsNumber())
				if err != nil {
					return err
				}
				request.ID = id
				return ask(d.admin, ctx, request)
			})
		}, true
	}}
}

// participantID reads an id as `janus participants` shows it. Janus has numbers
// or strings for rooms and participants alike; where a room's number does not
// tell which, Janus says so itself.
func participantID(text string, numbers bool) (janusclient.ID, error) {
	id, err := janusclient.ParseID(text)
	if err != nil {
		return id, fmt.Errorf("%q is no id of a participant: %w", text, err)
	}
	if !numbers {
		return janusclient.StringID(text), nil
	}
	if n, err := strconv.ParseUint(id.String(), 10, 64); id.IsNumber() && (err != nil || n == 0 || n > math.MaxInt64) {
		return id, fmt.Errorf("%q is no id of a participant: want a number from 1 to %d", text, int64(math.MaxInt64))
	}
	return id, nil
}

// sinceSuspend says what an old Janus only calls an unknown request.
func sinceSuspend(err error) error {
	if server.LacksRequest(err) {
		return errors.New("this Janus cannot suspend (since 1.2.1)")
	}
	return err
}

// roomExists prints whether there is such a room.
func roomExists(ctx context.Context, d *roomCommand) (reply, error) {
	var exists bool
	err := d.With(func(room janusclient.ID) (err error) {
		exists, err = d.rooms.Exists(ctx, room)
		return err
	})
	return reply{words: fmt.Sprint(exists), fields: fields{{"exists", exists}}}, err
}
