// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"
	"errors"
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
		control("mute", "", "silences the leg in its room", bare(func(ctx context.Context, c *Call) (string, error) { return "", c.mute(ctx, true) })),
		control("unmute", "", "lets the room hear the leg again", bare(func(ctx context.Context, c *Call) (string, error) { return "", c.mute(ctx, false) })),
		control("toggle-mute", "", "mutes the leg, or unmutes it if it is muted", bare(func(ctx context.Context, c *Call) (string, error) { return c.toggleMute(ctx) })),
		control("deaf", "", "the leg hears nothing of its room", bare(func(_ context.Context, c *Call) (string, error) { return "", c.deafen(true) })),
		control("undeaf", "", "the leg hears its room again", bare(func(_ context.Context, c *Call) (string, error) { return "", c.deafen(false) })),
		control("volume", "<percent>|+<percent>|-<percent>", "how loud the room hears the leg; 100 is as it is", parseVolume),
		control("display", "<name>", "renames the leg in its room", parseDisplay),
		control("move", "<room> [<pin>]", "moves the leg to another room of its server", parseMove),
		control("kick", "", "throws the leg out of its room, which ends it", bare(func(ctx context.Context, c *Call) (string, error) { return "", c.kick(ctx) })),
		control("suspend", "", "takes the leg out of the mix, both ways, and keeps it in the room", bare(func(ctx context.Context, c *Call) (string, error) { return c.suspend(ctx) })),
		control("resume", "", "ends suspend", bare(func(ctx context.Context, c *Call) (string, error) { return "", c.resume(ctx) })),
		control("record", "start [<file>]|stop", "has Janus record the leg", parseRecord, "start|stop"),
	}
}

// bare parses a control that takes no words.
func bare(do action) controlParser {
	return func(text string) (action, bool) { return do, text == "" }
}

// me is this participant as the room sees it.
func (c *Call) me() audiobridge.Participant {
	p, known := c.roster.get(c.self)
	if !known {
		p = audiobridge.Participant{ID: c.self, Muted: c.vars.StartMuted, Display: c.display()}
	}
	return p
}

// mute silences the leg in the room, or no longer. Janus tells the others, and
// not the leg itself.
func (c *Call) mute(ctx context.Context, on bool) error {
	c.hold.muted = false // what was asked for by name stays when the hold ends
	return c.setMuted(ctx, on)
}

// setMuted is mute without saying who wants it.
func (c *Call) setMuted(ctx context.Context, on bool) error {
	if err := c.janus.configure(ctx, audiobridge.ConfigureRequest{Media: audiobridge.Media{Muted: &on}}); err != nil {
		return err
	}
	me := c.me()
	changed := me.Muted != on
	me.Muted, c.vars.StartMuted = on, on
	c.remember(me)
	if changed {
		c.participant(map[bool]string{true: "muted", false: "unmuted"}[on], me)
	}
	return nil
}

func (c *Call) toggleMute(ctx context.Context) (string, error) {
	on := !c.me().Muted
	return map[bool]string{true: "muted", false: "unmuted"}[on], c.mute(ctx, on)
}

// deafen lets the caller hear nothing of the room, or hear it again. Janus has
// no such thing: the switch does it.
func (c *Call) deafen(on bool) error {
	if err := c.engine.host.Deafen(c.channel.uuid(), on); err != nil {
		return err
	}
	if c.deaf != on {
		c.deaf = on
		c.participant(map[bool]string{true: "deaf", false: "undeaf"}[on], c.me())
	}
	return nil
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
			percent = min(max(c.volume()+number, 0), loudest)
		}
		return strconv.Itoa(percent) + "%", c.setVolume(ctx, percent)
	}, true
}

// volume is how loud the leg is in the room, in percent.
func (c *Call) volume() int {
	if c.vars.UserVolume == nil {
		return 100
	}
	return *c.vars.UserVolume
}

func (c *Call) setVolume(ctx context.Context, percent int) error {
	if err := c.janus.configure(ctx, audiobridge.ConfigureRequest{Media: audiobridge.Media{Volume: &percent}}); err != nil {
		return err
	}
	c.vars.UserVolume = &percent
	return nil
}

// parseDisplay takes a display name, spaces and all.
func parseDisplay(text string) (action, bool) {
	if text == "" || config.CheckText(text) != nil {
		return nil, false
	}
	text = config.CutDisplay(text)
	return func(ctx context.Context, c *Call) (string, error) { return "", c.rename(ctx, text) }, true
}

func (c *Call) rename(ctx context.Context, display string) error {
	if err := c.showAs(ctx, c.marked(display)); err != nil {
		return err
	}
	c.named = display
	return nil
}

