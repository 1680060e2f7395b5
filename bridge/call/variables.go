// SPDX-License-Identifier: MPL-2.0

package call

import (
	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
)

// readVariables reads what the dial string and the A-leg ask for, once, when the call is run.
func (c *Call) readVariables() {
	c.vars = config.ReadVariables(c.channel.variable, c.channel.unusable)
	if c.vars.UserAdmin && c.vars.RoomSecret == "" {
		c.channel.logf(host.LevelWarning, "Variable janus-user-admin has no effect without janus-room-secret")
	}
	if c.vars.Archive == config.ArchiveLocal && !c.env.Archive.On() {
		c.channel.unusable("janus-archive", c.vars.Archive, "possible without <archive> in janus.conf", "the call is not recorded")
		c.vars.Archive = config.ArchiveJanus
	}
	if c.vars.Hold == config.HoldMusic {
		if err := c.env.Host.HoldMusic(c.channel.uuid(), true); err != nil {
			c.channel.logf(host.LevelDebug, "Hold music: %s", err)
		}
	}
	c.info.setSecret(c.vars.RoomSecret)
	c.place.stays.Store(!c.vars.Rejoin)
	c.keypad.choose()
}
