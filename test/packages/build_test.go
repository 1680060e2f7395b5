// SPDX-License-Identifier: MPL-2.0

package packages

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Two builds of one commit give the same bytes, in whatever folder, time zone and language.
func TestSameBytesAgain(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	tree := filepath.Join(t.TempDir(), "another", "place")
	require.NoError(t, os.MkdirAll(tree, 0o700))
	files := strings.Split(strings.Trim(output(t, "git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"), "\x00"), "\x00")
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(root, file)) // #nosec G304 -- a file of ours
		if os.IsNotExist(err) {
			continue // removed, and not committed yet
		}
		require.NoError(t, err)
		info, err := os.Stat(filepath.Join(root, file))
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(tree, file)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(tree, file), text, info.Mode().Perm()&0o700))
	}
	var of [3]string // what git says of the commit, which the other place has not
	for i, what := range []string{"version", "revision", "epoch"} {
		of[i] = strings.TrimSpace(output(t, filepath.Join(root, "scripts/version"), what))
	}
	secondDeb, secondRPM, err := packages(t.Context(), tree, filepath.Join(tree, "out"),
		[]string{"TZ=Asia/Kathmandu", "LANG=de_DE.UTF-8", "HOSTNAME=elsewhere"}, "VERSION="+of[0], "REVISION="+of[1], "SOURCE_DATE_EPOCH="+of[2])
	require.NoError(t, err)
	for first, second := range map[string]string{deb: secondDeb, rpm: secondRPM} {
		require.Equal(t, filepath.Base(first), filepath.Base(second))
		one, err := os.ReadFile(first) // #nosec G304 -- a package of ours
		require.NoError(t, err)
		other, err := os.ReadFile(second) // #nosec G304 -- a package of ours
		require.NoError(t, err)
		require.True(t, bytes.Equal(one, other), "%s differs from %s", first, second)
	}
}

// Without FreeSWITCH's headers there is no package for FreeSWITCH, and a word of what to do.
func TestHeadersAreMissing(t *testing.T) {
	made := exec.CommandContext(t.Context(), "make", "-C", "../..", "--no-print-directory", "deb", "FREESWITCH_PREFIX=/nonexistent", "BUILD="+t.TempDir())
	made.Env = alone()
	out, err := made.CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "there are none in /nonexistent/include")
	require.Contains(t, string(out), "FREESWITCH_PREFIX=")
}
