// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/archive"
	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/bridge/host/hosttest"
)

// folders are those of an archive, and what of them is in janus.conf.
type folders struct{ recordings, jobs, xml string }

func newFolders(t *testing.T) folders {
	t.Helper()
	f := folders{recordings: t.TempDir(), jobs: t.TempDir()}
	f.xml = fmt.Sprintf(`<archive><param name="archive-path" value="%s/"/><param name="job-path" value="%s"/></archive>`, f.recordings, f.jobs)
	return f
}

// archiving gives the lab an archive.
func (l *lab) archiving() folders {
	l.t.Helper()
	f := newFolders(l.t)
	l.host.Mu.Lock()
	l.host.XML = strings.Replace(l.host.XML, "<configuration>", "<configuration>"+f.xml, 1)
	l.host.Mu.Unlock()
	require.Contains(l.t, l.engine.Command("reload"), "+OK")
	require.NotNil(l.t, l.engine.archiving.current.Load())
	return f
}

// archived waits for an event of the archive about this recording.
func (l *lab) archived(action, audio string) (event host.Event) {
	l.t.Helper()
	l.host.Wait(l.t, audio+" is "+action, func() bool {
		for _, event = range l.host.Events {
			headers := map[string]string{}
			for _, header := range event.Headers {
				headers[header[0]] = header[1]
			}
			if event.Subclass == "janus::archive" && headers["Action"] == action && headers["Archive-File"] == audio {
				return true
			}
		}
		return false
	})
	return event
}

// job is the only one there is, of this recording.
func (f folders) job(t *testing.T, audio string) (job archive.Job) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(f.jobs, "[^.]*")) // without the journal
	require.NoError(t, err)
	require.Len(t, files, 1)
	path := files[0]
	require.Regexp(t, `/job-[0-9a-f]{32}\.json$`, path)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &job))
	require.Equal(t, audio, job.Data.Audio)
	require.NoError(t, os.Remove(path))
	return job
}

// bodies are those of the requests of this name, in order.
func (l *lab) bodies(name string) (all []map[string]any) {
	for _, request := range l.janus.Requests() {
		var message struct{ Body map[string]any }
		_ = json.Unmarshal(request.Body, &message) // a poll has none
		if message.Body["request"] == name {
			all = append(all, message.Body)
		}
	}
	return all
}

// writeWAV writes what a recorder would leave, writeMJR what Janus does.
func writeWAV(t *testing.T, path string) {
	t.Helper()
	text := append([]byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data\xc8\x00\x00\x00"),
		bytes.Repeat([]byte{7}, 200)...)
	binary.LittleEndian.PutUint32(text[4:], uint32(len(text)-8)) // #nosec G115 -- small
	require.NoError(t, os.WriteFile(path, text, 0o600))
}

func writeMJR(t *testing.T, path string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte("MJR00002\x00\x02{}MEET\x00\x00\x00\x01\x00\x03abc"), 0o600))
}

func TestArchiveFoldersAtLoad(t *testing.T) {
	l := newLab(t, "")
	good := newFolders(t)
	for bad, words := range map[string][]string{
		strings.Replace(good.xml, good.jobs, "/nonexistent", 1):     {"3  janus.conf: archive: param job-path", "/nonexistent", "nothing is archived"},
		strings.Replace(good.xml, good.recordings, "/proc/self", 1): {"3  janus.conf: archive: param archive-path", "/proc/self"},
		`<archive/>`: {"3  janus.conf: archive: param archive-path: it is not set"},
	} {
		l.host.Mu.Lock()
		config := l.host.XML
		l.host.XML = strings.Replace(config, "<configuration>", "<configuration>"+bad, 1)
		l.host.Mu.Unlock()
		require.Contains(t, l.engine.Command("reload"), "+OK", "the servers work")
		l.host.Wait(t, "an error", func() bool { return l.host.Logged(words...) })
		require.Nil(t, l.engine.archiving.current.Load())
		l.host.Mu.Lock()
		l.host.XML = config
		l.host.Mu.Unlock()
	}
	// a call that is to be recorded is, as without an archive
	c, uuid := l.call("demo/x@1234", map[string]string{"janus-use-existing-room": "true", "janus-user-record": "true", "janus-archive": "local"})
	l.up(uuid)
	require.NotContains(t, l.bodies("join")[0], "filename")
	l.host.Wait(t, "a warning", func() bool { return l.host.Logged(uuid, "janus-archive", "without <archive>") })
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
}

