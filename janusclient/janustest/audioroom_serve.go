// SPDX-License-Identifier: MPL-2.0

package janustest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/coder/websocket"
)

// serveHTTP serves both APIs through the translator.
func (a *AudioRoomServer) serveHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Upgrade") != "" {
		a.serveWebSocket(w, r)
		return
	}
	raw, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		abort()
	}
	if r.Method == http.MethodPost {
		raw = a.request(raw, handleOf(r.URL.Path))
	}
	inner := r.Clone(r.Context())
	inner.Body = io.NopCloser(bytes.NewReader(raw))
	inner.ContentLength = int64(len(raw))
	out := &translatedAnswer{ResponseWriter: w, server: a}
	a.ServeHTTP(out, inner)
	out.finish()
}

// handleOf reads the handle of a path /janus/SESSION/HANDLE.
func handleOf(path string) uint64 {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if len(parts) < 3 {
		return 0
	}
	handle, _ := strconv.ParseUint(parts[2], 10, 64)
	return handle
}

// translatedAnswer translates the body, which the Server writes in one piece,
// before its length is told.
type translatedAnswer struct {
	http.ResponseWriter
	server *AudioRoomServer
	status int // not yet written; 0: it is
}

// WriteHeader implements http.ResponseWriter.
func (t *translatedAnswer) WriteHeader(status int) { t.status = status }

// Write implements http.ResponseWriter.
func (t *translatedAnswer) Write(raw []byte) (int, error) {
	body := t.server.answer(raw)
	if t.Header().Get("Content-Length") == strconv.Itoa(len(raw)) {
		t.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	t.finish()
	if _, err := t.ResponseWriter.Write(body); err != nil {
		return 0, err
	}
	return len(raw), nil
}

// Unwrap lets http.ResponseController flush.
func (t *translatedAnswer) Unwrap() http.ResponseWriter { return t.ResponseWriter }

func (t *translatedAnswer) finish() {
	if t.status != 0 {
		t.ResponseWriter.WriteHeader(t.status)
		t.status = 0
	}
}

// serveWebSocket joins the client's WebSocket to one of the Server's own.
func (a *AudioRoomServer) serveWebSocket(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithCancel(a.ctx)
	defer cancel()
	//nolint:bodyclose // Dial: "You never need to close resp.Body yourself"
	inner, response, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(a.behind.URL, "http")+r.URL.Path, &websocket.DialOptions{
		Subprotocols: r.Header.Values("Sec-WebSocket-Protocol"), HTTPHeader: http.Header{"Authorization": r.Header.Values("Authorization")},
	})
	if err != nil {
		if response == nil || response.StatusCode == http.StatusSwitchingProtocols {
			abort()
		}
		w.WriteHeader(response.StatusCode)
		return
	}
	defer func() { _ = inner.CloseNow() }()
	var protocols []string
	if name := inner.Subprotocol(); name != "" {
		protocols = []string{name}
	}
	outer, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: protocols})
	if err != nil {
		return
	}
	defer func() { _ = outer.CloseNow() }()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer cancel()
		relay(ctx, inner, outer, func(raw []byte) []byte { return a.request(raw, 0) })
	}()
	relay(ctx, outer, inner, a.answer)
	cancel()
	<-done
}

// relay carries messages until either side ends.
func relay(ctx context.Context, to, from *websocket.Conn, translate func([]byte) []byte) {
	from.SetReadLimit(1 << 24)
	for {
		kind, raw, err := from.Read(ctx)
		if err != nil {
			return
		}
		if kind == websocket.MessageText {
			raw = translate(raw)
		}
		if to.Write(ctx, kind, raw) != nil {
			return
		}
	}
}
