// SPDX-License-Identifier: MPL-2.0

package console

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
)

//go:generate go test -run TestManual -update-manual .

var updateManual = flag.Bool("update-manual", false, "write the tables of the manual that come from the code")

// manualPages are what of the manual comes from the code: tables by page and name. Each stands
// between two comments, which name it.
func manualPages() map[string]map[string]string {
	pages := manualTables()
	for page, lists := range manLists() {
		pages[page] = lists
	}
	return pages
}

// manualTables are the tables of the pages in Markdown.
func manualTables() map[string]map[string]string {
	variables := mdTable("variable", "default", "meaning")
	for _, v := range config.AllVariables {
		variables += mdRow("`"+v.Name+"`", v.Default, v.Meaning)
	}
	params := mdParams("param", config.ServerParams)
	settings := mdParams("param of `<settings>`", config.Settings)
	archive := mdParams("param", config.ArchiveParams)
	poolParams := mdParams("param", config.PoolParams)
	commands := mdTable("command", "what it does")
	for _, v := range verbs {
		if v.control != nil {
			continue // they have a table of their own
		}
		if v.below != nil {
			commands += mdRow("`janus "+v.name+" "+v.front+" …`", v.help)
			continue
		}
		commands += mdRow("`"+strings.ReplaceAll(v.lines()[0], "|", `\|`)+"`", v.help)
	}
	controls := mdTable("control", "what it does")
	for _, v := range verbs {
		if v.control != nil {
			controls += mdRow("`"+strings.ReplaceAll(strings.TrimPrefix(v.applicationUsage(), "janus "), "|", `\|`)+"`", v.help)
		}
	}
	causes := mdTable("what happened", "cause")
	for _, o := range host.Outcomes {
		causes += mdRow(o.What, fmt.Sprintf("`%s` (%d)", o.Cause, int(o.Cause)))
	}
	return map[string]map[string]string{
		"dial.md":                {"variables": variables},
		"configuration.md":       {"params": params, "settings": settings, "pool params": poolParams},
		"rooms-and-recording.md": {"archive": archive},
		"console.md":             {"commands": commands, "controls": controls},
		"when-a-call-fails.md":   {"causes": causes},
	}
}

func mdTable(columns ...string) string {
	return mdRow(columns...) + "|" + strings.Repeat(" --- |", len(columns)) + "\n"
}

func mdRow(cells ...string) string { return "| " + strings.Join(cells, " | ") + " |\n" }

// mdParams is the table of the params of a section.
func mdParams[Section any](head string, params []config.Param[Section]) string {
	table := mdTable(head, "default", "meaning")
	for _, p := range params {
		table += mdRow("`"+p.Name+"`", p.Default, p.Meaning)
	}
	return table
}

// The manual has the variables, params, commands, controls and causes that the code has.
func TestManual(t *testing.T) {
	for page, tables := range manualPages() {
		path := filepath.Join("..", "..", "docs", page)
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		whole := string(text)
		for name, table := range tables {
			begin, end := "<!-- "+name+", by go generate ./bridge/console -->\n", "<!-- end of "+name+" -->\n"
			if filepath.Ext(page) != ".md" {
				begin, end = `.\" `+name+", by go generate ./bridge/console\n", `.\" end of `+name+"\n"
			}
			before, rest, found := strings.Cut(whole, begin)
			require.True(t, found, "%s has no line %s", page, begin)
			old, after, found := strings.Cut(rest, end)
			require.True(t, found, "%s has no line %s", page, end)
			if *updateManual {
				whole = before + begin + table + end + after
				continue
			}
			require.Equal(t, table, old, "the %s of %s are stale: go generate ./bridge/console", name, page)
		}
		if *updateManual {
			require.NoError(t, os.WriteFile(path, []byte(whole), 0o600))
		}
	}
}
