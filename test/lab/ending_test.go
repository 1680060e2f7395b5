// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient/realjanus"
)

// process is a switch that is a shell script.
func process(t *testing.T, script string) *Switch {
	t.Helper()
	s := &Switch{Host: "sh", dir: t.TempDir(), cmd: exec.Command("sh", "-c", script), end: make(chan struct{})}
	s.cmd.Dir = s.dir
	defer allowCores()()
	require.NoError(t, realjanus.StartProcess(s.cmd, s.end))
	return s
}

// A switch that ends by itself says how, and its core outlives the test's folder.
func TestEndedByItself(t *testing.T) {
	s := process(t, "kill -ABRT $$")
	<-s.end
	why := s.Ended()
	require.Contains(t, why, "signal: aborted")
	require.Equal(t, why, s.Ended())
	pattern, err := os.ReadFile("/proc/sys/kernel/core_pattern")
	require.NoError(t, err)
	if strings.Contains(why, "core dumped") && strings.TrimSpace(string(pattern)) == "core" {
		core := regexp.MustCompile(`its core is (\S+)$`).FindStringSubmatch(why)
		require.NotNil(t, core, why)
		require.FileExists(t, core[1])
		require.NoError(t, os.Remove(core[1]))
	}
	s = process(t, "exit 3")
	<-s.end
	require.Contains(t, s.Ended(), "exit status 3")
}

// One that runs, or was asked to end, has nothing to explain.
func TestEndedAsAsked(t *testing.T) {
	s := process(t, "sleep 60")
	require.Empty(t, s.Ended())
	s.asked.Store(true)
	require.NoError(t, s.cmd.Process.Kill())
	<-s.end
	require.Empty(t, s.Ended())
}
