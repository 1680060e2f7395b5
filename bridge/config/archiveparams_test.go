// SPDX-License-Identifier: MPL-2.0

package config

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/archive"
)

// What is wrong with <archive> is an error that names it; servers work.
func TestParseArchive(t *testing.T) {
	server := `<server name="demo"><param name="url" value="http://a/"/></server>`
	for params, want := range map[string]string{
		`<param name="recording-pattern" value="rec-#{user}-#{time}"/>`: `archive: param recording-pattern: "rec-#{user}-#{time}": unknown #{user}, want one of`,
		`<param name="recording-pattern" value="a/../#{time}"/>`:        `/../ in it`,
		`<param name="job-pattern" value="jobs/#{md5}"/>`:               `archive: param job-pattern: "jobs/#{md5}" has a slash in it`,
		`<param name="job-pattern" value="job"/>`:                       `would name all files alike`,
	} {
		cfg, problems := parseText(t, "<configuration><archive>"+params+"</archive>"+server+"</configuration>")
		require.Contains(t, problems, want)
		require.Nil(t, cfg.Archive)
		require.Len(t, cfg.Servers, 1)
	}
	cfg, problems := parseText(t, `<configuration><archive><param name="archive-path" value="/a/"/><param name="colour" value="red"/></archive>`+server+"</configuration>")
	require.Contains(t, problems, `archive: unknown param "colour"`)
	require.Equal(t, "/a", cfg.Archive.ArchivePath)
	require.Equal(t, archive.DefaultRecordingPattern, cfg.Archive.Recordings.String())
	require.Equal(t, archive.DefaultJobPattern, cfg.Archive.Jobs.String())
}