// A participant that Janus records: at the join, and by command; and again
// under another name after Janus has lost the call.
func TestArchiveOfAParticipant(t *testing.T) {
	l := newLab(t, "")
	f := l.archiving()
	c, uuid := l.call("demo/x@1234", map[string]string{"janus-use-existing-room": "true", "janus-user-record": "true"})
	l.up(uuid)
	base := l.bodies("join")[0]["filename"].(string)
	require.Regexp(t, "^"+f.recordings+`/rec-1234-\d{16}$`, base, "Janus adds -audio.mjr")
	audio := base + "-audio.mjr"
	require.Equal(t, audio, l.host.Variable(uuid, host.VarArchiveFile))
	started := l.archived("started", audio)
	require.Equal(t, uuid, started.UUID)
	require.Equal(t, "+OK "+audio+"\n", l.engine.Command("record "+uuid+" start"), "it is recorded already")
	writeMJR(t, audio)
	require.Equal(t, "+OK\n", l.engine.Command("record "+uuid+" stop"))
	finished := l.archived("finished", audio)
	require.InDelta(t, 1, l.series()[`recordings_total{kind="participant",result="finished"}`], 0)
	require.Contains(t, finished.Body, `"event":"archive-finished"`)
	job := f.job(t, audio)
	require.Equal(t, "1234", job.Data.ID)
	require.Equal(t, uuid, job.Recording.Leg)

	output := l.engine.Command("record " + uuid + " start")
	second := strings.TrimSpace(strings.TrimPrefix(output, "+OK "))
	require.NotEqual(t, audio, second)
	require.Equal(t, second, l.bodies("configure")[len(l.bodies("configure"))-1]["filename"].(string)+"-audio.mjr")
	writeMJR(t, second)
	l.janus.LoseSessions()
	l.archived("finished", second)
	f.job(t, second)
	l.eventually("it has joined again", func() bool { return len(l.bodies("join")) == 2 })
	third := l.bodies("join")[1]["filename"].(string) + "-audio.mjr"
	require.NotEqual(t, second, third)
	l.archived("started", third)
	writeMJR(t, third)
	l.end(c, host.CauseNormalClearing)
	l.archived("finished", third)
	f.job(t, third)
	l.clean(1)
}

// A file that is named by whoever asks is theirs.
func TestNoArchiveOfANamedFile(t *testing.T) {
	l := newLab(t, "")
	f := l.archiving()
	c, uuid := l.call("demo/x@4711", map[string]string{
		"janus-user-record": "true", "janus-user-record-file": "/tmp/mine", "janus-room-record": "true", "janus-room-record-file": "/tmp/mix.wav",
	})
	l.up(uuid)
	require.Equal(t, "/tmp/mine", l.bodies("join")[0]["filename"])
	require.Equal(t, "/tmp/mix.wav", l.bodies("create")[0]["record_file"])
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
	files, err := os.ReadDir(f.jobs)
	require.NoError(t, err)
	require.Empty(t, files)
}

// The mix of a room: until it is empty; again with its next call; not if it is
// destroyed; by command.
func TestArchiveOfARoom(t *testing.T) {
	l := newLab(t, "")
	f := l.archiving()
	vars := map[string]string{"janus-room-record": "true", "janus-room-secret": "boss"}
	c, uuid := l.call("demo/x@4711", vars)
	l.up(uuid)
	audio := l.bodies("create")[0]["record_file"].(string)
	require.Regexp(t, "^"+f.recordings+`/rec-4711-\d{16}-audio\.wav$`, audio)
	l.archived("started", audio)
	writeWAV(t, audio)
	l.end(c, host.CauseNormalClearing)
	l.archived("finished", audio)
	require.Equal(t, archive.Room, f.job(t, audio).Recording.Kind)
	stop := l.bodies("enable_recording")[0]
	require.Equal(t, false, stop["record"])
	require.Equal(t, "boss", stop["secret"])

	c, uuid = l.call("demo/x@4711", vars)
	l.up(uuid)
	second := l.bodies("enable_recording")[1]["record_file"].(string)
	require.NotEqual(t, audio, second)
	writeWAV(t, second)
	require.Equal(t, "+OK "+second+"\n", l.engine.Command("room demo 4711 record start secret=boss"), "it is recorded already")
	require.Equal(t, "+OK\n", l.engine.Command("room demo 4711 record stop"))
	l.archived("finished", second)
	f.job(t, second)

	third := strings.TrimSpace(strings.TrimPrefix(l.engine.Command("room demo 4711 record start"), "+OK "))
	writeWAV(t, third)
	require.Equal(t, "+OK\n", l.engine.Command("room demo 4711 destroy"))
	l.archived("finished", third)
	f.job(t, third)
	l.end(c, host.CauseNormalClearing)
	l.clean(2)
}

