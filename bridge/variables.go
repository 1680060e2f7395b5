// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
)

// readVariables reads what the dial string and the A-leg ask for, once, when the call is run.
func (c *Call) readVariables() {
	c.vars = config.ReadVariables(c.variable, c.unusable)
	if c.vars.UserAdmin && c.vars.RoomSecret == "" {
		c.logf(host.LevelWarning, "Variable janus-user-admin has no effect without janus-room-secret")
	}
	if c.vars.Archive == config.ArchiveLocal && c.engine.archive.Load() == nil {
		c.unusable("janus-archive", c.vars.Archive, "possible without <archive> in janus.conf", "the call is not recorded")
		c.vars.Archive = config.ArchiveJanus
	}
	if c.vars.Hold == config.HoldMusic {
		if err := c.engine.host.HoldMusic(c.sessionUUID(), true); err != nil {
			c.logf(host.LevelDebug, "Hold music: %s", err)
		}
	}
	c.info.setSecret(c.vars.RoomSecret)
	c.chooseControls()
}

func (c *Call) variable(name string) string { return c.engine.host.Variable(c.sessionUUID(), name) }

// unusable warns of a value; what stands instead is said in words.
func (c *Call) unusable(name, value, want, instead string) {
	c.logf(host.LevelWarning, "Variable %s: %q is not %s; %s", name, value, want, instead)
}

func (c *Call) setVariable(name, value string) {
	if err := c.engine.host.SetVariable(c.sessionUUID(), name, value); err != nil {
		c.logf(host.LevelDebug, "Setting variable %s: %s", name, err)
	}
}

// drainRing drops what the switch has written while nobody took it.
func (c *Call) drainRing() { c.rings.FromSwitch.Discard() }
