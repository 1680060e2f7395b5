// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"fmt"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"

	"mod_janus/bridge/console"
	"mod_janus/bridge/host"
)

// stampedVersion and stampedRevision are set by the linker (-X), see the Makefile.
var stampedVersion, stampedRevision string

// version is that of the module: what the Makefile has stamped, or what the Go toolchain knows.
var version = sync.OnceValue(func() string {
	if stampedVersion != "" {
		return stampedVersion
	}
	version := ""
	if build, ok := debug.ReadBuildInfo(); ok {
		version = strings.Trim(build.Main.Version, "()")
	}
	if version == "" {
		version = "devel"
	}
	return version
})

// userAgent is what HTTP requests say of us: mod_janus and its version.
func userAgent() string { return "mod_janus/" + version() }

// versions are those of the module and of its switch, for the console.
func (e *Engine) versions() console.Versions {
	built, running := e.host.Version()
	return console.Versions{Module: version(), Revision: stampedRevision, Go: runtime.Version(), Built: built, Running: running}
}

var majorMinor = regexp.MustCompile(`^\d+\.\d+`)

// warnOfSwitch tells of a switch of another version than the one that the module was built for:
// what a switch loads it compares by a number that stays the same for many versions, while the
// structures that both sides share may change with each.
func (e *Engine) warnOfSwitch() {
	built, running := e.host.Version()
	first, second := majorMinor.FindString(built), majorMinor.FindString(running)
	if first != "" && second != "" && first != second {
		e.host.Log("", host.LevelWarning, fmt.Sprintf("This module was built for FreeSWITCH %s and runs in %s, whose structures may differ: "+
			"build it against the FreeSWITCH that runs, or install its package for FreeSWITCH %s", built, running, second))
	}
}
