// SPDX-License-Identifier: MPL-2.0

package packages

import (
	"compress/gzip"
	"debug/buildinfo"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/test/lab"
)

// wanted are files of both packages, with their modes; MOD is where FreeSWITCH has its modules.
var wanted = []string{
	"-rwxr-xr-x /usr/bin/janus-conf-check",
	"-rw-r--r-- MOD/mod_janus.so",
	"-rw-r--r-- /usr/share/" + name + "/janus.conf.xml",
	"-rw-r--r-- /usr/share/" + name + "/dialplan-janus.xml",
	"-rw-r--r-- /usr/share/doc/" + name + "/README.md",
	"-rw-r--r-- /usr/share/doc/" + name + "/docs/configuration.md",
	"-rw-r--r-- /usr/share/doc/" + name + "/copyright",
	"-rw-r--r-- /usr/share/doc/" + name + "/sbom.cdx.json",
	"-rw-r--r-- /usr/share/man/man1/janus-conf-check.1.gz",
	"-rw-r--r-- /usr/share/man/man5/janus.conf.xml.5.gz",
	"-rw-r--r-- /usr/share/man/man8/mod_janus.8.gz",
}

// allowed are the folders that a package may have files in: never in /etc, where FreeSWITCH's own
// package puts its configuration only if nothing is there yet.
var allowed = regexp.MustCompile(`^/usr/(bin|lib|lib64|share)/`)

// check looks at a list of files: mode, owner, group and path each.
func check(t *testing.T, list [][4]string, modules string, more ...string) {
	t.Helper()
	var files []string
	for _, f := range list {
		require.Equal(t, [2]string{"root", "root"}, [2]string{f[1], f[2]}, "%v", f)
		require.Regexp(t, allowed, f[3])
		require.NotRegexp(t, `^.....w|^........w`, strings.TrimPrefix(f[0], "l"), "%v", f)
		files = append(files, f[0]+" "+f[3])
	}
	for _, want := range append(slices.Clone(wanted), more...) {
		require.Contains(t, files, strings.Replace(want, "MOD", modules, 1))
	}
}

func TestContentsOfDeb(t *testing.T) {
	var list [][4]string
	for line := range strings.Lines(output(t, "dpkg-deb", "-c", deb)) {
		words := strings.Fields(line)
		owner, group, _ := strings.Cut(words[1], "/")
		if path := strings.TrimPrefix(words[5], "."); !strings.HasSuffix(path, "/") && words[0][0] != 'l' {
			list = append(list, [4]string{words[0], owner, group, path})
		}
	}
	check(t, list, "/usr/lib/freeswitch/mod", "-rw-r--r-- /usr/share/doc/"+name+"/changelog.Debian.gz")
	control := output(t, "dpkg-deb", "-f", deb)
	require.Contains(t, control, "Package: "+name+"\nVersion: "+version+"-1\n")
	require.Regexp(t, `Depends: libc6 \(>= 2\.\d+\), freeswitch, libfreeswitch1 \(>= 1\.10~\), libfreeswitch1 \(<< 1\.12~\)\n`, control)
}

func TestContentsOfRPM(t *testing.T) {
	var list [][4]string
	for line := range strings.Lines(output(t, "rpm", "-qp", "--qf", "[%{FILEMODES:perms} %{FILEUSERNAME} %{FILEGROUPNAME} %{FILENAMES}\n]", rpm)) {
		if words := strings.Fields(line); words[0][0] == '-' {
			list = append(list, [4]string(words))
		}
	}
	check(t, list, "/usr/lib64/freeswitch/mod", "-rw-r--r-- /usr/share/doc/"+name+"/CHANGELOG.md")
	requires := output(t, "rpm", "-qp", "--requires", rpm)
	for _, want := range []string{"freeswitch >= 1.10\n", "freeswitch < 1.12\n", "libc.so.6(GLIBC_"} {
		require.Contains(t, requires, want)
	}
	require.Equal(t, version+" 1 MPL-2.0", output(t, "rpm", "-qp", "--qf", "%{VERSION} %{RELEASE} %{LICENSE}", rpm))
	scripts := output(t, "rpm", "-qp", "--scripts", rpm)
	require.Contains(t, scripts, "postinstall scriptlet (using /bin/sh)")
	require.Contains(t, scripts, "postuninstall scriptlet (using /bin/sh)")
}

