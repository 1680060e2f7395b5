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

// cutJSON takes "as json" from the end of a line.
func cutJSON(words []string) (rest []string, asJSON bool) {
	if n := len(words); n >= 2 && slices.Equal(words[n-2:], []string{"as", "json"}) {
		return words[:n-2], true
	}
	return words, false
}

func (e *Engine) commandDebug(text string) string {
	words := strings.Fields(text)
	if len(words) != 1 {
		return usageOf("debug")
	}
	debug, err := config.ParseBool(words[0])
	if err != nil {
		return usageOf("debug")
	}
	e.debug.Store(debug)
	return "+OK\n"
}

// tableCommand is a command that takes nothing but "as json" and prints a table.
func tableCommand(name string, made func(*Engine) table) func(*Engine, string) string {
	return func(e *Engine, text string) string {
		args, asJSON := cutJSON(strings.Fields(text))
		if len(args) != 0 {
			return usageOf(name)
		}
		return show(made(e), asJSON)
	}
}

func (e *Engine) commandReload(text string) string {
	args, asJSON := cutJSON(strings.Fields(text))
	if len(args) != 0 {
		return usageOf("reload")
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
	t.add(e.dialled.Load(), e.legs.Load(), microseconds(e.started))
	return t
}

func (e *Engine) listTable() table {
	t := table{columns: []string{"name", "enabled", "totalCalls", "callsInProgress", "started", "id"}}
	for _, s := range e.currentServers() {
		now := s.State()
		t.add(s.Name, now.Enabled, now.TotalCalls, now.Calls, microseconds(now.Since), now.Session)
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
