// SPDX-License-Identifier: MPL-2.0

package archive

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Format is what .mjr files become.
type Format string

// The formats there are, as they are written in the configuration.
const (
	Unconverted Format = "none"
	WAV         Format = "wav"
	Opus        Format = "opus" // in Ogg; what is not Opus becomes WAV
)

// The programs, where the configuration names no others.
const (
	DefaultConvertProgram = "janus-pp-rec"
	DefaultOpusDecoder    = "opusdec"
)

const (
	convertPrefix = ".convert-" // of a file that a program is writing
	// abandoned is the age of such a file that nobody writes any more.
	abandoned = time.Hour
)

// Conversion says what becomes of .mjr files, and by which programs.
type Conversion struct {
	Format      Format
	Program     string // Janus's own, janus-pp-rec: a path, or a name to be found in PATH
	OpusDecoder string // opusdec, likewise: janus-pp-rec makes no WAV of Opus
}

// Wanted tells whether recordings are converted.
func (c Conversion) Wanted() bool { return c.Format == WAV || c.Format == Opus }

// Missing returns an error for each program that the conversion needs and that is not there; each
// error names the param. Without a conversion nothing is missing.
func (c Conversion) Missing() (wrong []error) {
	if !c.Wanted() {
		return nil
	}
	if _, err := find(c.Program); err != nil {
		wrong = append(wrong, fmt.Errorf("param convert-program: %w (Debian's package janus-tools has %s)", err, DefaultConvertProgram))
	}
	if c.Format != WAV {
		return wrong
	}
	if _, err := find(c.OpusDecoder); err != nil {
		wrong = append(wrong, fmt.Errorf("param opus-decoder: %w (Debian's package opus-tools has %s)", err, DefaultOpusDecoder))
	}
	return wrong
}

// Convert converts the recording that Await has seen whole, where the configuration asks for that,
// and enters the outcome into the journal: the job that Commit writes says which file is to be
// used. Whoever calls it lets it run in the background. The error says why the recording stays as
// it is. When ctx is cancelled, the journal is as it was.
func (r *Recording) Convert(ctx context.Context) error {
	c := r.archive.cfg.Convert
	source := r.job.Data.Audio
	result, err := c.convert(ctx, source, r.recovered)
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	before := r.job
	if err == nil {
		r.job.Data.Audio, r.job.Recording.Source, r.job.Recording.NotConverted = result, source, ""
	} else {
		r.job.Recording.NotConverted = err.Error()
	}
	if wrong := r.reenter(); wrong != nil {
		r.job = before
		return &JournalError{r.archive.cfg.JobPath, wrong}
	}
	return err
}

// JournalError is for a journal that cannot be written.
type JournalError struct {
	Folder string
	Reason error
}

// Error implements error.
func (e *JournalError) Error() string {
	return fmt.Sprintf("the journal in %s: %s", e.Folder, e.Reason)
}

// Unwrap returns the reason.
func (e *JournalError) Unwrap() error { return e.Reason }

// Convertible tells whether the recording is one to convert.
func (r *Recording) Convertible() bool {
	return r.archive.cfg.Convert.Wanted() && strings.HasSuffix(r.job.Data.Audio, extensionMJR)
}

// Convert converts a file of the archive. format is that of the configuration, if it is "". It
// returns the path of the result, and runs as long as the programs do.
func (a *Archive) Convert(ctx context.Context, source string, format Format) (string, error) {
	if err := Whole(source); err != nil {
		return "", reasonOf(err)
	}
	return a.conversion(format).convert(ctx, source, false)
}

// conversion is the one to a format; without one, and where none is configured, it is Opus.
func (a *Archive) conversion(format Format) Conversion {
	c := a.cfg.Convert
	if format != "" {
		c.Format = format
	}
	if !c.Wanted() {
		c.Format = Opus
	}
	return c
}

