// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/janusclient/audiobridge"
)

// What Call.Message takes of the messages of janus_host.h (JANUS_MESSAGE_HOLD, JANUS_MESSAGE_UNHOLD); the others need no number.
const (
	MessageHold   = 3
	MessageUnhold = 4
)

// hold is the caller's hold.
type hold struct {
	on    bool
	muted bool // the leg is muted for the hold, and for nothing else
}

// onHold follows the caller's hold, as messages of the host tell it.
func (c *Call) onHold(message int) {
	switch message {
	case MessageHold:
		c.hold.on = true
		c.muteForHold()
	case MessageUnhold:
		c.hold.on = false
		if c.hold.muted {
			c.hold.muted = false
			c.changeMuted(false)
		}
	}
}

// muteForHold mutes a leg whose caller holds, unless it is muted for another reason already.
func (c *Call) muteForHold() {
	if c.hold.on && c.vars.Hold == config.HoldMute && !c.me().Muted {
		c.hold.muted = true
		c.changeMuted(true)
	}
}

func (c *Call) changeMuted(on bool) {
	if err := c.setMuted(c.hung, on); err != nil && c.hung.Err() == nil {
		c.channel.logf(host.LevelWarning, "Janus call %s: muting for the caller's hold (%t): %s", c.room.describe(), on, failureOf(err).reason)
	}
}

// mutedByOthers: somebody in the room has muted or unmuted a participant. Who unmutes a leg whose caller holds has had their way.
func (c *Call) mutedByOthers(p audiobridge.Participant) {
	if p.ID == c.self && !p.Muted {
		c.hold.muted = false
	}
}
