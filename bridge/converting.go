// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"
	"errors"
	"fmt"

	"mod_janus/bridge/archive"
	"mod_janus/bridge/config"
	"mod_janus/bridge/console"
	"mod_janus/bridge/host"
)

// errNotInTime: a program has taken longer than a conversion may take.
var errNotInTime = fmt.Errorf("it took longer than %s", config.ConvertLimit)

// turn waits until a conversion may run, and returns its context; false: the engine has ended.
func (a *archiving) turn() (ctx context.Context, end func(), ok bool) {
	select {
	case a.converters <- struct{}{}:
	case <-a.ctx.Done():
		return nil, nil, false
	}
	if a.ctx.Err() != nil { // select takes either
		<-a.converters
		return nil, nil, false
	}
	ctx, cancel := context.WithTimeoutCause(a.ctx, config.ConvertLimit, errNotInTime)
	return ctx, func() { cancel(); <-a.converters }, true
}

// convert converts a recording that is over, before its job is written. The error is for one that
// gets no job now: the engine has ended, or the journal cannot be written.
func (a *archiving) convert(r *archive.Recording) error {
	ctx, end, ok := a.turn()
	if !ok {
		r.Release()
		return a.ctx.Err()
	}
	defer end()
	source := r.Job().Data.Audio
	err := r.Convert(ctx)
	var journal *archive.JournalError
	if a.ctx.Err() != nil || errors.As(err, &journal) {
		r.Release()
		return errors.Join(a.ctx.Err(), err)
	}
	if err != nil {
		a.host.Log(r.Subject().Leg, host.LevelWarning, fmt.Sprintf("Archive: %s is not converted: %s", source, oneLine(err.Error())))
		a.Tell(r, "not-converted", "", oneLine(err.Error()))
		return nil
	}
	a.Tell(r, "converted", "", "")
	return nil
}

// convertPath has a file of the archive, or those of a folder, converted in the background. format
// "" is that of the configuration.
func (a *archiving) convertPath(path string, format archive.Format) (console.Conversions, error) {
	current := a.current.Load()
	if current == nil {
		return console.Conversions{}, errors.New("nothing is archived: janus.conf has no <archive> that can be used")
	}
	sources, done, err := current.Sources(path, format)
	if err != nil {
		return console.Conversions{}, err
	}
	did := console.Conversions{Done: done}
	var todo []string
	for _, source := range sources {
		if _, asked := a.asked.LoadOrStore(source, true); asked {
			did.Waiting++
			continue
		}
		todo = append(todo, source)
	}
	did.Begun = len(todo)
	if len(todo) > 0 {
		a.work.Go("conversions", func() { a.convertAll(current, todo, format) })
	}
	return did, nil
}

// convertAll converts files one after the other.
func (a *archiving) convertAll(current *archive.Archive, sources []string, format archive.Format) {
	for i, source := range sources {
		ctx, end, ok := a.turn()
		if !ok {
			a.logf(host.LevelInfo, "Archive: janus convert is ended: %d of %d files are not converted", len(sources)-i, len(sources))
			return
		}
		result, err := current.Convert(ctx, source, format)
		end()
		a.asked.Delete(source)
		headers := [][2]string{{host.HeaderAction, "converted"}, {host.HeaderArchiveFile, result}, {host.HeaderArchiveSource, source}}
		switch {
		case a.ctx.Err() != nil:
			continue
		case err != nil:
			a.logf(host.LevelWarning, "Archive: %s is not converted: %s", source, oneLine(err.Error()))
			headers = [][2]string{{host.HeaderAction, "not-converted"}, {host.HeaderArchiveFile, source}, {host.HeaderReason, oneLine(err.Error())}}
		default:
			a.logf(host.LevelInfo, "Archive: %s is made of %s", result, source)
		}
		a.host.Fire(host.Event{Subclass: host.EventArchive, Headers: headers})
	}
}
