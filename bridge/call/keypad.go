// SPDX-License-Identifier: MPL-2.0

package call

import (
	"fmt"
	"strings"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
)

// keypad is what a call's caller can do with keys. It belongs to the call's goroutine.
type keypad struct {
	channel  *channel
	janus    *attachment
	room     *room
	self     *participant
	controls func() config.ControlGroups // the groups of the configuration
	joined   func() bool                 // the leg is in its room
	post     func(msg any)               // puts a message in the call's mailbox
	fire     func(subclass string, headers [][2]string)
	end      func(*failure.Error) // ends the call

	group []config.Control
	typed string
	wait  int // counts the waits for another key
}

// msgKeyPause: no other key came in time.
type msgKeyPause struct{ wait int }

// choose takes the group that the call's variable names.
func (k *keypad) choose() {
	name := strings.TrimSpace(k.room.vars.CallerControls)
	k.group, k.typed, k.wait = nil, "", 0
	if name == "" || name == "none" {
		return
	}
	group, known := k.controls()[name]
	if !known {
		k.channel.unusable("janus-caller-controls", name, "a group of <caller-controls>", "the keys control nothing")
	}
	k.group = group
}

// take tells of a key; the room hears it only if the call asks for that.
func (k *keypad) take(key msgDTMF) {
	k.fire(host.EventDTMF, [][2]string{
		{host.HeaderDTMFDigit, string(rune(key.digit))}, {host.HeaderDTMFDuration, fmt.Sprint(key.durationMS)},
	})
	if k.press(key.digit) || !k.room.vars.DTMFInband {
		return
	}
	if err := k.channel.host.PlayKey(k.channel.uuid(), key.digit, time.Duration(key.durationMS)*time.Millisecond); err != nil {
		k.channel.logf(host.LevelDebug, "Playing a key: %s", err)
	}
}

// press takes a key; true: it belongs to the controls, whatever becomes of it.
func (k *keypad) press(digit byte) bool {
	k.typed += strings.ToUpper(string(rune(digit)))
	exact, longer := k.match()
	switch {
	case longer:
		k.wait++
		pause := msgKeyPause{k.wait}
		time.AfterFunc(config.DigitTimeout, func() { k.post(pause) })
		return true
	case exact != nil:
		k.clear()
		k.run(*exact)
		return true
	case len(k.typed) > 1: // not this sequence: perhaps the key begins another
		k.clear()
		return k.press(digit)
	}
	k.clear()
	return false
}

// pause: what has been typed stands by itself.
func (k *keypad) pause(wait int) {
	if wait != k.wait || k.typed == "" {
		return
	}
	exact, _ := k.match()
	k.clear()
	if exact != nil {
		k.run(*exact)
	}
}

func (k *keypad) clear() {
	k.typed = ""
	k.wait++
}

// match finds the control of what was typed, and whether it may become a longer one.
func (k *keypad) match() (exact *config.Control, longer bool) {
	for i, c := range k.group {
		if c.Digits == k.typed {
			exact = &k.group[i]
		} else if strings.HasPrefix(c.Digits, k.typed) {
			longer = true
		}
	}
	return exact, longer
}
