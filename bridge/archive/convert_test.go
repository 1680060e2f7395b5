// SPDX-License-Identifier: MPL-2.0

package archive

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// mjrOf is a file of Janus's with so many packets of 20 ms of G.711, or of what is called so.
func mjrOf(t *testing.T, codec string, packets int) []byte {
	t.Helper()
	header := fmt.Sprintf(`{"t":"a","c":%q,"s":1,"u":1}`, codec)
	out := binary.BigEndian.AppendUint16([]byte("MJR00002"), uint16(len(header))) // #nosec G115 -- short
	out = append(out, header...)
	for i := range packets {
		n := uint16(i) // #nosec G115 -- few
		text, err := (&rtp.Packet{
			Header:  rtp.Header{Version: 2, SequenceNumber: n, Timestamp: 160 * uint32(i), SSRC: 1}, // #nosec G115 -- few
			Payload: bytes.Repeat([]byte{byte(i)}, 160),
		}).Marshal()
		require.NoError(t, err)
		out = append(out, "MEET"...)
		out = binary.BigEndian.AppendUint32(out, 20*uint32(i))      // #nosec G115 -- few
		out = binary.BigEndian.AppendUint16(out, uint16(len(text))) // #nosec G115 -- short
		out = append(out, text...)
	}
	return out
}

// ogg is a file with this number of pages; the last page is marked as the last.
func ogg(pages int) (out []byte) {
	for i := range pages {
		head := make([]byte, 27, 38)
		copy(head, "OggS")
		if i == pages-1 {
			head[5] = 4
		}
		binary.LittleEndian.PutUint64(head[6:], uint64(960*i)) // #nosec G115 -- few
		binary.LittleEndian.PutUint32(head[18:], uint32(i))    // #nosec G115 -- few
		head[26] = 1
		out = append(append(out, head...), "\x0a0123456789"...)
	}
	return out
}

// program makes a shell script; $4 is what it is to read, and $5 what to write.
func program(t *testing.T, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o600))
	require.NoError(t, os.Chmod(path, 0o700)) // #nosec G302 -- it is run
	return path
}

// fixture is a file to copy.
func fixture(t *testing.T, text []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fixture")
	require.NoError(t, os.WriteFile(path, text, 0o600))
	return path
}

// converting is an archive that converts by this program.
func converting(t *testing.T, dir string, format Format, program string) *Archive {
	t.Helper()
	cfg := config(t, dir)
	cfg.Convert = Conversion{Format: format, Program: program, OpusDecoder: DefaultOpusDecoder}
	a, err := Open(cfg)
	require.NoError(t, err)
	return a
}

// recorded is a recording that Janus has finished.
func recorded(t *testing.T, a *Archive, text []byte) *Recording {
	t.Helper()
	r := begin(t, a, Participant)
	require.NoError(t, os.WriteFile(r.Job().Data.Audio, text, 0o600))
	require.NoError(t, r.Await(t.Context(), soon))
	require.True(t, r.Convertible())
	return r
}

// The job names the file that was made of a recording, and the recording.
func TestConvertBeforeTheJob(t *testing.T) {
	a := converting(t, t.TempDir(), Opus, program(t, `cp `+fixture(t, ogg(3))+` "$5"`))
	r := recorded(t, a, mjrOf(t, "opus", 20))
	source := r.Job().Data.Audio
	require.NoError(t, r.Convert(t.Context()))
	path, err := r.Commit()
	require.NoError(t, err)
	job := readJob(t, path)
	require.Equal(t, strings.TrimSuffix(source, ".mjr")+".opus", job.Data.Audio)
	require.Equal(t, source, job.Recording.Source)
	require.Empty(t, job.Recording.NotConverted)
	require.NoError(t, Whole(job.Data.Audio))
	require.Len(t, names(t, a.cfg.JobPath), 1, "no entry is left")
	require.Len(t, names(t, a.cfg.ArchivePath), 2, "nothing half made is left")
	require.Empty(t, a.names)
	require.False(t, open(t, t.TempDir()).cfg.Convert.Wanted(), "without the param nothing is converted")
}

