// SPDX-License-Identifier: MPL-2.0

package config

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"mod_janus/bridge/archive"
	"mod_janus/bridge/host"
)

// archiveText is <archive> as it is written.
type archiveText struct {
	archivePath, recordingPattern, jobPath, jobPattern string

	convert archive.Conversion
}

// ArchiveParams are the params of <archive> in the order of the manual.
var ArchiveParams = []Param[archiveText]{
	{"archive-path", "required",
		"folder of the recordings; both Janus and the switch write to it",
		func(a *archiveText, v string) error { a.archivePath = v; return nil }},
	{"recording-pattern", "`" + archive.DefaultRecordingPattern + "`",
		"names of the recordings, without `.wav` or `.mjr`",
		func(a *archiveText, v string) error { a.recordingPattern = v; return nil }},
	{"job-path", "required",
		"folder of the job files, and of a journal (`.open-*`)",
		func(a *archiveText, v string) error { a.jobPath = v; return nil }},
	{"job-pattern", "`" + archive.DefaultJobPattern + "`",
		"names of the job files, without `.json`",
		func(a *archiveText, v string) error { a.jobPattern = v; return nil }},
	{"convert", string(archive.Unconverted),
		"what Janus's `.mjr` files become: `none`, `wav`, `opus`; see [WAV and Opus](#wav-and-opus)",
		func(a *archiveText, v string) error { return setFormat(&a.convert.Format, v) }},
	{"convert-program", "`" + archive.DefaultConvertProgram + "`",
		"the program for that, by its path, or by a name to be found in `PATH`",
		func(a *archiveText, v string) error { return setProgram(&a.convert.Program, v) }},
	{"opus-decoder", "`" + archive.DefaultOpusDecoder + "`",
		"likewise, the program that makes WAV of Opus",
		func(a *archiveText, v string) error { return setProgram(&a.convert.OpusDecoder, v) }},
}

// ParseArchive parses the params of <archive>. It returns nil for an archive that cannot be used.
func ParseArchive(params []XMLParam) (*archive.Config, []Problem) {
	text := archiveText{
		recordingPattern: archive.DefaultRecordingPattern, jobPattern: archive.DefaultJobPattern,
		convert: archive.Conversion{Format: archive.Unconverted, Program: archive.DefaultConvertProgram, OpusDecoder: archive.DefaultOpusDecoder},
	}
	var problems []Problem
	for _, p := range params {
		param, known := paramNamed(ArchiveParams, p.Name)
		if !known {
			problems = append(problems, Warning("archive: unknown param %q is ignored", p.Name))
			continue
		}
		if err := param.set(&text, p.Value); err != nil {
			problems = append(problems, Warning("archive: param %s: %s; the default (%s) stands", p.Name, err, strings.Trim(param.Default, "`")))
		}
	}
	cfg := archive.Config{ArchivePath: trimFolder(text.archivePath), JobPath: trimFolder(text.jobPath), Convert: text.convert}
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

func setFormat(to *archive.Format, v string) error {
	format := archive.Format(strings.ToLower(strings.TrimSpace(v)))
	if formats := []archive.Format{archive.Unconverted, archive.WAV, archive.Opus}; !slices.Contains(formats, format) {
		return fmt.Errorf("%q is not one of none, wav, opus", v)
	}
	*to = format
	return nil
}

func setProgram(to *string, v string) error {
	v = strings.TrimSpace(v)
	if v == "" || strings.ContainsRune(v, '/') && !filepath.IsAbs(v) {
		return fmt.Errorf("%q is neither a name nor an absolute path", v)
	}
	*to = v
	return nil
}

func trimFolder(path string) string {
	if trimmed := strings.TrimRight(strings.TrimSpace(path), "/"); trimmed != "" || path == "" {
		return trimmed
	}
	return "/"
}