// showAs has the room see a name.
func (c *Call) showAs(ctx context.Context, visible string) error {
	if visible == "" {
		visible = " " // Janus cannot take a name away
	}
	if err := c.janus.configure(ctx, audiobridge.ConfigureRequest{Media: audiobridge.Media{Display: visible}}); err != nil {
		return err
	}
	c.info.rename(visible)
	me := c.me()
	me.Display = visible
	c.remember(me)
	return nil
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
	before := c.room
	c.room.ref.room, c.room.ref.text, c.room.life = to.Room, to.RoomText, nil
	c.room.comeIn()
	muted := c.me().Muted
	request := audiobridge.ChangeRoomRequest{PIN: pin, Media: audiobridge.Media{
		Display: c.display(), Group: c.vars.UserGroup, Muted: &muted, Volume: c.vars.UserVolume,
		Quality: c.vars.UserQuality, ExpectedLoss: c.expectedLoss(),
		Bitrate: c.vars.UserBitrate, SpatialPosition: c.vars.UserPosition, Denoise: c.vars.UserDenoise,
	}, Suspended: c.outOfMixAsked()}
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
		c.room = before
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
	me := c.me()
	me.ID = changed.ID
	c.self = changed.ID
	c.room.take(pin)
	c.info.setSecret(c.vars.RoomSecret)
	c.recorder.over(true)
	c.vars.StartMuted = me.Muted
	c.present(changed.Participants)
	c.remember(me)
	c.channel.setVariable(host.VarRoom, c.room.name())
	c.channel.setVariable(host.VarParticipantID, c.self.String())
	c.info.move(c.room.name(), c.self.String())
	c.fire(host.EventCall, [][2]string{{host.HeaderAction, "moved"}, {host.HeaderOldRoom, from.String()}})
	c.gate.changed()
}

// roomManager is a roomHandle whose plugin has what a room's manager may do to
// a participant.
type roomManager interface {
	Kick(context.Context, audiobridge.ManageRequest) error
	Suspend(context.Context, audiobridge.SuspendRequest) error
	Resume(context.Context, audiobridge.ResumeRequest) error
}

func (c *Call) manageMe() audiobridge.ManageRequest {
	return audiobridge.ManageRequest{Room: c.room.ref.id(), ID: c.self, Secret: c.vars.RoomSecret}
}

// kick throws the leg out of the room; Janus's word of it ends the call.
func (c *Call) kick(ctx context.Context) error {
	manager, ok := c.janus.handle.(roomManager)
	if !ok {
		return c.janus.lacks("kick")
	}
	ctx, cancel := c.janus.limited(ctx)
	defer cancel()
	return manager.Kick(ctx, c.manageMe())
}

// suspension is a leg that is out of the mix.
type suspension struct {
	substitute  bool // muted and deaf, at a Janus that cannot suspend
	muted, deaf bool // as it was before
}

// suspend takes the leg out of the mix, both ways. A Janus before 1.2.1 cannot:
// there the leg is muted and deaf.
func (c *Call) suspend(ctx context.Context) (string, error) {
	manager, ok := c.janus.handle.(roomManager)
	if !ok {
		return "", c.janus.lacks("suspend")
	}
	if c.suspended != nil {
		return "", nil
	}
	limited, cancel := c.janus.limited(ctx)
	defer cancel()
	err := manager.Suspend(limited, audiobridge.SuspendRequest{ManageRequest: c.manageMe()})
	before := &suspension{muted: c.me().Muted, deaf: c.deaf}
	words := ""
	if unknownRequest(err) {
		before.substitute = true
		words = "muted and deaf: this Janus cannot suspend (since 1.2.1)"
		if err = c.mute(ctx, true); err == nil {
			err = c.deafen(true)
		}
	}
	if err != nil {
		return "", err
	}
	c.suspended = before
	c.mixChanged()
	c.participant("suspended", c.me())
	return words, nil
}

// resume undoes suspend, whoever has done that. Janus is asked in any case: it
// may know of a suspension whose event was lost. One that does not know the
// request has not suspended the leg, whatever is believed here.
func (c *Call) resume(ctx context.Context) error {
	before := c.suspended
	var err error
	if before != nil && before.substitute {
		if err = c.mute(ctx, before.muted); err == nil {
			err = c.deafen(before.deaf)
		}
	} else if manager, ok := c.janus.handle.(roomManager); ok {
		limited, cancel := c.janus.limited(ctx)
		defer cancel()
		err = manager.Resume(limited, audiobridge.ResumeRequest{ManageRequest: c.manageMe()})
	} else {
		err = c.janus.lacks("resume")
	}
	if unknownRequest(err) {
		err = nil
		if before == nil {
			err = errors.New("the call is not suspended")
		}
	}
	if err != nil || before == nil {
		return err
	}
	c.suspended = nil
	c.mixChanged()
	c.participant("resumed", c.me())
	return nil
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
