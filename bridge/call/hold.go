// SPDX-License-Identifier: MPL-2.0

package call

import (
	"context"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
)

// muter is a leg that can be muted in its room.
type muter interface {
	isMuted() bool
	setMuted(ctx context.Context, on bool) error
}

// hold is the caller's hold, and what it does to the leg. It belongs to the call's goroutine.
type hold struct {
	channel *channel
	room    *room
	hung    context.Context // ends with the call
	leg     muter

	on    bool
	muted bool // the leg is muted for the hold, and for nothing else
}

// follow follows the caller's hold, as messages of the host tell it.
func (h *hold) follow(message int) {
	switch message {
	case host.MessageHold:
		h.on = true
		h.mute()
	case host.MessageUnhold:
		h.on = false
		if h.muted {
			h.muted = false
			h.change(false)
		}
	}
}

// mute mutes a leg whose caller holds, unless it is muted for another reason already.
func (h *hold) mute() {
	if h.on && h.room.vars.Hold == config.HoldMute && !h.leg.isMuted() {
		h.muted = true
		h.change(true)
	}
}

func (h *hold) change(on bool) {
	if err := h.leg.setMuted(h.hung, on); err != nil && h.hung.Err() == nil {
		h.channel.logf(host.LevelWarning, "Janus call %s: muting for the caller's hold (%t): %s", h.room.describe(), on, failure.Of(err).Reason)
	}
}

// overruled: somebody has had the leg muted or unmuted by name, which stays when the hold ends.
func (h *hold) overruled() { h.muted = false }
