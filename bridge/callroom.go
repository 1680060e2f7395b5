// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// comeIn counts the leg in its room, before it is made or joined: it is not
// destroyed in between.
func (c *Call) comeIn(context.Context, *janusclient.Session) error {
	if c.room == nil {
		c.room = c.server.lives.visit(c.roomRef())
		c.room.release()
	}
	return nil
}

// roomMade: this call has made its room, which did not exist.
func (c *Call) roomMade(request audiobridge.CreateRequest) {
	c.room.acquire()
	defer c.room.release()
	c.room.made, c.room.secret, c.room.request = true, c.vars.RoomSecret, request
	c.room.destroy = c.vars.RoomAutoDestroy
	clear(c.room.locks) // what was locked is gone
}

// goOut takes the leg out of the count of its room. It is called when the leg
// has left.
func (c *Call) goOut() {
	if c.room != nil {
		c.server.leave(c.room, c)
		c.room = nil
	}
}

// announce lets the caller hear that somebody came or went.
func (c *Call) announce(sound string) {
	if c.vars.Announce && !c.deaf {
		c.channel.prompt(sound)
	}
}
