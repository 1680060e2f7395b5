// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/coder/websocket"
)

var wsFaults = []string{slow, lost, unanswered, reset, resetAfter, halfJSON, doubled, swapped, transaction, wrongID}

// swapped: it comes after the next one, an event before its ack.
const swapped = "swapped"

// ws is the URL at which the WebSocket API of a Janus is met through the
// weather, which befalls whole messages.
func (w *weather) ws(t *testing.T, target string) string {
	t.Helper()
	options := &websocket.AcceptOptions{Subprotocols: []string{"janus-protocol"}}
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if fault := w.pick([]string{failed}); fault != "" && !w.there(fault, out, r) {
			return
		}
		near, err := websocket.Accept(out, r, options)
		if err != nil {
			return
		}
		defer func() { _ = near.CloseNow() }()
		ctx, cancel := context.WithCancel(w.over)
		defer cancel()
		far, _, err := websocket.Dial(ctx, target, &websocket.DialOptions{Subprotocols: options.Subprotocols}) //nolint:bodyclose // the connection closes it
		if err != nil {
			return
		}
		defer func() { _ = far.CloseNow() }()
		near.SetReadLimit(1 << 20)
		far.SetReadLimit(1 << 20)
		l := &line{weather: w, done: cancel}
		go l.carry(ctx, far, near, []string{slow, lost, reset})
		l.carry(ctx, near, far, wsFaults)
	}))
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections)
	return overWS(server.URL) + "/"
}

// line is one connection through the weather.
type line struct {
	*weather
	done context.CancelFunc
}

// carry takes messages from one end to the other until one of them has gone.
func (l *line) carry(ctx context.Context, to, from *websocket.Conn, faults []string) {
	defer l.done()
	silent := false // a half-open connection: nothing comes through any more
	var held []byte
	for {
		kind, text, err := from.Read(ctx)
		if err != nil {
			return
		}
		fault := l.pick(faults)
		switch fault {
		case slow:
			l.wait(ctx, 1500*time.Millisecond)
		case unanswered:
			silent = true
		case reset:
			return
		case halfJSON:
			text = text[:len(text)/2]
		case transaction, wrongID:
			text = distort(fault, text)
		}
		if silent || fault == lost {
			continue
		}
		texts := [][]byte{text}
		switch {
		case fault == doubled:
			texts = append(texts, text)
		case fault == swapped && held == nil:
			held, texts = text, nil
		case held != nil:
			texts, held = append(texts, held), nil
		}
		for _, text := range texts {
			if to.Write(ctx, kind, text) != nil {
				return
			}
		}
		if fault == resetAfter {
			return
		}
	}
}
