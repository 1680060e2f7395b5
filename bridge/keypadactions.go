// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"
	"strconv"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
)

// talkStep is how much one press changes the volume, in percent points.
const talkStep = 25

// raisedHand marks the display name of who asks to speak.
const raisedHand = "✋"

// keypadAction does what a control says.
type keypadAction func(ctx context.Context, c *Call, pressed config.Control) error

// keypadActions are the functions of the actions that a configuration can name, see controlActions.
var keypadActions map[string]keypadAction

func init() { // not a literal: the actions mention the table, by way of the messages
	plain := func(do func(context.Context, *Call) error) keypadAction {
		return func(ctx context.Context, c *Call, _ config.Control) error { return do(ctx, c) }
	}
	keypadActions = map[string]keypadAction{
		"mute":      plain(func(ctx context.Context, c *Call) error { return c.muteByKey(ctx, !c.self.me().Muted) }),
		"mute on":   plain(func(ctx context.Context, c *Call) error { return c.muteByKey(ctx, true) }),
		"mute off":  plain(func(ctx context.Context, c *Call) error { return c.muteByKey(ctx, false) }),
		"deaf mute": plain(func(ctx context.Context, c *Call) error { return c.deafMuteByKey(ctx) }),
		"deaf":      plain(func(_ context.Context, c *Call) error { return c.deafByKey(!c.self.deaf) }),
		"deaf on":   plain(func(_ context.Context, c *Call) error { return c.deafByKey(true) }),
		"deaf off":  plain(func(_ context.Context, c *Call) error { return c.deafByKey(false) }),
		"vol talk up": plain(func(ctx context.Context, c *Call) error {
			return c.self.setVolume(ctx, min(c.self.volume()+talkStep, loudest))
		}),
		"vol talk dn": plain(func(ctx context.Context, c *Call) error {
			return c.self.setVolume(ctx, max(c.self.volume()-talkStep, 0))
		}),
		"vol talk zero": plain(func(ctx context.Context, c *Call) error { return c.self.setVolume(ctx, 100) }),
		"hangup": plain(func(_ context.Context, c *Call) error {
			c.end(fail(host.CauseNormalClearing, "the caller hung up by a key"))
			return nil
		}),
		"raise hand": plain(func(ctx context.Context, c *Call) error { return c.self.raiseHand(ctx, !c.self.hand) }),
		"count":      plain(func(_ context.Context, c *Call) error { c.sayCount(); return nil }),
		"event": func(_ context.Context, c *Call, pressed config.Control) error {
			c.fire(host.EventDTMF, [][2]string{{host.HeaderAction, "event"}, {host.HeaderDTMFKey, pressed.Digits}, {host.HeaderData, pressed.Data}})
			return nil
		},
		"execute_application": func(_ context.Context, c *Call, pressed config.Control) error {
			app, data := cutWord(pressed.Data)
			return c.engine.host.Execute(c.channel.caller(), app, data)
		},
		"transfer": func(_ context.Context, c *Call, pressed config.Control) error {
			return c.engine.host.Execute(c.channel.caller(), "transfer", pressed.Data)
		},
	}
}

// runControl does what the keys that were pressed stand for.
func (c *Call) runControl(pressed config.Control) {
	c.channel.setVariable(host.VarLastDigits, pressed.Digits)
	if !c.joined {
		c.channel.logf(host.LevelInfo, "Janus call %s: keys %s (%s) count only in the room", c.room.describe(), pressed.Digits, pressed.Action)
		return
	}
	ctx, cancel := c.janus.limited(c.hung)
	defer cancel()
	if err := keypadActions[pressed.Action](ctx, c, pressed); err != nil {
		c.channel.logf(host.LevelNotice, "Janus call %s: keys %s (%s): %s", c.room.describe(), pressed.Digits, pressed.Action, controlReason(err))
		return
	}
	c.channel.logf(host.LevelInfo, "Janus call %s: keys %s (%s)", c.room.describe(), pressed.Digits, pressed.Action)
}

// muteByKey is as mod_conference has it: whoever may speak again also hears.
func (c *Call) muteByKey(ctx context.Context, on bool) error {
	if err := c.self.mute(ctx, on); err != nil {
		return err
	}
	c.channel.prompt(map[bool]string{true: "muted-sound", false: "unmuted-sound"}[on])
	if !on && c.self.deaf {
		return c.self.deafen(false)
	}
	return nil
}

func (c *Call) deafByKey(on bool) error {
	if err := c.self.deafen(on); err != nil {
		return err
	}
	c.channel.prompt(map[bool]string{true: "deaf-sound", false: "undeaf-sound"}[on])
	return nil
}

// deafMuteByKey goes by whether the caller is muted, as mod_conference does.
func (c *Call) deafMuteByKey(ctx context.Context) error {
	on := !c.self.me().Muted
	if err := c.muteByKey(ctx, on); err != nil || !on {
		return err
	}
	return c.self.deafen(true)
}

// sayCount plays how many are in the room.
func (c *Call) sayCount() {
	count := 1 + c.roster.others()
	if count == 1 {
		c.channel.prompt("alone-sound")
		return
	}
	if c.engine.sound("count-sounds") == "digits" {
		for _, file := range digitFiles(count) {
			c.channel.play(file)
		}
		return
	}
	c.channel.play("tone_stream://%(100,150,800);loops=" + strconv.Itoa(min(count, mostBeeps)))
}

// mostBeeps is how far anybody counts along.
const mostBeeps = 20

// digitFiles are the files of FreeSWITCH's sounds that say a number below 1000.
func digitFiles(n int) []string {
	file := func(name string) string { return "digits/" + name + ".wav" }
	var files []string
	if n = min(n, 999); n >= 100 {
		files = append(files, file(strconv.Itoa(n/100)), file("hundred"))
		n %= 100
	}
	if n > 20 {
		files = append(files, file(strconv.Itoa(n/10*10)))
		n %= 10
	}
	if n > 0 {
		files = append(files, file(strconv.Itoa(n)))
	}
	return files
}

// sound is the setting of a prompt; "none" is silence.
func (e *Engine) sound(name string) string {
	if set := e.sounds.Load(); set != nil {
		if value, there := (*set)[name]; there {
			return value
		}
	}
	return config.Sounds[name]
}
