// SPDX-License-Identifier: MPL-2.0

package console

import (
	"errors"
	"strings"

	"mod_janus/bridge/config"
)

func (c *Console) commandDebug(text string) string {
	words := strings.Fields(text)
	if len(words) != 1 {
		return usageOf("debug")
	}
	debug, err := config.ParseBool(words[0])
	if err != nil {
		return usageOf("debug")
	}
	c.env.Debug(debug)
	return "+OK\n"
}

// tableCommand is a command that takes nothing but "as json" and prints a table.
func tableCommand(name string, made func(*Console) table) func(*Console, string) string {
	return func(c *Console, text string) string {
		args, asJSON := cutJSON(strings.Fields(text))
		if len(args) != 0 {
			return usageOf(name)
		}
		return show(made(c), asJSON)
	}
}

// commandVersion runs `janus version [as json]`.
func (c *Console) commandVersion(text string) string {
	args, asJSON := cutJSON(strings.Fields(text))
	if len(args) != 0 {
		return usageOf("version")
	}
	v := c.env.Versions()
	return show(fields{
		{"version", v.Module}, {"revision", v.Revision}, {"go", v.Go}, {"builtFor", v.Built}, {"running", v.Running},
	}, asJSON)
}

// commandMetrics runs `janus metrics`.
func (c *Console) commandMetrics(text string) string {
	switch args, asJSON := cutJSON(strings.Fields(text)); {
	case len(args) != 0:
		return usageOf("metrics")
	case asJSON:
		return outcome("", errors.New("metrics are printed as Prometheus reads them, not as JSON; right is: janus metrics, or "+
			"for figures as JSON: janus list as json, janus calls as json"))
	}
	all, err := c.env.Metrics()
	if err != nil {
		return outcome("", err)
	}
	return all
}

func (c *Console) statusTable() table {
	t := table{columns: []string{"totalCalls", "callsInProgress", "started"}, single: true}
	now := c.env.Totals()
	t.add(now.Dialled, now.Legs, microseconds(now.Started))
	return t
}

func (c *Console) listTable() table {
	t := table{columns: []string{"name", "enabled", "totalCalls", "callsInProgress", "started", "id"}}
	for _, s := range c.env.Servers() {
		now := s.State()
		t.add(s.Name, now.Enabled, now.TotalCalls, now.Calls, microseconds(now.Since), now.Session)
	}
	return t
}
