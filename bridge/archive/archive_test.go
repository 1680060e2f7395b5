// SPDX-License-Identifier: MPL-2.0

package archive

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		child()
		return
	}
	goleak.VerifyTestMain(m)
}

// open makes an archive below dir.
func open(t *testing.T, dir string) *Archive {
	t.Helper()
	cfg := config(t, dir)
	a, err := Open(cfg)
	require.NoError(t, err)
	return a
}

func config(t testing.TB, dir string) Config {
	t.Helper()
	cfg := Config{ArchivePath: filepath.Join(dir, "recordings"), JobPath: filepath.Join(dir, "jobs")}
	for _, path := range []string{cfg.ArchivePath, cfg.JobPath} {
		require.NoError(t, os.MkdirAll(path, 0o700))
	}
	var err error
	cfg.Recordings, err = ParsePattern(DefaultRecordingPattern)
	require.NoError(t, err)
	cfg.Jobs, err = ParsePattern(DefaultJobPattern)
	require.NoError(t, err)
	return cfg
}

func begin(t *testing.T, a *Archive, kind Kind) *Recording {
	t.Helper()
	r, err := a.Begin(Subject{Kind: kind, Server: "demo", Room: "1234", Leg: "uuid-1", Plugin: "janus.plugin.audiobridge", UntilEmpty: true})
	require.NoError(t, err)
	return r
}

// riff is a WAV file of 16 bits at 8 kHz.
func riff(samples int) []byte {
	var out bytes.Buffer
	out.WriteString("RIFF")
	_ = binary.Write(&out, binary.LittleEndian, uint32(36+2*samples)) // #nosec G115 -- small
	out.WriteString("WAVEfmt ")
	for _, field := range []any{uint32(16), uint16(1), uint16(1), uint32(8000), uint32(16000), uint16(2), uint16(16)} {
		_ = binary.Write(&out, binary.LittleEndian, field)
	}
	out.WriteString("data")
	_ = binary.Write(&out, binary.LittleEndian, uint32(2*samples)) // #nosec G115 -- small
	out.Write(bytes.Repeat([]byte{1, 2}, samples))
	return out.Bytes()
}

// mjr is a file of Janus's own format.
func mjr(frames int) []byte {
	out := []byte("MJR00002\x00\x02{}")
	for range frames {
		out = append(out, "MEET\x00\x00\x00\x01\x00\x03abc"...)
	}
	return out
}

var soon = Wait{Patience: 5 * time.Second}
var short = Wait{Patience: 400 * time.Millisecond}

func readJob(t *testing.T, path string) (job Job) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &job), "%s: %s", path, text)
	return job
}

// names are those of the files in a folder.
func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, file := range files {
		all = append(all, file.Name())
	}
	return all
}

