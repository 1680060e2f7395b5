// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
)

const (
	usageDebug  = "janus debug true|false"
	usageStatus = "janus status [as json]"
	usageList   = "janus list [as json]"
	usageCalls  = "janus calls [<uuid>] [as json]"
	usageServer = "janus server <name> [enable|disable|as json]"
	usageReload = "janus reload [as json]"
)

// allUsages are those of all commands.
func allUsages() []string {
	usages := []string{usageDebug, usageStatus, usageList, usageCalls, usageServer, usageReload}
	for _, name := range legControlNames {
		usages = append(usages, legUsage(name))
	}
	usages = append(usages, usageSend, usageRooms, usageParticipants)
	usages = append(usages, roomUsages("")...)
	return append(append(usages, adminUsages(adminVerbNames...)...), usageDrain)
}

// usageError is what a line that is no command, or not rightly one, prints.
func usageError(usages ...string) string {
	return "-ERR usage: " + strings.Join(usages, "\n            ") + "\n"
}

// Command runs a console command, all that follows "janus " on the line, and
// returns its output. Outputs are read by scripts: they do not change.
func (e *Engine) Command(line string) string {
	words := strings.Fields(line)
	if len(words) == 0 {
		return usageError(allUsages()...)
	}
	if _, known := legControls[words[0]]; known {
		_, text := cutWord(line)
		return e.commandLeg(words[0], text)
	}
	args, asJSON := cutJSON(words[1:])
	switch words[0] {
	case "debug":
		return e.commandDebug(words[1:])
	case "status":
		return e.commandTable(usageStatus, args, asJSON, e.statusTable)
	case "list":
		return e.commandTable(usageList, args, asJSON, e.listTable)
	case "calls":
		if len(args) == 1 {
			return e.commandCall(args[0], asJSON)
		}
		return e.commandTable(usageCalls, args, asJSON, e.callsTable)
	case "server":
		return e.commandServer(args, asJSON)
	case "reload":
		return e.commandReload(args, asJSON)
	case "admin":
		return e.commandAdmin(args, asJSON)
	case "drain":
		return e.commandDrain(args, asJSON)
	case "rooms":
		return e.commandRooms(args, asJSON)
	case "participants":
		return e.commandParticipants(args, asJSON)
	case "send":
		_, text := cutWord(line)
		return e.commandSend(text)
	case "room":
		_, text := cutWord(line)
		return e.commandRoom(text)
	}
	return usageError(allUsages()...)
}

// cutJSON takes "as json" from the end of a line.
func cutJSON(words []string) (rest []string, asJSON bool) {
	if n := len(words); n >= 2 && slices.Equal(words[n-2:], []string{"as", "json"}) {
		return words[:n-2], true
	}
	return words, false
}

func (e *Engine) commandDebug(words []string) string {
	if len(words) != 1 {
		return usageError(usageDebug)
	}
	debug, err := config.ParseBool(words[0])
	if err != nil {
		return usageError(usageDebug)
	}
	e.debug.Store(debug)
	return "+OK\n"
}

func (e *Engine) commandTable(usage string, args []string, asJSON bool, table func() table) string {
	if len(args) != 0 {
		return usageError(usage)
	}
	if asJSON {
		return table().json()
	}
	return table().text()
}

func (e *Engine) commandServer(args []string, asJSON bool) string {
	if len(args) < 1 || len(args) > 2 || (len(args) == 2 && asJSON) {
		return usageError(usageServer)
	}
	s, err := e.serverNamed(args[0])
	if err != nil {
		return outcome("", err)
	}
	switch {
	case len(args) == 1:
		if asJSON {
			return s.describe().json()
		}
		return s.describe().text()
	case args[1] == "enable", args[1] == "disable":
		s.say(args[1] == "enable")
		return "+OK\n"
	}
	return usageError(usageServer)
}

func (e *Engine) commandReload(args []string, asJSON bool) string {
	if len(args) != 0 {
		return usageError(usageReload)
	}
	did, err := e.reload()
	if err != nil {
		e.logf(host.LevelError, "The configuration is not reloaded: %s", err)
		return fmt.Sprintf("-ERR the configuration stays as it was: %s\n", err)
	}
	begin, rest := "+OK\n", did.text()
	if asJSON {
		begin, rest = "", marshal(did)
	}
	if did.unread != nil {
		begin = fmt.Sprintf("-ERR %s; its servers stay as they were, janus.conf is applied\n", did.unread)
	}
	return begin + rest
}

func (e *Engine) statusTable() table {
	t := table{columns: []string{"totalCalls", "callsInProgress", "started"}, single: true}
	t.add(e.counts.total.Load(), e.counts.inProgress.Load(), microseconds(e.started))
	return t
}

func (e *Engine) listTable() table {
	t := table{columns: []string{"name", "enabled", "totalCalls", "callsInProgress", "started", "id"}}
	for _, s := range e.currentServers() {
		id, since := s.sessionID()
		t.add(s.name, s.isEnabled(), s.counts.total.Load(), s.counts.inProgress.Load(), microseconds(since), id)
	}
	return t
}

// callColumns are those of `janus calls`; Call.row has the values.
var callColumns = []string{
	"uuid", "server", "room", "display", "participant", "codec", "state", "seconds", "loss", "jitter", "rtt",
}

func (e *Engine) callsTable() table {
	t := table{columns: callColumns}
	for _, c := range e.snapshot() {
		if uuid := c.id4log(); uuid != "" {
			t.add(c.row(uuid)...)
		}
	}
	return t
}

// microseconds since 1970, 0 for a time that has not come.
func microseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}
