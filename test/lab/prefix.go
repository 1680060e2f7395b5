// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const defaultPrefix = "/usr/local/freeswitch"

// Prefix is where FreeSWITCH is installed: FREESWITCH_PREFIX, or what pkg-config
// says, or its own default.
func Prefix() string {
	return cmp.Or(os.Getenv("FREESWITCH_PREFIX"), packaged("prefix"), defaultPrefix)
}

// program is FreeSWITCH's own program. A package of Debian has it elsewhere than a
// build of one's own.
func program() string {
	return filepath.Join(cmp.Or(installed("bindir"), filepath.Join(Prefix(), "bin")), "freeswitch")
}

// moduleFolder is where its modules are.
func moduleFolder() string {
	return cmp.Or(os.Getenv("FREESWITCH_MODDIR"), installed("modulesdir"), filepath.Join(Prefix(), "mod"))
}

// installed is a variable of the FreeSWITCH at Prefix, "" where pkg-config knows
// none there: what it says of another one is of no use.
func installed(variable string) string {
	if filepath.Clean(packaged("prefix")) != filepath.Clean(Prefix()) {
		return ""
	}
	return packaged(variable)
}

// packaged is a variable of FreeSWITCH's pkg-config file, that at FREESWITCH_PREFIX
// before others; "" where there is none.
func packaged(variable string) string {
	ask := exec.Command("pkg-config", "--variable="+variable, "freeswitch") // #nosec G204 -- a name of ours
	ask.Env = os.Environ()
	if prefix := cmp.Or(os.Getenv("FREESWITCH_PREFIX"), defaultPrefix); prefix != "" {
		path := []string{filepath.Join(prefix, "lib", "pkgconfig")}
		if more := os.Getenv("PKG_CONFIG_PATH"); more != "" && os.Getenv("FREESWITCH_PREFIX") != "" {
			path = append(path, more)
		} else if more != "" {
			path = []string{more, path[0]}
		}
		ask.Env = append(ask.Env, "PKG_CONFIG_PATH="+strings.Join(path, ":"))
	}
	out, err := ask.Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
