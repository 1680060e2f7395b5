// SPDX-License-Identifier: MPL-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const sample = `# Changelog

Words.

## Unreleased

## 1.1.0-rc.1 - 2026-03-04

### Added

- ` + "`janus version`" + `, which is new
  and longer than one line of a changelog of Debian's may be, so that it is broken.

### What to do when upgrading

- Restart FreeSWITCH.

## [1.0.0] - 2026-01-02

### What to do when upgrading

- Nothing.

## Before

Anything.
`

func TestDebianChangelog(t *testing.T) {
	releases, err := parseChangelog(sample)
	require.NoError(t, err)
	require.Len(t, releases, 3)
	text := debianChangelog(releases, "p", "1.1.0~rc.1+3.gabc-1", "A <a@b>", time.Unix(1772600000, 0))
	require.Equal(t, `p (1.1.0~rc.1+3.gabc-1) unstable; urgency=medium

  * The same as the release before.

 -- A <a@b>  Wed, 04 Mar 2026 04:53:20 +0000

p (1.1.0~rc.1-1) unstable; urgency=medium

  * Added: janus version, which is new and longer than one line of a changelog
    of Debian's may be, so that it is broken.
  * What to do when upgrading: Restart FreeSWITCH.

 -- A <a@b>  Wed, 04 Mar 2026 00:00:00 +0000

p (1.0.0-1) unstable; urgency=medium

  * What to do when upgrading: Nothing.

 -- A <a@b>  Fri, 02 Jan 2026 00:00:00 +0000
`, text)
}

// A release is not complete without what to do, and a section has the name that others look for.
func TestChangelogIsComplete(t *testing.T) {
	for text, want := range map[string]string{
		strings.Replace(sample, "- Nothing.", "", 1):           `release "1.0.0" has no section "What to do when upgrading"`,
		strings.Replace(sample, "### Added", "### New", 1):     `line 9: "New" is no section`,
		strings.Replace(sample, "### Added", "", 1):            "line 11 stands in no section",
		strings.Replace(sample, "2026-03-04", "2026-13-04", 1): "month out of range",
		"# Changelog": "there is no release in it",
	} {
		_, err := parseChangelog(text)
		require.ErrorContains(t, err, want)
	}
	own, err := os.ReadFile("../../../CHANGELOG.md")
	require.NoError(t, err)
	releases, err := parseChangelog(string(own))
	require.NoError(t, err, "CHANGELOG.md")
	require.NotEmpty(t, releases)
}

// A licence that nobody has looked at stops the build of the package.
func TestLicences(t *testing.T) {
	file := filepath.Join(t.TempDir(), "LICENSE")
	for text, want := range map[string]string{
		"Copyright (c) 2020 A\n\nPermission is hereby granted, free of\ncharge, to any person":                    "MIT",
		"Redistribution and use in source and binary\nforms, ... Neither the name of":                             "BSD-3-Clause",
		"Redistribution and use in source and binary forms, with":                                                 "BSD-2-Clause",
		"Permission to use, copy, modify, and distribute this software for any purpose with":                      "ISC",
		"                                 Apache License\n                           Version 2.0, January 2004\n": "Apache-2.0",
	} {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		l, notices, err := read(file)
		require.NoError(t, err)
		require.Equal(t, want, l.name)
		if want == "MIT" {
			require.Equal(t, []string{"(c) 2020 A"}, notices)
			require.NotContains(t, l.text, "2020")
		}
	}
	require.NoError(t, os.WriteFile(file, []byte("All rights reserved."), 0o600))
	_, _, err := read(file)
	require.ErrorContains(t, err, "nobody has looked at")
}
