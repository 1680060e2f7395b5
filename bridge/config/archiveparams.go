// SPDX-License-Identifier: MPL-2.0

package config

import (
	"fmt"
	"slices"
	"strings"

	"mod_janus/bridge/archive"
	"mod_janus/bridge/host"
)

// ArchiveParam is one param of <archive>.
type ArchiveParam struct {
	Name    string
	Default string // as the manual says it
	Meaning string // as the manual says it, in Markdown

	set func(*archiveText, string)
}

// archiveText is <archive> as it is written.
type archiveText struct{ archivePath, recordingPattern, jobPath, jobPattern string }

// ArchiveParams are the params of <archive> in the order of the manual.
var ArchiveParams = []ArchiveParam{
	{"archive-path", "required",
		"folder of the recordings; both Janus and the switch write to it",
		func(a *archiveText, v string) { a.archivePath = v }},
	{"recording-pattern", "`" + archive.DefaultRecordingPattern + "`",
		"names of the recordings, without `.wav` or `.mjr`",
		func(a *archiveText, v string) { a.recordingPattern = v }},
	{"job-path", "required",
		"folder of the job files, and of a journal (`.open-*`)",
		func(a *archiveText, v string) { a.jobPath = v }},
	{"job-pattern", "`" + archive.DefaultJobPattern + "`",
		"names of the job files, without `.json`",
		func(a *archiveText, v string) { a.jobPattern = v }},
}

// ParseArchive parses the params of <archive>. It returns nil for an archive that cannot be used.
func ParseArchive(params []XMLParam) (*archive.Config, []Problem) {
	text := archiveText{recordingPattern: archive.DefaultRecordingPattern, jobPattern: archive.DefaultJobPattern}
	var problems []Problem
	for _, p := range params {
		i := slices.IndexFunc(ArchiveParams, func(known ArchiveParam) bool { return known.Name == p.Name })
		if i < 0 {
			problems = append(problems, Warning("archive: unknown param %q is ignored", p.Name))
			continue
		}
		ArchiveParams[i].set(&text, p.Value)
	}
	cfg := archive.Config{ArchivePath: trimFolder(text.archivePath), JobPath: trimFolder(text.jobPath)}
	usable := true
	parse := func(name, pattern string) archive.Pattern {
		parsed, err := archive.ParsePattern(pattern)
		if err != nil {
			problems = append(problems, Problem{host.LevelError, fmt.Sprintf("archive: param %s: %s; nothing is archived", name, err)})
			usable = false
		}
		return parsed
	}
	cfg.Recordings, cfg.Jobs = parse("recording-pattern", text.recordingPattern), parse("job-pattern", text.jobPattern)
	if !usable {
		return nil, problems
	}
	return &cfg, problems
}

func trimFolder(path string) string {
	if trimmed := strings.TrimRight(strings.TrimSpace(path), "/"); trimmed != "" || path == "" {
		return trimmed
	}
	return "/"
}
