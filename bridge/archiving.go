// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mod_janus/bridge/archive"
	"mod_janus/bridge/background"
	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/bridge/server"
)

// archiving gives recordings their names, and makes jobs of those that are over. What fails is
// logged, and the call goes on as if there were no archive.
type archiving struct {
	ctx       context.Context // of the engine
	host      host.Host
	work      *background.Group
	farewells *background.Tally
	server    func(name string) *server.Server
	over      func(kind archive.Kind, result string) // is told of each recording that is over

	current    atomic.Pointer[archive.Archive] // nil: nothing is archived
	converters chan struct{}                   // has an entry for each conversion that runs
	asked      sync.Map                        // paths that a command has asked to be converted, and that are not yet
}

// On tells whether recordings are archived.
func (a *archiving) On() bool { return a.current.Load() != nil }

func (a *archiving) logf(level host.Level, format string, args ...any) {
	a.host.Log("", level, fmt.Sprintf(format, args...))
}

// use makes the archive what the configuration says, and has ended what
// a process that was killed was recording. The servers are there by then.
func (a *archiving) use(cfg *archive.Config) {
	if cfg == nil {
		a.current.Store(nil)
		return
	}
	opened, err := archive.Open(*cfg)
	if err != nil {
		a.current.Store(nil)
		for line := range strings.SplitSeq(err.Error(), "\n") {
			a.logf(host.LevelError, "janus.conf: archive: %s; nothing is archived", line)
		}
		return
	}
	if old := a.current.Load(); old != nil && reflect.DeepEqual(old.Config(), *cfg) {
		opened = old // it knows what is under way
	}
	a.current.Store(opened)
	for _, err := range cfg.Convert.Missing() {
		a.logf(host.LevelWarning, "janus.conf: archive: %s; recordings stay as they are until it is there", err)
	}
	found, wrong := opened.Recover()
	for _, err := range wrong {
		a.logf(host.LevelError, "Archive: %s", err)
	}
	for _, r := range found {
		a.logf(host.LevelNotice, "Archive: %s was being recorded when the switch ended", r.Job().Data.Audio)
		a.endRecovered(r)
	}
}

// endRecovered ends a recording of a process that was killed. What the switch
// recorded is over. What Janus records of a participant is over when Janus has missed the
// session for long enough; the mix of a room goes on as long as somebody is there.
func (a *archiving) endRecovered(r *archive.Recording) {
	subject := r.Subject()
	switch s := a.server(subject.Server); {
	case subject.Kind == archive.Local:
		a.Finish(r, archive.Wait{Patience: config.LocalPatience})
	case subject.Kind == archive.Room && s != nil:
		s.Archives.Adopt(r)
	case subject.Kind == archive.Participant && s != nil:
		a.work.Go("a recording", func() {
			quiet := s.Connection.SessionTimeout(a.ctx) + 5*time.Second
			a.finishNow(r, archive.Wait{Patience: config.ArchivePatience, Grace: 2 * quiet, Quiet: quiet}, func() {})
		})
	default:
		a.Finish(r, archive.Wait{Patience: config.ArchivePatience, Grace: 2 * config.SessionTimeout, Quiet: config.SessionTimeout})
	}
}

// Begin names a recording; what fails is on the log of the leg with this UUID, or with "" on the
// module's own. Nil where nothing is archived.
func (a *archiving) Begin(uuid string, subject archive.Subject) *archive.Recording {
	current := a.current.Load()
	if current == nil {
		return nil
	}
	r, err := current.Begin(subject)
	if err != nil {
		a.host.Log(uuid, host.LevelError, fmt.Sprintf("Archive: a recording of room %s gets no job: %s", subject.Room, err))
		return nil
	}
	return r
}

// Drop takes note that nothing was recorded after all.
func (a *archiving) Drop(r *archive.Recording) {
	if r == nil {
		return
	}
	if err := r.Drop(); err != nil {
		a.logf(host.LevelWarning, "Archive: %s", err)
	}
}