// What a conversion fails by is said, and leaves nothing behind; the job names the recording as it
// is.
func TestConversionThatFails(t *testing.T) {
	whole := fixture(t, ogg(5))
	cut := fixture(t, ogg(5)[:100])
	noEnd := fixture(t, ogg(5)[:4*38])
	short := fixture(t, riff(100))
	notExecutable := fixture(t, nil)
	for name, c := range map[string]struct{ program, codec, says string }{
		"missing":         {"janus-pp-rec-of-nobody", "opus", "janus-pp-rec-of-nobody is not found in PATH"},
		"missing path":    {"/nonexistent/janus-pp-rec", "opus", "/nonexistent/janus-pp-rec cannot be run: no such file or directory"},
		"not executable":  {notExecutable, "opus", notExecutable + " cannot be run: permission denied"},
		"fails":           {program(t, `echo "[ERR] [postprocessing/janus-pp-rec.c:main:598] Not today"; exit 3`), "opus", `: Not today (exit status 3)`},
		"fails, no words": {program(t, `exit 3`), "opus", `: exit status 3`},
		"says so only":    {program(t, `cp `+whole+` "$5"; echo "[ERR] Error writing"`), "opus", `: Error writing`},
		"is killed":       {program(t, `kill -9 $$`), "opus", "signal: killed"},
		"writes nothing":  {program(t, `exit 0`), "opus", "what was made of it is not whole: there is no audio in it"},
		"cut page":        {program(t, `cp `+cut+` "$5"`), "opus", "what was made of it is not whole: it is not written to its end"},
		"no last page":    {program(t, `cp `+noEnd+` "$5"`), "opus", "what was made of it is not whole: it is not written to its end"},
		"no Ogg":          {program(t, `cp `+short+` "$5"`), "opus", "it is no Ogg file"},
		"short WAV":       {program(t, `cp `+short+` "$5"`), "pcmu", "what was made of it is not whole: it is cut off"},
	} {
		t.Run(name, func(t *testing.T) {
			a := converting(t, t.TempDir(), Opus, c.program)
			r := recorded(t, a, mjrOf(t, c.codec, 20))
			source := r.Job().Data.Audio
			require.ErrorContains(t, r.Convert(t.Context()), c.says)
			path, err := r.Commit()
			require.NoError(t, err)
			job := readJob(t, path)
			require.Equal(t, source, job.Data.Audio)
			require.Empty(t, job.Recording.Source)
			require.Contains(t, job.Recording.NotConverted, c.says)
			require.Equal(t, []string{filepath.Base(source)}, names(t, a.cfg.ArchivePath))
			require.Len(t, names(t, a.cfg.JobPath), 1)
		})
	}
}

// A conversion that is broken off is begun again by the next load, also where the switch was killed
// when the result had its name already.
func TestConversionIsBrokenOff(t *testing.T) {
	dir, began := t.TempDir(), filepath.Join(t.TempDir(), "began")
	a := converting(t, dir, Opus, program(t, `echo half > "$5"; : > `+began+`; sleep 60 & sleep 60`))
	r := recorded(t, a, mjrOf(t, "opus", 20))
	source := r.Job().Data.Audio
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for !exists(began) && t.Context().Err() == nil {
			time.Sleep(5 * time.Millisecond)
		}
		cancel()
	}()
	before := time.Now()
	require.ErrorIs(t, r.Convert(ctx), context.Canceled)
	require.Less(t, time.Since(before), 30*time.Second, "it is not waited for")
	r.Release()
	require.Equal(t, []string{filepath.Base(source)}, names(t, a.cfg.ArchivePath))
	result := strings.TrimSuffix(source, ".mjr") + ".opus"
	require.NoError(t, os.WriteFile(result, ogg(2), 0o600))

	next := converting(t, dir, Opus, program(t, `cp `+fixture(t, ogg(7))+` "$5"`))
	found, wrong := next.Recover()
	require.Empty(t, wrong)
	require.Len(t, found, 1)
	require.NoError(t, found[0].Await(t.Context(), soon))
	require.NoError(t, found[0].Convert(t.Context()))
	path, err := found[0].Commit()
	require.NoError(t, err)
	require.Equal(t, result, readJob(t, path).Data.Audio)
	text, err := os.ReadFile(result)
	require.NoError(t, err)
	require.Equal(t, ogg(7), text)
	require.Len(t, names(t, next.cfg.JobPath), 1)
}

// One that takes too long has failed: the recording gets its job as it is.
func TestConversionThatTakesTooLong(t *testing.T) {
	a := converting(t, t.TempDir(), Opus, program(t, `sleep 60`))
	r := recorded(t, a, mjrOf(t, "opus", 20))
	ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, errors.New("it took too long"))
	defer cancel()
	require.ErrorContains(t, r.Convert(ctx), "was ended: it took too long")
	path, err := r.Commit()
	require.NoError(t, err)
	require.Contains(t, readJob(t, path).Recording.NotConverted, "it took too long")
}

