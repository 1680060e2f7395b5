// SPDX-License-Identifier: MPL-2.0

package call

import (
	"context"
	"strconv"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
)

// talkStep is how much one press changes the volume, in percent points.
const talkStep = 25

// raisedHand marks the display name of who asks to speak.
const raisedHand = "✋"

// keypadAction does what a control says.
type keypadAction func(ctx context.Context, k *keypad, pressed config.Control) error

// keypadActions are the functions of the actions that a configuration can name, see controlActions.
var keypadActions map[string]keypadAction

func init() { // not a literal: the actions mention the table, by way of the messages
	plain := func(do func(context.Context, *keypad) error) keypadAction {
		return func(ctx context.Context, k *keypad, _ config.Control) error { return do(ctx, k) }
	}
	keypadActions = map[string]keypadAction{
		"mute":      plain(func(ctx context.Context, k *keypad) error { return k.mute(ctx, !k.self.me().Muted) }),
		"mute on":   plain(func(ctx context.Context, k *keypad) error { return k.mute(ctx, true) }),
		"mute off":  plain(func(ctx context.Context, k *keypad) error { return k.mute(ctx, false) }),
		"deaf mute": plain(func(ctx context.Context, k *keypad) error { return k.deafMute(ctx) }),
		"deaf":      plain(func(_ context.Context, k *keypad) error { return k.deafen(!k.self.deaf) }),
		"deaf on":   plain(func(_ context.Context, k *keypad) error { return k.deafen(true) }),
		"deaf off":  plain(func(_ context.Context, k *keypad) error { return k.deafen(false) }),
		"vol talk up": plain(func(ctx context.Context, k *keypad) error {
			return k.self.setVolume(ctx, min(k.self.volume()+talkStep, Loudest))
		}),
		"vol talk dn": plain(func(ctx context.Context, k *keypad) error {
			return k.self.setVolume(ctx, max(k.self.volume()-talkStep, 0))
		}),
		"vol talk zero": plain(func(ctx context.Context, k *keypad) error { return k.self.setVolume(ctx, 100) }),
		"hangup": plain(func(_ context.Context, k *keypad) error {
			k.end(failure.New(host.CauseNormalClearing, "the caller hung up by a key"))
			return nil
		}),
		"raise hand": plain(func(ctx context.Context, k *keypad) error { return k.self.raiseHand(ctx, !k.self.hand) }),
		"count":      plain(func(_ context.Context, k *keypad) error { k.sayCount(); return nil }),
		"event": func(_ context.Context, k *keypad, pressed config.Control) error {
			k.fire(host.EventDTMF, [][2]string{{host.HeaderAction, "event"}, {host.HeaderDTMFKey, pressed.Digits}, {host.HeaderData, pressed.Data}})
			return nil
		},
		"execute_application": func(_ context.Context, k *keypad, pressed config.Control) error {
			app, data := config.CutWord(pressed.Data)
			return k.channel.host.Execute(k.channel.caller(), app, data)
		},
		"transfer": func(_ context.Context, k *keypad, pressed config.Control) error {
			return k.channel.host.Execute(k.channel.caller(), "transfer", pressed.Data)
		},
	}
}

// run does what the keys that were pressed stand for.
func (k *keypad) run(pressed config.Control) {
	k.channel.setVariable(host.VarLastDigits, pressed.Digits)
	if !k.joined() {
		k.channel.logf(host.LevelInfo, "Janus call %s: keys %s (%s) count only in the room", k.room.describe(), pressed.Digits, pressed.Action)
		return
	}
	ctx, cancel := k.janus.limited(k.janus.hung)
	defer cancel()
	if err := keypadActions[pressed.Action](ctx, k, pressed); err != nil {
		k.channel.logf(host.LevelNotice, "Janus call %s: keys %s (%s): %s", k.room.describe(), pressed.Digits, pressed.Action, failure.Reason(err))
		return
	}
	k.channel.logf(host.LevelInfo, "Janus call %s: keys %s (%s)", k.room.describe(), pressed.Digits, pressed.Action)
}

// mute is as mod_conference has it: whoever may speak again also hears.
func (k *keypad) mute(ctx context.Context, on bool) error {
	if err := k.self.mute(ctx, on); err != nil {
		return err
	}
	k.channel.prompt(map[bool]string{true: "muted-sound", false: "unmuted-sound"}[on])
	if !on && k.self.deaf {
		return k.self.deafen(false)
	}
	return nil
}

func (k *keypad) deafen(on bool) error {
	if err := k.self.deafen(on); err != nil {
		return err
	}
	k.channel.prompt(map[bool]string{true: "deaf-sound", false: "undeaf-sound"}[on])
	return nil
}

// deafMute goes by whether the caller is muted, as mod_conference does.
func (k *keypad) deafMute(ctx context.Context) error {
	on := !k.self.me().Muted
	if err := k.mute(ctx, on); err != nil || !on {
		return err
	}
	return k.self.deafen(true)
}

// sayCount plays how many are in the room.
func (k *keypad) sayCount() {
	count := 1 + k.self.roster.others()
	if count == 1 {
		k.channel.prompt("alone-sound")
		return
	}
	if k.channel.sound("count-sounds") == "digits" {
		for _, file := range digitFiles(count) {
			k.channel.play(file)
		}
		return
	}
	k.channel.play("tone_stream://%(100,150,800);loops=" + strconv.Itoa(min(count, mostBeeps)))
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
