// SPDX-License-Identifier: MPL-2.0

package realjanus

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
)

// The versions of Janus that the lab can start:
// the one of Debian 12 and the one of Debian's next release.
const (
	Janus112 = "1.1.2"
	Janus141 = "1.4.1"
)

// JanusVersion is the version that MOD_JANUS_JANUS chooses, Debian 12's unless it is set.
func JanusVersion() string { return cmp.Or(os.Getenv("MOD_JANUS_JANUS"), Janus112) }

// janusPackage says where the files of one version of Janus are.
type janusPackage struct {
	root   string // "" is the machine's own
	loader string // the root's own dynamic loader, "" for the machine's
	json   string // how the transports write JSON in the configuration as shipped
}

// findJanus finds a version of Janus on this machine.
func findJanus(version string) (janusPackage, error) {
	switch version {
	case Janus112:
		return janusPackage{json: "indented"}, nil
	case Janus141:
	default:
		return janusPackage{}, fmt.Errorf("MOD_JANUS_JANUS is %q, want %s or %s", version, Janus112, Janus141)
	}
	cache := os.Getenv("MOD_JANUS_CACHE")
	if cache == "" {
		folder, err := os.UserCacheDir()
		if err != nil {
			return janusPackage{}, err
		}
		cache = filepath.Join(folder, "mod_janus")
	}
	root := filepath.Join(cache, "janus-"+Janus141, "root")
	loader := filepath.Join(root, "usr/lib64/ld-linux-x86-64.so.2")
	if found, _ := filepath.Glob(filepath.Join(root, "usr/lib*/ld-linux-*.so.*")); len(found) > 0 {
		loader = found[0]
	}
	if _, err := os.Stat(loader); err != nil {
		return janusPackage{}, fmt.Errorf("janus %s is not unpacked in %s: make setup does it", version, root)
	}
	return janusPackage{root: root, loader: loader, json: "compact"}, nil
}

// command is how this version is started.
// One that is unpacked into a folder runs with the libraries of that folder.
func (p janusPackage) command(args ...string) []string {
	if p.root == "" {
		return append([]string{"janus"}, args...)
	}
	libraries, _ := filepath.Glob(filepath.Join(p.root, "usr/lib/*-linux-gnu"))
	return append([]string{p.loader, "--library-path", cmp.Or(libraries...), filepath.Join(p.root, "usr/bin/janus")}, args...)
}

// folder finds a folder of the package's plugins or transports.
func (p janusPackage) folder(name string) (string, error) {
	for _, pattern := range []string{"/usr/lib/*/janus/" + name, "/usr/lib/janus/" + name} {
		if found, _ := filepath.Glob(p.root + pattern); len(found) > 0 {
			return found[0], nil
		}
	}
	return "", fmt.Errorf("no folder of Janus %s: is Debian's package janus installed? (make setup)", name)
}

// configuration reads a file of the configuration as shipped.
func (p janusPackage) configuration(file string) (string, error) {
	text, err := os.ReadFile(filepath.Join("/", p.root, "etc/janus", file))
	if err != nil {
		return "", fmt.Errorf("the configuration of Debian's package: %w", err)
	}
	return string(text), nil
}
