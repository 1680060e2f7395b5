// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"mod_janus/bridge/config"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// dialledRoom is the room that a call was dialled to, and what its variables say
// of it.
type dialledRoom struct {
	room janusclient.ID
	vars config.Variables
}

// takeRoom has the call take what concerns a room from the one that it was moved
// to, for when it must join it again: what its variables say concerns the room
// that it has dialled.
func (c *Call) takeRoom(pin string) {
	v := &c.vars
	v.UserRecord, v.UserRecordFile = false, "" // a recording ends with the stay
	if c.dial.Room == c.dialledTo.room {
		first := &c.dialledTo.vars
		c.creation = nil
		v.RoomPIN, v.RoomSecret, v.RoomRecord, v.RoomRecordFile = pin, first.RoomSecret, first.RoomRecord, first.RoomRecordFile
		v.RoomAutoDestroy, v.RoomLock = first.RoomAutoDestroy, first.RoomLock
	} else {
		c.room.acquire()
		creation := audiobridge.CreateRequest{AdminKey: c.cfg.AdminKey}
		switch {
		case c.room.made:
			creation = c.room.request
		case pin != c.dialledTo.vars.RoomPIN:
			creation.PIN = pin // the one of the variable is that of the first room
		}
		v.RoomSecret, v.RoomAutoDestroy = c.room.secret, c.room.destroy
		c.room.release()
		c.creation = &creation
		v.RoomPIN, v.RoomLock = pin, false
		v.RoomRecord, v.RoomRecordFile = creation.Record != nil && *creation.Record, creation.RecordFile
	}
	c.info.setSecret(v.RoomSecret)
}
