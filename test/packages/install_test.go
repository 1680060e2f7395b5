// SPDX-License-Identifier: MPL-2.0

package packages

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// The scripts of a package of FreeSWITCH: what debian/freeswitch.postinst does to a machine.
const freeswitchPostinst = `#!/bin/sh
set -e
grep -q ^freeswitch: "$DPKG_ROOT/etc/passwd" || {
	echo freeswitch:x:987:986::/var/lib/freeswitch:/bin/false >>"$DPKG_ROOT/etc/passwd"
	echo freeswitch:x:986: >>"$DPKG_ROOT/etc/group"
}
if [ ! -d "$DPKG_ROOT/etc/freeswitch" ]; then
	mkdir -p "$DPKG_ROOT/etc/freeswitch"
	cp -a "$DPKG_ROOT"/usr/share/freeswitch/conf/vanilla/* "$DPKG_ROOT/etc/freeswitch/"
fi
`

// group is that of FreeSWITCH on these machines.
const group = 986

// machine is a scratch root in which dpkg installs.
type machine struct {
	t    *testing.T
	root string
}

// newMachine makes one with a libc, and with packages of FreeSWITCH that are not installed yet.
func newMachine(t *testing.T) *machine {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("it wants root, as dpkg does to install")
	}
	m := &machine{t, t.TempDir()}
	for _, folder := range []string{"etc", "var/lib/dpkg/info", "var/lib/dpkg/updates", "var/lib/dpkg/triggers", "tmp"} {
		require.NoError(t, os.MkdirAll(m.path(folder), 0o755)) // #nosec G301 -- as on a machine
	}
	for _, file := range []string{"var/lib/dpkg/status", "var/lib/dpkg/available"} {
		m.write(file, "")
	}
	m.write("etc/passwd", "root:x:0:0::/root:/bin/sh\n")
	m.write("etc/group", "root:x:0:\n")
	m.ok("-i", m.dummy("libc6", "2.36-9", nil, ""))
	return m
}

func (m *machine) path(name string) string { return filepath.Join(m.root, name) }

func (m *machine) write(name, text string) {
	m.t.Helper()
	require.NoError(m.t, os.MkdirAll(filepath.Dir(m.path(name)), 0o755)) // #nosec G301 -- as on a machine
	require.NoError(m.t, os.WriteFile(m.path(name), []byte(text), 0o644))
}

func (m *machine) read(name string) string {
	m.t.Helper()
	text, err := os.ReadFile(m.path(name))
	require.NoError(m.t, err)
	return string(text)
}

// dummy makes a package with these files.
func (m *machine) dummy(name, version string, files map[string]string, postinst string) string {
	m.t.Helper()
	dir := m.t.TempDir()
	require.NoError(m.t, os.Chmod(dir, 0o755)) // #nosec G302 -- dpkg-deb wants it
	files = with(files, "DEBIAN/control", fmt.Sprintf("Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: a <a@b>\nDescription: a dummy\n", name, version))
	if postinst != "" {
		files["DEBIAN/postinst"] = postinst
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		require.NoError(m.t, os.MkdirAll(filepath.Dir(path), 0o755))  // #nosec G301 -- as on a machine
		require.NoError(m.t, os.WriteFile(path, []byte(text), 0o755)) // #nosec G306 -- a script may be
		require.NoError(m.t, os.Chmod(filepath.Dir(path), 0o755))     // #nosec G302 -- whatever the umask
	}
	file := filepath.Join(m.t.TempDir(), name+".deb")
	output(m.t, "dpkg-deb", "--root-owner-group", "-Znone", "-b", dir, file)
	return file
}

// with is a map with one more member.
func with(of map[string]string, name, value string) map[string]string {
	more := map[string]string{name: value}
	for name, value := range of {
		more[name] = value
	}
	return more
}

// dpkg runs dpkg on the machine. The scripts of packages get the root in DPKG_ROOT.
func (m *machine) dpkg(arguments ...string) (string, error) {
	out, err := exec.CommandContext(m.t.Context(), "dpkg", append([]string{
		"--root=" + m.root, "--log=/dev/null", "--force-script-chrootless", "--force-unsafe-io",
	}, arguments...)...).CombinedOutput()
	return string(out), err
}

