// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"errors"
	"slices"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// Sought is a room that a call looks for in a pool.
type Sought struct {
	Room     config.DialString
	Existing bool // only where the room exists
	Alone    bool // in a copy, where only other switches reach the server of the room
}

// Found is where a room of a pool is, or is to be made.
type Found struct {
	Server *Server
	Exists bool // Janus says that the room is there
}

// Stay is where a leg was whose server has lost it.
type Stay struct {
	At       *Server
	Since    time.Time // that the leg has been looking for its server
	Vanished bool      // that server has no such room
	Alone    bool      // the leg goes on in a copy, where only other switches reach the server
}

// questions are those about rooms that a pool asks of a server, on a handle that lives with the
// session.
type questions struct {
	turn    chan struct{} // holds a token while somebody attaches
	session *janusclient.Session
	rooms   RoomLister
}

// Ref names a room of this server; the error is for a name that its rooms cannot have.
func (s *Server) Ref(dial config.DialString) (RoomRef, error) {
	named, err := s.RoomNamed(dial)
	return RoomRef{Server: s, Config: s.Config(), Room: named.Room, Text: named.RoomText}, err
}

// ParseRoom is Ref for a name that somebody has typed.
func (s *Server) ParseRoom(name string) (RoomRef, error) {
	dial, err := config.ParseRoomName(name)
	if err != nil {
		return RoomRef{}, err
	}
	return s.Ref(dial)
}

// RoomExists asks Janus for a room. It fails at once where there is no session.
func (s *Server) RoomExists(ctx context.Context, dial config.DialString) (exists bool, err error) {
	err = s.askAbout(ctx, dial, func(ctx context.Context, rooms RoomLister, id janusclient.ID) (err error) {
		exists, err = rooms.Exists(ctx, id)
		return err
	})
	return exists, err
}

// RoomParticipants asks Janus how many participants a room has; 0 for a room that does not exist.
// Participants whose handles wait to be detached do not count.
func (s *Server) RoomParticipants(ctx context.Context, dial config.DialString) (n int, err error) {
	err = s.askAbout(ctx, dial, func(ctx context.Context, rooms RoomLister, id janusclient.ID) error {
		people, err := rooms.ListParticipants(ctx, id)
		n = len(slices.DeleteFunc(people, func(p audiobridge.Participant) bool {
			return s.Detaches.leaves(Occupant{Room: id.String(), Participant: p.ID.String()})
		}))
		return err
	})
	if audiobridge.HasCode(err, audiobridge.CodeNoSuchRoom) {
		err = nil
	}
	return n, err
}

// RoomsThere asks Janus for its rooms: those that are not private, or with the admin-key all.
func (s *Server) RoomsThere(ctx context.Context) (rooms []audiobridge.Room, err error) {
	err = s.withLister(ctx, func(lister RoomLister) (err error) {
		rooms, err = lister.List(ctx, s.Config().AdminKey)
		return err
	})
	return rooms, err
}

func (s *Server) askAbout(ctx context.Context, dial config.DialString, ask func(context.Context, RoomLister, janusclient.ID) error) error {
	ref, err := s.Ref(dial)
	if err != nil {
		return err
	}
	return s.withLister(ctx, func(lister RoomLister) error {
		return ref.With(func(id janusclient.ID) error { return ask(ctx, lister, id) })
	})
}

// withLister asks on the handle for questions, and once more on another one where Janus has lost
// the handle: somebody may have detached it by the Admin API.
func (s *Server) withLister(ctx context.Context, ask func(RoomLister) error) error {
	for again := false; ; again = true {
		lister, err := s.lister(ctx)
		if err != nil {
			return err
		}
		err = ask(lister)
		var core *janusclient.Error
		lost := errors.As(err, &core) && core.Code == janusclient.CodeHandleNotFound || errors.Is(err, janusclient.ErrClosed)
		if !lost || again {
			return err
		}
		s.loseLister(lister)
	}
}

// loseLister forgets the handle for questions, unless another one is there already.
func (s *Server) loseLister(lost RoomLister) {
	s.questions.turn <- struct{}{}
	defer func() { <-s.questions.turn }()
	if s.questions.rooms == lost {
		s.questions.session, s.questions.rooms = nil, nil
	}
}

// lister returns the handle for questions, which it attaches where the session is a new one.
func (s *Server) lister(ctx context.Context) (RoomLister, error) {
	q := &s.questions
	select {
	case q.turn <- struct{}{}:
		defer func() { <-q.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	session := s.Connection.current()
	switch {
	case session == nil || session.Err() != nil:
		return nil, notConnected(s.Name, s.Connection.lastError())
	case q.session == session:
		return q.rooms, nil
	}
	handle, err := AttachRoom(ctx, session, s.Config().Plugin, janusclient.AttachOptions{OpaqueID: "pool"})
	if err != nil {
		return nil, err
	}
	rooms, ok := handle.(RoomLister)
	if !ok {
		return nil, errors.New("the plugin has no rooms that can be asked for")
	}
	q.session, q.rooms = session, rooms
	return rooms, nil
}

// Occupied tells whether legs of ours are in a room of this server, or on their way into it.
func (s *Server) Occupied(dial config.DialString) bool {
	ref, err := s.Ref(dial)
	return err == nil && s.Rooms.occupied(ref.ID().String())
}

// Up tells whether there is a session with this Janus, and Janus answers.
func (c *Connection) Up() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.session != nil && !c.apiDown && c.session.Err() == nil
}

// Tried tells whether an attempt to connect has ended, however it did.
func (c *Connection) Tried() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.attempts > 0
}

// NotUp is the error of a call that needs this Janus while it is away.
func (c *Connection) NotUp() error { return notConnected(c.server.Name, c.lastError()) }

func (c *Connection) lastError() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lastErr
}
