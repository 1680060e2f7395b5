// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"runtime/debug"
	"strings"
	"sync"
)

// version is that of the module. Go's toolchain takes it from the tag or commit that was built.
var version = sync.OnceValue(func() string {
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
