// SPDX-License-Identifier: MPL-2.0

package call

import (
	"context"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/bridge/server"
)

// end tells the host that the call is over and why: the variable, one line of
// log, the hangup. Whoever comes second is not heard.
func (c *Call) end(why *failure.Error) {
	if c.ended {
		return
	}
	c.ended = true
	uuid := c.channel.uuid()
	_ = c.env.Host.SetVariable(uuid, host.VarHangupReason, why.Reason)
	c.channel.logf(host.LevelNotice, "Janus call %s ends [%s]: %s", c.room.describe(), why.Cause, why.Reason)
	if err := c.env.Host.Hangup(uuid, why.Cause); err != nil {
		c.channel.logf(host.LevelDebug, "Hanging up: %s", err)
	}
}

// leave says farewell to Janus: leave, detach. It has its own time, since the
// call's contexts may be over.
func (c *Call) leave() {
	c.recorder.hereOver()
	if !server.DetachesFirst(c.cfg().Plugin) {
		c.media.close()
	}
	defer c.media.close() // once more does no harm
	ctx, cancel := context.WithTimeout(context.Background(), config.FarewellLimit)
	defer cancel()
	defer c.room.goOut()
	if c.janus.handle == nil {
		c.recorder.over(true)
		return
	}
	c.lock.unlock(ctx)
	if c.joined {
		if server.LeavesByDetaching(c.cfg().Plugin) {
			c.channel.logf(host.LevelDebug, "Leaving the room by detaching")
		} else if err := c.janus.handle.Leave(ctx); err != nil {
			c.channel.logf(host.LevelDebug, "Leaving the room: %s", err)
		}
		c.fire(host.EventCall, [][2]string{{host.HeaderAction, "left"}})
	}
	c.recorder.over(c.janus.detach(ctx))
}

// letGo releases the rings when host and goroutine have both let go of them.
func (c *Call) letGo() {
	if c.holders.Add(-1) == 0 {
		c.hangUp()
		c.released.Do(func() {
			c.Server().Metrics.Gone(c)
			c.release()
			c.janus.forget()
			c.Server().Legs.Gone()
		})
	}
}
