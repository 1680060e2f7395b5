// SPDX-License-Identifier: MPL-2.0

package web

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mod_janus/bridge/console"
	"mod_janus/bridge/server"
)

const (
	heartbeat   = 15 * time.Second // between two signs that a stream lives
	statsEvery  = time.Second
	mostLegs    = 30               // whose figures one page gets
	mostWaiting = 256              // messages that a page has not taken
	slowPage    = 10 * time.Second // a page that takes nothing for so long is dropped
)

// stream is what one page is told, as server-sent events, for as long as the page is there.
type stream struct {
	id     string
	user   string
	queue  chan []byte
	end    context.CancelFunc
	shown  atomic.Pointer[shown]
	mu     sync.Mutex // guards what follows
	over   bool
	listen *server.Visit // the page's place in a room; nil for none
}

// shown is what a page has on screen.
type shown struct {
	Room  string   `json:"room"`  // server/room; "" for none
	Stats []string `json:"stats"` // UUIDs of legs whose figures it wants each second
}

// snapshot is the first message of a stream.
type snapshot struct {
	ID      string            `json:"id"`
	User    string            `json:"user"`
	Role    string            `json:"role"`
	Version string            `json:"version"`
	Servers []json.RawMessage `json:"servers"`
	Calls   []json.RawMessage `json:"calls"`
}

// serveStream is GET /api/stream.
func (w *Web) serveStream(rw http.ResponseWriter, r *http.Request) {
	v := visitorOf(r)
	ctx, cancel := context.WithCancel(v.access.ctx)
	defer cancel()
	defer context.AfterFunc(r.Context(), cancel)()
	s := &stream{id: rand.Text(), user: v.name, queue: make(chan []byte, mostWaiting), end: cancel}
	what := &shown{Room: r.URL.Query().Get("room")}
	if legs := r.URL.Query().Get("stats"); legs != "" {
		what.Stats = strings.Split(legs, ",")
	}
	if err := s.show(what); err != nil {
		refuse(rw, http.StatusBadRequest, err.Error())
		return
	}
	if ctx.Err() != nil {
		refuse(rw, http.StatusServiceUnavailable, unloading)
		return
	}
	if !w.env.Hub.add(s) {
		refuse(rw, http.StatusServiceUnavailable, fmt.Sprintf("%d pages are open already", mostPages))
		return
	}
	defer s.finish()
	defer w.env.Hub.remove(s)
	rw.Header().Set("Content-Type", "text/event-stream")
	rw.Header().Set("X-Accel-Buffering", "no") // nginx would keep it back
	out := &slowly{rw: rw, control: http.NewResponseController(rw)}
	_ = out.control.SetReadDeadline(time.Time{}) // the request has been read, and the stream lasts
	first := append([]byte("retry: 2000\n"), sse("snapshot", snapshot{
		s.id, v.name, v.role.String(), w.env.Version, w.env.Hub.now.servers(), w.env.Hub.now.calls(),
	})...)
	if out.write(first) == nil {
		w.tellPage(ctx, s, out)
	}
}

// tellPage tells a page what there is to tell until the page, or what admits it, is gone.
func (w *Web) tellPage(ctx context.Context, s *stream, out *slowly) {
	alive, stats := time.NewTicker(heartbeat), time.NewTicker(statsEvery)
	defer alive.Stop()
	defer stats.Stop()
	for {
		var text []byte
		select {
		case <-ctx.Done():
			return
		case text = <-s.queue:
			for len(s.queue) > 0 && len(text) < 64<<10 {
				text = append(text, <-s.queue...)
			}
		case <-alive.C:
			text = []byte(":\n\n")
		case <-stats.C:
			text = w.stats(s.shown.Load().Stats)
		case why := <-s.listens():
			s.leave()
			text = sse("audio", map[string]string{"ended": why})
		}
		if len(text) > 0 && out.write(text) != nil {
			return
		}
	}
}

// stats is the message with the figures of legs; nil for none.
func (w *Web) stats(uuids []string) []byte {
	rows := []json.RawMessage{}
	for _, uuid := range uuids {
		if leg := w.env.Hub.now.Leg(uuid); leg != nil {
			rows = append(rows, console.MediaNow(leg))
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return sse("stats", rows)
}

// show takes note of what the page has on screen.
func (s *stream) show(what *shown) error {
	if len(what.Stats) > mostLegs {
		return fmt.Errorf("the figures of %d legs are wanted, at most %d can be", len(what.Stats), mostLegs)
	}
	s.shown.Store(what)
	return nil
}

// tell gives a page what is for it. A page that does not take its messages is dropped: it comes
// back, and begins anew.
func (s *stream) tell(messages []message) {
	var text []byte
	room := s.shown.Load().Room
	for _, m := range messages {
		if m.room == "" || m.room == room {
			text = append(text, m.text...)
		}
	}
	if len(text) == 0 {
		return
	}
	select {
	case s.queue <- text:
	default:
		s.end()
	}
}

// slowly writes to a page, which has so long to take what is written.
type slowly struct {
	rw      http.ResponseWriter
	control *http.ResponseController
}

func (o *slowly) write(text []byte) error {
	_ = o.control.SetWriteDeadline(time.Now().Add(slowPage)) // the writer tells what is wrong
	if _, err := o.rw.Write(text); err != nil {
		return err
	}
	return o.control.Flush()
}

// serveShown is POST /api/stream/{id}: the page shows something else now.
func (w *Web) serveShown(rw http.ResponseWriter, r *http.Request) {
	var what shown
	if !readJSON(rw, r, &what) {
		return
	}
	s := w.streamOf(rw, r, r.PathValue("id"))
	if s == nil {
		return
	}
	if err := s.show(&what); err != nil {
		refuse(rw, http.StatusBadRequest, err.Error())
		return
	}
	rw.WriteHeader(http.StatusNoContent)
}

// streamOf is the stream of this id, where it is of the same user; otherwise it answers.
func (w *Web) streamOf(rw http.ResponseWriter, r *http.Request, id string) *stream {
	s := w.env.Hub.named(id)
	if s == nil || s.user != visitorOf(r).name {
		refuse(rw, http.StatusNotFound, "there is no such stream")
		return nil
	}
	return s
}
