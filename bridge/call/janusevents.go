// SPDX-License-Identifier: MPL-2.0

package call

import (
	"strconv"

	"mod_janus/bridge/host"
	"mod_janus/bridge/metrics"
	"mod_janus/bridge/server"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// onEvent takes an event of a handle of the call. It runs in the session's dispatcher.
func (c *Call) onEvent(attachment int, event janusclient.Event) {
	c.post(msgJanus{attachment, event, c.endings.possible(event), c.Server().News.Read(c, c.cfg().Plugin, event)})
}

// onJanus deals with an event of the call's handle.
func (c *Call) onJanus(event janusclient.Event) {
	switch event := event.(type) {
	case janusclient.WebRTCUp:
		c.gate.up = true
		c.gate.changed()
	case janusclient.Media:
		if !event.Receiving {
			c.media.figures.stops.Add(1)
			c.Server().Metrics.MediaStop(metrics.ReceiverJanus)
		}
		c.fire(host.EventMedia, [][2]string{{host.HeaderReceiving, strconv.FormatBool(event.Receiving)}, {host.HeaderReceiver, "janus"}})
	case janusclient.Trickle:
		c.media.trickle(event)
	case janusclient.SlowLink:
		if event.Uplink { // from Janus's point of view: what it sends is lost on the way here
			c.media.figures.slowDown.Add(1)
		} else {
			c.media.figures.slowUp.Add(1)
		}
		c.Server().Metrics.SlowLink(!event.Uplink)
		c.fire(host.EventSlowLink, [][2]string{
			{host.HeaderUplink, strconv.FormatBool(event.Uplink)}, {host.HeaderLost, strconv.Itoa(event.Lost)},
		})
	case janusclient.Hangup:
		c.onHangup(event)
	case janusclient.ICEFailed:
		c.restartMedia("Janus has lost the path")
	case janusclient.Detached:
		c.end(errDetached)
	case janusclient.SessionLost:
		c.onLost(c.janus.session, event.Err)
	case janusclient.PluginEvent:
		c.onPlugin(event)
	}
}

// onPlugin deals with an event of AudioBridge.
func (c *Call) onPlugin(event janusclient.PluginEvent) {
	var parsed audiobridge.Event
	var err error
	if c.roster.bulletin != nil {
		parsed, err = c.roster.bulletin.Event, c.roster.bulletin.Err
	} else {
		parsed, err = server.ParseRoomEvent(c.cfg().Plugin, event.Data)
	}
	if err != nil {
		c.channel.logf(host.LevelDebug, "An event of %s is not understood: %s", event.Plugin, err)
		return
	}
	if room := server.RoomOf(parsed); !room.IsZero() && room.String() != c.room.ref.ID().String() {
		return // of the room that the call was moved out of
	}
	switch parsed := parsed.(type) {
	case audiobridge.Destroyed:
		c.endBy(errDestroyed)
	case audiobridge.Kicked:
		if parsed.ID == c.roster.self {
			c.endBy(errKicked)
			return
		}
		c.roster.left(parsed.ID)
	case audiobridge.Leaving:
		c.roster.left(parsed.ID)
	case audiobridge.ParticipantsJoined:
		c.roster.joined(parsed.Participants)
		c.gate.changed()
	case audiobridge.ParticipantsChanged:
		if c.roster.changed(parsed.Participants) {
			c.hold.overruled()
		}
		c.gate.changed()
	case audiobridge.Talking:
		c.self.talks(parsed.ID, parsed.Talking)
	case audiobridge.Suspended:
		c.self.wasSuspended(parsed.ID, parsed.Suspended)
	case audiobridge.RoomMuted:
		c.fire(host.EventCall, [][2]string{{host.HeaderAction, map[bool]string{true: "room-muted", false: "room-unmuted"}[parsed.Muted]}})
	}
}
