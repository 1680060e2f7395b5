// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"sync"
	"sync/atomic"

	"mod_janus/bridge/archive"
	"mod_janus/bridge/config"
	"mod_janus/janusclient"
)

// maxRoomArchives bounds the rooms that are remembered: beyond it those are
// forgotten that are not recorded just now.
const maxRoomArchives = 1000

// Archives are the rooms of a server that are recorded under names of ours, by the names of the
// rooms.
type Archives struct {
	server *Server
	open   atomic.Int32 // recordings that are to be ended when their room is empty

	mu    sync.Mutex
	rooms map[string]*recordedRoom
}

// of returns the room's; with create it is made if there is none, else nil.
func (a *Archives) of(ref RoomRef, create bool) *recordedRoom {
	key := ref.ID().String()
	a.mu.Lock()
	defer a.mu.Unlock()
	room := a.rooms[key]
	if room == nil && create {
		if a.rooms == nil {
			a.rooms = make(map[string]*recordedRoom)
		}
		a.forgetSome()
		room = &recordedRoom{ref: ref, key: key}
		a.rooms[key] = room
	}
	return room
}

// hold is of, with the room's lock held.
func (a *Archives) hold(ref RoomRef, create bool) *recordedRoom {
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
func (a *Archives) forgetSome() {
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

// Adopt goes on with the recording of a process that was killed, or of a server
// that this one has taken the place of.
func (a *Archives) Adopt(r *archive.Recording) {
	s := a.server
	id, err := janusclient.ParseID(r.Subject().Room)
	if err != nil {
		s.env.Archive.Finish(r, config.OverAtJanus)
		return
	}
	room := a.hold(RoomRef{Server: s, Config: s.cfg.Load(), Room: id, Text: r.Subject().Room}, true)
	defer room.mu.Unlock()
	room.begun(r, "")
	room.seen = true
}

// left takes note that the last leg of ours has left a room.
func (a *Archives) left(ref RoomRef) {
	room := a.of(ref, false)
	if room == nil {
		return
	}
	env := a.server.env
	env.Farewells.Add(1)
	env.Work.Go("a recorded room", func() {
		defer env.Farewells.Add(-1)
		room.mu.Lock()
		room.seen = true
		room.mu.Unlock()
		room.check(context.Background())
	})
}

// Made takes note that a room has been made, and is recorded under a name of ours; recording nil:
// it is not.
func (a *Archives) Made(ref RoomRef, recording *archive.Recording, secret string) {
	a.Gone(ref)
	if recording == nil {
		return
	}
	room := a.hold(ref, true)
	defer room.mu.Unlock()
	room.begun(recording, secret)
}

// Gone takes note that a room does not exist any more, and so is not recorded, or that its
// recording was ended.
func (a *Archives) Gone(ref RoomRef) {
	room := a.hold(ref, false)
	if room == nil {
		return
	}
	defer room.mu.Unlock()
	room.ended()
	room.idle = false
}

// Begin names the mix of a room that is about to be recorded; nil where nothing is archived.
func (a *Archives) Begin(ref RoomRef, leg string, untilEmpty bool) *archive.Recording {
	return a.server.env.Archive.Begin(leg, archive.Subject{
		Kind: archive.Room, Server: a.server.Name, Room: ref.ID().String(), Plugin: ref.Config.Plugin, UntilEmpty: untilEmpty,
	})
}

// Drop takes note that a room was not recorded after all.
func (a *Archives) Drop(recording *archive.Recording) { a.server.env.Archive.Drop(recording) }

// Record begins to record a room under a name of ours, where things are archived; where the room is
// recorded already, nothing changes. recorded tells whether Janus records it; ask asks Janus to,
// under this path, or "" for a name of Janus's own. The file is the one of ours that the room is
// recorded to, or "".
func (a *Archives) Record(ref RoomRef, secret string, recorded func() bool, ask func(path string) error) (file string, err error) {
	room := a.hold(ref, true)
	defer room.mu.Unlock()
	path := ""
	var recording *archive.Recording
	if room.recording == nil && !recorded() {
		if recording = a.Begin(ref, "", false); recording != nil {
			path = recording.Path()
		}
	}
	if err := ask(path); err != nil {
		a.server.env.Archive.Drop(recording)
		return "", err
	}
	if recording != nil {
		room.begun(recording, secret)
	}
	if room.recording != nil {
		file = room.recording.Job().Data.Audio
	}
	return file, nil
}

// RecordAgain begins another recording of a room that was recorded until it was empty, for a leg
// that comes into it. ask asks Janus to record the room to this path. Others' rooms stay as they
// are.
func (a *Archives) RecordAgain(ref RoomRef, leg, secret string, ask func(path string) error) error {
	room := a.hold(ref, false)
	if room == nil {
		return nil
	}
	defer room.mu.Unlock()
	if !room.idle {
		return nil
	}
	recording := a.Begin(ref, leg, true)
	if recording == nil {
		return nil
	}
	if err := ask(recording.Path()); err != nil {
		a.server.env.Archive.Drop(recording)
		return err
	}
	room.begun(recording, secret)
	return nil
}
