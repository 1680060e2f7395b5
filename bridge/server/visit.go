// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// Visitor is a browser that asks to be let into a room.
type Visitor struct {
	Display string
	PIN     string // "" for none
	Offer   string // SDP, with all candidates
	Muted   bool
}

// Visit is a browser that is in a room by a handle of ours. Its media goes between the browser
// and Janus.
type Visit struct {
	server   *Server
	session  *janusclient.Session
	handle   RoomHandle
	id       atomic.Pointer[janusclient.ID] // of the participant; nil before it is in the room
	who      Occupant                       // the zero one before it is in the room
	gone     chan string                    // holds why Janus has ended it
	farewell sync.Once
}

// Visit brings a browser into a room and returns the SDP answer for it. It takes at most
// cmd-timeout.
func (s *Server) Visit(ctx context.Context, room RoomRef, who Visitor) (v *Visit, answer string, err error) {
	ctx, cancel := context.WithTimeout(ctx, room.Config.CmdTimeout)
	defer cancel()
	if !s.Enabled() {
		return nil, "", failure.New(host.CauseOutgoingCallBarred, "the server is disabled")
	}
	s.visits.Add(1)
	defer func() {
		if err != nil {
			s.visitEnded()
		}
	}()
	session, err := s.Connection.live(ctx)
	if err != nil {
		return nil, "", err
	}
	v = &Visit{server: s, session: session, gone: make(chan string, 1)}
	v.handle, err = AttachRoom(ctx, session, room.Config.Plugin, janusclient.AttachOptions{OpaqueID: "operator", OnEvent: v.onEvent})
	if err != nil {
		return nil, "", err
	}
	if answer, err = v.join(ctx, room, who); err != nil {
		v.detach()
		return nil, "", err
	}
	return v, answer, nil
}

// join tries the tokens that the room may want, where tokens are signed.
func (v *Visit) join(ctx context.Context, room RoomRef, who Visitor) (answer string, err error) {
	realms := []string{""}
	if v.server.Tokens != nil {
		realms = v.server.Tokens.Realms(room.Text)
	}
	offer := &janusclient.JSEP{Type: "offer", SDP: who.Offer, Trickle: new(bool)}
	for _, realm := range realms {
		request := audiobridge.JoinRequest{PIN: who.PIN, Media: audiobridge.Media{Display: who.Display, Muted: &who.Muted}}
		if realm != "" {
			request.Token = v.server.Tokens.ForRoom(room.ID(), config.TokenTTL, realm)
		}
		err = room.With(func(id janusclient.ID) error {
			request.Room = id
			joined, jsep, err := v.handle.Join(ctx, request, offer)
			if err != nil {
				return err
			}
			if jsep == nil {
				return errors.New("janus has answered without SDP")
			}
			v.id.Store(&joined.ID)
			v.who = Occupant{Room: id.String(), Participant: joined.ID.String()}
			answer = jsep.SDP
			return nil
		})
		if !audiobridge.HasCode(err, audiobridge.CodeUnauthorized) {
			break
		}
	}
	return answer, err
}

// Participant is the browser's id in its room.
func (v *Visit) Participant() string { return v.id.Load().String() }

// Gone tells why Janus has ended the visit; nothing while it has not.
func (v *Visit) Gone() <-chan string { return v.gone }

// Mute has the room hear the browser no more, or hear it again.
func (v *Visit) Mute(ctx context.Context, muted bool) error {
	_, err := v.handle.Configure(ctx, audiobridge.ConfigureRequest{Media: audiobridge.Media{Muted: &muted}}, nil)
	return err
}

// Leave takes the browser out of the room. It says farewell to Janus in the background.
func (v *Visit) Leave() {
	v.farewell.Do(func() {
		env := v.server.env
		env.Farewells.Add(1)
		env.Work.Go("the farewell of an operator", func() {
			defer env.Farewells.Add(-1)
			defer v.server.visitEnded()
			v.detach()
		})
	})
}

func (v *Visit) detach() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(v.server.env.Context), config.FarewellLimit)
	defer cancel()
	if v.handle.Detach(ctx) != nil {
		v.server.Detaches.Add(v.handle, v.session, v.who)
	}
}

func (s *Server) visitEnded() {
	s.visits.Add(-1)
	s.Connection.changes()
}

// onEvent takes note of the end. It runs in the session's dispatcher.
func (v *Visit) onEvent(event janusclient.Event) {
	why := ""
	switch event := event.(type) {
	case janusclient.Hangup:
		why = "Janus has closed the connection: " + event.Reason
	case janusclient.Detached:
		why = "Janus has removed the handle"
	case janusclient.SessionLost:
		why = "the session with Janus is lost"
	case janusclient.PluginEvent:
		why = v.thrownOut(event)
	}
	if why == "" {
		return
	}
	select {
	case v.gone <- why:
	default: // it has an earlier reason
	}
}

// thrownOut is why an event of the room ends the visit; "" where it does not.
func (v *Visit) thrownOut(event janusclient.PluginEvent) string {
	parsed, err := ParseRoomEvent(v.server.Config().Plugin, event.Data)
	if err != nil {
		return ""
	}
	switch parsed := parsed.(type) {
	case audiobridge.Destroyed:
		return "the room was destroyed"
	case audiobridge.Kicked:
		if id := v.id.Load(); id != nil && parsed.ID == *id {
			return "kicked out of the room"
		}
	}
	return ""
}
