// SPDX-License-Identifier: MPL-2.0

package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

const (
	openPrefix    = ".open-" // of the journal's entries
	newPrefix     = ".new-"  // of an entry that is being written
	extensionJSON = ".json"
	extensionWAV  = ".wav"
	extensionMJR  = ".mjr"
	extensionOpus = ".opus"
	audioType     = "audio"         // #{type}: there is no other here
	audioSuffix   = "-" + audioType // AudioBridge adds it to the file of a participant
	event         = "archive-finished"

	// longestFile is how long the path of a recording may be, in bytes.
	longestFile = 230
	// forgotten is the age of an entry whose writing was broken off.
	forgotten = time.Minute
)

// Kind says who records, and what.
type Kind string

// The kinds there are.
const (
	Participant Kind = "participant" // Janus, what one participant says; MJR
	Room        Kind = "room"        // Janus, the mix of a room; WAV
	Local       Kind = "local"       // the switch, what a caller hears and says; WAV
)

// Subject is what is recorded.
type Subject struct {
	Kind   Kind
	Server string // its name in the configuration
	Room   string // its id
	Leg    string // UUID of the leg; "" for a Room
	Plugin string // package name of the plugin
	// UntilEmpty: a Room's recording is over when its last participant has gone.
	UntilEmpty bool
}

// Job is the text of a job file.
type Job struct {
	Data struct {
		ID    string `json:"id"`    // of the room
		UID   string `json:"uid"`   // of this recording; never used twice
		Audio string `json:"audio"` // path of the recording
	} `json:"data"`
	Plugin    string  `json:"plugin"`
	Event     string  `json:"event"` // "archive-finished"
	Recording Details `json:"recording"`
}

// Details are what audioroom's job files do not tell.
type Details struct {
	Kind       Kind   `json:"kind"`
	Server     string `json:"server"`
	Leg        string `json:"leg,omitempty"`
	Began      int64  `json:"began"` // µs since 1970
	UntilEmpty bool   `json:"until_empty,omitempty"`
	// Source is the .mjr file that the recording was made from, where it was converted, and
	// NotConverted is why it was not, where it should have been.
	Source       string `json:"source,omitempty"`
	NotConverted string `json:"not_converted,omitempty"`
}

// Archive is a pair of folders in use. Its methods may be called from any
// goroutine; they wait for the disk.
type Archive struct {
	cfg Config

	mu    sync.Mutex
	names map[string]bool // paths of the recordings that are under way
}

// Open begins to use the folders, if they can be used.
func Open(cfg Config) (*Archive, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	return &Archive{cfg: cfg, names: make(map[string]bool)}, nil
}

// Config is what the archive was opened with.
func (a *Archive) Config() Config { return a.cfg }

// Begin names a recording and enters it into the journal: what is recorded from
// now on gets its job, whatever happens. Whoever calls it ends the recording by
// Finish, Drop or Release.
func (a *Archive) Begin(subject Subject) (*Recording, error) {
	r := &Recording{archive: a}
	r.job.Plugin, r.job.Event, r.job.Data.ID = subject.Plugin, event, subject.Room
	r.job.Recording = Details{Kind: subject.Kind, Server: subject.Server, Leg: subject.Leg, UntilEmpty: subject.UntilEmpty}
	if err := a.name(r); err != nil {
		return nil, err
	}
	if err := a.enter(r); err != nil {
		a.forget(r)
		return nil, fmt.Errorf("the journal in %s: %w", a.cfg.JobPath, err)
	}
	return r, nil
}

// values are new ones for a name.
func (a *Archive) values(job *Job) Values {
	return Values{ID: job.Data.ID, Time: time.Now().UnixMicro(), Rand: rand.Uint32(), Plugin: job.Plugin, Type: audioType} // #nosec G404 -- a name
}

