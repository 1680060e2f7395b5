// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// dialledRoom is the room that a call was dialled to, and what its variables say
// of it.
type dialledRoom struct {
	room janusclient.ID
	vars variables
}

// takeRoom has the call take what concerns a room from the one that it was moved
// to, for when it must join it again: what its variables say concerns the room
// that it has dialled.
func (c *Call) takeRoom(pin string) {
	v := &c.vars
	v.userRecord, v.userRecordFile = false, "" // a recording ends with the stay
	if c.dial.Room == c.dialledTo.room {
		first := &c.dialledTo.vars
		c.creation = nil
		v.roomPIN, v.roomSecret, v.roomRecord, v.roomRecordFile = pin, first.roomSecret, first.roomRecord, first.roomRecordFile
		v.roomAutoDestroy, v.roomLock = first.roomAutoDestroy, first.roomLock
	} else {
		c.room.acquire()
		creation := audiobridge.CreateRequest{AdminKey: c.cfg.AdminKey}
		switch {
		case c.room.made:
			creation = c.room.request
		case pin != c.dialledTo.vars.roomPIN:
			creation.PIN = pin // the one of the variable is that of the first room
		}
		v.roomSecret, v.roomAutoDestroy = c.room.secret, c.room.destroy
		c.room.release()
		c.creation = &creation
		v.roomPIN, v.roomLock = pin, false
		v.roomRecord, v.roomRecordFile = creation.Record != nil && *creation.Record, creation.RecordFile
	}
	c.info.setSecret(v.roomSecret)
}
