// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/archive"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// folders are those of an archive, and what of them is in janus.conf.
type folders struct{ recordings, jobs, xml string }

func newFolders(t *testing.T) folders {
	t.Helper()
	f := folders{recordings: t.TempDir(), jobs: t.TempDir()}
	f.xml = `<archive>` + param("archive-path", f.recordings) + param("job-path", f.jobs) + `</archive>`
	return f
}

// in puts the archive into a janus.conf.
func (f folders) in(conf string) string {
	return strings.Replace(conf, "<settings/>", "<settings/>"+f.xml, 1)
}

// all are the job files that are there now, by their names; each has to be whole.
func (f folders) all(t *testing.T) map[string]archive.Job {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(f.jobs, "[^.]*"))
	require.NoError(t, err)
	jobs := make(map[string]archive.Job)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		var job archive.Job
		require.NoError(t, json.Unmarshal(text, &job), "%s: %s", path, text)
		require.Equal(t, "archive-finished", job.Event)
		require.NotEmpty(t, job.Data.UID)
		jobs[path] = job
	}
	return jobs
}

// take waits for the one job of a recording, and for its event, and removes it.
func (f folders) take(t *testing.T, events *lab.Events, audio string) (job archive.Job) {
	t.Helper()
	var path string
	eventually(t, "there is a job for "+audio, func() bool {
		path = ""
		for name, found := range f.all(t) {
			if found.Data.Audio == audio {
				require.Empty(t, path, "two jobs")
				path, job = name, found
			}
		}
		return path != ""
	})
	eventually(t, "janus::archive", func() bool {
		found := events.Find("Event-Subclass", "janus%3A%3Aarchive", "Action", "finished", "Archive-File", audio, "Archive-Job", path)
		return len(found) == 1 && strings.Contains(found[0].Get("Body"), job.Data.UID)
	})
	require.NoError(t, os.Remove(path))
	return job
}

// recorded waits until a leg is recorded, and returns the path.
func recorded(t *testing.T, s *lab.Switch, uuid string) (path string) {
	t.Helper()
	eventually(t, "it is recorded", func() bool {
		path = api(t, s, "uuid_getvar %s janus_archive_file", uuid)
		return strings.HasPrefix(path, "/")
	})
	return path
}

// startArchive starts a switch with an archive.
func startArchive(t *testing.T) (*lab.Switch, folders, *lab.Events) {
	t.Helper()
	f := newFolders(t)
	s, err := startSwitch(t.TempDir(), f.in(lab.ConfOf(janus, "")))
	require.NoError(t, err)
	t.Cleanup(s.Stop)
	return s, f, watch(t, s, "CUSTOM janus::archive")
}

// Janus records a participant: from the join to the end, and by command.
func TestArchiveOfAParticipant(t *testing.T) {
	s, f, events := startArchive(t)
	uuid := originate(t, s, "%s", tone("janus-user-record=true", "janus/demo/Speaker@8980", 440))
	audio := api(t, s, "uuid_getvar %s janus_archive_file", uuid)
	require.Regexp(t, "^"+f.recordings+`/rec-8980-\d{16}-audio\.mjr$`, audio)
	grows(t, audio, 5000)
	require.Equal(t, "+OK", api(t, s, "janus record %s stop", uuid))
	job := f.take(t, events, audio)
	require.Equal(t, "8980", job.Data.ID)
	require.Equal(t, audiobridge.Plugin, job.Plugin)
	require.Equal(t, uuid, job.Recording.Leg)
	second, ok := strings.CutPrefix(api(t, s, "janus record %s start", uuid), "+OK ")
	require.True(t, ok)
	require.NotEqual(t, audio, second)
	grows(t, second, 5000)
	hangup(t, s, uuid)
	f.take(t, events, second)
}

