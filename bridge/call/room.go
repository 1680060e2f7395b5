// SPDX-License-Identifier: MPL-2.0

package call

import (
	"fmt"

	"mod_janus/bridge/config"
	"mod_janus/bridge/server"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// room is the room that a call is in, or on its way to. It belongs to the
// call's goroutine.
type room struct {
	ref      server.RoomRef
	leg      server.Leg // that is in it
	vars     *config.Variables
	life     *server.Room               // that the leg is counted in; nil while in none
	first    bool                       // no other leg of ours was there when it came in
	creation *audiobridge.CreateRequest // of a room that the leg was moved to; nil in the one that it has dialled
	dialled  dialledRoom
}

// dialledRoom is the room that a call was dialled to, and what its variables say
// of it.
type dialledRoom struct {
	room janusclient.ID
	vars config.Variables
}

// remember keeps what the variables say of the room that was dialled.
func (r *room) remember() { r.dialled = dialledRoom{r.ref.Room, *r.vars} }

// name is the room as it was typed, for the log, events and variables.
func (r *room) name() string { return r.ref.Room.String() }

// asTyped is the room's name as a dial string has it, whichever kind of ids its server has.
func (r *room) asTyped() config.DialString { return r.ref.AsTyped() }

// describe says for the log where the call goes.
func (r *room) describe() string {
	return fmt.Sprintf("to %s room %s", r.ref.Server.Name, r.name())
}

// comeIn counts the leg in its room, before it is made or joined: it is not
// destroyed in between.
func (r *room) comeIn() {
	if r.life == nil {
		r.life, r.first = r.ref.Server.Rooms.Enter(r.ref)
	}
}

// made takes note that this call has made its room, which did not exist.
func (r *room) made(request audiobridge.CreateRequest) {
	r.life.Made(server.Making{Request: request, Secret: r.vars.RoomSecret, Destroy: r.vars.RoomAutoDestroy})
}

// goOut takes the leg out of the count of its room. It is called when the leg
// has left.
func (r *room) goOut() {
	if r.life != nil {
		r.ref.Server.Rooms.Leave(r.life, r.leg)
		r.life = nil
	}
}

// take sets what the variables say of a room to the values of the room that the leg was moved to. A
// rejoin needs them: the variables themselves were meant for the room that was dialled.
func (r *room) take(pin string) {
	v := r.vars
	v.UserRecord, v.UserRecordFile = false, "" // a recording ends with the stay
	if r.ref.Room == r.dialled.room {
		first := &r.dialled.vars
		r.creation = nil
		v.RoomPIN, v.RoomSecret, v.RoomRecord, v.RoomRecordFile = pin, first.RoomSecret, first.RoomRecord, first.RoomRecordFile
		v.RoomAutoDestroy, v.RoomLock = first.RoomAutoDestroy, first.RoomLock
		return
	}
	made := r.life.Making()
	creation := audiobridge.CreateRequest{AdminKey: r.ref.Config.AdminKey}
	switch {
	case made.ByUs:
		creation = made.Request
	case pin != r.dialled.vars.RoomPIN:
		creation.PIN = pin // the one of the variable is that of the first room
	}
	v.RoomSecret, v.RoomAutoDestroy = made.Secret, made.Destroy
	r.creation = &creation
	v.RoomPIN, v.RoomLock = pin, false
	v.RoomRecord, v.RoomRecordFile = creation.Record != nil && *creation.Record, creation.RecordFile
}