// Finish has a recording that is over made a job, in the background.
func (a *archiving) Finish(r *archive.Recording, wait archive.Wait) {
	if r == nil {
		return
	}
	a.farewells.Add(1)
	a.work.Go("a recording", func() {
		soon := time.AfterFunc(config.ArchiveSoon, func() { a.farewells.Add(-1) })
		unhold := func() {
			if soon.Stop() {
				a.farewells.Add(-1)
			}
		}
		defer unhold()
		a.finishNow(r, wait, unhold)
	})
}

// finishNow waits for a recording and makes it a job; whole is called when only a conversion
// is still to come.
func (a *archiving) finishNow(r *archive.Recording, wait archive.Wait, whole func()) {
	audio, leg := r.Job().Data.Audio, r.Subject().Leg
	err := r.Await(a.ctx, wait)
	state := "whole"
	if err == nil && r.Convertible() {
		whole()
		state = "converted"
		err = a.convert(r)
		audio = r.Job().Data.Audio
	}
	job := ""
	if err == nil {
		job, err = r.Commit()
	}
	var incomplete *archive.IncompleteError
	switch {
	case err == nil:
		a.host.Log(leg, host.LevelInfo, fmt.Sprintf("Archive: %s is whole, its job is %s", audio, job))
		a.tellOver(r, "finished", job, "")
	case errors.As(err, &incomplete):
		a.host.Log(leg, host.LevelWarning, fmt.Sprintf("Archive: no job: %s", oneLine(err.Error())))
		a.tellOver(r, "incomplete", "", oneLine(incomplete.Reason.Error()))
	case errors.Is(err, archive.ErrMissing):
		a.host.Log(leg, host.LevelWarning, fmt.Sprintf("Archive: no job: %s is not there after %s; is Janus's disk another one? "+
			"Then janus-archive=local records here", audio, wait.Patience))
		a.tellOver(r, "missing", "", "not to be seen here")
	case a.ctx.Err() != nil:
		a.host.Log(leg, host.LevelInfo, fmt.Sprintf("Archive: %s is not %s yet: the next load goes on with it", audio, state))
	default:
		a.host.Log(leg, host.LevelError, fmt.Sprintf("Archive: %s: %s; the next load tries again", audio, oneLine(err.Error())))
		a.tellOver(r, "failed", "", oneLine(err.Error()))
	}
}

// tellOver counts and tells what a recording has come to.
func (a *archiving) tellOver(r *archive.Recording, result, job, reason string) {
	a.over(r.Subject().Kind, result)
	a.Tell(r, result, job, reason)
}

// Tell fires janus::archive. The event of a finished job has the text of the job file as its body.
func (a *archiving) Tell(r *archive.Recording, action, job, reason string) {
	subject, text := r.Subject(), r.Job()
	headers := [][2]string{
		{host.HeaderAction, action}, {host.HeaderArchiveKind, string(subject.Kind)}, {host.HeaderArchiveUID, text.Data.UID}, {host.HeaderArchiveFile, text.Data.Audio},
		{host.HeaderServer, subject.Server}, {host.HeaderRoom, subject.Room}, {host.HeaderPlugin, subject.Plugin},
	}
	body := ""
	if text.Recording.Source != "" {
		headers = append(headers, [2]string{host.HeaderArchiveSource, text.Recording.Source})
	}
	if job != "" {
		headers = append(headers, [2]string{host.HeaderArchiveJob, job})
		if encoded, err := json.Marshal(text); err == nil {
			body = string(encoded)
		}
	}
	if reason != "" {
		headers = append(headers, [2]string{host.HeaderReason, reason})
	}
	a.host.Fire(host.Event{UUID: subject.Leg, Subclass: host.EventArchive, Headers: headers, Body: body})
}

func oneLine(text string) string { return strings.ReplaceAll(text, "\n", "; ") }
