// SPDX-License-Identifier: MPL-2.0

package web

import (
	"context"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
)

// The limits of a connection and of a request.
const (
	mostConnections = 1000
	mostHeader      = 16 << 10 // bytes
	mostBody        = 64 << 10
	headerPatience  = 10 * time.Second // for a request's header
	bodyPatience    = 20 * time.Second // for a whole request
	writePatience   = 30 * time.Second // for an answer
	idlePatience    = time.Minute      // for another request on a connection
)

// listener is a port that is open.
type listener struct {
	cfg    config.HTTP
	socket net.Listener
	server *http.Server
	access atomic.Pointer[access]
	busy   sync.WaitGroup // connections
	count  atomic.Int32   // of them
}

// listen opens the port; mu is held.
func (w *Web) listen(cfg config.HTTP, rules *access) error {
	var listening net.ListenConfig
	socket, err := listening.Listen(w.env.Context, "tcp", cfg.Listen)
	if err != nil {
		rules.end()
		return err
	}
	l := &listener{cfg: cfg, socket: socket}
	l.access.Store(rules)
	plain := new(http.Protocols)
	plain.SetHTTP1(true) // the goroutines of HTTP/2 could not be waited for
	l.server = &http.Server{
		Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.serve(l, rw, r) }), Protocols: plain,
		ReadHeaderTimeout: headerPatience, ReadTimeout: bodyPatience, WriteTimeout: writePatience, IdleTimeout: idlePatience,
		MaxHeaderBytes: mostHeader, ErrorLog: log.New(debugLog{w}, "", 0), ConnState: l.track,
		BaseContext: func(net.Listener) context.Context { return w.env.Context },
	}
	scheme := "http"
	if cfg.TLSCert != "" {
		scheme = "https"
		l.server.TLSConfig = rules.tls
	}
	w.open = l
	w.env.Work.Go("HTTP", func() {
		if l.server.TLSConfig != nil {
			_ = l.server.ServeTLS(socket, "", "") // it ends because of close
		} else {
			_ = l.server.Serve(socket)
		}
		l.busy.Wait()
	})
	w.logf(host.LevelNotice, "HTTP: %s://%s is open", scheme, socket.Addr())
	return nil
}

// track counts connections. It is told of a new one before Serve accepts another one, and of its
// end after its last request has been served.
func (l *listener) track(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		l.busy.Add(1)
		if l.count.Add(1) > mostConnections {
			_ = conn.Close()
		}
	case http.StateClosed, http.StateHijacked:
		l.count.Add(-1)
		l.busy.Done()
	}
}

// serves tells whether the port is open as this configuration wants it, whoever may use it.
func (l *listener) serves(cfg config.HTTP) bool {
	cfg.Users = l.cfg.Users
	return cfg == l.cfg
}

// change makes other rules count. Streams of pages end, and begin anew under the new rules.
func (l *listener) change(rules *access) {
	l.cfg.Users = rules.file
	if old := l.access.Load(); old.same(rules) {
		rules.end()
		return
	}
	l.access.Swap(rules).end()
}

func (l *listener) close() {
	l.access.Load().end()
	_ = l.server.Close()
}

// debugLog writes what net/http has to say of connections into the switch's log.
type debugLog struct{ web *Web }

func (d debugLog) Write(line []byte) (int, error) {
	d.web.logf(host.LevelDebug, "HTTP: %s", strings.TrimSpace(string(line)))
	return len(line), nil
}
