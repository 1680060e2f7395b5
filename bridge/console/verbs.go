// SPDX-License-Identifier: MPL-2.0

package console

import (
	"slices"
	"strings"
)

// verb is a command of the console, `janus NAME ...`. Usage, help, Tab completion, the syntax that
// the switch shows, and the controls of the dialplan application come from the verbs below: a new
// command is one row and one function.
type verb struct {
	name string
	// usages are what follows the name, one form each.
	usages []string
	// help says what the command does.
	help string
	// complete is what Tab offers after the name, one form each: <server>, <leg>, <room>,
	// and words with "|" between them.
	complete []string
	// run runs what follows the name on the line and returns what is printed.
	run func(c *Console, text string) string
	// control is set for a control of a leg: the dialplan application janus has it as well,
	// without the uuid.
	control controlParser
	// below are the verbs that follow the name and what is in front, of `janus room <server>
	// <room>` and `janus admin <server>`.
	below []verb
	front string
}

// verbs are the commands in the order of the manual.
var verbs []verb

func init() { // not a literal: the functions mention the table
	verbs = []verb{
		{name: "help", usages: []string{"[<command>]"}, help: "shows the commands", run: (*Console).commandHelp},
		{name: "debug", usages: []string{"true|false"}, help: "logs all requests and events of Janus, or no longer",
			complete: []string{"true|false"}, run: (*Console).commandDebug},
		{name: "status", usages: []string{"[as json]"}, help: "counts the calls", complete: []string{"", "as json"},
			run: tableCommand("status", (*Console).statusTable)},
		{name: "version", usages: []string{"[as json]"}, help: "shows the versions of module, Go and FreeSWITCH: the one built for, and the one that runs",
			complete: []string{"", "as json"}, run: (*Console).commandVersion},
		{name: "list", usages: []string{"[as json]"}, help: "lists the servers", complete: []string{"", "as json"},
			run: tableCommand("list", (*Console).listTable)},
		{name: "calls", usages: []string{"[<uuid>] [as json]"}, help: "lists the legs, or shows all of one",
			complete: []string{"", "as json", "<leg>"}, run: (*Console).commandCalls},
		{name: "server", usages: []string{"<name> [enable|disable|as json]"}, help: "shows a server, or takes it into or out of service",
			complete: []string{"<server>", "<server> enable|disable", "<server> as json"}, run: (*Console).commandServer},
		{name: "metrics", usages: []string{""}, help: "prints all metrics in Prometheus' text format", run: (*Console).commandMetrics},
		{name: "reload", usages: []string{"[as json]"}, help: "reads janus.conf again", complete: []string{"", "as json"}, run: (*Console).commandReload},
	}
	verbs = append(verbs, legVerbs()...)
	verbs = append(verbs,
		verb{name: "send", usages: []string{"<server> <json> [async] [force]"}, help: "sends a request to Janus and prints the answer",
			complete: []string{"<server>"}, run: (*Console).commandSend},
		verb{name: "rooms", usages: []string{"<server>|<pool> [as json]"}, help: "lists the rooms of a server, or of all servers of a pool",
			complete: []string{"<server>", "<server> as json", "<pool>", "<pool> as json"}, run: (*Console).commandRooms},
		verb{name: "participants", usages: []string{"<server> <room> [as json]"}, help: "lists who is in a room",
			complete: []string{"<server> <room>", "<server> <room> as json"}, run: (*Console).commandParticipants},
		verb{name: "room", front: "<server> <room>", help: "manages a room", below: roomVerbNames(), run: (*Console).commandRoom},
		verb{name: "admin", front: "<server>", help: "asks Janus's Admin API", below: adminVerbNames(), run: (*Console).commandAdmin},
		verb{name: "convert", usages: []string{"<file|folder> [wav|opus] [as json]"}, help: "makes WAV or Opus of .mjr files of the archive",
			run: (*Console).commandConvert},
		verb{name: "pools", usages: []string{"[as json]"}, help: "lists the pools", complete: []string{"", "as json"},
			run: tableCommand("pools", (*Console).poolsTable)},
		verb{name: "pool", usages: []string{"<pool> [as json]"}, help: "lists the servers of a pool",
			complete: []string{"<pool>", "<pool> as json"}, run: (*Console).commandPool},
		verb{name: "where", usages: []string{"<pool> <room> [as json]"}, help: "tells on which server of a pool a room is, or would be made",
			complete: []string{"<pool> <room>", "<pool> <room> as json"}, run: (*Console).commandWhere},
		verb{name: "cordon", usages: []string{"<server>"}, help: "keeps new rooms of its pool away from a server",
			complete: []string{"<server>"}, run: commandCordon("cordon", true)},
		verb{name: "uncordon", usages: []string{"<server>"}, help: "lets new rooms of its pool come to a server again",
			complete: []string{"<server>"}, run: commandCordon("uncordon", false)},
		verb{name: "drain", usages: []string{"<server> [stop|move]"}, help: "lets a server's calls end and takes no new ones; in a pool also moves its rooms to other servers",
			complete: []string{"<server>", "<server> stop|move"}, run: (*Console).commandDrain},
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

// usage is what a line prints that is not rightly this command; below, if not "",
// is the verb that was meant.
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
