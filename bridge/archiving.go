// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"mod_janus/bridge/archive"
	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
)

// overAtJanus is how to wait for a recording that Janus was told to end.
var overAtJanus = archive.Wait{Patience: config.ArchivePatience, Grace: config.SessionTimeout}

// setArchive makes the archive what the configuration says, and has ended what
// a process that was killed was recording. The servers are there by then.
func (e *Engine) setArchive(cfg *archive.Config) {
	if cfg == nil {
		e.archive.Store(nil)
		return
	}
	a, err := archive.Open(*cfg)
	if err != nil {
		e.archive.Store(nil)
		for line := range strings.SplitSeq(err.Error(), "\n") {
			e.logf(host.LevelError, "janus.conf: archive: %s; nothing is archived", line)
		}
		return
	}
	if old := e.archive.Load(); old != nil && reflect.DeepEqual(old.Config(), *cfg) {
		a = old // it knows what is under way
	}
	e.archive.Store(a)
	found, wrong := a.Recover()
	for _, err := range wrong {
		e.logf(host.LevelError, "Archive: %s", err)
	}
	for _, r := range found {
		e.logf(host.LevelNotice, "Archive: %s was being recorded when the switch ended", r.Job().Data.Audio)
		e.endRecovered(r)
	}
}

// endRecovered ends a recording of a process that was killed. What the switch
// recorded is over. What Janus records of a participant is over when Janus has missed the
// session for long enough; the mix of a room goes on as long as somebody is there.
func (e *Engine) endRecovered(r *archive.Recording) {
	subject := r.Subject()
	switch s := e.server(subject.Server); {
	case subject.Kind == archive.Local:
		e.finish(r, archive.Wait{Patience: config.LocalPatience})
	case subject.Kind == archive.Room && s != nil:
		s.archives.adopt(s, r)
	case subject.Kind == archive.Participant && s != nil:
		e.work.Go("a recording", func() {
			quiet := s.sessionTimeout(e.ctx) + 5*time.Second
			e.finishNow(r, archive.Wait{Patience: config.ArchivePatience, Grace: 2 * quiet, Quiet: quiet})
		})
	default:
		e.finish(r, archive.Wait{Patience: config.ArchivePatience, Grace: 2 * config.SessionTimeout, Quiet: config.SessionTimeout})
	}
}

// beginArchive names a recording; nil where nothing is archived. What fails is
// logged, and the call goes on as if there were no archive.
func (e *Engine) beginArchive(uuid string, subject archive.Subject) *archive.Recording {
	a := e.archive.Load()
	if a == nil {
		return nil
	}
	r, err := a.Begin(subject)
	if err != nil {
		e.host.Log(uuid, host.LevelError, fmt.Sprintf("Archive: a recording of room %s gets no job: %s", subject.Room, err))
		return nil
	}
	return r
}

// dropArchive: nothing was recorded after all.
func (e *Engine) dropArchive(r *archive.Recording) {
	if r == nil {
		return
	}
	if err := r.Drop(); err != nil {
		e.logf(host.LevelWarning, "Archive: %s", err)
	}
}

// finish has a recording that is over made a job, in the background.
func (e *Engine) finish(r *archive.Recording, wait archive.Wait) {
	if r == nil {
		return
	}
	e.farewells.Add(1)
	e.work.Go("a recording", func() {
		soon := time.AfterFunc(config.ArchiveSoon, func() { e.farewells.Add(-1) })
		defer func() {
			if soon.Stop() {
				e.farewells.Add(-1)
			}
		}()
		e.finishNow(r, wait)
	})
}

func (e *Engine) finishNow(r *archive.Recording, wait archive.Wait) {
	audio, leg := r.Job().Data.Audio, r.Subject().Leg
	job, err := r.Finish(e.ctx, wait)
	var incomplete *archive.IncompleteError
	switch {
	case err == nil:
		e.host.Log(leg, host.LevelInfo, fmt.Sprintf("Archive: %s is whole, its job is %s", audio, job))
		e.tellArchive(r, "finished", job, "")
	case errors.As(err, &incomplete):
		e.host.Log(leg, host.LevelWarning, fmt.Sprintf("Archive: no job: %s", oneLine(err.Error())))
		e.tellArchive(r, "incomplete", "", oneLine(incomplete.Reason.Error()))
	case errors.Is(err, archive.ErrMissing):
		e.host.Log(leg, host.LevelWarning, fmt.Sprintf("Archive: no job: %s is not there after %s; is Janus's disk another one? "+
			"Then janus-archive=local records here", audio, wait.Patience))
		e.tellArchive(r, "missing", "", "not to be seen here")
	case e.ctx.Err() != nil:
		e.host.Log(leg, host.LevelInfo, fmt.Sprintf("Archive: %s is not whole yet: the next load goes on with it", audio))
	default:
		e.host.Log(leg, host.LevelError, fmt.Sprintf("Archive: %s: %s; the next load tries again", audio, oneLine(err.Error())))
		e.tellArchive(r, "failed", "", oneLine(err.Error()))
	}
}

// tellArchive fires janus::archive; that of a job that is finished has the job
// file's text as its body.
func (e *Engine) tellArchive(r *archive.Recording, action, job, reason string) {
	subject, text := r.Subject(), r.Job()
	headers := [][2]string{
		{host.HeaderAction, action}, {host.HeaderArchiveKind, string(subject.Kind)}, {host.HeaderArchiveUID, text.Data.UID}, {host.HeaderArchiveFile, text.Data.Audio},
		{host.HeaderServer, subject.Server}, {host.HeaderRoom, subject.Room}, {host.HeaderPlugin, subject.Plugin},
	}
	body := ""
	if job != "" {
		headers = append(headers, [2]string{host.HeaderArchiveJob, job})
		if encoded, err := json.Marshal(text); err == nil {
			body = string(encoded)
		}
	}
	if reason != "" {
		headers = append(headers, [2]string{host.HeaderReason, reason})
	}
	e.host.Fire(host.Event{UUID: subject.Leg, Subclass: host.EventArchive, Headers: headers, Body: body})
}

func oneLine(text string) string { return strings.ReplaceAll(text, "\n", "; ") }
