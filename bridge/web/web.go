// SPDX-License-Identifier: MPL-2.0

package web

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"

	"mod_janus/bridge/background"
	"mod_janus/bridge/call"
	"mod_janus/bridge/config"
	"mod_janus/bridge/console"
	"mod_janus/bridge/host"
	"mod_janus/bridge/server"
)

// Env is what HTTP needs of the engine.
type Env struct {
	Context context.Context // ends everything
	Host    host.Host
	Work    *background.Group
	Hub     *Hub            // that events are fired to
	Version string          // of the module
	Alive   func()          // returns when the engine answers
	Unready func() []string // why no call can be placed; none: calls can
	Console *console.Console
	Calls   func() []*call.Call     // oldest first
	Servers func() []*server.Server // those of the configuration, in its order
}

// Web is the module's HTTP, while the module is loaded.
type Web struct {
	env      *Env
	mux      *http.ServeMux
	tries    tries
	checking chan struct{} // holds a token while a password is checked

	stopping atomic.Bool // the module is being unloaded

	mu     sync.Mutex // one change at a time; guards what follows
	open   *listener  // nil: no port is open
	closed bool       // for ever
}

// New makes the HTTP of an engine. No port is open before [Web.Use] opens one.
func New(env *Env) *Web {
	w := &Web{env: env, mux: http.NewServeMux(), checking: make(chan struct{}, 1)}
	env.Hub.work, env.Hub.now = env.Work, now{env.Console, env.Calls, env.Servers}
	w.api()
	w.servePage()
	w.Handle("GET /healthz", Anyone, http.HandlerFunc(w.healthz))
	w.Handle("GET /readyz", Anyone, http.HandlerFunc(w.readyz))
	return w
}

// Handle has a pattern of [http.ServeMux] served to users of this role. It is called before the
// first [Web.Use].
func (w *Web) Handle(pattern string, role Role, handler http.Handler) {
	w.mux.Handle(pattern, route{role, handler})
}

// Use makes the port what the configuration says: opens, closes or moves it. What keeps it from
// being opened is an error in the log.
func (w *Web) Use(cfg config.HTTP) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return
	}
	if cfg.Listen == "" {
		w.shut("")
		return
	}
	rules, err := newAccess(w.env.Context, cfg, w.logf)
	if err == nil && w.open != nil && w.open.serves(cfg) {
		w.open.change(rules)
		return
	}
	if err == nil {
		w.shut("")
		err = w.listen(cfg, rules)
	}
	if err != nil {
		w.shut("")
		w.logf(host.LevelError, "janus.conf: settings: param http-listen: %s is not opened: %s", cfg.Listen, err)
	}
}

// shut closes the port, if one is open, and all connections with it; mu is held.
func (w *Web) shut(why string) {
	if w.open == nil {
		return
	}
	w.open.close()
	w.logf(host.LevelNotice, "HTTP: %s is closed%s", w.open.cfg.Listen, why)
	w.open = nil
}

// Unload ends what lasts, the streams of pages for one, and refuses what begins, with status 503.
// The port stays, and tells that the module is not ready, until Close.
func (w *Web) Unload() {
	w.stopping.Store(true)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.open != nil {
		w.open.access.Load().end()
	}
}

// Close closes the port for ever, whoever is connected. The goroutines that serve it end with the
// engine's work.
func (w *Web) Close() {
	w.Unload()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	w.shut(": " + unloading)
}

// Addr is the address that is open, "" for none.
func (w *Web) Addr() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.open == nil {
		return ""
	}
	return w.open.socket.Addr().String()
}

func (w *Web) logf(level host.Level, format string, args ...any) {
	w.env.Host.Log("", level, fmt.Sprintf(format, args...))
}
