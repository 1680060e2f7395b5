// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"mod_janus/bridge/config"
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
	room, pin := config.CutWord(text)
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
		to, err := c.server.RoomNamed(dial)
		if err != nil {
			return "", err
		}
		return c.move(ctx, to, pin)
	}, true
}

// parseRecord takes start, with the base of a file name or without, and stop.
func parseRecord(text string) (action, bool) {
	what, file := config.CutWord(text)
	if !slices.Contains([]string{"start", "stop"}, what) || (what == "stop" && file != "") || config.CheckText(file) != nil {
		return nil, false
	}
	on := what == "start"
	return func(ctx context.Context, c *Call) (string, error) { return c.recorder.record(ctx, on, file) }, true
}
