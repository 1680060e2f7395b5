// SPDX-License-Identifier: MPL-2.0

package packages

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// make install gives the configuration to the group that FreeSWITCH runs as, and keeps one that is
// there.
func TestMakeInstall(t *testing.T) {
	build, dest := t.TempDir(), t.TempDir()
	so := filepath.Join(build, "for-freeswitch", "mod_janus.so")
	require.NoError(t, os.MkdirAll(filepath.Dir(so), 0o700))
	require.NoError(t, os.WriteFile(so, []byte("built"), 0o600)) // newer than its sources
	install := func() string {
		made := exec.CommandContext(t.Context(), "make", "-C", "../..", "--no-print-directory", "install", "BUILD="+build, "DESTDIR="+dest,
			"FREESWITCH_PREFIX=/opt/none", "FREESWITCH_MODDIR=/mod", "FREESWITCH_CONFDIR=/conf", "FREESWITCH_GROUP=daemon")
		made.Env = alone()
		out, err := made.CombinedOutput()
		require.NoError(t, err, "%s", out)
		return string(out)
	}
	conf := filepath.Join(dest, "conf/autoload_configs/janus.conf.xml")
	require.Contains(t, install(), "installed "+conf)
	require.FileExists(t, filepath.Join(dest, "mod/mod_janus.so"))
	info, err := os.Stat(conf)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o640), info.Mode())
	if os.Getuid() == 0 {
		owner := info.Sys().(*syscall.Stat_t) //nolint:forcetypeassert // on Linux
		require.Zero(t, owner.Uid)
		require.Equal(t, "daemon\n", output(t, "stat", "-c", "%G", conf))
	}
	require.NoError(t, os.WriteFile(conf, []byte("mine"), 0o600))
	require.Contains(t, install(), "is there already and is kept")
	text, err := os.ReadFile(conf)
	require.NoError(t, err)
	require.Equal(t, "mine", string(text))
}
