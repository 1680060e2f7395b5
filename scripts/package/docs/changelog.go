// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// release is a section of CHANGELOG.md.
type release struct {
	version string // "" for what is not released yet
	date    time.Time
	changes []section
}

// section is "### Added" and its like.
type section struct {
	title string
	items []string // without line breaks
}

// upgrading is the section that every release has.
const upgrading = "What to do when upgrading"

var (
	released = regexp.MustCompile(`^## \[?v?(\d+\.\d+\.\d+[0-9A-Za-z.+-]*)\]? - (\d{4}-\d{2}-\d{2})$`)
	sections = map[string]bool{"Added": true, "Changed": true, "Deprecated": true, "Removed": true, "Fixed": true, "Security": true, upgrading: true}
)

// parseChangelog reads a changelog in the form of Keep a Changelog. A section of the second level
// that is neither "Unreleased" nor a version with its date ends it.
func parseChangelog(text string) (releases []release, err error) {
	var current *release
	for number, line := range strings.Split(text, "\n") {
		found := released.FindStringSubmatch(line)
		switch {
		case line == "## Unreleased" || line == "## [Unreleased]":
			releases = append(releases, release{})
			current = &releases[len(releases)-1]
		case found != nil:
			date, err := time.Parse(time.DateOnly, found[2])
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", number+1, err)
			}
			releases = append(releases, release{version: found[1], date: date})
			current = &releases[len(releases)-1]
		case strings.HasPrefix(line, "## "):
			return releases, complete(releases)
		case current == nil:
		case strings.HasPrefix(line, "### "):
			title := strings.TrimPrefix(line, "### ")
			if !sections[title] {
				return nil, fmt.Errorf("line %d: %q is no section of a release", number+1, title)
			}
			current.changes = append(current.changes, section{title: title})
		case strings.TrimSpace(line) == "":
		case len(current.changes) == 0:
			return nil, fmt.Errorf("line %d stands in no section", number+1)
		default:
			current.changes[len(current.changes)-1].add(line)
		}
	}
	return releases, complete(releases)
}

// add takes a line: an item, or more of the last one.
func (s *section) add(line string) {
	if text, begins := strings.CutPrefix(line, "- "); begins || len(s.items) == 0 {
		s.items = append(s.items, text)
		return
	}
	s.items[len(s.items)-1] += " " + strings.TrimSpace(line)
}

// complete says which release does not tell what to do when upgrading.
func complete(releases []release) error {
	if len(releases) == 0 {
		return fmt.Errorf("there is no release in it, and nothing unreleased")
	}
	for _, r := range releases {
		tells := false
		for _, s := range r.changes {
			tells = tells || s.title == upgrading && len(s.items) > 0
		}
		if !tells && len(r.changes) > 0 {
			return fmt.Errorf("release %q has no section %q", r.version, upgrading)
		}
	}
	return nil
}

// widest is how wide a line of Debian's changelogs may be.
const widest = 78

// debianChangelog is Debian's form of the releases. The first entry is of this version: what is not
// released yet, or the newest release.
func debianChangelog(releases []release, name, version, maintainer string, made time.Time) string {
	var out strings.Builder
	for i, r := range releases {
		entry, date := strings.ReplaceAll(r.version, "-", "~")+"-1", r.date
		switch {
		case i == 0:
			entry, date = version, made
		case len(r.changes) == 0:
			continue
		}
		fmt.Fprintf(&out, "%s (%s) unstable; urgency=medium\n\n", name, entry)
		if len(r.changes) == 0 {
			out.WriteString("  * The same as the release before.\n")
		}
		for _, s := range r.changes {
			for _, item := range s.items {
				wrap(&out, s.title+": "+strings.ReplaceAll(item, "`", ""))
			}
		}
		fmt.Fprintf(&out, "\n -- %s  %s\n\n", maintainer, date.UTC().Format(time.RFC1123Z))
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// wrap writes an item of a changelog of Debian's.
func wrap(out *strings.Builder, item string) {
	line := "  *"
	for word := range strings.FieldsSeq(item) {
		if len(line)+1+len(word) > widest {
			out.WriteString(line + "\n")
			line = "   "
		}
		line += " " + word
	}
	out.WriteString(line + "\n")
}