// A program gets neither the CPU nor the files of the switch, nor its environment.
func TestProgramIsApart(t *testing.T) {
	t.Setenv("JANUS_PPREC_FORMAT", "secret")
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	file, err := listener.(*net.TCPListener).File()
	require.NoError(t, err)
	defer file.Close()
	_, err = unix.FcntlInt(file.Fd(), unix.F_SETFD, 0) // as those of the switch are: children get it
	require.NoError(t, err)
	// field 19 of stat is the nice value, 41 the policy: 3 is SCHED_BATCH
	script := program(t, `[ -z "$JANUS_PPREC_FORMAT" ] || { echo "the environment"; exit 1; }
ls -l /proc/$$/fd | grep socket && exit 1
for i in $(seq 200); do
	[ "$(cut -d' ' -f19,41 /proc/$$/stat)" = "19 3" ] && exit 0
	sleep 0.05
done
cat /proc/$$/stat; exit 1`)
	require.NoError(t, run(t.Context(), script))
}

// What one may ask to be converted.
func TestSources(t *testing.T) {
	dir := t.TempDir()
	a := converting(t, dir, Opus, DefaultConvertProgram)
	put := func(name string) string {
		path := filepath.Join(a.cfg.ArchivePath, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, mjrOf(t, "opus", 2), 0o600))
		return path
	}
	one, below := put("one.mjr"), put("old/below.mjr")
	put("two.mjr")
	put("two.opus")
	put(".hidden.mjr")
	put("no.txt")
	outside := filepath.Join(dir, "outside.mjr")
	require.NoError(t, os.WriteFile(outside, mjrOf(t, "opus", 2), 0o600))
	require.NoError(t, os.Symlink(outside, filepath.Join(a.cfg.ArchivePath, "link.mjr")))
	require.NoError(t, os.Symlink(dir, filepath.Join(a.cfg.ArchivePath, "up")))
	open := begin(t, a, Participant)
	defer open.Release()
	require.NoError(t, os.WriteFile(open.Job().Data.Audio, mjrOf(t, "opus", 1), 0o600))

	for path, want := range map[string][]string{
		one: {one}, "one.mjr": {one}, "old": {below}, a.cfg.ArchivePath: {one}, ".": {one}, "old/../one.mjr": {one},
	} {
		found, done, err := a.Sources(path, "")
		require.NoError(t, err)
		require.Equal(t, want, found)
		require.Equal(t, map[bool]int{true: 1}[path == "." || path == a.cfg.ArchivePath], done)
	}
	found, done, err := a.Sources(".", WAV)
	require.NoError(t, err)
	require.Len(t, found, 2, "there is no WAV of two yet")
	require.Zero(t, done)
	refused := " is not in the archive-path " + a.cfg.ArchivePath
	for path, says := range map[string]string{
		outside: outside + refused, "../outside.mjr": refused, "/etc/passwd": refused, "/nonexistent/x.mjr": refused,
		"link.mjr": refused, "up/outside.mjr": refused, "up": refused, a.cfg.ArchivePath + "-other/x.mjr": refused,
		"none.mjr": "none.mjr: no such file or directory", "no.txt": "no.txt is no .mjr file", "two.mjr": "two.opus is there already",
		filepath.Base(open.Job().Data.Audio): "is still being recorded", "": "no file or folder is named",
	} {
		_, _, err := a.Sources(path, "")
		require.ErrorContains(t, err, says, path)
	}
}

// What is no recording, or not a whole one, is not handed to a program.
func TestConvertOfWhatIsNotWhole(t *testing.T) {
	a := converting(t, t.TempDir(), Opus, program(t, `cp `+fixture(t, ogg(3))+` "$5"`))
	text := mjrOf(t, "opus", 5)
	for name, c := range map[string]struct {
		text []byte
		says string
	}{
		"cut":      {text[:len(text)-50], "it is not written to its end"},
		"empty":    {nil, "it is not written to its end"},
		"no MJR":   {[]byte("RIFF....WAVE"), "it is no MJR file"},
		"video":    {bytes.Replace(text, []byte(`"t":"a"`), []byte(`"t":"v"`), 1), `it is no audio: its type is "v"`},
		"no codec": {bytes.Replace(text, []byte(`"c"`), []byte(`"d"`), 1), "its header names no codec"},
	} {
		path := filepath.Join(a.cfg.ArchivePath, name+".mjr")
		require.NoError(t, os.WriteFile(path, c.text, 0o600))
		_, err := a.Convert(t.Context(), path, "")
		require.EqualError(t, err, c.says, name)
	}
	path := filepath.Join(a.cfg.ArchivePath, "good.mjr")
	require.NoError(t, os.WriteFile(path, text, 0o600))
	result, err := a.Convert(t.Context(), path, "")
	require.NoError(t, err)
	require.Equal(t, filepath.Join(a.cfg.ArchivePath, "good.opus"), result)
	_, err = a.Convert(t.Context(), path, "")
	require.EqualError(t, err, result+" is there already")
}