// janus-archive=local: the switch records, from the answer to the end.
func TestArchiveByTheSwitch(t *testing.T) {
	l := newLab(t, "")
	f := l.archiving()
	c, uuid := l.call("demo/x@1234", map[string]string{"janus-use-existing-room": "true", "janus-archive": "local"})
	l.up(uuid)
	steps := func(prefix string) (paths []string) {
		l.host.Mu.Lock()
		defer l.host.Mu.Unlock()
		for _, step := range l.host.Sessions[uuid].Progress {
			if path, ok := strings.CutPrefix(step, prefix+" /"); ok {
				paths = append(paths, "/"+path)
			}
		}
		return paths
	}
	l.eventually("the switch records", func() bool { return len(steps("record")) == 1 })
	part := steps("record")[0]
	require.Equal(t, ".", filepath.Base(part)[:1], "an unfinished file says so")
	audio := filepath.Join(filepath.Dir(part), filepath.Base(part)[1:])
	require.Equal(t, audio, l.host.Variable(uuid, host.VarArchiveFile))
	writeWAV(t, part)
	require.Equal(t, "+OK\n", l.engine.Command("record "+uuid+" stop"))
	require.Equal(t, []string{part}, steps("record stop"))
	l.archived("finished", audio)
	require.Equal(t, archive.Local, f.job(t, audio).Recording.Kind)
	require.NoFileExists(t, part)
	require.Equal(t, "-ERR the call is not recorded\n", l.engine.Command("record "+uuid+" stop"))

	second := strings.TrimSpace(strings.TrimPrefix(l.engine.Command("record "+uuid+" start"), "+OK "))
	writeWAV(t, steps("record")[1])
	l.end(c, host.CauseNormalClearing)
	l.archived("finished", second)
	f.job(t, second)
	l.clean(1)
	for _, request := range l.bodies("configure") {
		require.NotContains(t, request, "record", "Janus records nothing")
	}
}

// What a process that was killed was recording is ended at the next load.
func TestArchiveAfterACrash(t *testing.T) {
	f := newFolders(t)
	cfg, problems := config.ParseArchive([]config.XMLParam{{Name: "archive-path", Value: f.recordings}, {Name: "job-path", Value: f.jobs}})
	require.Empty(t, problems)
	a, err := archive.Open(*cfg)
	require.NoError(t, err)
	begun := map[archive.Kind]*archive.Recording{}
	for _, kind := range []archive.Kind{archive.Local, archive.Room, archive.Participant} {
		begun[kind], err = a.Begin(archive.Subject{Kind: kind, Server: "demo", Room: "1234", Plugin: "janus.plugin.audiobridge", UntilEmpty: true})
		require.NoError(t, err)
		begun[kind].Release() // as the death of a process does
	}
	gone, err := a.Begin(archive.Subject{Kind: archive.Local, Server: "demo", Room: "1"})
	require.NoError(t, err)
	gone.Release()
	require.NoError(t, os.WriteFile(gone.Path(), []byte("RIFF"), 0o600))
	writeWAV(t, begun[archive.Local].Path())
	writeWAV(t, begun[archive.Room].Path())
	said := begun[archive.Participant].Job().Data.Audio
	writeMJR(t, said)
	old := time.Now().Add(-70 * time.Second) // longer than Janus keeps a session
	require.NoError(t, os.Chtimes(said, old, old))

	l := newLab(t, "")
	l.host.Mu.Lock()
	l.host.XML = strings.Replace(l.host.XML, "<configuration>", "<configuration>"+f.xml, 1)
	l.host.Mu.Unlock()
	require.Contains(t, l.engine.Command("reload"), "+OK")
	for _, r := range begun {
		l.archived("finished", r.Job().Data.Audio)
	}
	require.Equal(t, false, l.bodies("enable_recording")[0]["record"], "the room was empty")
	l.archived("incomplete", gone.Job().Data.Audio)
	l.host.Wait(t, "what is left is reported", func() bool { return l.host.Logged("4 ", gone.Path(), "is not whole") })
	files, err := os.ReadDir(f.jobs)
	require.NoError(t, err)
	require.Len(t, files, 3, "a job each, and no entry: %s", files)
}

// An unload leaves what goes on in the journal, and the next load goes on with it.
func TestArchiveAcrossAnUnload(t *testing.T) {
	l := newLab(t, "")
	f := l.archiving()
	l.connected()
	audio := strings.TrimSpace(strings.TrimPrefix(l.engine.Command("room demo 1234 record start"), "+OK "))
	require.Regexp(t, "^"+f.recordings+"/rec-1234", audio)
	require.Zero(t, l.engine.Stop(hosttest.Patience))
	open, err := filepath.Glob(filepath.Join(f.jobs, ".open-*"))
	require.NoError(t, err)
	require.Len(t, open, 1)
	l.engine, err = Start(l.host)
	require.NoError(t, err)
	l.host.Wait(t, "it is found", func() bool { return l.host.Logged("5 ", audio, "was being recorded when the switch ended") })
	require.Equal(t, "+OK "+audio+"\n", l.engine.Command("room demo 1234 record start"), "it is recorded still")
	writeWAV(t, audio)
	require.Equal(t, "+OK\n", l.engine.Command("room demo 1234 record stop"))
	l.archived("finished", audio)
	f.job(t, audio)
}