func (m *machine) ok(arguments ...string) string {
	m.t.Helper()
	out, err := m.dpkg(arguments...)
	require.NoError(m.t, err, "dpkg %q: %s", arguments, out)
	return out
}

// freeswitch are FreeSWITCH's packages of a version; its configuration has these files.
func (m *machine) freeswitch(version string) []string {
	return []string{
		m.dummy("libfreeswitch1", version, nil, ""),
		m.dummy("freeswitch", version, map[string]string{
			"usr/share/freeswitch/conf/vanilla/freeswitch.xml":                    "<document/>\n",
			"usr/share/freeswitch/conf/vanilla/vars.xml":                          "<include/>\n",
			"usr/share/freeswitch/conf/vanilla/autoload_configs/modules.conf.xml": "<modules>\n  <!--<load module=\"mod_janus\"/>-->\n</modules>\n",
		}, freeswitchPostinst),
	}
}

const (
	installed = "etc/freeswitch/autoload_configs/janus.conf.xml"
	modules   = "etc/freeswitch/autoload_configs/modules.conf.xml"
	module    = "usr/lib/freeswitch/mod/mod_janus.so"
	shipped   = "usr/share/" + name + "/janus.conf.xml"
	state     = "var/lib/" + name
)

// newer is the package with a later version, and another sample.
func newer(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	output(t, "dpkg-deb", "-R", deb, dir)
	output(t, "sed", "-i", "s/^Version: .*/Version: 99.0.0-1/", filepath.Join(dir, "DEBIAN/control"))
	require.NoError(t, os.WriteFile(filepath.Join(dir, shipped), []byte("<configuration/>\n"), 0o600))
	file := filepath.Join(t.TempDir(), "newer.deb")
	output(t, "dpkg-deb", "--root-owner-group", "-Znone", "-b", dir, file)
	return file
}

// right looks at the configuration that was copied: whose it is, and who may read it.
func (m *machine) right() {
	m.t.Helper()
	info, err := os.Stat(m.path(installed))
	require.NoError(m.t, err)
	require.Equal(m.t, os.FileMode(0o640), info.Mode())
	owner := info.Sys().(*syscall.Stat_t) //nolint:forcetypeassert // on Linux
	require.Equal(m.t, [2]uint32{0, group}, [2]uint32{owner.Uid, owner.Gid})
	require.Equal(m.t, m.read(shipped), m.read(installed))
}

// First install, together with FreeSWITCH, whichever is unpacked first: FreeSWITCH's configuration
// is whole, ours is there, and modules.conf.xml is as it was.
func TestFirstInstall(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	out := m.ok(append([]string{"-i", deb}, m.freeswitch("1.11.1~release~1-1~bookworm")...)...)
	m.right()
	require.Equal(t, "<document/>\n", m.read("etc/freeswitch/freeswitch.xml"))
	require.Equal(t, m.read("usr/share/freeswitch/conf/vanilla/autoload_configs/modules.conf.xml"), m.read(modules))
	require.Contains(t, out, `<load module="mod_janus"/>`)
	require.Contains(t, out, "fs_cli -x 'load mod_janus'")
	require.NoFileExists(t, m.path(installed+".new"))
}

// An upgrade keeps the configuration, changed or not, and also keeps away what was removed.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	later := newer(t)
	m := newMachine(t)
	m.ok(append([]string{"-i", deb}, m.freeswitch("1.10.12~release~1")...)...)
	was := m.read(installed)
	m.write(modules, "<modules>\n  <load module=\"mod_janus\"/>\n</modules>\n")
	out := m.ok("-i", later)
	require.Equal(t, was, m.read(installed))
	require.NotEqual(t, was, m.read(shipped))
	require.Contains(t, out, "takes effect at its next start")
	require.NotContains(t, out, "<load module")
	m.write(installed, "<configuration>mine</configuration>\n")
	m.ok("-i", later)
	require.Equal(t, "<configuration>mine</configuration>\n", m.read(installed))
	require.NoError(t, os.Remove(m.path(installed)))
	m.ok("-i", later)
	require.NoFileExists(t, m.path(installed))
}

