// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"slices"
	"strings"

	"mod_janus/bridge/config"
)

// verb is a command of the console, `janus NAME ...`. Usage, help, Tab completion, the syntax that the switch shows, and
// the controls of the dialplan application come from the verbs below: a new command is one row and one function.
type verb struct {
	name string
	// usages are what follows the name, one form each.
	usages []string
	// help says what the command does.
	help string
	// complete is what Tab offers after the name, one form each: <server>, <leg>, <room>, and words with "|" between them.
	complete []string
	// run runs what follows the name on the line and returns what is printed.
	run func(e *Engine, text string) string
	// control is set for a control of a leg: the dialplan application janus has it as well, without the uuid.
	control controlParser
	// below are the verbs that follow the name and what is in front, of `janus room <server> <room>` and `janus admin <server>`.
	below []verb
	front string
}

// verbs are the commands in the order of the manual.
var verbs []verb

func init() { // not a literal: the functions mention the table
	verbs = []verb{
		{name: "help", usages: []string{"[<command>]"}, help: "shows the commands", run: (*Engine).commandHelp},
		{name: "debug", usages: []string{"true|false"}, help: "logs all requests and events of Janus, or no longer",
			complete: []string{"true|false"}, run: (*Engine).commandDebug},
		{name: "status", usages: []string{"[as json]"}, help: "counts the calls", complete: []string{"", "as json"},
			run: tableCommand("status", (*Engine).statusTable)},
		{name: "list", usages: []string{"[as json]"}, help: "lists the servers", complete: []string{"", "as json"},
			run: tableCommand("list", (*Engine).listTable)},
		{name: "calls", usages: []string{"[<uuid>] [as json]"}, help: "lists the legs, or shows all of one",
			complete: []string{"", "as json", "<leg>"}, run: (*Engine).commandCalls},
		{name: "server", usages: []string{"<name> [enable|disable|as json]"}, help: "shows a server, or takes it into or out of service",
			complete: []string{"<server>", "<server> enable|disable", "<server> as json"}, run: (*Engine).commandServer},
		{name: "reload", usages: []string{"[as json]"}, help: "reads janus.conf again", complete: []string{"", "as json"}, run: (*Engine).commandReload},
	}
	verbs = append(verbs, legVerbs()...)
	verbs = append(verbs,
		verb{name: "send", usages: []string{"<server> <json> [async] [force]"}, help: "sends a request to Janus and prints the answer",
			complete: []string{"<server>"}, run: (*Engine).commandSend},
		verb{name: "rooms", usages: []string{"<server> [as json]"}, help: "lists the rooms of a server",
			complete: []string{"<server>", "<server> as json"}, run: (*Engine).commandRooms},
		verb{name: "participants", usages: []string{"<server> <room> [as json]"}, help: "lists who is in a room",
			complete: []string{"<server> <room>", "<server> <room> as json"}, run: (*Engine).commandParticipants},
		verb{name: "room", front: "<server> <room>", help: "manages a room", below: roomVerbNames(), run: (*Engine).commandRoom},
		verb{name: "admin", front: "<server>", help: "asks Janus's Admin API", below: adminVerbNames(), run: (*Engine).commandAdmin},
		verb{name: "drain", usages: []string{"<server> [stop]"}, help: "lets a server's calls end and takes no new ones",
			complete: []string{"<server>", "<server> stop"}, run: (*Engine).commandDrain},
	)
}

// verbNamed finds a verb.
func verbNamed(among []verb, name string) (verb, bool) {
	i := slices.IndexFunc(among, func(v verb) bool { return v.name == name })
	if i < 0 {
		return verb{}, false
	}
	return among[i], true
}

// lines are the usages of a verb, each a whole line.
func (v verb) lines() (lines []string) {
	for _, usage := range v.usages {
		lines = append(lines, strings.TrimSpace("janus "+v.name+" "+usage))
	}
	for _, b := range v.below {
		for _, usage := range b.usages {
			lines = append(lines, strings.TrimSpace("janus "+v.name+" "+v.front+" "+b.name+" "+strings.TrimSpace(usage)))
		}
	}
	return lines
}

// usage is what a line prints that is not rightly this command; below, if not "", is the verb that was meant.
func (v verb) usage(below string) string {
	if b, known := verbNamed(v.below, below); known {
		v.below = []verb{b}
	}
	return usageError(v.lines()...)
}

// usageOf is what a line prints that is not rightly the command of this name.
func usageOf(name string) string {
	v, _ := verbNamed(verbs, name)
	return v.usage("")
}

// allUsages are those of all commands but help.
func allUsages() (usages []string) {
	for _, v := range verbs {
		if v.name != "help" {
			usages = append(usages, v.lines()...)
		}
	}
	return usages
}

// usageError is what a line that is no command, or not rightly one, prints.
func usageError(usages ...string) string {
	return "-ERR usage: " + strings.Join(usages, "\n            ") + "\n"
}

// Command runs a console command, all that follows "janus " on the line, and
// returns its output. Outputs are read by scripts: they do not change.
func (e *Engine) Command(line string) string {
	name, text := config.CutWord(line)
	v, known := verbNamed(verbs, name)
	if !known {
		return usageError(allUsages()...)
	}
	return v.run(e, text)
}

// commandHelp runs `janus help [<command>]`.
func (e *Engine) commandHelp(text string) string {
	shown := verbs
	if text != "" {
		v, known := verbNamed(verbs, text)
		if !known {
			return usageError(allUsages()...)
		}
		shown = []verb{v}
	}
	var out strings.Builder
	for _, v := range shown {
		out.WriteString(strings.Join(v.lines(), "\n") + "\n    " + v.help + "\n")
	}
	return out.String()
}

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

// The switch's names for what completes a word: functions of the shim, which ask Engine.Servers, Legs and Rooms.
var completers = map[string]string{
	"<server>": "::janus::list_servers", "<leg>": "::janus::list_legs", "<room>": "::janus::list_rooms",
}

// Completions are the lines that tell the switch how Tab completes the console command, as switch_console_set_complete
// takes them.
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
