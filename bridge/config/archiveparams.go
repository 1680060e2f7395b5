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

// ParseArchive parses the params of <archive>. It returns nil for an archive that cannot be used.
func ParseArchive(params []XMLParam) (*archive.Config, []Problem) {
	cfg := archive.Config{Convert: archive.Conversion{
		Format: archive.Unconverted, Program: archive.DefaultConvertProgram, OpusDecoder: archive.DefaultOpusDecoder,
	}}
	var problems []Problem
	patterns := map[string]string{"recording-pattern": archive.DefaultRecordingPattern, "job-pattern": archive.DefaultJobPattern}
	for _, p := range params {
		switch p.Name {
		case "archive-path":
			cfg.ArchivePath = trimFolder(p.Value)
		case "job-path":
			cfg.JobPath = trimFolder(p.Value)
		case "recording-pattern", "job-pattern":
			patterns[p.Name] = p.Value
		default:
			if err := setConversion(&cfg.Convert, p); err != nil {
				problems = append(problems, Warning("archive: %s", err))
			}
		}
	}
	usable := true
	for name, pattern := range map[string]*archive.Pattern{"recording-pattern": &cfg.Recordings, "job-pattern": &cfg.Jobs} {
		parsed, err := archive.ParsePattern(patterns[name])
		if err != nil {
			problems = append(problems, Problem{host.LevelError, fmt.Sprintf("archive: param %s: %s; nothing is archived", name, err)})
			usable = false
		}
		*pattern = parsed
	}
	if !usable {
		return nil, problems
	}
	return &cfg, problems
}

// setConversion takes a param of <archive> about what becomes of .mjr files.
func setConversion(to *archive.Conversion, p XMLParam) error {
	v := strings.TrimSpace(p.Value)
	program := func(name *string) error {
		if v == "" || strings.ContainsRune(v, '/') && !filepath.IsAbs(v) {
			return fmt.Errorf("param %s: %q is neither a name nor an absolute path; the default (%s) stands", p.Name, v, *name)
		}
		*name = v
		return nil
	}
	switch p.Name {
	case "convert":
		format := archive.Format(strings.ToLower(v))
		if formats := []archive.Format{archive.Unconverted, archive.WAV, archive.Opus}; !slices.Contains(formats, format) {
			return fmt.Errorf("param convert: %q is not one of none, wav, opus; the default (none) stands", v)
		}
		to.Format = format
		return nil
	case "convert-program":
		return program(&to.Program)
	case "opus-decoder":
		return program(&to.OpusDecoder)
	}
	return fmt.Errorf("unknown param %q is ignored", p.Name)
}

func trimFolder(path string) string {
	if trimmed := strings.TrimRight(strings.TrimSpace(path), "/"); trimmed != "" || path == "" {
		return trimmed
	}
	return "/"
}