// convert makes a file beside the source, under the same name with another extension. With replace
// a file of that name is replaced.
func (c Conversion) convert(ctx context.Context, source string, replace bool) (result string, err error) {
	codec, err := codecOf(source)
	if err != nil {
		return "", err
	}
	extension := extensionWAV
	if c.Format == Opus && codec == "opus" {
		extension = extensionOpus
	}
	base, folder := strings.TrimSuffix(source, extensionMJR), filepath.Dir(source)
	if result = base + extension; !replace && exists(result) {
		return "", fmt.Errorf("%s is there already", result)
	}
	draft := filepath.Join(folder, fmt.Sprintf("%s%08x-%s", convertPrefix, rand.Uint32(), filepath.Base(base))) // #nosec G404 -- a name
	defer func() {
		if err != nil && ctx.Err() == nil && full(folder, source) {
			err = fmt.Errorf("no space is left in %s: %w", folder, err)
		}
		_ = os.Remove(draft + extensionWAV)
		_ = os.Remove(draft + extensionOpus)
	}()
	if err := c.write(ctx, codec, source, draft, extension); err != nil {
		return "", err
	}
	if err := errors.Join(checkOutcome(draft+extension, source, codec), syncPath(draft+extension)); err != nil {
		return "", fmt.Errorf("what was made of it is not whole: %w", reasonOf(err))
	}
	if replace {
		return result, errors.Join(os.Rename(draft+extension, result), syncPath(folder))
	}
	return result, rename(draft+extension, result, folder)
}

// write has the programs write draft and its extension.
func (c Conversion) write(ctx context.Context, codec, source, draft, extension string) error {
	steps := [][]string{{c.Program, "-o", "-d", "2", source, draft + extension}}
	if codec == "opus" && extension == extensionWAV {
		steps[0][5] = draft + extensionOpus
		steps = append(steps, []string{c.OpusDecoder, "--quiet", draft + extensionOpus, draft + extensionWAV})
	}
	for _, step := range steps {
		// the file is made here first, so that the error names a folder that cannot be written to
		file, err := os.OpenFile(step[len(step)-1], os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644) // #nosec G302 G304 -- for others to read, as far as the umask lets them
		if err != nil {
			return fmt.Errorf("no file can be made in %s: %w", filepath.Dir(source), reasonOf(err))
		}
		if err := file.Close(); err != nil {
			return err
		}
		if err := run(ctx, step[0], step[1:]...); err != nil {
			return err
		}
	}
	return nil
}

// codecOf reads which codec an .mjr file says it has, in small letters.
func codecOf(path string) (string, error) {
	file, err := os.Open(path) // #nosec G304 -- a recording
	if err != nil {
		return "", reasonOf(err)
	}
	defer file.Close()
	head := make([]byte, 10)
	if _, err := io.ReadFull(file, head); err != nil || string(head[:8]) != "MJR00002" {
		return "", errors.New("it is no MJR file")
	}
	text := make([]byte, binary.BigEndian.Uint16(head[8:]))
	var header struct {
		Type  string `json:"t"`
		Codec string `json:"c"`
	}
	if _, err := io.ReadFull(file, text); err != nil {
		return "", errNotEnded
	}
	if err := json.Unmarshal(text, &header); err != nil || header.Codec == "" {
		return "", errors.New("its header names no codec")
	}
	if header.Type != "a" {
		return "", fmt.Errorf("it is no audio: its type is %q", header.Type)
	}
	return strings.ToLower(header.Codec), nil
}

// full tells whether a folder's disk has no room for what comes of a file.
func full(folder, source string) bool {
	info, err := os.Stat(source)
	var disk unix.Statfs_t
	if err != nil || unix.Statfs(folder, &disk) != nil {
		return false
	}
	return disk.Bavail*uint64(disk.Bsize) < uint64(info.Size()) // #nosec G115 -- not negative
}

// reasonOf is an error without the path, which is told anyway.
func reasonOf(err error) error {
	var at *os.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// sweep removes what programs were writing in a folder when their switch was killed.
func sweep(folder string) {
	files, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	for _, file := range files {
		if !strings.HasPrefix(file.Name(), convertPrefix) {
			continue
		}
		if info, err := file.Info(); err == nil && time.Since(info.ModTime()) > abandoned {
			_ = os.Remove(filepath.Join(folder, file.Name()))
		}
	}
}
