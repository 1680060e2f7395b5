// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"encoding/json"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/host/hosttest"
)

// A switch whose major or minor version is another one than the module was built for is a warning
// at load; a version that nobody knows is none.
func TestOtherSwitchIsWarnedOf(t *testing.T) {
	for versions, warned := range map[[2]string]bool{
		{"1.10.12-release", "1.11.2-dev+git~20260821T141014Z~cc93a683ca~64bit"}: true,
		{"1.11.2-dev", "2.11.2"}:                         true,
		{"1.1.2", "1.11.2"}:                              true,
		{"1.11.2-dev", "1.11.3-release+git~1~abc~64bit"}: false,
		{"", "1.11.2-dev"}:                               false,
		{"1.11.2-dev", ""}:                               false,
		{"unknown", "1.11.2-dev"}:                        false,
	} {
		h := hosttest.New("missing")
		h.Versions = versions
		e, err := Start(h)
		require.NoError(t, err)
		require.Equal(t, warned, h.Logged("4 ", "built for FreeSWITCH "+versions[0]+" and runs in "+versions[1]), "%v", versions)
		e.Stop(0)
	}
}

func TestVersionCommand(t *testing.T) {
	h := hosttest.New("missing")
	h.Versions = [2]string{"1.10.12", "1.11.2-dev"}
	e, err := Start(h)
	require.NoError(t, err)
	defer e.Stop(0)
	require.Equal(t, "version|"+version()+"\nrevision|"+stampedRevision+"\ngo|"+runtime.Version()+"\nbuiltFor|1.10.12\nrunning|1.11.2-dev\n", e.Command("version"))
	var answer map[string]string
	require.NoError(t, json.Unmarshal([]byte(e.Command("version as json")), &answer))
	require.Equal(t, map[string]string{
		"version": version(), "revision": stampedRevision, "go": runtime.Version(), "builtFor": "1.10.12", "running": "1.11.2-dev"}, answer)
	require.Equal(t, "-ERR usage: janus version [as json]\n", e.Command("version 2"))
}
