// SPDX-License-Identifier: MPL-2.0

package console

import (
	"fmt"
	"strings"

	"mod_janus/bridge/host"
)

// Changes are what a reload did, by the names of the servers.
type Changes struct {
	Added   []string `json:"added"`
	Changed []string `json:"changed"`
	Removed []string `json:"removed"`

	Unread error `json:"-"` // why the servers of the database are those from before
}

func (c *Console) commandReload(text string) string {
	args, asJSON := cutJSON(strings.Fields(text))
	if len(args) != 0 {
		return usageOf("reload")
	}
	did, err := c.env.Reload()
	if err != nil {
		c.env.Host.Log("", host.LevelError, fmt.Sprintf("The configuration is not reloaded: %s", err))
		return fmt.Sprintf("-ERR the configuration stays as it was: %s\n", err)
	}
	begin, rest := "+OK\n", did.text()
	if asJSON {
		begin, rest = "", marshal(did)
	}
	if did.Unread != nil {
		begin = fmt.Sprintf("-ERR %s; its servers stay as they were, janus.conf is applied\n", did.Unread)
	}
	return begin + rest
}

// text is what `janus reload` prints after its +OK.
func (did Changes) text() string {
	var out strings.Builder
	for _, line := range []struct {
		what  string
		names []string
	}{{"added", did.Added}, {"changed", did.Changed}, {"removed", did.Removed}} {
		fmt.Fprintf(&out, "%s|%s\n", line.what, strings.Join(line.names, ","))
	}
	return out.String()
}
