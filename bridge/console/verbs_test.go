// SPDX-License-Identifier: MPL-2.0

package console

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every verb has a usage, a help text and a function,
// and Tab offers no word that its usage does not have.
func TestVerbsAreWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, v := range verbs {
		require.False(t, seen[v.name], v.name)
		seen[v.name] = true
		require.NotEmpty(t, v.lines(), v.name)
		require.NotEmpty(t, v.help, v.name)
		require.NotNil(t, v.run, v.name)
		check := func(v verb, usages []string) {
			offered := strings.Fields(strings.ReplaceAll(strings.Join(v.complete, " "), "|", " "))
			for _, word := range offered {
				if _, completed := completers[word]; !completed && v.name != "log-level" {
					require.Regexp(t, `(^|[^a-z-])`+regexp.QuoteMeta(word)+`([^a-z-]|$)`, strings.Join(usages, " "), v.name)
				}
			}
		}
		check(v, v.usages)
		for _, b := range v.below {
			check(b, b.usages)
		}
	}
}

func TestCompletions(t *testing.T) {
	lines := Completions()
	require.Subset(t, lines, []string{
		"add janus help", "add janus debug ::[true:false", "add janus status", "add janus status as json", "add janus mute ::janus::list_legs",
		"add janus record ::janus::list_legs ::[start:stop", "add janus room ::janus::list_servers ::janus::list_rooms allow ::[enable:disable:add:remove",
		"add janus room ::janus::list_servers ::janus::list_rooms " +
			"::[list:exists:create:edit:destroy:kick:mute:unmute:suspend:resume:mute-all:unmute-all:kick-all:record:play:allow:forward",
		"add janus admin ::janus::list_servers info ::janus::list_legs raw", "add janus server ::janus::list_servers ::[enable:disable",
		"add janus calls ::janus::list_legs", "add janus drain ::janus::list_servers ::[stop:move",
	})
	require.Len(t, slices.Compact(slices.Sorted(slices.Values(lines))), len(lines), "none twice")
}

func TestSyntax(t *testing.T) {
	require.Contains(t, Syntax(), "debug true|false | status [as json] | ")
	require.Contains(t, Syntax(), " | mute|unmute|toggle-mute|deaf|undeaf|volume|display|move|kick|suspend|resume|record <uuid> ... | send ")
	require.Contains(t, Syntax(), " | room <server> <room> list|exists|create|")
	require.Equal(t, "mute|unmute|toggle-mute|deaf|undeaf|volume|display|move|kick|suspend|resume|record ...", ApplicationSyntax())
}
