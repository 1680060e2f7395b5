// SPDX-License-Identifier: MPL-2.0

package call

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/bridge/server"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// Pool is a pool of servers as a call that was dialled to it sees it.
type Pool interface {
	// PoolName is the name of the pool.
	PoolName() string
	// Find finds the server on which a room is, or gets made. It waits until there is an
	// answer, as long as ctx lasts.
	Find(ctx context.Context, sought server.Sought) (server.Found, error)
	// Again finds where a leg goes on whose server has lost it: at that server when that is back,
	// or at another one. It waits until there is an answer, as long as ctx lasts.
	Again(ctx context.Context, room config.DialString, stay server.Stay) (server.Found, error)
	// Moved takes note that a leg goes on at another server; first: as the first of its room.
	Moved(room config.DialString, from, to *server.Server, first bool)
	// Back takes note that a leg has joined its room again at the server at which it was. It
	// does not wait.
	Back(room config.DialString, at *server.Server)
	// Made takes note that a leg of ours has made a room, which did not exist there. It does
	// not wait.
	Made(room config.DialString, at *server.Server)
}

// findRounds is how often a call looks for its room, where the room was destroyed or its server
// was lost between the look and the join.
const findRounds = 3

// location is the server that a call is at, which may change while the call lives: in a pool.
type location struct {
	server *server.Server
	cfg    *config.ServerConfig
}

// placing is where a call is, and how it is counted there.
type placing struct {
	pool Pool // nil: the call was dialled to a server
	// await waits for a server that is not known yet; nil: it is
	await func(context.Context) (*server.Server, error)
	dial  config.DialString
	now   atomic.Pointer[location] // set by the call's goroutine, for any

	stays atomic.Bool // the call must not join again: janus-rejoin is false

	mu      sync.Mutex // guards what follows, and that now and the counts of the servers agree
	ended   bool       // the leg exists no more on the switch
	arrived bool       // the call has been sent to its server; before, that was only a guess
}

// Server is the server that the call is at.
func (c *Call) Server() *server.Server { return c.place.now.Load().server }

// cfg is the configuration of that server when the call came there.
func (c *Call) cfg() *config.ServerConfig { return c.place.now.Load().cfg }

// PoolName is the pool that the call was dialled to; "" for none.
func (c *Call) PoolName() string {
	if c.place.pool == nil {
		return ""
	}
	return c.place.pool.PoolName()
}

// refTo names a room at the call's server. A name that was checked before is right there.
func (c *Call) refTo(dial config.DialString) server.RoomRef {
	ref, _ := c.Server().Ref(dial)
	return ref
}

// tellPlace sets the variables that say where the call is.
func (c *Call) tellPlace() {
	if c.place.pool != nil {
		c.channel.setVariable(host.VarPool, c.place.pool.PoolName())
	}
	c.channel.setVariable(host.VarServer, c.Server().Name)
	c.channel.setVariable(host.VarRoom, c.room.name())
}

// awaitServer waits for a server that was not known when the call was dialled.
func (c *Call) awaitServer() error {
	if c.place.await == nil {
		return nil
	}
	s, err := c.place.await(c.hung)
	if err != nil {
		return err
	}
	return c.settle(server.Found{Server: s})
}

// joinFound looks for the room in the pool and joins it there, and looks again where that has
// changed meanwhile.
func (c *Call) joinFound() error {
	for round := 1; ; round++ {
		found, err := c.place.pool.Find(c.hung, server.Sought{Room: c.place.dial, Existing: c.vars.UseExistingRoom, Alone: c.vars.PoolAlone})
		if err != nil {
			return err
		}
		if err := c.settle(found); err != nil {
			return err
		}
		err = c.joinOnce()
		vanished := audiobridge.HasCode(err, audiobridge.CodeNoSuchRoom) || errors.Is(err, janusclient.ErrSessionLost)
		if !vanished || round == findRounds || c.hung.Err() != nil {
			return err
		}
		c.channel.logf(host.LevelInfo, "Janus call %s: %s; looking for the room again", c.room.describe(), failure.Of(err).Reason)
		if ended := c.letGoOfJanus(); ended != nil {
			return ended
		}
	}
}

// settle makes the server that was found the call's. There is no handle at the server before.
func (c *Call) settle(found server.Found) error {
	c.making.there = found.Exists
	old := c.place.now.Load()
	first := !c.place.arrived
	if old.server == found.Server {
		c.arrive()
		return nil
	}
	ref, err := found.Server.Ref(c.room.asTyped())
	if err != nil {
		return err
	}
	c.room.goOut()
	c.janus.leaveServer()
	c.place.mu.Lock()
	c.place.now.Store(&location{ref.Server, ref.Config})
	old.server.Legs.HandOver(&ref.Server.Legs, c.place.ended, !first)
	if first {
		c.countDialled()
	} else {
		old.server.Metrics.HandOver(c, ref.Server.Metrics)
	}
	c.place.mu.Unlock()
	c.room.ref = ref
	c.janus.server, c.janus.cfg, c.media.codecs.cfg = ref.Server, ref.Config, ref.Config
	c.tellPlace()
	return nil
}

// roomMade tells the pool of a room that this call has made.
func (c *Call) roomMade() {
	if c.place.pool != nil {
		c.place.pool.Made(c.room.asTyped(), c.Server())
	}
}

// arrive takes note that the call goes to its server, so that it counts as dialled there.
func (c *Call) arrive() {
	c.place.mu.Lock()
	defer c.place.mu.Unlock()
	if !c.place.arrived {
		c.countDialled()
	}
}

// countDialled counts the call as dialled to the server that it is at; place.mu is held.
func (c *Call) countDialled() {
	c.place.arrived = true
	if !c.place.ended {
		c.Server().Metrics.Began(c)
	}
}

// Seeks tells whether the server of a call that was just made is a guess: the call counts as
// dialled where it gets to.
func (c *Call) Seeks() bool { return c.place.pool != nil || c.place.await != nil }

// countEnd counts the leg as ended, once, with the cause of the switch.
func (c *Call) countEnd(cause host.Cause) {
	c.place.mu.Lock()
	was := c.place.ended
	c.place.ended = true
	if !was {
		c.Server().Legs.Ended()
		if c.place.arrived || !c.Seeks() {
			c.Server().Metrics.Ended(cause, c.progress.answeredAt())
		} else {
			c.Server().Metrics.Refused(cause)
		}
	}
	c.place.mu.Unlock()
	if !was {
		c.progress.set(stateLeaving)
		c.env.Ended()
	}
}
