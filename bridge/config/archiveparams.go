// SPDX-License-Identifier: MPL-2.0

package config

import (
	"fmt"
	"strings"

	"mod_janus/bridge/archive"
	"mod_janus/bridge/host"
)

// ParseArchive parses the params of <archive>. It returns nil for an archive that cannot be used.
func ParseArchive(params []XMLParam) (*archive.Config, []Problem) {
	var cfg archive.Config
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
			problems = append(problems, Warning("archive: unknown param %q is ignored", p.Name))
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

func trimFolder(path string) string {
	if trimmed := strings.TrimRight(strings.TrimSpace(path), "/"); trimmed != "" || path == "" {
		return trimmed
	}
	return "/"
}
