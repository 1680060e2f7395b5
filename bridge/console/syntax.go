// SPDX-License-Identifier: MPL-2.0

package console

import (
	"slices"
	"strings"
)

// Syntax is what the switch shows of the console command janus.
func Syntax() string {
	var parts, controls []string
	for _, v := range verbs {
		switch {
		case v.control != nil:
			controls = append(controls, v.name)
			continue
		case len(controls) > 0:
			parts = append(parts, strings.Join(controls, "|")+" <uuid> ...")
			controls = nil
		}
		if v.below == nil {
			parts = append(parts, strings.TrimSpace(v.name+" "+strings.Join(v.usages, " | ")))
			continue
		}
		parts = append(parts, v.name+" "+v.front+" "+strings.Join(names(v.below), "|")+" ...")
	}
	return strings.Join(parts, " | ")
}

// ApplicationSyntax is what the switch shows of the dialplan application janus.
func ApplicationSyntax() string {
	return strings.Join(names(slices.DeleteFunc(slices.Clone(verbs), func(v verb) bool { return v.control == nil })), "|") + " ..."
}

// SendSyntax is what the switch shows of the dialplan application janus_send.
func SendSyntax() string {
	v, _ := verbNamed(verbs, "send")
	return v.usages[0]
}

func names(of []verb) (names []string) {
	for _, v := range of {
		names = append(names, v.name)
	}
	return names
}

// The switch's names for what completes a word: functions of the shim,
// which ask Engine.Servers, Legs, Rooms and Pools.
var completers = map[string]string{
	"<server>": "::janus::list_servers", "<leg>": "::janus::list_legs", "<room>": "::janus::list_rooms",
	"<pool>": "::janus::list_pools",
}

// Completions are the lines that tell the switch how Tab completes the console command, as
// switch_console_set_complete takes them.
func Completions() (lines []string) {
	add := func(words ...string) {
		line := "add janus"
		for _, word := range strings.Fields(strings.Join(words, " ")) {
			switch completer, known := completers[word]; {
			case known:
				word = completer
			case strings.Contains(word, "|"):
				word = "::[" + strings.ReplaceAll(word, "|", ":")
			}
			line += " " + word
		}
		lines = append(lines, line)
	}
	for _, v := range verbs {
		if v.below != nil {
			add(v.name, v.front, strings.Join(names(v.below), "|"))
		} else if v.complete == nil {
			add(v.name)
		}
		for _, words := range v.complete {
			add(v.name, words)
		}
		for _, b := range v.below {
			for _, words := range b.complete {
				add(v.name, v.front, b.name, words)
			}
		}
	}
	return lines
}
