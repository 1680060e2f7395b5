// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"fmt"
	"strings"
	"time"
)

// digitTimeout is how long a key that may be the beginning of a longer sequence
// waits for the next one, as mod_conference's ivr-dtmf-timeout does.
const digitTimeout = 500 * time.Millisecond

// keys are those of a telephone (ITU-T Q.23).
const keys = "0123456789*#ABCD"

// control is a <control> of a group of <caller-controls>.
type control struct {
	digits string
	action string
	data   string
}

// controlGroups are the groups by name.
type controlGroups map[string][]control

// builtInControls is the group "default" where the configuration has none: that
// of mod_conference, as far as a room of Janus has the like.
var builtInControls = []control{
	{"0", "mute", ""}, {"*", "deaf mute", ""}, {"3", "vol talk up", ""}, {"2", "vol talk zero", ""}, {"1", "vol talk dn", ""}, {"#", "hangup", ""},
}

type xmlControl struct {
	Action string `xml:"action,attr"`
	Digits string `xml:"digits,attr"`
	Data   string `xml:"data,attr"`
}

type xmlGroup struct {
	Name     string       `xml:"name,attr"`
	Controls []xmlControl `xml:"control"`
}

// parseControls reads the groups. What cannot be used is left out and named.
func parseControls(groups []xmlGroup) (controlGroups, []problem) {
	all := controlGroups{"default": builtInControls}
	var problems []problem
	seen := make(map[string]bool)
	for i, x := range groups {
		switch {
		case x.Name == "" || x.Name == "none":
			problems = append(problems, warning("caller-controls: group number %d is ignored: it needs a name, other than none", i+1))
			continue
		case seen[x.Name]:
			problems = append(problems, warning("caller-controls: group %q is configured twice: the second one is ignored", x.Name))
			continue
		}
		seen[x.Name] = true
		group := []control{}
		for _, c := range x.Controls {
			parsed, err := parseControl(c, group)
			if err != nil {
				problems = append(problems, warning("caller-controls: group %q: control %q is ignored: %s", x.Name, c.Action, err))
				continue
			}
			group = append(group, parsed)
		}
		all[x.Name] = group
	}
	return all, problems
}

func parseControl(x xmlControl, group []control) (control, error) {
	c := control{digits: strings.ToUpper(strings.TrimSpace(x.Digits)), action: strings.ToLower(strings.TrimSpace(x.Action)), data: x.Data}
	act, known := keypadActions[c.action]
	if !known {
		return c, fmt.Errorf("there is no such action, want one of: %s", strings.Join(keypadActionNames(), ", "))
	}
	if c.digits == "" || strings.Trim(c.digits, keys) != "" {
		return c, fmt.Errorf("digits %q are not keys of a telephone", x.Digits)
	}
	if act.data && strings.TrimSpace(c.data) == "" {
		return c, fmt.Errorf("it needs data")
	}
	for _, other := range group {
		if other.digits == c.digits {
			return c, fmt.Errorf("digits %s are taken by %q", c.digits, other.action)
		}
	}
	return c, nil
}

// keypad is what a call's caller can do with keys. It belongs to the call's goroutine.
type keypad struct {
	group []control
	typed string
	wait  int // counts the waits for another key
}

// msgKeyPause: no other key came in time.
type msgKeyPause struct{ wait int }

// chooseControls takes the group that the call's variable names.
func (c *Call) chooseControls() {
	name := strings.TrimSpace(c.variable("janus-caller-controls"))
	c.keypad = keypad{}
	if name == "" || name == "none" {
		return
	}
	group, known := (*c.engine.controls.Load())[name]
	if !known {
		c.unusable("janus-caller-controls", name, "a group of <caller-controls>", "the keys control nothing")
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
		time.AfterFunc(digitTimeout, func() { c.post(pause) })
		return true
	case exact != nil:
		k.clear()
		c.control4key(*exact)
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
		c.control4key(*exact)
	}
}

func (k *keypad) clear() {
	k.typed = ""
	k.wait++
}

// match finds the control of what was typed, and whether it may become a longer one.
func (k *keypad) match() (exact *control, longer bool) {
	for i, c := range k.group {
		if c.digits == k.typed {
			exact = &k.group[i]
		} else if strings.HasPrefix(c.digits, k.typed) {
			longer = true
		}
	}
	return exact, longer
}
