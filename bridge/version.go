// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"runtime/debug"
	"strings"
	"sync"
)

// userAgent is what HTTP requests say of us: mod_janus and its version, which the
// Go toolchain takes from the tag or commit that was built.
var userAgent = sync.OnceValue(func() string {
	version := ""
	if build, ok := debug.ReadBuildInfo(); ok {
		version = strings.Trim(build.Main.Version, "()")
	}
	if version == "" {
		version = "devel"
	}
	return "mod_janus/" + version
})
