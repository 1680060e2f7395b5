// SPDX-License-Identifier: MPL-2.0

package packages

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
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
	require.NoError(t, filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		copied := filepath.Join(tree, relative)
		switch info, err := entry.Info(); {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".git" || relative == "build"):
			return filepath.SkipDir
		case entry.IsDir():
			return os.MkdirAll(copied, 0o700)
		case !info.Mode().IsRegular():
			return nil
		default:
			text, err := os.ReadFile(path) // #nosec G304 -- a file of ours
			if err != nil {
				return err
			}
			return os.WriteFile(copied, text, info.Mode().Perm()&0o700) // #nosec G306 -- as it was
		}
	}))
	secondDeb, secondRPM, err := packages(t.Context(), tree, filepath.Join(tree, "out"), []string{"TZ=Asia/Kathmandu", "LANG=de_DE.UTF-8", "HOSTNAME=elsewhere"})
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
