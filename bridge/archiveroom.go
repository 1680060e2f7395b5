// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"mod_janus/bridge/archive"
	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// roomArchive is a room whose mix is recorded under a name of ours, or was, and
// will be when its next call comes.
type roomArchive struct {
	ref roomRef
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

// maxRoomArchives bounds the rooms that are remembered: beyond it those are
// forgotten that are not recorded just now.
const maxRoomArchives = 1000

// roomArchives are those of a server, by the names of their rooms.
type roomArchives struct {
	open atomic.Int32 // recordings that are to be ended when their room is empty

	mu    sync.Mutex
	rooms map[string]*roomArchive
}

// of returns the room's; with create it is made if there is none, else nil.
func (a *roomArchives) of(ref roomRef, create bool) *roomArchive {
	key := ref.id().String()
	a.mu.Lock()
	defer a.mu.Unlock()
	room := a.rooms[key]
	if room == nil && create {
		if a.rooms == nil {
			a.rooms = make(map[string]*roomArchive)
		}
		a.forgetSome()
		room = &roomArchive{ref: ref, key: key}
		a.rooms[key] = room
	}
	return room
}

// hold is of, with the room's lock held.
func (a *roomArchives) hold(ref roomRef, create bool) *roomArchive {
	for {
		room := a.of(ref, create)
		if room == nil {
			return nil
		}
		room.mu.Lock()
		if !room.forgotten {
			return room
		}
		room.mu.Unlock()
	}
}

// forgetSome makes room for one more; mu is held.
func (a *roomArchives) forgetSome() {
	for key, room := range a.rooms {
		if len(a.rooms) < maxRoomArchives {
			return
		}
		if room.mu.TryLock() {
			if room.recording == nil {
				room.forgotten = true
				delete(a.rooms, key)
			}
			room.mu.Unlock()
		}
	}
}

// adopt goes on with the recording of a process that was killed, or of a server
// that this one has taken the place of.
func (a *roomArchives) adopt(s *server, r *archive.Recording) {
	id, err := janusclient.ParseID(r.Subject().Room)
	if err != nil {
		s.env.Archive.Finish(r, config.OverAtJanus)
		return
	}
	room := a.hold(roomRef{s, s.cfg.Load(), id, r.Subject().Room}, true)
	defer room.mu.Unlock()
	room.begun(r, "")
	room.seen = true
}

// begun: Janus records the room under a name of ours. mu is held.
func (r *roomArchive) begun(recording *archive.Recording, secret string) {
	r.ended() // a room that has been made again
	r.recording, r.secret, r.idle, r.seen, r.over = recording, secret, false, false, make(chan struct{})
	if recording.Subject().UntilEmpty {
		r.ref.server.archives.open.Add(1)
	}
	if !recording.Recovered() {
		r.ref.server.env.Archive.Tell(recording, "started", "", "")
	}
	over := r.over
	r.ref.server.env.Work.Go("a recorded room", func() { r.watch(over) })
}

// ended: Janus does not record it any more. mu is held.
func (r *roomArchive) ended() {
	if recording := r.letGo(); recording != nil {
		r.ref.server.env.Archive.Finish(recording, config.OverAtJanus)
	}
}

// letGo takes the recording out of the room's hands; nil when there is none. mu
// is held.
func (r *roomArchive) letGo() *archive.Recording {
	recording := r.recording
	if recording == nil {
		return nil
	}
	close(r.over)
	r.recording = nil
	if recording.Subject().UntilEmpty {
		s := r.ref.server
		s.archives.open.Add(-1)
		s.mu.Lock()
		s.notify() // the session may not be wanted any more
		s.mu.Unlock()
	}
	return recording
}

// watch looks after the recording until it is over.
func (r *roomArchive) watch(over <-chan struct{}) {
	pause := time.NewTicker(config.ArchiveCheck)
	defer pause.Stop()
	ctx := r.ref.server.env.Context
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
func (r *roomArchive) check(ctx context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.ref.server
	switch {
	case r.recording == nil:
		return
	case s.lives.occupied(r.key):
		r.seen = true
		return
	case s.isRetired():
		r.handOver()
		return
	}
	ctx, cancel := context.WithTimeout(ctx, config.FarewellLimit)
	defer cancel()
	err := s.manageUntil(ctx, r.ref.cfg.Plugin, r.stopIfEmpty)
	if audiobridge.HasCode(err, audiobridge.CodeNoSuchRoom) {
		r.ended()
		return
	}
	if err != nil {
		s.env.logf(host.LevelDebug, "Server %s: whether room %s is still to be recorded is not known: %s", s.name, r.key, failure.Reason(err))
	}
}

// stopIfEmpty ends the recording of a room that everybody has left.
func (r *roomArchive) stopIfEmpty(ctx context.Context, m Management) error {
	return r.ref.with(func(id janusclient.ID) error {
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
				r.ref.server.env.logf(host.LevelWarning, "Server %s: room %s is empty, and its recording can be ended only by "+
					"janus room %s %s record stop secret=<secret>", r.ref.server.name, r.key, r.ref.server.name, r.key)
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
func (r *roomArchive) handOver() {
	recording, s := r.letGo(), r.ref.server
	if next := s.env.Current(s.name); next != nil && next != s {
		next.archives.adopt(next, recording)
		return
	}
	s.env.Archive.Finish(recording, config.OverAtJanus)
}

// occupied tells whether legs of ours are in a room. It does not wait for who
// comes, goes or destroys: those may wait for us.
func (l *roomLives) occupied(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	life := l.rooms[key]
	return life != nil && life.legs.Load() > 0
}

// archiveRoomLeft: the last leg of ours has left a room.
func (s *server) archiveRoomLeft(ref roomRef) {
	room := s.archives.of(ref, false)
	if room == nil {
		return
	}
	s.env.Farewells.Add(1)
	s.env.Work.Go("a recorded room", func() {
		defer s.env.Farewells.Add(-1)
		room.mu.Lock()
		room.seen = true
		room.mu.Unlock()
		room.check(context.Background())
	})
}

// archiveRoomMade: a room has been made, and is recorded under a name of ours;
// recording nil: it is not.
func (s *server) archiveRoomMade(ref roomRef, recording *archive.Recording, secret string) {
	s.archiveRoomGone(ref)
	if recording == nil {
		return
	}
	room := s.archives.hold(ref, true)
	defer room.mu.Unlock()
	room.begun(recording, secret)
}

// archiveRoomGone: a room does not exist any more, and so is not recorded.
func (s *server) archiveRoomGone(ref roomRef) {
	room := s.archives.hold(ref, false)
	if room == nil {
		return
	}
	defer room.mu.Unlock()
	room.ended()
	room.idle = false
}

// nameRoomRecording names the mix of a room that is about to be recorded; nil
// where nothing is archived.
func (s *server) nameRoomRecording(ref roomRef, leg string, untilEmpty bool) *archive.Recording {
	return s.env.Archive.Begin(leg, archive.Subject{
		Kind: archive.Room, Server: s.name, Room: ref.id().String(), Plugin: ref.cfg.Plugin, UntilEmpty: untilEmpty,
	})
}

// recordArchived begins to record a room under a name of ours, where things are
// archived; where it is recorded already, nothing changes.
func (d *roomCommand) recordArchived(ctx context.Context) (reply, error) {
	room := d.server.archives.hold(d.roomRef, true)
	defer room.mu.Unlock()
	request := audiobridge.RecordingRequest{Secret: d.secret, Record: true}
	var recording *archive.Recording
	if room.recording == nil && !d.recorded(ctx) {
		if recording = d.server.nameRoomRecording(d.roomRef, "", false); recording != nil {
			request.File = recording.Path()
		}
	}
	on, err := d.record(ctx, request)
	if err != nil {
		d.server.env.Archive.Drop(recording)
		return reply{}, err
	}
	if recording != nil {
		room.begun(recording, d.secret)
	}
	file := ""
	if room.recording != nil {
		file = room.recording.Job().Data.Audio
	}
	return reply{words: file, fields: fields{{"record", on}, {"file", file}}}, nil
}

// recorded tells whether Janus records the room, as far as its list shows it.
func (d *roomCommand) recorded(ctx context.Context) bool {
	rooms, err := d.rooms.List(ctx, d.cfg.AdminKey)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(rooms, func(r audiobridge.Room) bool { return r.Room.String() == d.id().String() && r.Record })
}
