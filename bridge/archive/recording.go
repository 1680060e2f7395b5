// SPDX-License-Identifier: MPL-2.0

package archive

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// settled is how long a recording must lie unchanged before it is looked at:
// whoever writes it may have written its header, and not all that goes with it.
const settled = 250 * time.Millisecond

// ErrMissing: nothing of the recording has been seen. Janus's disk is another
// one, or Janus has not recorded.
var ErrMissing = errors.New("it is not there")

// IncompleteError is for a recording that was not finished, and never will be.
type IncompleteError struct {
	Path   string // of what is there of it
	Reason error
}

// Error implements error.
func (e *IncompleteError) Error() string { return fmt.Sprintf("%s is not whole: %s", e.Path, e.Reason) }

// Unwrap returns the reason.
func (e *IncompleteError) Unwrap() error { return e.Reason }

// Recording is one that is under way. Its methods are for one goroutine at a
// time; those that tell only of it, for any.
type Recording struct {
	archive   *Archive
	job       Job
	entry     string   // path of the journal's entry
	file      *os.File // the entry, open and locked
	recovered bool
	named     string // what Archive.names knows it by
}

// Subject is what is recorded.
func (r *Recording) Subject() Subject {
	d := r.job.Recording
	return Subject{d.Kind, d.Server, r.job.Data.ID, d.Leg, r.job.Plugin, d.UntilEmpty}
}

// Job is what the job file says, or will say.
func (r *Recording) Job() Job { return r.job }

// Recovered tells a recording of a process that was killed.
func (r *Recording) Recovered() bool { return r.recovered }

// Path is what whoever records is to write: for a Participant the base that
// AudioBridge adds -audio.mjr to, for a Local one a name that says unfinished, else the
// path of the recording.
func (r *Recording) Path() string {
	audio := r.job.Data.Audio
	switch r.job.Recording.Kind {
	case Participant:
		return strings.TrimSuffix(audio, audioSuffix+extensionMJR)
	case Local:
		return filepath.Join(filepath.Dir(audio), "."+filepath.Base(audio))
	}
	return audio
}

// present tells whether the entry is still the file that is open.
func (r *Recording) present() bool {
	open, err := r.file.Stat()
	if err != nil {
		return false
	}
	named, err := os.Lstat(r.entry)
	return err == nil && os.SameFile(open, named)
}

// written is the file as it is looked for.
func (r *Recording) written() string {
	if r.job.Recording.Kind == Local && exists(r.Path()) {
		return r.Path()
	}
	return r.job.Data.Audio
}

// Wait says how long to look for a recording that is over.
type Wait struct {
	Patience time.Duration // until it is given up
	Grace    time.Duration // how much longer, if something of it is there
	Quiet    time.Duration // for which the file must have been unchanged; at least 250 ms
}

// Finish is Await and Commit: it waits until the recording is whole and writes its job file, whose
// path it returns.
func (r *Recording) Finish(ctx context.Context, wait Wait) (job string, err error) {
	if err := r.Await(ctx, wait); err != nil {
		return "", err
	}
	return r.Commit()
}

// Await waits until the recording is whole. An error ends the recording. After ErrMissing and
// *IncompleteError the recording is given up, and gets no job. After any other error, also the
// error of ctx, its entry stays in the journal for Recover.
func (r *Recording) Await(ctx context.Context, wait Wait) error {
	err := r.await(ctx, wait)
	if err == nil {
		return nil
	}
	defer r.Release()
	var incomplete *IncompleteError
	if errors.Is(err, ErrMissing) || errors.As(err, &incomplete) {
		err = errors.Join(err, os.Remove(r.entry))
	}
	return err
}

// Commit writes the job file of a recording that is whole, whose path it returns, and ends the
// recording. After an error the entry stays in the journal for Recover.
func (r *Recording) Commit() (job string, err error) {
	defer r.Release()
	return r.commit()
}

// await waits until the file is whole.
func (r *Recording) await(ctx context.Context, wait Wait) error {
	giveUp := time.Now().Add(wait.Patience)
	var last os.FileInfo
	var since time.Time // last is as it is
	reason := ErrMissing
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, settled) {
		path := r.written()
		info, err := os.Stat(path)
		switch {
		case err != nil:
			last = nil
		case last == nil || info.Size() != last.Size() || !info.ModTime().Equal(last.ModTime()):
			last, since, reason = info, time.Now(), &IncompleteError{path, errNotEnded}
		case time.Since(since) >= settled && max(time.Since(since), time.Since(info.ModTime())) >= wait.Quiet:
			if err := Whole(path); err != nil {
				reason = &IncompleteError{path, err}
			} else {
				return nil
			}
		}
		if over := time.Since(giveUp); over > 0 {
			if reason := r.reported(reason); over > wait.Grace || errors.Is(reason, ErrMissing) {
				return reason
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// reported looks for what Janus calls a recording that is not finished, where
// there is none by its own name.
func (r *Recording) reported(reason error) error {
	if !errors.Is(reason, ErrMissing) {
		return reason
	}
	name := filepath.Base(r.job.Data.Audio) + "."
	files, err := os.ReadDir(r.archive.cfg.ArchivePath)
	if err != nil {
		return reason
	}
	for _, file := range files {
		if strings.HasPrefix(file.Name(), name) {
			return &IncompleteError{filepath.Join(r.archive.cfg.ArchivePath, file.Name()), errNotEnded}
		}
	}
	return reason
}

// commit puts the recording on disk, and makes the entry the job file.
func (r *Recording) commit() (string, error) {
	audio := r.job.Data.Audio
	if written := r.written(); written != audio {
		if err := syncPath(written); err != nil {
			return "", err
		}
		if err := rename(written, audio, filepath.Dir(audio)); err != nil {
			return "", fmt.Errorf("renaming %s to %s: %w", written, audio, err)
		}
	}
	if err := errors.Join(syncPath(audio), syncPath(filepath.Dir(audio))); err != nil {
		return "", err
	}
	for {
		name := r.archive.cfg.Jobs.Expand(r.archive.values(&r.job)) + extensionJSON
		job := filepath.Join(r.archive.cfg.JobPath, name)
		err := rename(r.entry, job, r.archive.cfg.JobPath)
		if err == nil {
			return job, nil
		}
		if !errors.Is(err, os.ErrExist) {
			return "", fmt.Errorf("job file %s: %w", job, err)
		}
	}
}

// Drop ends a recording of which nothing was recorded: no job, no entry.
func (r *Recording) Drop() error {
	defer r.Release()
	return os.Remove(r.entry)
}

// Release lets go of a recording. What is in the journal stays there, for
// whoever calls Recover next.
func (r *Recording) Release() {
	r.archive.forget(r)
	_ = r.file.Close()
}
