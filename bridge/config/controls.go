// SPDX-License-Identifier: MPL-2.0

package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// keys are those of a telephone (ITU-T Q.23).
const keys = "0123456789*#ABCD"

// Control is a <control> of a group of <caller-controls>.
type Control struct {
	Digits string
	Action string
	Data   string
}

// ControlGroups are the groups by name.
type ControlGroups map[string][]Control

// BuiltInControls is the group "default" of a configuration that has no such group. It has those
// keys of mod_conference's default group that mean something in a room of Janus.
var BuiltInControls = []Control{
	{"0", "mute", ""}, {"*", "deaf mute", ""}, {"3", "vol talk up", ""}, {"2", "vol talk zero", ""}, {"1", "vol talk dn", ""}, {"#", "hangup", ""},
}

// ControlActions are the actions that a control can have, and whether each needs data: those of
// mod_conference that a room of Janus has the like of, and "raise hand" and "count".
var ControlActions = map[string]bool{
	"mute": false, "mute on": false, "mute off": false, "deaf mute": false, "deaf": false, "deaf on": false, "deaf off": false,
	"vol talk up": false, "vol talk dn": false, "vol talk zero": false, "hangup": false, "raise hand": false, "count": false,
	"event": false, "execute_application": true, "transfer": true,
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
func parseControls(groups []xmlGroup) (ControlGroups, []Problem) {
	all := ControlGroups{"default": BuiltInControls}
	var problems []Problem
	seen := make(map[string]bool)
	for i, x := range groups {
		switch {
		case x.Name == "" || x.Name == "none":
			problems = append(problems, Warning("caller-controls: group number %d is ignored: it needs a name, other than none", i+1))
			continue
		case seen[x.Name]:
			problems = append(problems, Warning("caller-controls: group %q is configured twice: the second one is ignored", x.Name))
			continue
		}
		seen[x.Name] = true
		group := []Control{}
		for _, c := range x.Controls {
			parsed, err := parseControl(c, group)
			if err != nil {
				problems = append(problems, Warning("caller-controls: group %q: control %q is ignored: %s", x.Name, c.Action, err))
				continue
			}
			group = append(group, parsed)
		}
		all[x.Name] = group
	}
	return all, problems
}

func parseControl(x xmlControl, group []Control) (Control, error) {
	c := Control{Digits: strings.ToUpper(strings.TrimSpace(x.Digits)), Action: strings.ToLower(strings.TrimSpace(x.Action)), Data: x.Data}
	needsData, known := ControlActions[c.Action]
	if !known {
		names := slices.Sorted(maps.Keys(ControlActions))
		return c, fmt.Errorf("there is no such action, want one of: %s", strings.Join(names, ", "))
	}
	if c.Digits == "" || strings.Trim(c.Digits, keys) != "" {
		return c, fmt.Errorf("digits %q are not keys of a telephone", x.Digits)
	}
	if needsData && strings.TrimSpace(c.Data) == "" {
		return c, fmt.Errorf("it needs data")
	}
	for _, other := range group {
		if other.Digits == c.Digits {
			return c, fmt.Errorf("digits %s are taken by %q", c.Digits, other.Action)
		}
	}
	return c, nil
}
