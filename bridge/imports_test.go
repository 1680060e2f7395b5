// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// mayImport says which packages of this repository each package may import, besides those of its
// own folder. A package that is not named takes the rule of the folder above it.
var mayImport = map[string][]string{
	"janusclient":       {},
	"bridge/media":      {},
	"bridge/archive":    {},
	"bridge/hep":        {},
	"bridge/host":       {"bridge/media"},
	"bridge/config":     {"bridge/host", "bridge/media", "bridge/archive", "bridge/hep", "janusclient"},
	"bridge/failure":    {"bridge/host", "bridge/media", "janusclient"},
	"bridge/background": {"bridge/host"},
	"bridge/metrics":    {"bridge/host", "bridge/archive", "janusclient"},
	"bridge/server": {
		"bridge/background", "bridge/failure", "bridge/metrics", "bridge/host", "bridge/config", "bridge/media", "bridge/archive", "janusclient",
	},
	"bridge/call": {
		"bridge/server", "bridge/background", "bridge/failure", "bridge/metrics", "bridge/host", "bridge/config", "bridge/media", "bridge/archive", "janusclient",
	},
	"bridge/pool":          {"bridge/server", "bridge/background", "bridge/failure", "bridge/metrics", "bridge/host", "bridge/config", "janusclient"},
	"bridge/pool/discover": {"bridge/host", "bridge/config", "janusclient"},
	"bridge/console": {
		"bridge/call", "bridge/pool", "bridge/server", "bridge/background", "bridge/failure", "bridge/metrics", "bridge/host", "bridge/config", "bridge/media", "bridge/archive", "janusclient",
	},
	"bridge/web": {
		"bridge/console", "bridge/call", "bridge/server", "bridge/background", "bridge/failure", "bridge/metrics", "bridge/host", "bridge/config", "bridge/media", "janusclient",
	},
	"bridge": {
		"bridge/web", "bridge/console", "bridge/call", "bridge/pool", "bridge/pool/discover", "bridge/pool/store", "bridge/hep", "bridge/server", "bridge/background", "bridge/failure", "bridge/metrics",
		"bridge/host", "bridge/config", "bridge/media", "bridge/archive", "janusclient",
	},
	"module": {"bridge", "bridge/background", "bridge/console", "bridge/call", "bridge/config", "bridge/host", "bridge/media"},
	"cmd":    {"bridge", "bridge/config", "bridge/host", "bridge/pool/store"},
	"test":   {"bridge", "bridge/archive", "bridge/config", "bridge/host", "bridge/media", "bridge/pool", "janusclient"},
}

// within tells whether a package is a folder or below it.
func within(folder, path string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }

// ruleOf finds the folder whose rule a package follows.
func ruleOf(path string) (folder string) {
	for candidate := range mayImport {
		if within(candidate, path) && len(candidate) > len(folder) {
			folder = candidate
		}
	}
	return folder
}

// allowed tells whether a package may import another one.
func allowed(from, to string) bool {
	rule := ruleOf(from)
	if rule != "bridge" && within(rule, to) {
		return true // its own folder
	}
	for _, folder := range mayImport[rule] {
		if to == folder || folder != "bridge" && within(folder, to) {
			return true
		}
	}
	return false
}

// Imports run one way, see docs/architecture.md. Tests of the bridge may use the fake network of
// test/impair and the DNS of test/zone, those of pools the Redis of test/lab.
func TestImportsRunOneWay(t *testing.T) {
	list := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.ImportPath}}:{{join .Imports " "}} {{join .TestImports " "}} {{join .XTestImports " "}}`, "./...")
	list.Dir = ".."
	out, err := list.CombinedOutput()
	require.NoError(t, err, "%s", out)
	seen := 0
	for line := range strings.Lines(string(out)) {
		path, imports, found := strings.Cut(strings.TrimSpace(line), ":")
		require.True(t, found, "%s", out)
		from := strings.TrimPrefix(path, "mod_janus/")
		for _, imported := range strings.Fields(imports) {
			to, own := strings.CutPrefix(imported, "mod_janus/")
			if !own {
				continue
			}
			seen++
			network := (to == "test/impair" || to == "test/zone") && strings.HasPrefix(from, "bridge")
			redis := to == "test/lab" && (from == "bridge" || from == "bridge/pool/store")
			require.True(t, allowed(from, to) || network || redis, "%s imports %s", from, to)
		}
	}
	require.Greater(t, seen, 50)
}
