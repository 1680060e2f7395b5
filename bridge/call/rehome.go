// SPDX-License-Identifier: MPL-2.0

package call

import (
	"context"
	"fmt"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/bridge/server"
)

// rehoming is how a leg of a pool comes to another server while it lives. It belongs to the call's
// goroutine.
type rehoming struct {
	to       *server.Server // that the leg is to go to next; nil: the pool says it
	back     *server.Server // to which the leg returns where the other one does not admit it
	since    time.Time      // when the rejoin began
	vanished bool           // the server has no such room
	refused  *server.Server // that has not admitted the leg to the room; nil for none
}

// MoveTo has a leg of a pool join its room at another server: the room goes on there. The caller
// hears comfort noise meanwhile. It does not wait.
func (c *Call) MoveTo(to *server.Server, why string) { c.post(msgMoveTo{to, why}) }

// Movable tells whether the leg would follow MoveTo just now: it is answered and in its room, and
// may join again.
func (c *Call) Movable() bool { return c.progress.get() == stateUp && !c.place.stays.Load() }

// Hears tells whether audio comes to the leg from its server.
func (c *Call) Hears() bool { return c.progress.get() == stateUp && c.media.hears.Load() }

// onMoveTo joins again at another server. A leg that must not join again stays where it is.
func (c *Call) onMoveTo(msg msgMoveTo) {
	if c.place.pool == nil || msg.to == c.Server() || msg.to == c.rehome.refused || !c.joined || !c.mayRejoin() {
		return
	}
	c.rehome.to, c.rehome.back = msg.to, c.Server()
	c.joinAgain(failure.New(host.CauseNormalTemporaryFailure, msg.why))
}

// settleAgain settles the leg where it goes on, before each try to join again. Outside of a pool
// that is the server that it is at.
func (c *Call) settleAgain(limit context.Context) error {
	if c.place.pool == nil {
		return nil
	}
	next := server.Found{Server: c.rehome.to}
	if next.Server == nil {
		var err error
		stay := server.Stay{At: c.Server(), Since: c.rehome.since, Vanished: c.rehome.vanished, Alone: c.vars.PoolAlone}
		next, err = c.place.pool.Again(limit, c.room.asTyped(), stay)
		if err != nil {
			return err
		}
	}
	c.rehome.to, c.rehome.vanished = nil, false
	return c.settle(next)
}

// goBack has the leg return to the server that it was moved away from, where there is one: the
// other one does not admit it.
func (c *Call) goBack(err error) bool {
	if c.rehome.back == nil || c.Server() == c.rehome.back {
		return false
	}
	c.channel.logf(host.LevelWarning, "Janus call %s: %s; it goes back to %s", c.room.describe(), failure.Of(err).Reason, c.rehome.back.Name)
	c.rehome.to, c.rehome.back, c.rehome.refused = c.rehome.back, nil, c.Server()
	return true
}

// sameServer refuses a move to a room of the pool that is on another server than the leg: a leg
// takes its PeerConnection along, which belongs to its server.
func (c *Call) sameServer(ctx context.Context, room config.DialString) error {
	if c.place.pool == nil {
		return nil
	}
	found, err := c.place.pool.Find(ctx, server.Sought{Room: room, Existing: true})
	if err == nil && found.Server != c.Server() {
		return fmt.Errorf("room %s is on server %s, and the leg on %s: a leg moves between rooms of one server alone", room.RoomText, found.Server.Name, c.Server().Name)
	}
	return nil // what there is to say of a room that is nowhere Janus says
}

// tellRehomed tells that the leg has come to another server.
func (c *Call) tellRehomed(from *server.Server, reason string) {
	c.rehome = rehoming{refused: c.rehome.refused}
	switch {
	case c.place.pool == nil:
		return
	case from == c.Server():
		c.place.pool.Back(c.room.asTyped(), from)
		return
	}
	c.place.pool.Moved(c.room.asTyped(), from, c.Server(), c.room.first)
	c.channel.logf(host.LevelNotice, "Janus call %s: it was on %s before: %s", c.room.describe(), from.Name, reason)
	c.fire(host.EventCall, [][2]string{{host.HeaderAction, "moved"}, {host.HeaderOldServer, from.Name}})
}

// msgMoveTo: the leg is to join its room at another server.
type msgMoveTo struct {
	to  *server.Server
	why string
}
