// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/test/lab"
)

// The module knows its own version, the switch that it was built for, and the one that it is in.
func TestVersion(t *testing.T) {
	shown := api(t, sw, "janus version")
	require.Regexp(t, `^version\|\S+\nrevision\|([0-9a-f]{40}(-dirty)?)?\ngo\|go1\.\S+\nbuiltFor\|\d+\.\d+\S*\nrunning\|\d+\.\d+\S*$`, shown)
	_, short, _ := strings.Cut(shown, "running|")
	require.True(t, strings.HasPrefix(short, api(t, sw, "version short")), shown)
	require.NotContains(t, sw.Log(), "This module was built for", "it was built for this switch")
}

// FreeSWITCH cannot be told to be another one, so minihost alone is.
func TestOtherVersionOfTheSwitch(t *testing.T) {
	t.Parallel()
	cfg := hostConfig(lab.JanusConf("http://127.0.0.1:1/janus", ""))
	if cfg.Host != lab.Minihost {
		t.Skip("it wants minihost")
	}
	cfg.Version = "1.9.7-minihost"
	s, err := lab.StartSwitch(t.TempDir(), cfg)
	require.NoError(t, err)
	defer s.Stop()
	require.Contains(t, s.Log(), "and runs in 1.9.7-minihost, whose structures may differ")
	require.Contains(t, api(t, s, "janus version"), "running|1.9.7-minihost")
}