// Janus records the mix of a room until it is empty, and again when the next
// call comes; and from command to command.
func TestArchiveOfARoom(t *testing.T) {
	s, f, events := startArchive(t)
	a := ask(t, janus)
	id := janusclient.NumberID(8981)
	recordings := func() (paths []string) {
		found, err := filepath.Glob(filepath.Join(f.recordings, "rec-8981-*-audio.wav"))
		require.NoError(t, err)
		return found
	}
	for round := range 2 {
		uuid := originate(t, s, "%s", tone("janus-room-record=true", "janus/demo/Speaker@8981", 440))
		eventually(t, "another recording", func() bool { return len(recordings()) == round+1 })
		audio := recordings()[round]
		eventually(t, "its media is up", func() bool { return a.ready(id, 1) })
		before, err := os.Stat(audio)
		require.NoError(t, err)
		grows(t, audio, before.Size()+150000)
		require.True(t, a.room(id).Record)
		hangup(t, s, uuid)
		job := f.take(t, events, audio)
		require.Equal(t, archive.Room, job.Recording.Kind)
		require.False(t, a.room(id).Record, "nobody is in it")
		sound, err := lab.ReadWAV(audio)
		require.NoError(t, err)
		// on a busy machine media is up some time after the recording has begun
		requireHeard(t, sound.Cut(sound.Duration()-4*time.Second, sound.Duration()), 440)
	}
	// by command, until it is destroyed
	uuid := originate(t, s, "%s", tone("janus-use-existing-room=true", "janus/demo/Speaker@8981", 440))
	audio, ok := strings.CutPrefix(api(t, s, "janus room demo 8981 record start"), "+OK ")
	require.True(t, ok)
	grows(t, audio, 10000)
	require.Equal(t, "+OK", api(t, s, "janus room demo 8981 destroy"))
	f.take(t, events, audio)
	gone(t, s)
	require.Equal(t, "false", api(t, s, "uuid_exists %s", uuid))

	uuid = originate(t, s, "%s", tone("janus-room-record=true,janus-room-auto-destroy=true", "janus/demo/Speaker@8982", 440))
	audio = f.only(t, "rec-8982-*-audio.wav")
	grows(t, audio, 10000)
	hangup(t, s, uuid)
	f.take(t, events, audio)
	eventually(t, "the room is gone", func() bool { return a.room(janusclient.NumberID(8982)) == nil })
}

// Others than our legs are in the room: it is recorded until they have gone.
func TestArchiveGoesOnWithOthers(t *testing.T) {
	s, f, events := startArchive(t)
	a := ask(t, janus)
	id := janusclient.NumberID(8986)
	uuid := originate(t, s, "%s", tone("janus-room-record=true", "janus/demo/Speaker@8986", 440))
	other := browser(t, 8986, "Browser", false)
	audio := f.only(t, "rec-8986-*-audio.wav")
	hangup(t, s, uuid)
	size := func() int64 {
		info, err := os.Stat(audio)
		require.NoError(t, err)
		return info.Size()
	}
	before := size()
	// the mix is mono at the room's rate, 16 bit: more than a look at the room and its pause
	grows(t, audio, before+6*2*int64(a.room(id).SamplingRate))
	require.True(t, a.room(id).Record)
	require.Empty(t, f.all(t))
	require.NoError(t, other.Leave(t.Context()))
	f.take(t, events, audio)
	require.False(t, a.room(id).Record)
}

// only is the one recording whose name matches.
func (f folders) only(t *testing.T, pattern string) (path string) {
	t.Helper()
	eventually(t, pattern+" is there", func() bool {
		found, err := filepath.Glob(filepath.Join(f.recordings, pattern))
		require.NoError(t, err)
		if len(found) == 1 {
			path = found[0]
		}
		return path != ""
	})
	return path
}

// The switch records what a caller hears (left) and says (right).
func TestArchiveByTheSwitch(t *testing.T) {
	s, f, events := startArchive(t)
	speaker := originate(t, s, "%s", tone("janus-room-description=local", "janus/demo/Speaker@8983", 440))
	caller := originate(t, s, "%s", tone("janus-use-existing-room=true,janus-archive=local", "janus/demo/Caller@8983", 1000))
	audio := recorded(t, s, caller)
	require.Regexp(t, "^"+f.recordings+`/rec-8983-\d{16}-audio\.wav$`, audio)
	part := filepath.Join(f.recordings, "."+filepath.Base(audio))
	a := ask(t, janus)
	eventually(t, "the media of both is up", func() bool { return a.ready(janusclient.NumberID(8983), 2) })
	early, err := os.Stat(part)
	require.NoError(t, err)
	grows(t, part, 3*early.Size()+4*48000*3) // 3 s more, stereo: the middle third has all sound
	require.NoFileExists(t, audio, "it is not whole yet")
	require.Empty(t, f.all(t))
	api(t, s, "uuid_kill %s", caller)
	job := f.take(t, events, audio)
	require.Equal(t, archive.Local, job.Recording.Kind)
	require.NoFileExists(t, part)
	sides, err := lab.ReadChannels(audio)
	require.NoError(t, err)
	require.Len(t, sides, 2)
	requireHeard(t, sides[0], 440)
	requireHeard(t, sides[1], 1000)
	for i, other := range []float64{1000, 440} {
		middle := sides[i].Cut(sides[i].Duration()/3, sides[i].Duration()*2/3)
		require.Less(t, middle.Tone(other), unheard, "each side is on its own")
	}

	// by command: stop and start, no request to Janus
	caller = originate(t, s, "%s", tone("janus-use-existing-room=true,janus-archive=local", "janus/demo/Caller@8983", 1000))
	first := recorded(t, s, caller)
	require.Equal(t, "+OK "+first, api(t, s, "janus record %s start", caller))
	grows(t, filepath.Join(f.recordings, "."+filepath.Base(first)), 200000)
	require.Equal(t, "+OK", api(t, s, "janus record %s stop", caller))
	f.take(t, events, first)
	require.Equal(t, "-ERR the call is not recorded", api(t, s, "janus record %s stop", caller))
	hangup(t, s, caller, speaker)
	require.Empty(t, f.all(t))
}

