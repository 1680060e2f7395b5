// SPDX-License-Identifier: MPL-2.0

// Package packages proves the packages that `make deb` and `make rpm` make: what is in them, what
// their scripts do to a machine, and that the same commit gives the same bytes. The module in them
// is built for minihost, so that no FreeSWITCH has to be there; all else is as it is shipped.
package packages

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// name is that of the package for minihost.
const name = "minihost-mod-janus"

// The packages under test, the version that they should have, and what tells make of the commit.
var (
	deb, rpm, version string
	stamps            []string
)

func TestMain(m *testing.M) {
	status, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "packages:", err)
		status = 1
	}
	os.Exit(status)
}

func run(m *testing.M) (int, error) {
	build, err := os.MkdirTemp("", "mod-janus-packages-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(build)
	root, err := filepath.Abs("../..")
	if err != nil {
		return 1, err
	}
	var of [3]string
	for i, what := range []string{"version", "revision", "epoch"} {
		out, err := exec.CommandContext(context.Background(), filepath.Join(root, "scripts/version"), what).Output()
		if err != nil {
			return 1, err
		}
		of[i] = strings.TrimSpace(string(out))
	}
	if of[0] == "devel" {
		of[0] = "0.0.0" // this is no clone, and a package has to have a version
	}
	version = of[0]
	stamps = []string{"VERSION=" + of[0], "REVISION=" + of[1], "SOURCE_DATE_EPOCH=" + of[2]}
	if deb, rpm, err = packages(context.Background(), root, build, nil); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

// packages makes both packages of a tree, in the folder build.
func packages(ctx context.Context, tree, build string, environment []string) (deb, rpm string, err error) {
	made := exec.CommandContext(ctx, "make", append([]string{"--no-print-directory", "-s", "deb", "rpm",
		"PACKAGE_FOR=minihost", "FREESWITCH_PREFIX=/nonexistent", "BUILD=" + build}, stamps...)...)
	made.Dir = tree
	made.Env = append(alone(), environment...)
	if out, err := made.CombinedOutput(); err != nil {
		return "", "", fmt.Errorf("make deb rpm: %w\n%s", err, out)
	}
	for _, found := range []struct {
		to      *string
		pattern string
	}{{&deb, "*.deb"}, {&rpm, "*.rpm"}} {
		files, err := filepath.Glob(filepath.Join(build, "packages", found.pattern))
		if err != nil || len(files) != 1 {
			return "", "", fmt.Errorf("want one %s, got %q, %w", found.pattern, files, err)
		}
		*found.to = files[0]
	}
	return deb, rpm, nil
}

// alone is the environment of a make that is no part of the one that runs this.
func alone() []string { return append(os.Environ(), "MAKEFLAGS=", "MAKELEVEL=") }

// output runs a command that must succeed, and returns all that it prints.
func output(t *testing.T, command string, arguments ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), command, arguments...).CombinedOutput()
	require.NoError(t, err, "%s %q: %s", command, arguments, out)
	return string(out)
}

// unpacked is a folder with the files of the Debian package.
func unpacked(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	output(t, "dpkg-deb", "-x", deb, dir)
	return dir
}