// Neither an error nor a warning.
func TestLintian(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "lintian", "--allow-root", "--fail-on", "error,warning", "--display-info", deb).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.NotRegexp(t, `(?m)^[EW]: `, string(out))
}

// What is linked in is in the list of parts, and its licence in that of licences.
func TestEveryModuleIsNamed(t *testing.T) {
	dir := unpacked(t)
	doc := filepath.Join(dir, "usr/share/doc", name)
	text, err := os.ReadFile(filepath.Join(doc, "sbom.cdx.json"))
	require.NoError(t, err)
	var sbom struct {
		BOMFormat string `json:"bomFormat"`
		Metadata  struct {
			Component struct{ Name, Version string }
		}
		Components []struct{ Name, Version string }
	}
	require.NoError(t, json.Unmarshal(text, &sbom))
	require.Equal(t, "CycloneDX", sbom.BOMFormat)
	require.Equal(t, "mod_janus "+version, sbom.Metadata.Component.Name+" "+sbom.Metadata.Component.Version)
	parts := make(map[string]string)
	for _, c := range sbom.Components {
		parts[c.Name] = c.Version
	}
	copyright, err := os.ReadFile(filepath.Join(doc, "copyright"))
	require.NoError(t, err)
	info, err := buildinfo.ReadFile(filepath.Join(dir, "usr/lib/freeswitch/mod/mod_janus.so"))
	require.NoError(t, err)
	require.Greater(t, len(info.Deps), 15)
	for _, dep := range info.Deps {
		require.Equal(t, dep.Version, parts[dep.Path], dep.Path)
		require.Regexp(t, `(?m)^Files: `+regexp.QuoteMeta(dep.Path)+"\nCopyright: .+(\n .+)*\nLicense: .+\nComment: "+regexp.QuoteMeta(dep.Path+" "+dep.Version)+"$", string(copyright))
	}
	require.Contains(t, parts, "std", "Go itself")
}

// The changelog begins with this version and is what Debian's own tools read.
func TestChangelog(t *testing.T) {
	file, err := os.Open(filepath.Join(unpacked(t), "usr/share/doc", name, "changelog.Debian.gz"))
	require.NoError(t, err)
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	require.NoError(t, err)
	text, err := io.ReadAll(unzipped)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(text), name+" ("+version+"-1) unstable; urgency=medium\n"), "%.200s", text)
	require.Contains(t, string(text), "  * What to do when upgrading: ")
}

// No path of the machine that built it is in the module.
func TestNoPathOfTheBuilder(t *testing.T) {
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	for _, file := range []string{"usr/lib/freeswitch/mod/mod_janus.so", "usr/bin/janus-conf-check"} {
		text, err := os.ReadFile(filepath.Join(unpacked(t), file))
		require.NoError(t, err)
		require.NotContains(t, string(text), root, file)
	}
}

// The module of the package loads, and says that it is the version of the package; the command
// finds nothing wrong with the configuration of the package.
func TestModuleOfThePackage(t *testing.T) {
	t.Parallel()
	dir := unpacked(t)
	sample := filepath.Join(dir, "usr/share", name, "janus.conf.xml")
	require.Empty(t, output(t, filepath.Join(dir, "usr/bin/janus-conf-check"), sample))
	text, err := os.ReadFile(sample)
	require.NoError(t, err)
	s, err := lab.StartSwitch(t.TempDir(), lab.SwitchConfig{
		Host: lab.Minihost, Binary: minihost(), Module: filepath.Join(dir, "usr/lib/freeswitch/mod/mod_janus.so"), Janus: string(text),
	})
	require.NoError(t, err)
	defer s.Stop()
	out, err := s.API("janus version")
	require.NoError(t, err)
	require.Contains(t, out, "version|"+version+"\n")
	out, err = s.API("janus list")
	require.NoError(t, err)
	require.Contains(t, out, "\ndemo|true|")
}

func minihost() string {
	if binary := os.Getenv("MOD_JANUS_MINIHOST"); binary != "" {
		return binary
	}
	return "../../build/minihost"
}
