// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/archive"
	"mod_janus/test/lab"
)

// recordCall has Janus record a call that says a tone, and returns the job.
func (f folders) recordCall(t *testing.T, s *lab.Switch, events *lab.Events, codec, extension string) archive.Job {
	t.Helper()
	uuid := originate(t, s, "%s", tone("janus-use-existing-room=true,janus-user-record=true,janus-codec="+codec, "janus/demo/Speaker@1234", 440))
	source := api(t, s, "uuid_getvar %s janus_archive_file", uuid)
	grows(t, source, 12000)
	require.Equal(t, "-ERR "+source+" is still being recorded", api(t, s, "janus convert %s", source))
	api(t, s, "uuid_kill %s", uuid)
	job := f.take(t, events, strings.TrimSuffix(source, ".mjr")+extension)
	require.FileExists(t, source)
	if extension != ".mjr" {
		require.Equal(t, source, job.Recording.Source)
		converted := events.Find("Action", "converted", "Archive-File", job.Data.Audio, "Archive-Source", source)
		require.Len(t, converted, 1)
		require.Equal(t, "1234", converted[0].Get("Janus-Room"))
	}
	return job
}

// requireSpoken says that a WAV file has the tone that was spoken.
func requireSpoken(t *testing.T, path string) {
	t.Helper()
	sides, err := lab.ReadChannels(path)
	require.NoError(t, err)
	for _, sound := range sides {
		requireHeard(t, sound, 440)
	}
}

// What Janus records becomes what is configured before its job is written, and what is asked for by
// command; what was said is in it.
func TestRecordingIsConverted(t *testing.T) {
	t.Parallel()
	f, dir := newFolders(t), t.TempDir()
	plain := f.xml
	f.xml = strings.Replace(plain, "</archive>", param("convert", "opus")+"</archive>", 1)
	s, err := startSwitch(dir, f.in(lab.ConfOf(janus, "")))
	require.NoError(t, err)
	t.Cleanup(s.Stop)
	events := watch(t, s, "CUSTOM janus::archive")

	opus := f.recordCall(t, s, events, "opus", ".opus")
	text, err := os.ReadFile(opus.Data.Audio)
	require.NoError(t, err)
	require.Contains(t, string(text[:100]), "OpusHead")
	requireSpoken(t, f.recordCall(t, s, events, "PCMU", ".wav").Data.Audio) // Opus is not made of G.711

	// by command
	wav := strings.TrimSuffix(opus.Data.Audio, ".opus") + ".wav"
	require.Equal(t, "-ERR "+opus.Data.Audio+" is there already", api(t, s, "janus convert %s", opus.Recording.Source))
	require.Equal(t, "+OK 1 begun, 0 waiting, 0 done already", api(t, s, "janus convert %s wav", filepath.Base(opus.Recording.Source)))
	eventually(t, "it is converted", func() bool {
		return len(events.Find("Action", "converted", "Archive-File", wav, "Archive-Source", opus.Recording.Source)) == 1
	})
	requireSpoken(t, wav)
	require.JSONEq(t, `{"result":"ok","begun":0,"waiting":0,"done":2}`, api(t, s, "janus convert . as json"))
	cut := filepath.Join(f.recordings, "cut.mjr")
	source, err := os.ReadFile(opus.Recording.Source)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(cut, source[:len(source)/2], 0o600))
	require.Equal(t, "+OK 1 begun, 0 waiting, 2 done already", api(t, s, "janus convert %s", f.recordings))
	logged(t, s, `\[WARNING\].*Archive: `+cut+` is not converted: it is not written to its end`)
	eventually(t, "the event", func() bool { return len(events.Find("Action", "not-converted", "Archive-File", cut)) == 1 })
	require.Equal(t, "-ERR /etc/passwd is not in the archive-path "+f.recordings, api(t, s, "janus convert /etc/passwd"))

	// without the program the recording stays as it is, and gets its job all the same
	missing := strings.Replace(plain, "</archive>", param("convert", "wav")+param("convert-program", "/nonexistent/pp-rec")+"</archive>", 1)
	rewrite(t, dir, f.xml, missing)
	require.Contains(t, api(t, s, "janus reload"), "+OK")
	logged(t, s, `\[WARNING\].*janus.conf: archive: param convert-program: /nonexistent/pp-rec cannot be run: no such file or directory`)
	job := f.recordCall(t, s, events, "opus", ".mjr")
	require.Equal(t, "/nonexistent/pp-rec cannot be run: no such file or directory", job.Recording.NotConverted)
	require.Len(t, events.Find("Action", "not-converted", "Archive-File", job.Data.Audio), 1)
	gone(t, s)
}
