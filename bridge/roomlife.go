// SPDX-License-Identifier: MPL-2.0

package bridge

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

// roomLife is a room of a server as long as legs of ours are in it, or it is to
// be destroyed when it is empty.
type roomLife struct {
	ref  roomRef
	key  string        // in the server's map
	busy chan struct{} // holds a token while somebody comes, goes, or destroys

	legs atomic.Int32 // changed by whoever holds busy

	// whoever holds busy may touch these
	made    bool                      // by us: it did not exist before
	request audiobridge.CreateRequest // with which it was made
	destroy bool                      // when the last participant has gone
	secret  string                    // of the room
	locks   map[*roomLock]string      // the tokens of legs of ours that have it locked
	tidying bool                      // somebody waits for it to be empty
}

func (r *roomLife) acquire() { r.busy <- struct{}{} }
func (r *roomLife) release() { <-r.busy }

// roomLives are the rooms of a server, by their names.
type roomLives struct {
	mu    sync.Mutex
	rooms map[string]*roomLife
}

// visit returns the room with a leg more in it, acquired.
func (l *roomLives) visit(ref roomRef) *roomLife {
	key := ref.id().String()
	for {
		l.mu.Lock()
		if l.rooms == nil {
			l.rooms = make(map[string]*roomLife)
		}
		life := l.rooms[key]
		if life == nil {
			life = &roomLife{ref: ref, key: key, busy: make(chan struct{}, 1), locks: make(map[*roomLock]string)}
			l.rooms[key] = life
		}
		l.mu.Unlock()
		life.acquire()
		l.mu.Lock()
		still := l.rooms[key] == life
		l.mu.Unlock()
		if still {
			life.legs.Add(1)
			return life
		}
		life.release() // it was forgotten meanwhile
	}
}

// any tells whether there is a room.
func (l *roomLives) any() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.rooms) > 0
}

// forget ends the record of a room, which is acquired. The session may not be
// wanted any more.
func (s *server) forget(life *roomLife) {
	s.lives.mu.Lock()
	if s.lives.rooms[life.key] == life {
		delete(s.lives.rooms, life.key)
	}
	s.lives.mu.Unlock()
	s.news.forget(life.key)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notify()
}

// leave takes a leg out of the count of a room, and has the room destroyed when
// it is empty, if that was asked for.
func (s *server) leave(room *roomLife, lock *roomLock) {
	room.acquire()
	defer room.release()
	delete(room.locks, lock) // where Janus could not be told, whoever comes next opens the room
	left := room.legs.Add(-1)
	if left == 0 {
		s.archives.left(room.ref)
	}
	switch {
	case left > 0 || room.tidying:
	case room.made && room.destroy:
		room.tidying = true
		s.env.Farewells.Add(1)
		s.env.Work.Go("the rooms of server "+s.name, func() { s.tidy(room) })
	default:
		s.forget(room)
	}
}

// tidy destroys a room as soon as it is empty, unless legs of ours come back.
func (s *server) tidy(room *roomLife) {
	done := s.tidyOnce(context.Background(), room)
	s.env.Farewells.Add(-1)
	pause := time.NewTicker(config.EmptyRoomCheck)
	defer pause.Stop()
	for !done {
		select {
		case <-s.env.Context.Done():
			return
		case <-pause.C:
		}
		done = s.tidyOnce(s.env.Context, room)
	}
}

// tidyOnce looks once; true: there is nothing more to do.
func (s *server) tidyOnce(ctx context.Context, room *roomLife) bool {
	room.acquire()
	defer room.release()
	if room.legs.Load() > 0 {
		room.tidying = false
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, config.FarewellLimit)
	defer cancel()
	destroyed := false
	err := s.manageUntil(ctx, room.ref.cfg.Plugin, func(ctx context.Context, m Management) error {
		return room.ref.with(func(id janusclient.ID) error {
			people, err := m.Rooms.ListParticipants(ctx, id)
			if err != nil || len(people) > 0 {
				return err
			}
			destroyed = true
			return m.Rooms.Destroy(ctx, audiobridge.DestroyRequest{Room: id, Secret: room.secret})
		})
	})
	switch {
	case err == nil && destroyed:
		s.archives.gone(room.ref)
		s.env.logf(host.LevelInfo, "Server %s: room %s is destroyed: its last participant has gone", s.name, room.ref.text)
	case audiobridge.HasCode(err, audiobridge.CodeNoSuchRoom):
	case s.isRetired():
		s.env.logf(host.LevelNotice, "Server %s is not configured any more: room %s stays", s.name, room.ref.text)
	case err == nil:
		return false // others are in it
	default:
		s.env.logf(host.LevelDebug, "Server %s: whether room %s is empty is not known: %s", s.name, room.ref.text, failure.Reason(err))
		return false
	}
	room.tidying = false
	s.forget(room)
	return true
}

// occupied tells whether legs of ours are in a room. It does not wait for who
// comes, goes or destroys: those may wait for us.
func (l *roomLives) occupied(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	life := l.rooms[key]
	return life != nil && life.legs.Load() > 0
}
