// SPDX-License-Identifier: MPL-2.0

package metrics

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
)

// contrib is the folder of what is given to Prometheus and Grafana.
var contrib = filepath.Join("..", "..", "contrib")

// queried is a metric in a query, and what stands in its braces.
var (
	queried = regexp.MustCompile(`\b(mod_janus_\w+|go_\w+)(?:\{([^}]*)\})?`)
	labeled = regexp.MustCompile(`(\w+)\s*(?:=~|!~|!=|=)\s*"`)
)

// checkQuery finds metrics and labels that are not exported. It returns the names of the metrics.
func checkQuery(t *testing.T, query string) (names []string) {
	t.Helper()
	for _, found := range queried.FindAllStringSubmatch(query, -1) {
		name := found[1]
		if strings.HasPrefix(name, "go_") {
			continue
		}
		i := slices.IndexFunc(definitions, func(d *definition) bool {
			if d.kind != histogram {
				return d.name == name
			}
			return name == d.name+"_bucket" || name == d.name+"_sum" || name == d.name+"_count"
		})
		require.GreaterOrEqual(t, i, 0, "%s is not exported: %s", name, query)
		names = append(names, definitions[i].name)
		for _, label := range labeled.FindAllStringSubmatch(found[2], -1) {
			if !slices.Contains([]string{"job", "instance", "le"}, label[1]) {
				require.Contains(t, definitions[i].labels, label[1], "%s has no such label: %s", name, query)
			}
		}
	}
	require.NotEmpty(t, queried.FindString(query), "no metric in %s", query)
	return names
}

// queries are the strings in JSON that are queries, wherever they stand.
func queries(in any) (all []string) {
	switch in := in.(type) {
	case map[string]any:
		for name, value := range in {
			text, isText := value.(string)
			if isText && (name == "expr" || name == "query" && strings.Contains(text, "label_values")) {
				all = append(all, text)
			}
			all = append(all, queries(value)...)
		}
	case []any:
		for _, value := range in {
			all = append(all, queries(value)...)
		}
	}
	return all
}

// dashboardQueries are all queries of the dashboard.
func dashboardQueries(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(contrib, "grafana", "mod_janus.json"))
	require.NoError(t, err)
	var dashboard map[string]any
	require.NoError(t, json.Unmarshal(text, &dashboard))
	return queries(dashboard)
}

// Each query of the dashboard is of metrics that are exported, and each metric is shown.
func TestDashboard(t *testing.T) {
	shown := map[string]bool{}
	all := dashboardQueries(t)
	require.Greater(t, len(all), 40)
	for _, query := range all {
		for _, name := range checkQuery(t, query) {
			shown[name] = true
		}
	}
	for _, d := range definitions {
		require.True(t, shown[d.name], "%s is not on the dashboard", d.name)
	}
}

func TestAlerts(t *testing.T) {
	for _, file := range []string{"alerts.yml", "alerts_test.yml"} {
		text, err := os.ReadFile(filepath.Join(contrib, "prometheus", file))
		require.NoError(t, err)
		checkQuery(t, string(text))
	}
}

// promtool is Prometheus' own checker, which scripts/setup unpacks.
func promtool(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("promtool")
	if err == nil {
		return path
	}
	cache := os.Getenv("MOD_JANUS_CACHE")
	if cache == "" {
		folder, err := os.UserCacheDir()
		require.NoError(t, err)
		cache = filepath.Join(folder, "mod_janus")
	}
	path = filepath.Join(cache, "promtool")
	if _, err := os.Stat(path); err != nil {
		require.Empty(t, os.Getenv("CI"), "promtool is missing: make setup")
		t.Skip("promtool is missing, neither in PATH nor in " + cache + ": make setup unpacks it")
	}
	return path
}

// asRules writes the queries of the dashboard as rules, since promtool checks those without a
// server.
func asRules(t *testing.T) (path string) {
	t.Helper()
	variables := strings.NewReplacer("$__rate_interval", "5m", "$instance", ".*", "$server", ".*")
	rules := "groups:\n  - name: dashboard\n    rules:\n"
	for i, query := range dashboardQueries(t) {
		if strings.HasPrefix(query, "label_values") {
			continue
		}
		rules += fmt.Sprintf("      - {record: 'q%d', expr: '%s'}\n", i, variables.Replace(query))
	}
	path = filepath.Join(t.TempDir(), "rules.yml")
	require.NoError(t, os.WriteFile(path, []byte(rules), 0o600))
	return path
}

// Prometheus takes the metrics and finds no fault with their names, takes the alerts, and fires
// them when it should.
func TestPromtool(t *testing.T) {
	tool := promtool(t)
	l := newLab(t, "demo", "two")
	l.servers[0].Server.Request(janusclient.Outcome{Request: "attach"})
	text, err := l.Text()
	require.NoError(t, err)
	run := func(input string, args ...string) {
		command := exec.CommandContext(t.Context(), tool, args...)
		command.Dir, command.Stdin = filepath.Join(contrib, "prometheus"), strings.NewReader(input)
		out, err := command.CombinedOutput()
		require.NoError(t, err, "promtool %s: %s", strings.Join(args, " "), out)
	}
	run(text, "check", "metrics")
	run("", "check", "rules", "alerts.yml")
	run("", "check", "rules", asRules(t))
	run("", "test", "rules", "alerts_test.yml")
}
