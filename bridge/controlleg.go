// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// loudest is the highest volume that a participant can be given, in percent.
const loudest = 1000

// legVerbs are the controls of one leg.
func legVerbs() []verb {
	control := func(name, words, help string, parse controlParser, complete ...string) verb {
		if complete == nil {
			complete = []string{""}
		}
		for i := range complete {
			complete[i] = strings.TrimSpace("<leg> " + complete[i])
		}
		return verb{name: name, usages: []string{strings.TrimSpace("<uuid> " + words)}, help: help, complete: complete, run: onLeg(name, parse), control: parse}
	}
	return []verb{
		control("mute", "", "silences the leg in its room", bare(func(ctx context.Context, c *Call) (string, error) { return "", c.self.mute(ctx, true) })),
		control("unmute", "", "lets the room hear the leg again", bare(func(ctx context.Context, c *Call) (string, error) { return "", c.self.mute(ctx, false) })),
		control("toggle-mute", "", "mutes the leg, or unmutes it if it is muted", bare(func(ctx context.Context, c *Call) (string, error) { return c.self.toggleMute(ctx) })),
		control("deaf", "", "the leg hears nothing of its room", bare(func(_ context.Context, c *Call) (string, error) { return "", c.self.deafen(true) })),
		control("undeaf", "", "the leg hears its room again", bare(func(_ context.Context, c *Call) (string, error) { return "", c.self.deafen(false) })),
		control("volume", "<percent>|+<percent>|-<percent>", "how loud the room hears the leg; 100 is as it is", parseVolume),
		control("display", "<name>", "renames the leg in its room", parseDisplay),
		control("move", "<room> [<pin>]", "moves the leg to another room of its server", parseMove),
		control("kick", "", "throws the leg out of its room, which ends it", bare(func(ctx context.Context, c *Call) (string, error) { return "", c.self.kick(ctx) })),
		control("suspend", "", "takes the leg out of the mix, both ways, and keeps it in the room", bare(func(ctx context.Context, c *Call) (string, error) { return c.self.suspend(ctx) })),
		control("resume", "", "ends suspend", bare(func(ctx context.Context, c *Call) (string, error) { return "", c.self.resume(ctx) })),
		control("record", "start [<file>]|stop", "has Janus record the leg", parseRecord, "start|stop"),
	}
}

// bare parses a control that takes no words.
func bare(do action) controlParser {
	return func(text string) (action, bool) { return do, text == "" }
}

// parseVolume takes a percentage, or a change of it.
func parseVolume(text string) (action, bool) {
	number, err := strconv.Atoi(text)
	if err != nil || number < -loudest || number > loudest {
		return nil, false
	}
	relative := strings.HasPrefix(text, "+") || strings.HasPrefix(text, "-")
	return func(ctx context.Context, c *Call) (string, error) {
		percent := number
		if relative {
			percent = min(max(c.self.volume()+number, 0), loudest)
		}
		return strconv.Itoa(percent) + "%", c.self.setVolume(ctx, percent)
	}, true
}

// parseDisplay takes a display name, spaces and all.
func parseDisplay(text string) (action, bool) {
	if text == "" || config.CheckText(text) != nil {
		return nil, false
	}
	text = config.CutDisplay(text)
	return func(ctx context.Context, c *Call) (string, error) { return "", c.self.rename(ctx, text) }, true
}

// parseMove takes a room as a dial string has it, and its PIN.
func parseMove(text string) (action, bool) {
	room, pin := cutWord(text)
	if room == "" || strings.ContainsFunc(pin, func(r rune) bool { return r == ' ' || r == '\t' }) {
		return nil, false
	}
	dial, err := config.ParseDialString("x/x@" + room)
	if err != nil {
		return nil, false
	}
	return func(ctx context.Context, c *Call) (string, error) {
		if pin == "" {
			pin = c.channel.variable("janus-room-pin")
		}
		to, err := c.server.roomNamed(dial)
		if err != nil {
			return "", err
		}
		return c.move(ctx, to, pin)
	}, true
}

