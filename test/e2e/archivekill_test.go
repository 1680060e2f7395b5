// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/archive"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// killRounds is how often the switch is killed.
const killRounds = 4

// The switch is killed (SIGKILL) with recordings under way and others just
// ended. The next one finds them: what Janus has recorded gets its job, once; what the
// switch was writing itself is reported, and left where it is.
func TestArchiveOfASwitchThatIsKilled(t *testing.T) {
	t.Parallel() // it waits for Janus to miss a session
	dir, f := t.TempDir(), newFolders(t)
	j, err := realjanus.Start(t.TempDir(), realjanus.Config{SessionTimeout: 4})
	require.NoError(t, err)
	t.Cleanup(func() { j.Stop(syscall.SIGTERM) })
	conf := f.in(lab.ConfOf(j, ""))
	expected := map[string]archive.Kind{} // by the path of the recording
	for round := range killRounds {
		s, err := startSwitch(dir, conf)
		require.NoError(t, err)
		killed(t, s, f, round, expected)
	}
	s, err := startSwitch(dir, conf)
	require.NoError(t, err)
	defer s.Stop()
	jobs := func() map[string]archive.Job { return byAudio(t, f) }
	janusRecords := func() (missing []string) {
		for path, kind := range expected {
			if _, done := jobs()[path]; !done && kind != archive.Local {
				missing = append(missing, path)
			}
		}
		return missing
	}
	for range 2 { // Janus's session timeout, and the pause between looks at a room
		_ = realjanus.Until(patience, "all that Janus has recorded has a job", func() bool { return len(janusRecords()) == 0 })
	}
	require.Empty(t, janusRecords(), "%s", tail(s.Log(), 40))
	eventually(t, "the journal is worked off", func() bool {
		open, err := filepath.Glob(filepath.Join(f.jobs, ".*"))
		require.NoError(t, err)
		return len(open) == 0
	})
	reported := 0
	for path, kind := range expected {
		job, done := jobs()[path]
		if kind == archive.Local && !done {
			part := filepath.Join(filepath.Dir(path), "."+filepath.Base(path))
			require.FileExists(t, part)
			require.Contains(t, s.Log(), "Archive: no job: "+part+" is not whole")
			reported++
			continue
		}
		require.True(t, done, path)
		require.Equal(t, kind, job.Recording.Kind)
		requireWhole(t, job)
	}
	require.Len(t, jobs(), len(expected)-reported)
	require.GreaterOrEqual(t, reported, killRounds, "one was under way at each kill")
	t.Logf("%s: %d recordings, killed %d times: %d jobs, %d unfinished files reported", s.Host, len(expected), killRounds, len(jobs()), reported)
}

// killed places calls of each kind, ends half of them, and kills the switch
// while their jobs are being made.
func killed(t *testing.T, s *lab.Switch, f folders, round int, expected map[string]archive.Kind) {
	t.Helper()
	leg := func(kind archive.Kind, variables string, room int) (uuid, path string) {
		uuid = originate(t, s, "%s", tone(variables, fmt.Sprintf("janus/demo/x@%d", room), 440))
		if kind == archive.Room {
			path = f.only(t, fmt.Sprintf("rec-%d-*-audio.wav", room))
		} else {
			path = recorded(t, s, uuid)
		}
		expected[path] = kind
		return uuid, path
	}
	var over, paths []string
	for _, goesOn := range []bool{false, true} {
		room := 9000 + 10*round
		if goesOn {
			room += 5
		}
		for kind, variables := range map[archive.Kind]string{
			archive.Participant: "janus-user-record=true", archive.Local: "janus-archive=local", archive.Room: "janus-room-record=true",
		} {
			uuid, path := leg(kind, variables, room+strings.Index("PLR", strings.ToUpper(string(kind[0]))))
			if kind == archive.Local {
				path = filepath.Join(f.recordings, "."+filepath.Base(path))
			}
			paths = append(paths, path)
			if !goesOn {
				over = append(over, uuid)
			}
		}
	}
	for _, path := range paths {
		grows(t, path, 8000)
	}
	for _, uuid := range over {
		api(t, s, "uuid_kill %s", uuid)
	}
	time.Sleep(rand.N(700 * time.Millisecond)) // the moment of the crash
	s.Kill()
	byAudio(t, f) // whole, and none twice
}

// byAudio are the jobs that are there, by their recordings: none has two.
func byAudio(t *testing.T, f folders) map[string]archive.Job {
	t.Helper()
	jobs := make(map[string]archive.Job)
	for _, job := range f.all(t) {
		_, twice := jobs[job.Data.Audio]
		require.False(t, twice, "two jobs for %s", job.Data.Audio)
		jobs[job.Data.Audio] = job
	}
	return jobs
}

// requireWhole reads a recording that a job names.
func requireWhole(t *testing.T, job archive.Job) {
	t.Helper()
	if job.Recording.Kind == archive.Participant {
		info, err := os.Stat(job.Data.Audio)
		require.NoError(t, err)
		require.Greater(t, info.Size(), int64(5000))
		return
	}
	channels, err := lab.ReadChannels(job.Data.Audio)
	require.NoError(t, err)
	require.Greater(t, channels[0].Duration(), 30*time.Millisecond, job.Data.Audio)
	require.Greater(t, channels[len(channels)-1].Level(), -60.0, "the tone is in it")
}
