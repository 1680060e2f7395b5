// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// pcFile writes a freeswitch.pc as FreeSWITCH's own build does.
func pcFile(t *testing.T, folder, prefix, modules string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(folder, 0o700))
	text := fmt.Sprintf("prefix=%s\nexec_prefix=${prefix}\nmodulesdir=%s\nbindir=${exec_prefix}/bin\nName: freeswitch\nVersion: 1\nDescription: x\n", prefix, modules)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "freeswitch.pc"), []byte(text), 0o600))
}

// Modules and program are where the installation that was asked for has them: a
// package of Debian, a build of one's own, a folder that pkg-config knows nothing of.
func TestWhereFreeSWITCHIs(t *testing.T) {
	if _, err := exec.LookPath("pkg-config"); err != nil {
		t.Skip("there is no pkg-config")
	}
	dir := t.TempDir()
	t.Setenv("FREESWITCH_MODDIR", "")
	pcFile(t, filepath.Join(dir, "debian"), "/usr", "/usr/lib/freeswitch/mod")
	pcFile(t, filepath.Join(dir, "own/lib/pkgconfig"), filepath.Join(dir, "own"), filepath.Join(dir, "own/lib/freeswitch/mod"))
	for _, tt := range []struct{ prefix, path, modules, program string }{
		{"", "debian", "/usr/lib/freeswitch/mod", "/usr/bin/freeswitch"},
		{dir + "/own", "debian", dir + "/own/lib/freeswitch/mod", dir + "/own/bin/freeswitch"},
		{dir + "/own", "", dir + "/own/lib/freeswitch/mod", dir + "/own/bin/freeswitch"},
		{dir + "/other", "debian", dir + "/other/mod", dir + "/other/bin/freeswitch"},
		{"/usr", "debian", "/usr/lib/freeswitch/mod", "/usr/bin/freeswitch"},
	} {
		t.Setenv("FREESWITCH_PREFIX", tt.prefix)
		t.Setenv("PKG_CONFIG_PATH", filepath.Join(dir, tt.path))
		require.Equal(t, tt.modules, moduleFolder(), "%+v", tt)
		require.Equal(t, tt.program, program(), "%+v", tt)
	}
	t.Setenv("FREESWITCH_MODDIR", "/opt/modules")
	require.Equal(t, "/opt/modules", moduleFolder())
}