// roomMover is a roomHandle whose plugin has *changeroom*.
type roomMover interface {
	ChangeRoom(context.Context, audiobridge.ChangeRoomRequest) (*audiobridge.RoomChanged, error)
}

// move takes the leg to another room, with its PeerConnection. What Janus would
// forget of the participant is said again; its recording ends. A move to the
// room that the leg is in asks nothing of Janus: AudioBridge would refuse it, and
// janus.plugin.cm.audioroom would never answer anybody again.
func (c *Call) move(ctx context.Context, to config.DialString, pin string) (words string, err error) {
	mover, ok := c.janus.handle.(roomMover)
	if !ok {
		return "", c.janus.lacks("changeroom")
	}
	if (roomRef{c.server, c.cfg, to.Room, to.RoomText}).id() == c.room.ref.id() {
		return "it is there already", nil
	}
	before := c.room // a copy
	c.room.ref.room, c.room.ref.text, c.room.life = to.Room, to.RoomText, nil
	c.room.comeIn()
	muted := c.self.me().Muted
	request := audiobridge.ChangeRoomRequest{PIN: pin, Media: audiobridge.Media{
		Display: c.self.display(), Group: c.vars.UserGroup, Muted: &muted, Volume: c.vars.UserVolume,
		Quality: c.vars.UserQuality, ExpectedLoss: c.loss.expected(),
		Bitrate: c.vars.UserBitrate, SpatialPosition: c.vars.UserPosition, Denoise: c.vars.UserDenoise,
	}, Suspended: c.self.outOfMixAsked()}
	var changed *audiobridge.RoomChanged
	admission := newAdmission(&c.room, &c.lock)
	try := func() error {
		return c.room.ref.with(func(room janusclient.ID) error {
			ctx, cancel := c.janus.limited(ctx)
			defer cancel()
			request.Room, request.Token = room, admission.token(room)
			var err error
			changed, err = mover.ChangeRoom(ctx, request)
			return err
		})
	}
	for err = try(); admission.again(ctx, err); {
		err = try()
	}
	if err != nil {
		c.room.goOut(&c.lock)
		c.room.ref.room, c.room.ref.text, c.room.life = before.ref.room, before.ref.text, before.life
		return "", err
	}
	admission.granted()
	c.leftRoom(ctx, before.life)
	c.moved(before.ref.room, changed, pin)
	return c.lock.afterMove(ctx), nil
}

// leftRoom: the leg is in another room than this one.
func (c *Call) leftRoom(ctx context.Context, old *roomLife) {
	present := c.room.life
	c.room.life = old
	c.lock.unlock(ctx)
	c.room.goOut(&c.lock)
	c.room.life = present
}

// moved: the leg is in another room, as another participant.
func (c *Call) moved(from janusclient.ID, changed *audiobridge.RoomChanged, pin string) {
	me := c.self.me()
	me.ID = changed.ID
	c.roster.self = changed.ID
	c.room.take(pin)
	c.info.setSecret(c.vars.RoomSecret)
	c.recorder.over(true)
	c.vars.StartMuted = me.Muted
	c.roster.present(changed.Participants)
	c.roster.remember(me)
	c.channel.setVariable(host.VarRoom, c.room.name())
	c.channel.setVariable(host.VarParticipantID, c.roster.self.String())
	c.info.move(c.room.name(), c.roster.self.String())
	c.fire(host.EventCall, [][2]string{{host.HeaderAction, "moved"}, {host.HeaderOldRoom, from.String()}})
	c.gate.changed()
}

// parseRecord takes start, with the base of a file name or without, and stop.
func parseRecord(text string) (action, bool) {
	what, file := cutWord(text)
	if !slices.Contains([]string{"start", "stop"}, what) || (what == "stop" && file != "") || config.CheckText(file) != nil {
		return nil, false
	}
	on := what == "start"
	return func(ctx context.Context, c *Call) (string, error) { return c.recorder.record(ctx, on, file) }, true
}
