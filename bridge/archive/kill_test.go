// SPDX-License-Identifier: MPL-2.0

package archive

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-audio/wav"
	"github.com/stretchr/testify/require"
)

// childVariable holds the folder of a process that records until it is killed.
const childVariable = "MOD_JANUS_ARCHIVE_CHILD"

// samplesWritten is how long each recording of the test is; at 8 kHz.
const samplesWritten = 4000

// child is that process: it ends what one before it has left, and records. What
// it does, it says, a line each.
func child() {
	cfg := Config{ArchivePath: filepath.Join(os.Getenv(childVariable), "recordings"), JobPath: filepath.Join(os.Getenv(childVariable), "jobs")}
	cfg.Recordings, _ = ParsePattern(DefaultRecordingPattern)
	cfg.Jobs, _ = ParsePattern(DefaultJobPattern)
	a, err := Open(cfg)
	if err != nil {
		fmt.Println("broken", err)
		return
	}
	end := func(r *Recording, wait Wait) {
		if _, err := r.Finish(context.Background(), wait); err != nil {
			fmt.Println("given-up", r.Job().Data.UID, strings.ReplaceAll(err.Error(), "\n", " "))
		}
	}
	found, wrong := a.Recover()
	for _, err := range wrong {
		fmt.Println("broken", err)
	}
	for _, r := range found {
		wait := Wait{Patience: time.Minute} // the parent writes on
		if r.Subject().Kind == Local {
			wait.Patience = time.Second // who wrote it is dead
		}
		go end(r, wait)
	}
	for range 16 {
		go func() {
			for {
				record(a, end)
			}
		}()
	}
	select {}
}

// record makes one recording: by itself, or as Janus does, which is the parent
// and goes on when this process is dead.
func record(a *Archive, end func(*Recording, Wait)) {
	kind := []Kind{Local, Room}[rand.N(2)] // #nosec G404 -- a test
	r, err := a.Begin(Subject{Kind: kind, Server: "demo", Room: "1234", Plugin: "janus.plugin.audiobridge"})
	if err != nil {
		fmt.Println("broken", err)
		os.Exit(1)
	}
	fmt.Println("begun", r.Job().Data.UID)
	if kind == Local {
		writeSlowly(r.Path())
	} else {
		fmt.Println("write", r.Path())
	}
	end(r, Wait{Patience: time.Minute})
}

// writeSlowly writes a WAV file as recorders do: its header says how long it is
// when all is written.
func writeSlowly(path string) {
	file, err := os.Create(path)
	if err != nil {
		return
	}
	defer file.Close()
	out := wav.NewEncoder(file, 8000, 16, 1, 1)
	for i := range samplesWritten {
		_ = out.WriteFrame(int16(i)) // #nosec G115 -- noise
		if i%400 == 0 {
			time.Sleep(time.Duration(rand.N(10)) * time.Millisecond) // #nosec G404 -- a test
		}
	}
	_ = out.Close()
}

// court is what the test knows of all that has been recorded.
type court struct {
	t       *testing.T
	dir     string
	janus   sync.WaitGroup
	mu      sync.Mutex
	begun   map[string]bool
	givenUp map[string]string // by uid: why
	broken  []string
	jobs    map[string]string // path of the recording, by uid
	taken   int               // job files that were moved away at once
}

