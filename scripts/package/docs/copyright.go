// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

// module is what is linked in: a Go module, or Go itself.
type module struct {
	name   string // with its version
	folder string
}

// linkedModules are those of Go programs and libraries, as they themselves say, sorted.
func linkedModules(ctx context.Context, binaries ...string) ([]module, error) {
	if len(binaries) == 0 {
		return nil, errors.New("no binary is named")
	}
	versions := make(map[string]string)
	for _, binary := range binaries {
		info, err := buildinfo.ReadFile(binary)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", binary, err)
		}
		for _, dep := range info.Deps {
			if dep.Replace != nil {
				return nil, fmt.Errorf("%s: %s is replaced by %s, whose licence nobody has looked at", binary, dep.Path, dep.Replace.Path)
			}
			versions[dep.Path] = dep.Version
		}
	}
	var modules []module
	for path, version := range versions {
		out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", path+"@"+version).Output()
		if err != nil {
			return nil, fmt.Errorf("go list -m %s@%s: %w", path, version, err)
		}
		modules = append(modules, module{path + " " + version, strings.TrimSpace(string(out))})
	}
	slices.SortFunc(modules, func(a, b module) int { return strings.Compare(a.name, b.name) })
	goroot, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("go env GOROOT: %w", err)
	}
	return append(modules, module{"Go " + strings.TrimPrefix(runtime.Version(), "go") + ", its runtime and standard library", strings.TrimSpace(string(goroot))}), nil
}

// kinds are licences by words of their texts; the first that matches counts.
var kinds = []struct {
	name  string
	words *regexp.Regexp
}{
	{"Apache-2.0", regexp.MustCompile(`Apache License Version 2\.0`)},
	{"MPL-2.0", regexp.MustCompile(`Mozilla Public License,? [Vv]ersion 2\.0`)},
	{"BSD-3-Clause", regexp.MustCompile(`Redistribution and use in source and binary forms.*(Neither the name|may not be used to endorse)`)},
	{"BSD-2-Clause", regexp.MustCompile(`Redistribution and use in source and binary forms`)},
	{"ISC", regexp.MustCompile(`Permission to use, copy, modify,? and(/or)? distribute this software for any purpose`)},
	{"MIT", regexp.MustCompile(`Permission is hereby granted, free of charge, to any person`)},
}

// common are licences that Debian has in /usr/share/common-licenses.
var common = map[string]bool{"Apache-2.0": true, "MPL-2.0": true}

var (
	spaces   = regexp.MustCompile(`\s+`)
	notice   = regexp.MustCompile(`(?i)^copyright (\(c\)|©|\d{4})`)
	template = regexp.MustCompile(`<year>`)
	licences = regexp.MustCompile(`(?i)^(licen[cs]e|copying)([.-].*)?$`)
)

// licence is one text of a licence.
type licence struct {
	name, text string // the text without the notices of copyright
	same       string // the text, to tell one from another
}

// read takes a file with a licence apart: what it is, and whose the module is.
func read(path string) (l licence, notices []string, err error) {
	whole, err := os.ReadFile(path) // #nosec G304 -- of a module that is linked in
	if err != nil {
		return l, nil, err
	}
	flat := spaces.ReplaceAllString(string(whole), " ")
	i := slices.IndexFunc(kinds, func(k struct {
		name  string
		words *regexp.Regexp
	},
	) bool {
		return k.words.MatchString(flat)
	})
	if i < 0 {
		return l, nil, fmt.Errorf("%s is a licence that nobody has looked at", path)
	}
	l.name = kinds[i].name
	var rest []string
	for line := range strings.Lines(string(whole)) {
		line = strings.TrimRight(line, " \t\r\n")
		if own := strings.TrimSpace(line); notice.MatchString(own) {
			if !template.MatchString(own) {
				notices = append(notices, own[len("copyright "):])
			}
			continue
		}
		rest = append(rest, line)
	}
	l.text = strings.Trim(strings.Join(rest, "\n"), "\n")
	l.same = l.name
	if !common[l.name] {
		l.same = strings.ToLower(spaces.ReplaceAllString(l.text, " "))
	}
	return l, notices, nil
}

// licenceFile is the file with the licence of a module.
func licenceFile(folder string) (string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return "", err
	}
	for _, entry := range entries {
		if !entry.IsDir() && licences.MatchString(entry.Name()) {
			return filepath.Join(folder, entry.Name()), nil
		}
	}
	return "", fmt.Errorf("%s has no file with a licence", folder)
}

// copyright is what a package says of its licences, in Debian's form (DEP-5). With full it has the
// texts of all of them.
func copyright(modules []module, full bool) (string, error) {
	var files, texts strings.Builder
	files.WriteString("Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: mod_janus\n" +
		"Comment: mod_janus.so and janus-conf-check are one work with the modules below, which are linked into them.\n\n" +
		"Files: *\nCopyright: the authors of mod_janus\nLicense: MPL-2.0\n")
	seen := make(map[string]string) // by text: the name that it has here
	count := make(map[string]int)
	add := func(l licence) string {
		if name, there := seen[l.same]; there {
			return name
		}
		name := l.name
		if count[l.name]++; count[l.name] > 1 {
			name = fmt.Sprintf("%s-%d", l.name, count[l.name])
		}
		seen[l.same] = name
		fmt.Fprintf(&texts, "\nLicense: %s\n", name)
		if common[l.name] && !full {
			fmt.Fprintf(&texts, " On Debian systems its text is in /usr/share/common-licenses/%s\n", l.name)
			return name
		}
		for line := range strings.SplitSeq(l.text, "\n") {
			if line == "" {
				line = "."
			}
			texts.WriteString(" " + line + "\n")
		}
		return name
	}
	own, _, err := read("LICENSE")
	if err != nil {
		return "", err
	}
	add(own)
	for _, m := range modules {
		path, err := licenceFile(m.folder)
		if err != nil {
			return "", err
		}
		l, notices, err := read(path)
		if err != nil {
			return "", err
		}
		if len(notices) == 0 {
			notices = []string{"the authors of " + m.name}
		}
		fmt.Fprintf(&files, "\nFiles: %s\nCopyright: %s\nLicense: %s\n", strings.Fields(m.name)[0], strings.Join(notices, "\n "), add(l))
		fmt.Fprintf(&files, "Comment: %s\n", m.name)
		text, err := os.ReadFile(filepath.Join(m.folder, "NOTICE"))
		if err == nil {
			for line := range strings.Lines(strings.TrimSpace(string(text))) {
				fmt.Fprintf(&files, " %s\n", strings.TrimSpace(line))
			}
		}
	}
	return files.String() + texts.String(), nil
}
