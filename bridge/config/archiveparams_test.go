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

// What becomes of .mjr files: nothing, unless it is set. What is wrong is a warning, and the
// default stands.
func TestConvertParams(t *testing.T) {
	parse := func(name, value string) (archive.Conversion, []Problem) {
		cfg, problems := ParseArchive([]XMLParam{{Name: name, Value: value}})
		require.NotNil(t, cfg)
		return cfg.Convert, problems
	}
	byDefault, problems := parse("archive-path", "/a")
	require.Empty(t, problems)
	require.Equal(t, archive.Conversion{Format: archive.Unconverted, Program: "janus-pp-rec", OpusDecoder: "opusdec"}, byDefault)
	require.False(t, byDefault.Wanted())
	for _, c := range []struct {
		value string
		want  archive.Format
	}{{"opus", archive.Opus}, {" WAV ", archive.WAV}, {"none", archive.Unconverted}} {
		value, want := c.value, c.want
		got, problems := parse("convert", value)
		require.Empty(t, problems)
		require.Equal(t, want, got.Format)
	}
	got, problems := parse("convert-program", "/opt/janus/bin/janus-pp-rec")
	require.Empty(t, problems)
	require.Equal(t, "/opt/janus/bin/janus-pp-rec", got.Program)
	for name, c := range map[string]struct{ value, says string }{
		"convert":         {"mp3", `archive: param convert: "mp3" is not one of none, wav, opus; the default (none) stands`},
		"convert-program": {"bin/x", `archive: param convert-program: "bin/x" is neither a name nor an absolute path; the default (janus-pp-rec) stands`},
		"opus-decoder":    {"", `archive: param opus-decoder: "" is neither a name nor an absolute path; the default (opusdec) stands`},
	} {
		got, problems := parse(name, c.value)
		require.Equal(t, []Problem{Warning("%s", c.says)}, problems)
		require.Equal(t, byDefault, got)
	}
}