// live runs a child until it has lived long enough, and kills it.
func (c *court) live(life time.Duration) {
	cmd := exec.CommandContext(c.t.Context(), os.Args[0]) // #nosec G204 G702 -- this test
	cmd.Env = append(os.Environ(), childVariable+"="+c.dir)
	cmd.Stderr = os.Stderr
	said, err := cmd.StdoutPipe()
	require.NoError(c.t, err)
	require.NoError(c.t, cmd.Start())
	timer := time.AfterFunc(life, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	for lines := bufio.NewScanner(said); lines.Scan(); {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		c.mu.Lock()
		switch word {
		case "begun":
			c.begun[rest] = true
		case "given-up":
			uid, why, _ := strings.Cut(rest, " ")
			c.givenUp[uid] = why
		case "write":
			c.janus.Go(func() { writeSlowly(rest) })
		case "broken":
			c.broken = append(c.broken, rest)
		}
		c.mu.Unlock()
	}
	_ = cmd.Wait()
}

// collect judges the job files that are there and moves some away, as those
// who work them off do, while the child lives.
func (c *court) collect(some bool) {
	files, err := filepath.Glob(filepath.Join(c.dir, "jobs", "*.json"))
	require.NoError(c.t, err)
	for _, path := range files {
		if filepath.Base(path)[0] == '.' || (some && rand.N(2) == 0) { // #nosec G404 -- a test
			continue
		}
		job := readJob(c.t, path)
		require.Equal(c.t, event, job.Event)
		require.Equal(c.t, "1234", job.Data.ID)
		_, twice := c.jobs[job.Data.UID]
		require.False(c.t, twice, "a second job for %s", job.Data.Audio)
		c.jobs[job.Data.UID] = job.Data.Audio
		requireComplete(c.t, job.Data.Audio)
		require.NoError(c.t, os.Remove(path))
		c.taken++
	}
}

// ageDrafts makes entries that were never finished old enough to be removed.
func (c *court) ageDrafts(dir string) {
	drafts, err := filepath.Glob(filepath.Join(dir, newPrefix+"*"))
	require.NoError(c.t, err)
	old := time.Now().Add(-2 * forgotten)
	for _, draft := range drafts {
		require.NoError(c.t, os.Chtimes(draft, old, old))
	}
}

// requireComplete decodes a recording by a library that is not ours.
func requireComplete(t *testing.T, path string) {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	sound, err := wav.NewDecoder(file).FullPCMBuffer()
	require.NoError(t, err, path)
	require.Len(t, sound.Data, samplesWritten, path)
}

// 200 recordings are finished while the process that finishes them is killed
// (SIGKILL) at random times: every job file that is ever to be seen is whole and names
// a complete WAV, there are never two for one recording, though they are moved
// away at once, and what was begun is in a job or was reported.
func TestKilledAtRandom(t *testing.T) {
	c := &court{t: t, dir: t.TempDir(), begun: map[string]bool{}, givenUp: map[string]string{}, jobs: map[string]string{}}
	config(t, c.dir)
	deadline := time.Now().Add(2 * time.Minute)
	lives := 0
	for ; len(c.jobs) < 200 || lives < 20; lives++ {
		require.True(t, time.Now().Before(deadline), "%d jobs after %d lives", len(c.jobs), lives)
		over := make(chan struct{})
		go func() {
			defer close(over)
			c.live(time.Duration(rand.N(800)+5) * time.Millisecond) // #nosec G404 -- a test
		}()
		for running := true; running; {
			select {
			case <-over:
				running = false
			case <-time.After(5 * time.Millisecond):
			}
			c.collect(true)
		}
	}
	c.janus.Wait() // Janus has ended what it was recording
	a := open(t, c.dir)
	c.ageDrafts(a.cfg.JobPath)
	left, wrong := a.Recover()
	require.Empty(t, wrong)
	var ending sync.WaitGroup
	for _, r := range left {
		ending.Go(func() {
			if _, err := r.Finish(t.Context(), Wait{Patience: time.Second}); err != nil {
				c.mu.Lock()
				defer c.mu.Unlock()
				c.givenUp[r.Job().Data.UID] = err.Error()
			}
		})
	}
	ending.Wait()
	c.collect(false)
	t.Logf("%d recordings begun, %d jobs, %d given up, process killed %d times, %d of them left at the end",
		len(c.begun), len(c.jobs), len(c.givenUp), lives, len(left))
	require.Empty(t, c.broken)
	require.Empty(t, names(t, a.cfg.JobPath), "all jobs are taken, no entry is left")
	for uid := range c.begun {
		if _, done := c.jobs[uid]; !done {
			require.Contains(t, c.givenUp, uid, "neither job nor report")
		}
	}
	for uid, why := range c.givenUp {
		require.NotContains(t, c.jobs, uid, why)
		require.Regexp(t, `/\.rec-1234-\d+-audio\.wav is not whole|it is not there`, why, "what Janus records is never given up")
	}
}