func TestJobOfEachKind(t *testing.T) {
	a := open(t, t.TempDir())
	for _, kind := range []Kind{Participant, Room, Local} {
		r := begin(t, a, kind)
		audio := r.Job().Data.Audio
		text, ends := riff(100), ".wav"
		switch kind {
		case Participant:
			text, ends = mjr(3), ".mjr"
			require.Equal(t, audio, r.Path()+"-audio.mjr", "AudioBridge adds that")
		case Room:
			require.Equal(t, audio, r.Path())
		case Local:
			require.Equal(t, "."+filepath.Base(audio), filepath.Base(r.Path()))
		}
		require.Regexp(t, `^rec-1234-\d{16}-audio\`+ends+"$", filepath.Base(audio))
		written := audio
		if kind == Local {
			written = r.Path()
		}
		require.NoError(t, os.WriteFile(written, text, 0o600))
		path, err := r.Finish(t.Context(), soon)
		require.NoError(t, err)
		require.Regexp(t, "^job-[0-9a-f]{32}.json$", filepath.Base(path))
		job := readJob(t, path)
		require.Equal(t, r.Job(), job)
		require.Equal(t, "1234", job.Data.ID)
		require.Equal(t, "janus.plugin.audiobridge", job.Plugin)
		require.Equal(t, "archive-finished", job.Event)
		require.Equal(t, Details{Kind: kind, Server: "demo", Leg: "uuid-1", Began: job.Recording.Began, UntilEmpty: true}, job.Recording)
		require.NoError(t, Whole(job.Data.Audio))
	}
	require.Len(t, names(t, a.cfg.JobPath), 3)
	require.Len(t, names(t, a.cfg.ArchivePath), 3)
}

// What becomes whole while Finish waits is finished; what does not, is not.
func TestFinishWaitsForTheEnd(t *testing.T) {
	a := open(t, t.TempDir())
	r := begin(t, a, Room)
	text := riff(4000)
	go func() {
		for n := 40; n <= len(text); n += 400 {
			_ = os.WriteFile(r.Path(), text[:n], 0o600)
			time.Sleep(20 * time.Millisecond)
		}
		_ = os.WriteFile(r.Path(), text, 0o600)
	}()
	path, err := r.Finish(t.Context(), soon)
	require.NoError(t, err)
	require.NoError(t, Whole(readJob(t, path).Data.Audio))
	info, err := os.Stat(r.Path())
	require.NoError(t, err)
	require.EqualValues(t, len(text), info.Size())
}

func TestWhatIsNotWholeGetsNoJob(t *testing.T) {
	for name, c := range map[string]struct {
		kind   Kind
		text   []byte
		suffix string // of the file, where Janus has not finished it
		says   string
	}{
		"cut WAV":         {Room, riff(100)[:150], "", "not written to its end"},
		"empty WAV":       {Room, riff(0), "", "no audio"},
		"header alone":    {Room, riff(100)[:20], "", "not written to its end"},
		"no WAV":          {Room, bytes.Repeat([]byte("x"), 100), "", "no WAV file"},
		"temporary WAV":   {Room, riff(100), ".tmp", ".tmp is not whole"},
		"cut MJR":         {Participant, mjr(3)[:40], "", "not written to its end"},
		"MJR, no frame":   {Participant, mjr(0), "", "no audio"},
		"MJR, magic only": {Participant, mjr(0)[:8], "", "no audio"},
		"MJR, bad frame":  {Participant, append(mjr(1), "MEAT567890"...), "", "its frame 2 is none"},
		"temporary MJR":   {Participant, mjr(3), ".part", ".part is not whole"},
	} {
		t.Run(name, func(t *testing.T) {
			a := open(t, t.TempDir())
			r := begin(t, a, c.kind)
			require.NoError(t, os.WriteFile(r.Job().Data.Audio+c.suffix, c.text, 0o600))
			_, err := r.Finish(t.Context(), short)
			var incomplete *IncompleteError
			require.ErrorAs(t, err, &incomplete)
			require.ErrorContains(t, err, c.says)
			require.Empty(t, names(t, a.cfg.JobPath), "neither job nor entry")
		})
	}
	a := open(t, t.TempDir())
	_, err := begin(t, a, Room).Finish(t.Context(), short)
	require.ErrorIs(t, err, ErrMissing)
	require.NoError(t, begin(t, a, Room).Drop())
	require.Empty(t, names(t, a.cfg.JobPath))
}

// AudioBridge's own WAV: the size of the file where that of the data belongs.
func TestAudioBridgesHeader(t *testing.T) {
	text := riff(100)
	binary.LittleEndian.PutUint32(text[40:], uint32(len(text))) // #nosec G115 -- small
	require.NoError(t, wholeWAV(bytes.NewReader(text), int64(len(text))))
	// libsndfile writes other chunks around the data
	text = riff(100)
	text = append(text, "LIST\x04\x00\x00\x00abcd"...)
	require.ErrorIs(t, wholeWAV(bytes.NewReader(text), int64(len(text))), errNotEnded)
	binary.LittleEndian.PutUint32(text[4:], uint32(len(text)-8)) // #nosec G115 -- small
	require.NoError(t, wholeWAV(bytes.NewReader(text), int64(len(text))))
}

// A process that is gone leaves entries; one that lives keeps them locked.
func TestRecover(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	living, dead := begin(t, a, Room), begin(t, a, Local)
	dead.Release()
	require.NoError(t, os.WriteFile(dead.Path(), riff(10), 0o600))
	renamed := begin(t, a, Local) // killed between its two renames
	renamed.Release()
	require.NoError(t, os.WriteFile(renamed.Job().Data.Audio, riff(10), 0o600))
	garbage := filepath.Join(a.cfg.JobPath, openPrefix+"garbage.json")
	require.NoError(t, os.WriteFile(garbage, []byte("{"), 0o600))
	draft := filepath.Join(a.cfg.JobPath, newPrefix+"1.json")
	require.NoError(t, os.WriteFile(draft, nil, 0o600))
	old := time.Now().Add(-2 * forgotten)
	require.NoError(t, os.Chtimes(draft, old, old))

	found, wrong := open(t, dir).Recover()
	require.Len(t, wrong, 1)
	require.ErrorContains(t, wrong[0], garbage)
	require.NoFileExists(t, draft)
	require.Len(t, found, 2)
	again, _ := open(t, dir).Recover()
	require.Empty(t, again, "they are taken")
	for _, r := range found {
		require.True(t, r.Recovered())
		require.Contains(t, []Job{dead.Job(), renamed.Job()}, r.Job())
		require.Equal(t, dead.Subject(), r.Subject())
		_, err := r.Finish(t.Context(), soon)
		require.NoError(t, err)
		require.NoError(t, Whole(r.Job().Data.Audio))
	}
	require.NoError(t, living.Drop())
	require.NoError(t, os.Remove(garbage))
	require.Len(t, names(t, a.cfg.JobPath), 2)
}

// Something of it is there: it may take longer than what is missing.
func TestGrace(t *testing.T) {
	a := open(t, t.TempDir())
	r := begin(t, a, Participant)
	part := r.Job().Data.Audio + ".tmp"
	require.NoError(t, os.WriteFile(part, mjr(2), 0o600))
	go func() {
		time.Sleep(time.Second)
		_ = os.Rename(part, r.Job().Data.Audio)
	}()
	_, err := r.Finish(t.Context(), Wait{Patience: 300 * time.Millisecond, Grace: 5 * time.Second})
	require.NoError(t, err)
}

// A file that somebody may still write to is quiet for a while first.
func TestQuiet(t *testing.T) {
	a := open(t, t.TempDir())
	r := begin(t, a, Participant)
	require.NoError(t, os.WriteFile(r.Job().Data.Audio, mjr(2), 0o600))
	began := time.Now()
	_, err := r.Finish(t.Context(), Wait{Patience: 5 * time.Second, Quiet: time.Second})
	require.NoError(t, err)
	require.GreaterOrEqual(t, time.Since(began), 900*time.Millisecond)
}

func TestFoldersThatCannotBeUsed(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	good := config(t, dir)
	for name, c := range map[string]struct {
		change func(*Config)
		words  []string
	}{
		"missing":    {func(c *Config) { c.JobPath = "/nonexistent/jobs" }, []string{"param job-path", "/nonexistent/jobs", "no such file or directory"}},
		"a file":     {func(c *Config) { c.ArchivePath = file }, []string{"param archive-path", "not a directory"}},
		"unwritable": {func(c *Config) { c.ArchivePath = "/proc/self" }, []string{"param archive-path", "/proc/self", "may write to"}},
		"relative":   {func(c *Config) { c.ArchivePath = "recordings" }, []string{"absolute"}},
		"leads out":  {func(c *Config) { c.JobPath = "/tmp/../etc" }, []string{"param job-path", "/../"}},
		"not set":    {func(c *Config) { c.JobPath = "" }, []string{"param job-path", "not set"}},
		"long":       {func(c *Config) { c.ArchivePath = "/" + string(bytes.Repeat([]byte("l"), 101)) }, []string{"102 bytes"}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := good
			c.change(&cfg)
			_, err := Open(cfg)
			require.Error(t, err)
			for _, word := range c.words {
				require.ErrorContains(t, err, word)
			}
		})
	}
	require.NoError(t, good.Check())
	require.Empty(t, names(t, good.JobPath), "the check leaves nothing")
}

// No two recordings have a name in common, however many begin at once.
func TestNamesAreUnique(t *testing.T) {
	a := open(t, t.TempDir())
	const many = 64
	begun := make(chan *Recording, many)
	for range many {
		go func() {
			r, _ := a.Begin(Subject{Kind: Room, Room: "1"})
			begun <- r
		}()
	}
	seen := map[string]bool{}
	for range many {
		r := <-begun
		require.NotNil(t, r)
		require.False(t, seen[r.Path()], r.Path())
		seen[r.Path()] = true
		require.NoError(t, r.Drop())
	}
}
