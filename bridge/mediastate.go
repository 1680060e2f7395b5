// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/bridge/media"
)

// onMedia follows the state of the leg's media.
func (c *Call) onMedia(state media.State, err error) {
	switch state {
	case media.StateUp:
		c.channel.logf(host.LevelDebug, "Janus call %s: media is up after %s", c.room.describe(), time.Since(c.gate.began).Round(time.Millisecond))
		c.fire(host.EventCall, [][2]string{{host.HeaderAction, "media-up"}})
		c.mediaUp = true
		c.awaitAudio()
	case media.StateReceiving:
		c.silence.Stop()
		if c.mediaDown {
			c.mediaDown = false
			c.fire(host.EventMedia, [][2]string{{host.HeaderReceiving, "true"}, {host.HeaderReceiver, "switch"}})
		}
	case media.StateSilent:
		c.mediaDown = true
		c.figures.stops.Add(1)
		c.awaitAudio()
		c.fire(host.EventMedia, [][2]string{{host.HeaderReceiving, "false"}, {host.HeaderReceiver, "switch"}})
		c.inquire(inquiry{why: "no audio comes from Janus"})
	case media.StateDisconnected:
		if !c.server.away() {
			c.restartMedia("the path to Janus is dead")
		}
	case media.StateReconnected:
		c.channel.logf(host.LevelNotice, "Janus call %s: the path to Janus is alive again", c.room.describe())
	case media.StateLoss:
		c.loss.changed(c.joined, c.gate.codec)
	case media.StateFailed:
		reason := "media failed"
		if err != nil {
			reason = err.Error()
		}
		c.onMediaLost(fail(host.CauseMediaTimeout, reason))
	}
}

// awaitAudio ends the call when no audio has come for long, unless none is due.
func (c *Call) awaitAudio() {
	if c.self.outOfMix() {
		c.silence.Stop()
		return
	}
	c.silence.Reset(config.SilenceLimit)
}

// mixChanged: the leg was suspended, or is no longer. From then on audio is due
// no more, or again.
func (c *Call) mixChanged() {
	if c.self.outOfMix() {
		c.silence.Stop()
	} else if c.mediaDown || !c.mediaUp {
		c.awaitAudio()
	}
}
