// SPDX-License-Identifier: MPL-2.0

package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/server"
)

// A browser joins a room as in WHIP (RFC 9725): it posts an SDP offer, is answered with Janus's
// answer, and deletes what Location names when it leaves. It leaves as well when its page goes.

// headerPIN is where a page gives the PIN of a room, and headerStream the id of its stream.
const (
	headerPIN    = "Janus-Room-PIN"
	headerStream = "Janus-Page"
)

// serveJoin is POST /api/rooms/{server}/{room}/audio.
func (w *Web) serveJoin(rw http.ResponseWriter, r *http.Request) {
	if !hasType(rw, r, "application/sdp") {
		return
	}
	offer, err := io.ReadAll(r.Body)
	if err != nil {
		refuse(rw, http.StatusRequestEntityTooLarge, "the offer is too large")
		return
	}
	s := w.streamOf(rw, r, r.Header.Get(headerStream))
	if s == nil {
		return
	}
	ref, err := w.roomOf(r.PathValue("server"), r.PathValue("room"))
	if err != nil {
		refuse(rw, http.StatusNotFound, failure.Reason(err))
		return
	}
	s.leave()
	visit, answered, err := ref.Server.Visit(r.Context(), ref, server.Visitor{
		Display: displayOf(s.user), PIN: r.Header.Get(headerPIN), Offer: string(offer), Muted: r.URL.Query().Get("muted") != "false",
	})
	if err != nil {
		w.note(r, "listen in room %s of %s: %s", ref.Text, ref.Server.Name, failure.Reason(err))
		refuse(rw, joinStatus(err), failure.Reason(err))
		return
	}
	if !s.enter(visit) || r.Context().Err() != nil {
		s.leave()
		visit.Leave()
		refuse(rw, http.StatusGone, "the page has gone")
		return
	}
	w.note(r, "listen in room %s of %s: done", ref.Text, ref.Server.Name)
	rw.Header().Set("Content-Type", "application/sdp")
	rw.Header().Set("Location", "/api/audio/"+url.PathEscape(s.id))
	rw.Header().Set("Janus-Participant", visit.Participant())
	rw.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(rw, answered) // a browser that has gone hears nothing
}

// joinStatus tells a PIN that is wanted from other refusals.
func joinStatus(err error) int {
	reason := failure.Reason(err)
	switch {
	case strings.Contains(reason, "(wrong pin)"), strings.Contains(reason, "(pin)"):
		return http.StatusForbidden
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusGatewayTimeout
	}
	return http.StatusBadGateway
}

// displayOf is the name of a user in a room. An address is no name.
func displayOf(user string) string {
	if _, err := netip.ParseAddr(user); err == nil {
		return "operator"
	}
	return config.CutDisplay("operator " + user)
}

// roomOf is a room as a path names it.
func (w *Web) roomOf(name, room string) (server.RoomRef, error) {
	for _, s := range w.env.Hub.now.Servers() {
		if s.Name == name {
			return s.ParseRoom(room)
		}
	}
	return server.RoomRef{}, errors.New("there is no such server")
}

// serveMute is PATCH /api/audio/{id}.
func (w *Web) serveMute(rw http.ResponseWriter, r *http.Request) {
	var wanted struct {
		Muted bool `json:"muted"`
	}
	if !readJSON(rw, r, &wanted) {
		return
	}
	s := w.streamOf(rw, r, r.PathValue("id"))
	if s == nil {
		return
	}
	visit := s.visit()
	if visit == nil {
		refuse(rw, http.StatusNotFound, "the page is in no room")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), 10*time.Second)
	defer cancel()
	if err := visit.Mute(ctx, wanted.Muted); err != nil {
		refuse(rw, http.StatusBadGateway, failure.Reason(err))
		return
	}
	w.note(r, "%s in the room", map[bool]string{true: "is silent", false: "talks"}[wanted.Muted])
	rw.WriteHeader(http.StatusNoContent)
}

// serveLeave is DELETE /api/audio/{id}.
func (w *Web) serveLeave(rw http.ResponseWriter, r *http.Request) {
	s := w.streamOf(rw, r, r.PathValue("id"))
	if s == nil {
		return
	}
	s.leave()
	rw.WriteHeader(http.StatusNoContent)
}

// enter makes a visit the page's; false where the page has gone, or is in another room already.
func (s *stream) enter(visit *server.Visit) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over || s.listen != nil {
		return false
	}
	s.listen = visit
	return true
}

func (s *stream) visit() *server.Visit {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.listen
}

// leave takes the page out of its room, if it is in one.
func (s *stream) leave() {
	s.mu.Lock()
	visit := s.listen
	s.listen = nil
	s.mu.Unlock()
	if visit != nil {
		visit.Leave()
	}
}

// finish takes the page out of its room for ever.
func (s *stream) finish() {
	s.mu.Lock()
	s.over = true
	s.mu.Unlock()
	s.leave()
}

// listens tells why the page's place in a room has ended; nil while it is in none.
func (s *stream) listens() <-chan string {
	if visit := s.visit(); visit != nil {
		return visit.Gone()
	}
	return nil
}
