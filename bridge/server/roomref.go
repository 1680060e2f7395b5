// SPDX-License-Identifier: MPL-2.0

package server

import (
	"fmt"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// RoomRef names a room of a server whose kind of ids may still have to be
// found out.
type RoomRef struct {
	Server *Server
	Config *config.ServerConfig // with which the room is asked for
	Room   janusclient.ID       // as the dial string was parsed
	Text   string               // as typed: "007" is another string id than "7"
}

// With does a request with the room's id as this Janus wants ids to be:
// numbers, or with string_ids = true strings. Where that is not known yet, a
// refusal tells; it is remembered for the server, and the request done again.
// What counts is how the refused request wrote the id: another call may have
// found out meanwhile.
func (r RoomRef) With(request func(janusclient.ID) error) error {
	tried := r.ID()
	err := request(tried)
	wantsStrings, wrong := audiobridge.WrongIDKind(err)
	switch {
	case !wrong || wantsStrings != tried.IsNumber() || r.Config.StringIDs != config.IDAuto:
		return err // there is no other way to write this id
	case wantsStrings:
		r.Server.ids.Store(int32(config.IDString))
	case r.Room.IsNumber():
		r.Server.ids.Store(int32(config.IDNumber))
	default:
		return errNotNumeric(r.Text)
	}
	return request(r.ID())
}

// AsTyped is the room's name as a dial string has it, whichever kind of ids its server has.
func (r RoomRef) AsTyped() config.DialString {
	room, err := config.ParseRoom(r.Text)
	if err != nil {
		room = r.Room
	}
	return config.DialString{Room: room, RoomText: r.Text}
}

// RoomGone takes note that a room does not exist any more.
func (s *Server) RoomGone(ref RoomRef) {
	s.Archives.Gone(ref)
	if s.env.RoomGone != nil {
		s.env.RoomGone(s, ref.AsTyped())
	}
}

// errNotNumeric refuses a room at a Janus whose rooms are numbers.
func errNotNumeric(text string) error {
	return failure.New(host.CauseInvalidNumberFormat, fmt.Sprintf(
		"room %q cannot be at this Janus: its rooms are numbers from 1 to %d (string_ids is false there)", text, int64(config.GreatestRoom)))
}

// RoomNamed keeps "007" apart from "7" where ids are known to be strings, and
// refuses what is no number where the configuration says that they are numbers.
// Where they were found to be numbers Janus is asked: it may say otherwise now.
func (s *Server) RoomNamed(dial config.DialString) (config.DialString, error) {
	switch mode := s.cfg.Load().StringIDs; {
	case mode == config.IDString:
		dial.Room = janusclient.StringID(dial.RoomText)
	case mode == config.IDNumber && !dial.Room.IsNumber():
		return dial, errNotNumeric(dial.RoomText)
	}
	return dial, nil
}

// ID is the room's id as its Janus wants ids to be, as far as that is known.
func (r RoomRef) ID() janusclient.ID {
	if config.IDMode(r.Server.ids.Load()) == config.IDString {
		return janusclient.StringID(r.Text)
	}
	return r.Room
}
