// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"strings"
	"time"

	"mod_janus/bridge/config"
)

// keypad is what a call's caller can do with keys. It belongs to the call's goroutine.
type keypad struct {
	group []config.Control
	typed string
	wait  int // counts the waits for another key
}

// msgKeyPause: no other key came in time.
type msgKeyPause struct{ wait int }

// chooseControls takes the group that the call's variable names.
func (c *Call) chooseControls() {
	name := strings.TrimSpace(c.vars.CallerControls)
	c.keypad = keypad{}
	if name == "" || name == "none" {
		return
	}
	group, known := (*c.engine.controls.Load())[name]
	if !known {
		c.channel.unusable("janus-caller-controls", name, "a group of <caller-controls>", "the keys control nothing")
	}
	c.keypad.group = group
}

// press takes a key; true: it belongs to the controls, whatever becomes of it.
func (c *Call) press(digit byte) bool {
	k := &c.keypad
	k.typed += strings.ToUpper(string(rune(digit)))
	exact, longer := k.match()
	switch {
	case longer:
		k.wait++
		pause := msgKeyPause{k.wait}
		time.AfterFunc(config.DigitTimeout, func() { c.post(pause) })
		return true
	case exact != nil:
		k.clear()
		c.runControl(*exact)
		return true
	case len(k.typed) > 1: // not this sequence: perhaps the key begins another
		k.clear()
		return c.press(digit)
	}
	k.clear()
	return false
}

// keyPause: what has been typed stands by itself.
func (c *Call) keyPause(wait int) {
	k := &c.keypad
	if wait != k.wait || k.typed == "" {
		return
	}
	exact, _ := k.match()
	k.clear()
	if exact != nil {
		c.runControl(*exact)
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
