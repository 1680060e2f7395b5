// SPDX-License-Identifier: MPL-2.0

package metrics

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
)

//go:generate go test -run TestManual -update-manual .

var updateManual = flag.Bool("update-manual", false, "write the table of the manual")

// manual is the page's table of metrics.
func manual() string {
	var table strings.Builder
	table.WriteString("| metric | type | labels | meaning |\n| --- | --- | --- | --- |\n")
	for _, d := range definitions {
		var labels []string
		for _, label := range d.labels {
			labels = append(labels, "`"+label+"`")
		}
		table.WriteString("| `" + d.name + "` | " + string(d.kind) + " | " + strings.Join(labels, ", ") + " | " + d.help + " |\n")
	}
	return table.String()
}

// The page has the metrics that there are.
func TestManual(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "metrics.md")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	const begin, end = "<!-- metrics, by go generate ./bridge/metrics -->\n", "<!-- end of metrics -->\n"
	before, rest, found := strings.Cut(string(text), begin)
	require.True(t, found)
	old, after, found := strings.Cut(rest, end)
	require.True(t, found)
	if *updateManual {
		require.NoError(t, os.WriteFile(path, []byte(before+begin+manual()+end+after), 0o600))
		return
	}
	require.Equal(t, manual(), old, "the table is stale: go generate ./bridge/metrics")
}

// What the registry exports is what the definitions say, in name, type, labels and words, and each
// of them is exported.
func TestExported(t *testing.T) {
	l := newLab(t, "demo")
	l.servers[0].Server.Request(janusclient.Outcome{Request: "attach"})
	families, err := l.registry.Gather()
	require.NoError(t, err)
	var exported []string
	for _, family := range families {
		name := family.GetName()
		if strings.HasPrefix(name, "go_") {
			continue
		}
		exported = append(exported, name)
		i := slices.IndexFunc(definitions, func(d *definition) bool { return d.name == name })
		require.GreaterOrEqual(t, i, 0, name)
		d := definitions[i]
		require.Equal(t, d.help, family.GetHelp())
		require.Equal(t, string(d.kind), strings.ToLower(family.GetType().String()), name)
		for _, m := range family.GetMetric() {
			var labels []string
			for _, pair := range m.GetLabel() {
				labels = append(labels, pair.GetName())
			}
			require.ElementsMatch(t, d.labels, labels, name)
		}
	}
	var defined []string
	for _, d := range definitions {
		defined = append(defined, d.name)
	}
	require.ElementsMatch(t, defined, exported)
}