// Removing keeps the configuration; purging takes it away only if nobody has changed it. Nothing
// else of FreeSWITCH's is touched.
func TestRemoveAndPurge(t *testing.T) {
	t.Parallel()
	for _, changed := range []bool{false, true} {
		m := newMachine(t)
		m.ok(append([]string{"-i", deb}, m.freeswitch("1.10.12~release~1")...)...)
		m.ok("-r", name)
		require.NoFileExists(t, m.path(module))
		require.NoFileExists(t, m.path(shipped))
		require.FileExists(t, m.path(installed))
		if changed {
			m.write(installed, "<configuration>mine</configuration>\n")
		}
		out := m.ok("-P", name)
		if changed {
			require.Equal(t, "<configuration>mine</configuration>\n", m.read(installed))
			require.Contains(t, out, "and is kept")
		} else {
			require.NoFileExists(t, m.path(installed))
		}
		require.NoDirExists(t, m.path(state))
		require.FileExists(t, m.path(modules))
		require.FileExists(t, m.path("etc/freeswitch/freeswitch.xml"))
	}
}

// A configuration that is there before the package is the operator's: it stays, also when the
// package is purged.
func TestOwnConfigurationStays(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.ok(append([]string{"-i"}, m.freeswitch("1.10.12~release~1")...)...)
	m.write(installed, "<configuration>mine</configuration>\n")
	m.ok("-i", deb)
	require.Equal(t, "<configuration>mine</configuration>\n", m.read(installed))
	m.ok("-P", name)
	require.Equal(t, "<configuration>mine</configuration>\n", m.read(installed))
}

// Where FreeSWITCH has no configuration none is begun: FreeSWITCH would take the folder for its
// own. When the folder has come, the next time that the package is configured copies the sample.
func TestNoHalfConfiguration(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.ok("-i", m.dummy("libfreeswitch1", "1.11.1", nil, ""), m.dummy("freeswitch", "1.11.1", nil, ""))
	out := m.ok("-i", deb)
	require.NoDirExists(t, m.path("etc/freeswitch"))
	require.Contains(t, out, "there is no /etc/freeswitch/autoload_configs")
	require.NoError(t, os.Mkdir(m.path("etc/freeswitch"), 0o755)) // #nosec G301 -- as on a machine
	m.ok("-i", deb)
	entries, err := os.ReadDir(m.path("etc/freeswitch"))
	require.NoError(t, err)
	require.Empty(t, entries)
	require.NoError(t, os.Remove(m.path("etc/freeswitch")))
	m.ok(append([]string{"-i"}, m.freeswitch("1.11.1")...)...)
	m.ok("-i", deb)
	m.right()
	m.ok("-P", name)
	require.NoFileExists(t, m.path(installed))
}

// A FreeSWITCH of another kind, whose structures may differ, is refused.
func TestOtherFreeSWITCHIsRefused(t *testing.T) {
	t.Parallel()
	for version, taken := range map[string]bool{"1.8.7-1": false, "1.10.0~rc1": true, "1.11.9": true, "1.12.0~release~1": false} {
		m := newMachine(t)
		out, err := m.dpkg(append([]string{"-i", deb}, m.freeswitch(version)...)...)
		require.Equal(t, taken, err == nil, "%s: %s", version, out)
		if !taken {
			require.Contains(t, out, "depends on libfreeswitch1")
		}
	}
}

// A folder that belongs to FreeSWITCH may hold a link in the way: what it points to is not written.
func TestNoLinkIsFollowed(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.ok(append([]string{"-i"}, m.freeswitch("1.11.1")...)...)
	m.write("victim", "mine")
	require.NoError(t, os.Symlink(m.path("victim"), m.path(installed+".new")))
	m.ok("-i", deb)
	require.Equal(t, "mine", m.read("victim"))
	m.right()
	require.True(t, strings.HasPrefix(m.read(installed), "<!-- SPDX"))
}
