// SPDX-License-Identifier: MPL-2.0

package console

import (
	"slices"
	"strconv"
	"strings"

	"mod_janus/bridge/call"
	"mod_janus/bridge/config"
)

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
		control("mute", "", "silences the leg in its room", bare(call.Mute)),
		control("unmute", "", "lets the room hear the leg again", bare(call.Unmute)),
		control("toggle-mute", "", "mutes the leg, or unmutes it if it is muted", bare(call.ToggleMute)),
		control("deaf", "", "the leg hears nothing of its room", bare(call.Deafen)),
		control("undeaf", "", "the leg hears its room again", bare(call.Undeafen)),
		control("volume", "<percent>|+<percent>|-<percent>", "how loud the room hears the leg; 100 is as it is", parseVolume),
		control("display", "<name>", "renames the leg in its room", parseDisplay),
		control("move", "<room> [<pin>]", "moves the leg to another room of its server", parseMove),
		control("kick", "", "throws the leg out of its room, which ends it", bare(call.Kick)),
		control("suspend", "", "takes the leg out of the mix, both ways, and keeps it in the room", bare(call.Suspend)),
		control("resume", "", "ends suspend", bare(call.Resume)),
		control("record", "start [<file>]|stop", "has Janus record the leg", parseRecord, "start|stop"),
	}
}

// bare parses a control that takes no words.
func bare(do call.Action) controlParser {
	return func(text string) (call.Action, bool) { return do, text == "" }
}

// parseVolume takes a percentage, or a change of it.
func parseVolume(text string) (call.Action, bool) {
	number, err := strconv.Atoi(text)
	if err != nil || number < -call.Loudest || number > call.Loudest {
		return nil, false
	}
	relative := strings.HasPrefix(text, "+") || strings.HasPrefix(text, "-")
	return call.SetVolume(number, relative), true
}

// parseDisplay takes a display name, spaces and all.
func parseDisplay(text string) (call.Action, bool) {
	if text == "" || config.CheckText(text) != nil {
		return nil, false
	}
	return call.Rename(config.CutDisplay(text)), true
}

// parseMove takes a room as a dial string has it, and its PIN.
func parseMove(text string) (call.Action, bool) {
	room, pin := config.CutWord(text)
	if room == "" || strings.ContainsFunc(pin, func(r rune) bool { return r == ' ' || r == '\t' }) {
		return nil, false
	}
	dial, err := config.ParseRoomName(room)
	if err != nil {
		return nil, false
	}
	return call.Move(dial, pin), true
}

// parseRecord takes start, with the base of a file name or without, and stop.
func parseRecord(text string) (call.Action, bool) {
	what, file := config.CutWord(text)
	if !slices.Contains([]string{"start", "stop"}, what) || (what == "stop" && file != "") || config.CheckText(file) != nil {
		return nil, false
	}
	return call.Record(what == "start", file), true
}

// controlParser makes an action of what follows the command's name (and its
// uuid, on the console); false is a usage error.
type controlParser func(text string) (call.Action, bool)

// onLeg makes a command of a control: its first word is the uuid of a leg.
func onLeg(name string, parse controlParser) func(*Console, string) string {
	return func(c *Console, text string) string {
		uuid, text := config.CutWord(text)
		do, ok := parse(text)
		if uuid == "" || !ok {
			return usageOf(name)
		}
		leg, err := c.legNamed(uuid)
		if err != nil {
			return outcome("", err)
		}
		return outcome(leg.Do(name, do))
	}
}
