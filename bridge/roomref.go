// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// roomRef names a room of a server whose kind of ids may still have to be
// found out.
type roomRef struct {
	server *server
	cfg    *ServerConfig
	room   janusclient.ID
	text   string // as typed: "007" is another string id than "7"
}

// with does a request with the room's id as this Janus wants ids to be:
// numbers, or with string_ids = true strings. Where that is not known yet, a
// refusal tells; it is remembered for the server, and the request done again.
func (r roomRef) with(request func(janusclient.ID) error) error {
	err := request(r.id())
	if r.cfg.StringIDs != idAuto {
		return err
	}
	wantsStrings, wrong := audiobridge.WrongIDKind(err)
	switch {
	case !wrong:
		return err
	case wantsStrings && r.id().IsNumber():
		r.server.ids.Store(int32(idString))
	case !wantsStrings && !r.id().IsNumber() && r.room.IsNumber():
		r.server.ids.Store(int32(idNumber))
	default:
		return err // no other way to write this id
	}
	return request(r.id())
}

// roomAsTyped keeps "007" apart from "7" where ids are known to be strings.
func (s *server) roomAsTyped(dial DialString) DialString {
	if s.cfg.Load().StringIDs == idString {
		dial.Room = janusclient.StringID(dial.roomText)
	}
	return dial
}

func (r roomRef) id() janusclient.ID {
	if idMode(r.server.ids.Load()) == idString {
		return janusclient.StringID(r.text)
	}
	return r.room
}
