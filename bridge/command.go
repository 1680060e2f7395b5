// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"fmt"
	"strings"
	"time"
)

const (
	usage       = "-USAGE: janus debug true|false | status | list | server <name> enable|disable\n"
	usageDebug  = "-USAGE: janus debug true|false\n"
	usageServer = "-USAGE: janus server <name> enable|disable\n"
)

// Command runs a console command, all that follows "janus " on the line, and
// returns its output. Outputs are read by scripts: they do not change.
func (e *Engine) Command(line string) string {
	words := strings.Fields(line)
	if len(words) == 0 {
		return usage
	}
	switch words[0] {
	case "debug":
		return e.commandDebug(words[1:])
	case "status":
		return e.commandStatus()
	case "list":
		return e.commandList()
	case "server":
		return e.commandServer(words[1:])
	}
	return usage
}

func (e *Engine) commandDebug(words []string) string {
	if len(words) != 1 {
		return usageDebug
	}
	debug, err := parseBool(words[0])
	if err != nil {
		return usageDebug
	}
	e.debug.Store(debug)
	return "+OK\n"
}

func (e *Engine) commandStatus() string {
	var inProgress int64
	for _, s := range e.servers {
		inProgress += s.inProgress.Load()
	}
	return fmt.Sprintf("totalCalls|callsInProgress|started\n%d|%d|%d\n", e.total.Load(), inProgress, microseconds(e.started))
}

func (e *Engine) commandList() string {
	var out strings.Builder
	out.WriteString("name|enabled|totalCalls|callsInProgress|started|id\n")
	for _, s := range e.servers {
		id, since := s.sessionID()
		fmt.Fprintf(&out, "%s|%t|%d|%d|%d|%d\n",
			s.cfg.Name, s.isEnabled(), s.total.Load(), s.inProgress.Load(), microseconds(since), id)
	}
	return out.String()
}

// microseconds since 1970, 0 for a time that has not come.
func microseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func (e *Engine) commandServer(words []string) string {
	if len(words) != 2 || (words[1] != "enable" && words[1] != "disable") {
		return usageServer
	}
	s := e.server(words[0])
	if s == nil {
		return fmt.Sprintf("-ERR no server %q is configured\n", words[0])
	}
	s.setEnabled(words[1] == "enable")
	return "+OK\n"
}
