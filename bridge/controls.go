// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

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

// controlActions are the actions that a control can have, and whether each needs data: those of mod_conference that a
// room of Janus has the like of, and "raise hand" and "count".
var controlActions = map[string]bool{
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
	needsData, known := controlActions[c.action]
	if !known {
		names := slices.Sorted(maps.Keys(controlActions))
		return c, fmt.Errorf("there is no such action, want one of: %s", strings.Join(names, ", "))
	}
	if c.digits == "" || strings.Trim(c.digits, keys) != "" {
		return c, fmt.Errorf("digits %q are not keys of a telephone", x.Digits)
	}
	if needsData && strings.TrimSpace(c.data) == "" {
		return c, fmt.Errorf("it needs data")
	}
	for _, other := range group {
		if other.digits == c.digits {
			return c, fmt.Errorf("digits %s are taken by %q", c.digits, other.action)
		}
	}
	return c, nil
}
