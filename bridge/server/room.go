// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// Room is a room of a server as long as legs of ours are in it, or it is to be destroyed when it is
// empty.
type Room struct {
	ref  RoomRef
	key  string        // in the server's map
	busy chan struct{} // holds a token while somebody has acquired the room

	legs atomic.Int32 // changed by whoever has acquired it

	// whoever has acquired the room may touch these
	making  Making
	locks   map[Leg]string // the tokens of legs of ours that have it locked
	tidying bool           // somebody waits for it to be empty
}

// Making is how a room was made.
type Making struct {
	ByUs    bool                      // it did not exist before
	Request audiobridge.CreateRequest // with which it was made
	Secret  string                    // of the room
	Destroy bool                      // when the last participant has gone
}

// Acquire waits until nobody else comes, goes, locks or destroys the room; Release lets the others.
func (r *Room) Acquire() { r.busy <- struct{}{} }

// Release ends what Acquire has begun.
func (r *Room) Release() { <-r.busy }

// ID is the room's id as its Janus wants ids to be.
func (r *Room) ID() janusclient.ID { return r.ref.ID() }

// Made takes note that a leg of ours has made the room, which did not exist: whatever was locked is
// gone.
func (r *Room) Made(how Making) {
	r.Acquire()
	defer r.Release()
	how.ByUs = true
	r.making = how
	clear(r.locks)
}

// Making is how the room was made, as far as that was by us.
func (r *Room) Making() Making {
	r.Acquire()
	defer r.Release()
	return r.making
}

// Secret is the room's secret, "" where that is not known. The room is acquired.
func (r *Room) Secret() string { return r.making.Secret }

// Lock takes note with which token a leg has the room locked. The room is acquired.
func (r *Room) Lock(leg Leg, token string) { r.locks[leg] = token }

// Unlock takes that back; false: the lock was that of a room that is gone. The room is acquired.
func (r *Room) Unlock(leg Leg, token string) bool {
	if r.locks[leg] != token {
		return false
	}
	delete(r.locks, leg)
	return true
}

// LockOf is the token with which a leg has the room locked, "" for none. The room is acquired.
func (r *Room) LockOf(leg Leg) string { return r.locks[leg] }

// AnyLock is the token of any leg of ours that has the room locked, "" for none. The room is
// acquired.
func (r *Room) AnyLock() string {
	for _, token := range r.locks {
		return token
	}
	return ""
}

// Rooms are the rooms of a server that legs of ours are in, by their names.
type Rooms struct {
	server *Server

	mu    sync.Mutex
	rooms map[string]*Room
}

// Enter counts a leg in a room, before the room is made or joined: it is not destroyed in between.
// first: no other leg of ours was in it.
func (l *Rooms) Enter(ref RoomRef) (room *Room, first bool) {
	key := ref.ID().String()
	for {
		l.mu.Lock()
		if l.rooms == nil {
			l.rooms = make(map[string]*Room)
		}
		room := l.rooms[key]
		if room == nil {
			room = &Room{ref: ref, key: key, busy: make(chan struct{}, 1), locks: make(map[Leg]string)}
			l.rooms[key] = room
		}
		l.mu.Unlock()
		room.Acquire()
		l.mu.Lock()
		still := l.rooms[key] == room
		l.mu.Unlock()
		if still {
			first = room.legs.Add(1) == 1
			room.Release()
			return room, first
		}
		room.Release() // it was forgotten meanwhile
	}
}

// count is how many rooms there are.
func (l *Rooms) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.rooms)
}

// forget ends the record of a room, which is acquired. The session may not be
// wanted any more.
func (l *Rooms) forget(room *Room) {
	l.mu.Lock()
	if l.rooms[room.key] == room {
		delete(l.rooms, room.key)
	}
	l.mu.Unlock()
	l.server.News.forget(room.key)
	l.server.Connection.changes()
}

// Leave takes a leg out of the count of a room, and has the room destroyed when
// it is empty, if that was asked for. It is called when the leg has left.
func (l *Rooms) Leave(room *Room, leg Leg) {
	room.Acquire()
	defer room.Release()
	delete(room.locks, leg) // where Janus could not be told, whoever comes next opens the room
	left := room.legs.Add(-1)
	s := l.server
	if left == 0 {
		s.Archives.left(room.ref)
	}
	switch {
	case left > 0 || room.tidying:
	case room.making.ByUs && room.making.Destroy:
		room.tidying = true
		s.env.Farewells.Add(1)
		s.env.Work.Go("the rooms of server "+s.Name, func() { l.tidy(room) })
	default:
		l.forget(room)
	}
}

// tidy destroys a room as soon as it is empty, unless legs of ours come back.
func (l *Rooms) tidy(room *Room) {
	env := l.server.env
	done := l.tidyOnce(context.Background(), room)
	env.Farewells.Add(-1)
	pause := time.NewTicker(config.EmptyRoomCheck)
	defer pause.Stop()
	for !done {
		select {
		case <-env.Context.Done():
			return
		case <-pause.C:
		}
		done = l.tidyOnce(env.Context, room)
	}
}

// tidyOnce looks once; true: there is nothing more to do.
func (l *Rooms) tidyOnce(ctx context.Context, room *Room) bool {
	s := l.server
	room.Acquire()
	defer room.Release()
	if room.legs.Load() > 0 {
		room.tidying = false
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, config.FarewellLimit)
	defer cancel()
	destroyed := false
	err := s.manageUntil(ctx, room.ref.Config.Plugin, func(ctx context.Context, m Management) error {
		return room.ref.With(func(id janusclient.ID) error {
			people, err := m.Rooms.ListParticipants(ctx, id)
			if err != nil || len(people) > 0 {
				return err
			}
			destroyed = true
			return m.Rooms.Destroy(ctx, audiobridge.DestroyRequest{Room: id, Secret: room.making.Secret})
		})
	})
	switch {
	case err == nil && destroyed:
		s.RoomGone(room.ref)
		s.env.logf(host.LevelInfo, "Server %s: room %s is destroyed: its last participant has gone", s.Name, room.ref.Text)
	case audiobridge.HasCode(err, audiobridge.CodeNoSuchRoom):
	case s.isRetired():
		s.env.logf(host.LevelNotice, "Server %s is not configured any more: room %s stays", s.Name, room.ref.Text)
	case err == nil:
		return false // others are in it
	default:
		s.env.logf(host.LevelDebug, "Server %s: whether room %s is empty is not known: %s", s.Name, room.ref.Text, failure.Reason(err))
		return false
	}
	room.tidying = false
	l.forget(room)
	return true
}

// Known are the rooms that legs of ours are in, and those that are to be destroyed when they are
// empty, by the names that were typed.
func (l *Rooms) Known() (occupied, left []config.DialString) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, room := range l.rooms {
		if room.legs.Load() > 0 {
			occupied = append(occupied, room.ref.AsTyped())
		} else {
			left = append(left, room.ref.AsTyped())
		}
	}
	return occupied, left
}

// occupied tells whether legs of ours are in a room. It does not wait for who
// comes, goes or destroys: those may wait for us.
func (l *Rooms) occupied(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	room := l.rooms[key]
	return room != nil && room.legs.Load() > 0
}
