// SPDX-License-Identifier: MPL-2.0

package console

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
)

// manLists are the lists of the man pages, in mdoc.
func manLists() map[string]map[string]string {
	var settings, params, pools, archive, actions, variables, commands, controls, causes strings.Builder
	manParams(&settings, config.Settings)
	manParams(&params, config.ServerParams)
	manParams(&pools, config.PoolParams)
	manParams(&archive, config.ArchiveParams)
	for _, v := range config.AllVariables {
		manItem(&variables, "Va", v.Name, v.Default, v.Meaning)
	}
	for i, name := range slices.Sorted(maps.Keys(config.ControlActions)) {
		if i > 0 {
			actions.WriteString(",\n")
		}
		actions.WriteString(man("`" + name + "`"))
	}
	for _, v := range verbs {
		if v.control != nil {
			manItem(&controls, "Ic", strings.TrimPrefix(v.applicationUsage(), "janus "), "", v.help)
			continue
		}
		for _, line := range v.lines() {
			fmt.Fprintf(&commands, ".It Ic \"%s\"\n", man(line))
		}
		commands.WriteString(man(v.help) + "\n")
	}
	for _, o := range host.Outcomes {
		manItem(&causes, "Er", o.Cause.String(), fmt.Sprint(int(o.Cause)), o.What)
	}
	return map[string]map[string]string{
		"man/janus.conf.xml.5": {
			"settings": manList(&settings), "params": manList(&params), "pool params": manList(&pools), "archive": manList(&archive),
			"actions": actions.String() + ".\n",
		},
		"man/mod_janus.8": {"commands": manList(&commands), "controls": manList(&controls), "variables": manList(&variables), "causes": manList(&causes)},
	}
}

func manList(items *strings.Builder) string { return ".Bl -tag -width Ds\n" + items.String() + ".El\n" }

// manParams writes the list of the params of a section.
func manParams[Section any](to *strings.Builder, params []config.Param[Section]) {
	for _, p := range params {
		manItem(to, "Cm", p.Name, p.Default, p.Meaning)
	}
}

// manItem writes an item, with what is in brackets behind its name.
func manItem(to *strings.Builder, macro, name, brackets, meaning string) {
	if brackets != "" {
		brackets = " No (" + man(strings.ReplaceAll(brackets, "–", "none")) + ")"
	}
	fmt.Fprintf(to, ".It %s \"%s\"%s\n%s\n", macro, man(name), brackets, manEnd.ReplaceAllString(man(meaning), "$1\n$2"))
}

var (
	manLink = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
	manCode = regexp.MustCompile("`([^`]*)`")
	// manEnd is between two sentences, of which each begins a line of its own.
	manEnd = regexp.MustCompile(`(\.) ([A-Z]|\\fB[a-z]*:\\fR)`)
)

// man writes Markdown of the tables in the language of man pages.
func man(markdown string) string {
	text := strings.NewReplacer(`\|`, "|", "…", "...", "–", "-", "µ", "micro").Replace(markdown)
	text = manLink.ReplaceAllString(text, "$1")
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, `"`, `\(dq`).Replace(text)
	text = manCode.ReplaceAllString(text, `\fB$1\fR`)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		text = `\&` + text
	}
	return text
}

// What the shipped configuration shows is in the man page, from whatever table a param comes.
func TestManPageHasEveryParam(t *testing.T) {
	shipped, err := os.ReadFile("../../conf/janus.conf.xml")
	require.NoError(t, err)
	page, err := os.ReadFile("../../docs/man/janus.conf.xml.5")
	require.NoError(t, err)
	found := regexp.MustCompile(`<param name="([^"]+)"`).FindAllStringSubmatch(string(shipped), -1)
	require.Greater(t, len(found), 30)
	for _, param := range found {
		require.Contains(t, string(page), "\n.It Cm \""+man(param[1])+"\" ", "janus.conf.xml(5) has no %s", param[1])
	}
}

// The pages are right mdoc, as far as mandoc is here to say it.
func TestManPagesAreRight(t *testing.T) {
	if _, err := exec.LookPath("mandoc"); err != nil {
		t.Skip("there is no mandoc")
	}
	pages, err := filepath.Glob("../../docs/man/*.[158]")
	require.NoError(t, err)
	require.Len(t, pages, 3)
	for _, page := range pages {
		out, err := exec.CommandContext(t.Context(), "mandoc", "-Tlint", "-Wwarning", page).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
}