// What is wrong with <archive> is an error that names it, at load and at a
// reload; the servers work all the same.
func TestArchiveThatCannotBe(t *testing.T) {
	f := newFolders(t)
	good := f.xml
	dir := t.TempDir()
	f.xml = strings.Replace(good, f.jobs, "/nonexistent/jobs", 1)
	s, err := startSwitch(dir, f.in(lab.ConfOf(janus, "")))
	require.NoError(t, err)
	defer s.Stop()
	logged(t, s, `\[ERR\].*janus.conf: archive: param job-path: no file can be made in /nonexistent/jobs: no such file or directory`)
	hangup(t, s, originate(t, s, "%sjanus/demo/x@1234 &park()", existing))
	present := f.xml
	for bad, says := range map[string]string{
		strings.Replace(good, f.recordings, "/proc/self", 1):                                            `param archive-path: no file can be made in /proc/self`,
		strings.Replace(good, f.recordings, "relative", 1):                                              `param archive-path: "relative" does not begin with a slash`,
		strings.Replace(good, "</archive>", param("recording-pattern", "r-#{room}")+"</archive>", 1):    `param recording-pattern: "r-#\{room\}": unknown #\{room\}, want one of #\{id\}`,
		strings.Replace(good, "</archive>", param("recording-pattern", "r/../#{time}")+"</archive>", 1): `param recording-pattern: .* has /../ in it`,
		strings.Replace(good, "</archive>", param("job-pattern", "jobs/#{md5}")+"</archive>", 1):        `param job-pattern: .* has a slash in it`,
	} {
		rewrite(t, dir, present, bad)
		present = bad
		require.Contains(t, api(t, s, "janus reload"), "+OK")
		logged(t, s, `\[ERR\].*janus.conf: archive: `+says)
	}
	// without an archive Janus names the file, as ever, and local is refused
	uuid := originate(t, s, "{janus-use-existing-room=true,janus-archive=local}janus/demo/x@1234 &park()")
	logged(t, s, `janus-archive: "local" is not possible without <archive> in janus.conf; the call is not recorded`)
	hangup(t, s, uuid)
	rewrite(t, dir, present, good)
	require.Contains(t, api(t, s, "janus reload"), "+OK")
	uuid = originate(t, s, "%s", tone("janus-archive=local", "janus/demo/x@8984", 440))
	require.Contains(t, recorded(t, s, uuid), f.recordings)
	hangup(t, s, uuid)
}

// A Janus whose disk is another one: nothing is to be seen, there is no job, and
// that is told.
func TestArchiveOnAnotherDisk(t *testing.T) {
	t.Parallel() // it waits for a file that never comes
	s, f, events := startArchive(t)
	uuid := originate(t, s, "%s", tone("janus-user-record=true", "janus/demo/Speaker@8985", 440))
	audio := api(t, s, "uuid_getvar %s janus_archive_file", uuid)
	grows(t, audio, 5000)
	require.NoError(t, os.Remove(audio))
	hangup(t, s, uuid)
	for range 2 { // longer than patience
		_ = realjanus.Until(patience, "the module gives up", func() bool {
			return len(events.Find("Action", "missing", "Archive-File", audio)) == 1
		})
	}
	require.Len(t, events.Find("Action", "missing", "Archive-File", audio), 1)
	require.Equal(t, uuid, events.Find("Action", "missing")[0].Get("Unique-Id"))
	logged(t, s, `\[WARNING\].*Archive: no job: `+audio+` is not there after 30s; is Janus's disk another one`)
	files, err := os.ReadDir(f.jobs)
	require.NoError(t, err)
	require.Empty(t, files, fmt.Sprint(files))
}
