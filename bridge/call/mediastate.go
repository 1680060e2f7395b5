// SPDX-License-Identifier: MPL-2.0

package call

import (
	"time"

	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/bridge/media"
	"mod_janus/bridge/metrics"
)

// onMedia follows the state of the leg's media.
func (c *Call) onMedia(state media.State, err error) {
	switch state {
	case media.StateUp:
		c.channel.logf(host.LevelDebug, "Janus call %s: media is up after %s", c.room.describe(), time.Since(c.gate.began).Round(time.Millisecond))
		c.fire(host.EventCall, [][2]string{{host.HeaderAction, "media-up"}})
		c.media.up = true
		if !c.rejoined {
			timings := c.media.leg().Timings()
			c.Server().Metrics.Stage(metrics.StageICE, timings.ICE)
			c.Server().Metrics.Stage(metrics.StageDTLS, timings.DTLS)
		}
		c.media.awaitAudio()
	case media.StateReceiving:
		c.media.silence.Stop()
		if !c.media.heard && !c.rejoined {
			c.Server().Metrics.Stage(metrics.StageAudio, c.media.leg().Timings().Audio)
		}
		c.media.heard = true
		c.media.hears.Store(true)
		if c.media.down {
			c.media.down = false
			c.fire(host.EventMedia, [][2]string{{host.HeaderReceiving, "true"}, {host.HeaderReceiver, "switch"}})
		}
	case media.StateSilent:
		c.media.down = true
		c.media.hears.Store(false)
		c.media.figures.stops.Add(1)
		c.Server().Metrics.MediaStop(metrics.ReceiverSwitch)
		c.media.awaitAudio()
		c.fire(host.EventMedia, [][2]string{{host.HeaderReceiving, "false"}, {host.HeaderReceiver, "switch"}})
		c.inquiries.ask(inquiry{why: "no audio comes from Janus"})
	case media.StateDisconnected:
		if !c.Server().Connection.Away() {
			c.restartMedia("the path to Janus is dead")
		}
	case media.StateReconnected:
		c.channel.logf(host.LevelNotice, "Janus call %s: the path to Janus is alive again", c.room.describe())
	case media.StateLoss:
		c.loss.changed(c.joined, c.gate.codec)
	case media.StateFailed:
		c.media.hears.Store(false)
		reason := "media failed"
		if err != nil {
			reason = err.Error()
		}
		c.inquiries.lost(failure.New(host.CauseMediaTimeout, reason))
	}
}

// restartMedia looks for another path for the leg's media, and for why there is
// none where Janus knows nothing of the leg any more.
func (c *Call) restartMedia(why string) {
	if err := c.media.restart(why); err != nil {
		c.awaitWord(err)
	}
}