// name finds a name that nothing has.
func (a *Archive) name(r *Recording) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for range 100 {
		v := a.values(&r.job)
		r.job.Recording.Began, r.job.Data.UID = v.Time, v.MD5()
		r.job.Data.Audio = filepath.Join(a.cfg.ArchivePath, a.cfg.Recordings.Expand(v)+extensionWAV)
		if r.job.Recording.Kind == Participant {
			base := strings.TrimSuffix(strings.TrimSuffix(r.job.Data.Audio, extensionWAV), audioSuffix)
			r.job.Data.Audio = base + audioSuffix + extensionMJR
		}
		if audio := r.job.Data.Audio; len(audio) > longestFile {
			return fmt.Errorf("%s has %d bytes, at most %d are possible: a shorter archive-path or recording-pattern is needed", audio, len(audio), longestFile)
		}
		if a.names[r.job.Data.Audio] || exists(r.job.Data.Audio) || exists(r.Path()) {
			continue
		}
		a.names[r.job.Data.Audio], r.named = true, r.job.Data.Audio
		return nil
	}
	return fmt.Errorf("recording-pattern %q finds no name that is free in %s", a.cfg.Recordings, a.cfg.ArchivePath)
}

func (a *Archive) forget(r *Recording) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.names, r.named)
}

// enter writes the journal's entry. It is locked before it bears the name by
// which Recover finds it.
func (a *Archive) enter(r *Recording) error {
	r.entry = filepath.Join(a.cfg.JobPath, openPrefix+r.job.Data.UID+extensionJSON)
	return a.write(r, func(draft string) error { return rename(draft, r.entry, a.cfg.JobPath) })
}

// reenter puts another text in the place of the entry, in one step.
func (r *Recording) reenter() error {
	old, folder := r.file, r.archive.cfg.JobPath
	err := r.archive.write(r, func(draft string) error { return errors.Join(os.Rename(draft, r.entry), syncPath(folder)) })
	if err == nil {
		_ = old.Close()
	}
	return err
}

// write writes an entry under another name, locks it, and has it named.
func (a *Archive) write(r *Recording, named func(draft string) error) error {
	text, err := json.Marshal(r.job)
	if err != nil {
		return err
	}
	draft := filepath.Join(a.cfg.JobPath, newPrefix+r.job.Data.UID+extensionJSON)
	// for others to read, as far as the umask lets them: it becomes the job file
	file, err := os.OpenFile(draft, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644) // #nosec G302 G304
	if err != nil {
		return err
	}
	fail := func(err error) error { return errors.Join(err, file.Close(), os.Remove(draft)) }
	if !lock(file) {
		return fail(errors.New("it cannot be locked"))
	}
	if _, err := file.Write(append(text, '\n')); err != nil {
		return fail(err)
	}
	if err := file.Sync(); err != nil {
		return fail(err)
	}
	if err := named(draft); err != nil {
		return fail(err)
	}
	r.file = file
	return nil
}

// Recover finds what a process that has been killed was recording. Each is to
// be ended as one that Begin has made. The errors are for entries that cannot be
// read; they stay where they are.
func (a *Archive) Recover() (found []*Recording, wrong []error) {
	if a.cfg.Convert.Wanted() {
		sweep(a.cfg.ArchivePath)
	}
	names, err := os.ReadDir(a.cfg.JobPath)
	if err != nil {
		return nil, []error{err}
	}
	for _, name := range names {
		path := filepath.Join(a.cfg.JobPath, name.Name())
		switch {
		case strings.HasPrefix(name.Name(), newPrefix):
			if info, err := name.Info(); err == nil && time.Since(info.ModTime()) > forgotten {
				_ = os.Remove(path) // nothing was recorded under it yet
			}
		case strings.HasPrefix(name.Name(), openPrefix):
			r, err := a.reopen(path)
			if err != nil {
				wrong = append(wrong, fmt.Errorf("%s: %w", path, err))
			} else if r != nil {
				found = append(found, r)
			}
		}
	}
	return found, wrong
}

// reopen takes an entry over; nil: it is somebody else's, or gone.
func (a *Archive) reopen(path string) (*Recording, error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0) // #nosec G304 -- an entry of the journal
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	r := &Recording{archive: a, entry: path, file: file, recovered: true}
	if !lock(file) || !r.present() {
		return nil, file.Close()
	}
	if err := json.NewDecoder(file).Decode(&r.job); err != nil {
		return nil, errors.Join(fmt.Errorf("it is no entry of the journal: %w", err), file.Close())
	}
	if r.job.Event != event || r.job.Data.UID == "" || !filepath.IsAbs(r.job.Data.Audio) {
		return nil, errors.Join(errors.New("it is no entry of the journal"), file.Close())
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.names[r.job.Data.Audio], r.named = true, r.job.Data.Audio
	return r, nil
}
