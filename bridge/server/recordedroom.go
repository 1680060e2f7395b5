// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"sync"
	"time"

	"mod_janus/bridge/archive"
	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// recordedRoom is a room whose mix is recorded under a name of ours, or was, and
// will be when its next call comes.
type recordedRoom struct {
	ref RoomRef
	key string // in the server's map

	// held while Janus is asked: nobody begins a recording while another ends it
	mu        sync.Mutex
	recording *archive.Recording // nil while it is not recorded
	idle      bool               // recorded until it was empty
	seen      bool               // somebody was in it
	forgotten bool               // another one will stand for the room
	secret    string             // of the room
	over      chan struct{}      // closed when the recording is over
}

// begun: Janus records the room under a name of ours. mu is held.
func (r *recordedRoom) begun(recording *archive.Recording, secret string) {
	r.ended() // a room that has been made again
	r.recording, r.secret, r.idle, r.seen, r.over = recording, secret, false, false, make(chan struct{})
	if recording.Subject().UntilEmpty {
		r.ref.Server.Archives.open.Add(1)
	}
	if !recording.Recovered() {
		r.ref.Server.env.Archive.Tell(recording, "started", "", "")
	}
	over := r.over
	r.ref.Server.env.Work.Go("a recorded room", func() { r.watch(over) })
}

// ended: Janus does not record it any more. mu is held.
func (r *recordedRoom) ended() {
	if recording := r.letGo(); recording != nil {
		r.ref.Server.env.Archive.Finish(recording, config.OverAtJanus)
	}
}

// letGo takes the recording out of the room's hands; nil when there is none. mu
// is held.
func (r *recordedRoom) letGo() *archive.Recording {
	recording := r.recording
	if recording == nil {
		return nil
	}
	close(r.over)
	r.recording = nil
	if recording.Subject().UntilEmpty {
		s := r.ref.Server
		s.Archives.open.Add(-1)
		s.Connection.changes() // the session may not be wanted any more
	}
	return recording
}

// watch looks after the recording until it is over.
func (r *recordedRoom) watch(over <-chan struct{}) {
	pause := time.NewTicker(config.ArchiveCheck)
	defer pause.Stop()
	ctx := r.ref.Server.env.Context
	for {
		select {
		case <-over:
			return
		case <-pause.C:
			r.check(ctx)
		case <-ctx.Done():
			r.mu.Lock()
			defer r.mu.Unlock()
			if r.over == over {
				if recording := r.letGo(); recording != nil {
					recording.Release() // the next load goes on with it
				}
			}
			return
		}
	}
}

// check ends the recording if its room has gone, or is empty. Legs of ours that
// are in it learn by themselves that it goes.
func (r *recordedRoom) check(ctx context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.ref.Server
	switch {
	case r.recording == nil:
		return
	case s.Rooms.occupied(r.key):
		r.seen = true
		return
	case s.isRetired():
		r.handOver()
		return
	}
	ctx, cancel := context.WithTimeout(ctx, config.FarewellLimit)
	defer cancel()
	err := s.manageUntil(ctx, r.ref.Config.Plugin, r.stopIfEmpty)
	if audiobridge.HasCode(err, audiobridge.CodeNoSuchRoom) {
		r.ended()
		return
	}
	if err != nil {
		s.env.logf(host.LevelDebug, "Server %s: whether room %s is still to be recorded is not known: %s", s.Name, r.key, failure.Reason(err))
	}
}

// stopIfEmpty ends the recording of a room that everybody has left.
func (r *recordedRoom) stopIfEmpty(ctx context.Context, m Management) error {
	return r.ref.With(func(id janusclient.ID) error {
		people, err := m.Rooms.ListParticipants(ctx, id)
		if err != nil {
			return err
		}
		if len(people) > 0 {
			r.seen = true
		}
		if len(people) > 0 || !r.seen || !r.recording.Subject().UntilEmpty {
			return nil
		}
		if _, err := m.Admin.EnableRecording(ctx, audiobridge.RecordingRequest{Room: id, Secret: r.secret}); err != nil {
			if audiobridge.IsRejected(err) {
				r.ref.Server.env.logf(host.LevelWarning, "Server %s: room %s is empty, and its recording can be ended only by "+
					"janus room %s %s record stop secret=<secret>", r.ref.Server.Name, r.key, r.ref.Server.Name, r.key)
			}
			return err
		}
		r.idle = true
		r.ended()
		return nil
	})
}

// handOver gives the recording to the server of that name that the configuration
// has now. mu is held.
func (r *recordedRoom) handOver() {
	recording, s := r.letGo(), r.ref.Server
	if next := s.env.Current(s.Name); next != nil && next != s {
		next.Archives.Adopt(recording)
		return
	}
	s.env.Archive.Finish(recording, config.OverAtJanus)
}
