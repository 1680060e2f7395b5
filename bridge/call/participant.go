// SPDX-License-Identifier: MPL-2.0

package call

import (
	"context"
	"strings"

	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/bridge/server"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// participant is the leg as a participant of its room: its name, whether it is
// muted, deaf, or out of the mix. It belongs to the call's goroutine.
type participant struct {
	channel    *channel
	janus      *attachment
	room       *room
	roster     *roster
	hold       *hold
	info       *info
	mixChanged func() // the leg was suspended, or is no longer
	unmuted    func() // the leg is no longer muted

	named     string      // by the dial string or the console; "" for the name of the caller
	who       caller      // whom the leg stands for
	deaf      bool        // the caller hears nothing of the room
	hand      bool        // raised, to ask to speak
	suspended *suspension // out of the mix; nil while in it
}

// me is this participant as the room sees it.
func (p *participant) me() audiobridge.Participant {
	me, known := p.roster.get(p.roster.self)
	if !known {
		me = audiobridge.Participant{ID: p.roster.self, Muted: p.room.vars.StartMuted, Display: p.display()}
	}
	return me
}

// mute silences the leg in the room, or no longer. Janus tells the others, and
// not the leg itself.
func (p *participant) mute(ctx context.Context, on bool) error {
	p.hold.overruled() // what was asked for by name stays when the hold ends
	return p.setMuted(ctx, on)
}

// setMuted is mute without saying who wants it.
func (p *participant) setMuted(ctx context.Context, on bool) error {
	if err := p.janus.configure(ctx, audiobridge.ConfigureRequest{Media: audiobridge.Media{Muted: &on}}); err != nil {
		return err
	}
	if !on {
		p.unmuted()
	}
	me := p.me()
	changed := me.Muted != on
	me.Muted, p.room.vars.StartMuted = on, on
	p.roster.remember(me)
	if changed {
		p.tell(server.MuteAction(on))
	}
	return nil
}

func (p *participant) toggleMute(ctx context.Context) (string, error) {
	on := !p.me().Muted
	return server.MuteAction(on), p.mute(ctx, on)
}

// deafen lets the caller hear nothing of the room, or hear it again. Janus has
// no such thing: the switch does it.
func (p *participant) deafen(on bool) error {
	if err := p.channel.host.Deafen(p.channel.uuid(), on); err != nil {
		return err
	}
	if p.deaf != on {
		p.deaf = on
		p.roster.tell(map[bool]string{true: "deaf", false: "undeaf"}[on], p.me())
	}
	return nil
}

// volume is how loud the leg is in the room, in percent.
func (p *participant) volume() int {
	if p.room.vars.UserVolume == nil {
		return 100
	}
	return *p.room.vars.UserVolume
}

func (p *participant) setVolume(ctx context.Context, percent int) error {
	if err := p.janus.configure(ctx, audiobridge.ConfigureRequest{Media: audiobridge.Media{Volume: &percent}}); err != nil {
		return err
	}
	p.room.vars.UserVolume = &percent
	return nil
}

// display is the name that the room sees.
func (p *participant) display() string { return p.marked(p.baseDisplay()) }

func (p *participant) baseDisplay() string {
	if p.named != "" {
		return p.named
	}
	return p.who.shown()
}

// marked is a display name with the mark of a raised hand, if it is.
func (p *participant) marked(display string) string {
	if !p.hand {
		return display
	}
	return strings.TrimSpace(raisedHand + " " + display)
}

func (p *participant) rename(ctx context.Context, display string) error {
	if err := p.showAs(ctx, p.marked(display)); err != nil {
		return err
	}
	p.named = display
	return nil
}

// showAs has the room see a name.
func (p *participant) showAs(ctx context.Context, visible string) error {
	if visible == "" {
		visible = " " // Janus cannot take a name away
	}
	if err := p.janus.configure(ctx, audiobridge.ConfigureRequest{Media: audiobridge.Media{Display: visible}}); err != nil {
		return err
	}
	p.info.rename(visible)
	me := p.me()
	me.Display = visible
	p.roster.remember(me)
	return nil
}

// raiseHand tells that the caller wants to speak: an event, and a mark before
// the display name.
func (p *participant) raiseHand(ctx context.Context, up bool) error {
	p.hand = up
	if err := p.rename(ctx, p.baseDisplay()); err != nil {
		p.hand = !up
		return err
	}
	p.roster.tell(map[bool]string{true: "hand-raised", false: "hand-lowered"}[up], p.me())
	p.channel.prompt(map[bool]string{true: "hand-up-sound", false: "hand-down-sound"}[up])
	return nil
}

// talks: somebody begins or ends to talk, perhaps the leg itself: its own name it knows by itself.
func (p *participant) talks(id janusclient.ID, talking bool) {
	who := p.roster.known(id)
	if id == p.roster.self {
		who = p.me()
	}
	who.Talking = talking
	p.roster.remember(who)
	p.roster.tell(map[bool]string{true: "talking", false: "stopped-talking"}[talking], who)
}

func (p *participant) isMuted() bool { return p.me().Muted }

// tell tells what the leg has had Janus do to it. Janus tells the others before it answers
// the leg, so what they have been sent is read first: it is this change, not one more.
func (p *participant) tell(action string) {
	p.janus.readEvents()
	p.roster.tell(action, p.me())
}

// announce lets the caller hear that somebody came or went.
func (p *participant) announce(sound string) {
	if p.room.vars.Announce && !p.deaf {
		p.channel.prompt(sound)
	}
}

// standsFor has the room see whom the leg stands for, unless the dial string or
// somebody on the console has said how it is called. As long as it is the caller
// who has dialled, one without a name stays without.
func (p *participant) standsFor(who caller, joined bool) {
	if placeholders[who.name] {
		who.name = who.number
	}
	if p.named != "" || placeholders[who.name] || (who.name == who.number && who.number == p.who.number) {
		return
	}
	before := p.display()
	p.who = who
	if !joined || p.display() == before {
		return
	}
	ctx, cancel := p.janus.limited(p.janus.hung)
	defer cancel()
	if err := p.showAs(ctx, p.display()); err != nil {
		p.channel.logf(host.LevelWarning, "Janus call %s: the room still sees the name %q: %s", p.room.describe(), before, failure.Reason(err))
	}
}