// Janus's program ends with 0 on a disk that is full.
func TestDiskIsFull(t *testing.T) {
	dir := t.TempDir()
	a := converting(t, dir, WAV, DefaultConvertProgram)
	if err := unix.Mount("tmpfs", a.cfg.ArchivePath, "tmpfs", 0, "size=64k"); err != nil {
		t.Skip("a small disk cannot be mounted:", err)
	}
	defer func() { require.NoError(t, unix.Unmount(a.cfg.ArchivePath, 0)) }()
	for packets, says := range map[int]string{
		50: "", 200: "no space is left in " + a.cfg.ArchivePath + ": ", // 9 kB and 16, 37 kB and 64
	} {
		path := filepath.Join(a.cfg.ArchivePath, fmt.Sprint(packets, ".mjr"))
		require.NoError(t, os.WriteFile(path, mjrOf(t, "pcmu", packets), 0o600))
		result, err := a.Convert(t.Context(), path, "")
		if says == "" {
			require.NoError(t, err)
			require.NoError(t, os.Remove(result))
		} else {
			require.ErrorContains(t, err, says)
		}
		require.NoError(t, os.Remove(path))
	}
	require.Empty(t, names(t, a.cfg.ArchivePath))
}

// What is left of a switch that was killed goes, what another one is writing stays.
func TestAbandonedDrafts(t *testing.T) {
	a := converting(t, t.TempDir(), Opus, DefaultConvertProgram)
	old, fresh := filepath.Join(a.cfg.ArchivePath, convertPrefix+"1.opus"), filepath.Join(a.cfg.ArchivePath, convertPrefix+"2.opus")
	for _, path := range []string{old, fresh} {
		require.NoError(t, os.WriteFile(path, nil, 0o600))
	}
	long := time.Now().Add(-2 * abandoned)
	require.NoError(t, os.Chtimes(old, long, long))
	a.Recover()
	require.NoFileExists(t, old)
	require.FileExists(t, fresh)
	require.NoError(t, os.Chtimes(fresh, long, long))
	_, _, err := a.Sources(".", "")
	require.NoError(t, err)
	require.NoFileExists(t, fresh)
}

func TestMissingPrograms(t *testing.T) {
	says := func(c Conversion) string { return fmt.Sprint(c.Missing()) }
	require.Equal(t, "[]", says(Conversion{Format: Unconverted, Program: "nobody"}))
	require.Equal(t, "[]", says(Conversion{Format: Opus, Program: "true", OpusDecoder: "nobody"}))
	require.Equal(t, "[param convert-program: nobody is not found in PATH (Debian's package janus-tools has janus-pp-rec) "+
		"param opus-decoder: /nonexistent/x cannot be run: no such file or directory (Debian's package opus-tools has opusdec)]",
		says(Conversion{Format: WAV, Program: "nobody", OpusDecoder: "/nonexistent/x"}))
}

// A switch was killed between the conversion and the job: the next load writes the job, and
// converts nothing again.
func TestKilledBeforeTheJob(t *testing.T) {
	dir := t.TempDir()
	a := converting(t, dir, Opus, program(t, `cp `+fixture(t, ogg(3))+` "$5"`))
	r := recorded(t, a, mjrOf(t, "opus", 20))
	require.NoError(t, r.Convert(t.Context()))
	r.Release()
	found, wrong := converting(t, dir, Opus, "nobody").Recover()
	require.Empty(t, wrong)
	require.Len(t, found, 1)
	require.NoError(t, found[0].Await(t.Context(), soon))
	require.False(t, found[0].Convertible())
	path, err := found[0].Commit()
	require.NoError(t, err)
	require.Equal(t, r.Job(), readJob(t, path))
	require.Len(t, names(t, a.cfg.JobPath), 1)
}
