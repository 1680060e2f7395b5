// SPDX-License-Identifier: MPL-2.0

package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
)

// route is a handler and who may have it.
type route struct {
	role    Role
	handler http.Handler
}

// ServeHTTP refuses whoever may not have the handler.
func (t route) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	v := visitorOf(r)
	if t.role == Anyone {
		t.handler.ServeHTTP(rw, r)
		return
	}
	if !v.admit(rw, r, t.role) {
		return
	}
	if v.web.stopping.Load() && r.Method != http.MethodGet && r.Method != http.MethodHead {
		refuse(rw, http.StatusServiceUnavailable, unloading)
		return
	}
	t.handler.ServeHTTP(rw, r)
}

// visitor is who has sent a request.
type visitor struct {
	web    *Web
	access *access
	addr   netip.Addr
	name   string // once admitted
	role   Role
}

type visitorKey struct{}

func visitorOf(r *http.Request) *visitor {
	v, _ := r.Context().Value(visitorKey{}).(*visitor)
	return v
}

// headers are those of every answer: a page of ours runs nothing that is not ours, is shown in no
// frame, and no answer is kept.
var headers = map[string]string{
	"Content-Security-Policy":      "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
	"X-Content-Type-Options":       "nosniff",
	"Referrer-Policy":              "no-referrer",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Permissions-Policy":           "microphone=(self), camera=(), geolocation=()",
	"Cache-Control":                "no-store",
}

// origins refuses what a page of somebody else's has a browser send: see Sec-Fetch-Site and Origin.
var origins = http.NewCrossOriginProtection()

// serve is the handler of a port.
func (w *Web) serve(l *listener, rw http.ResponseWriter, r *http.Request) {
	for name, value := range headers {
		rw.Header().Set(name, value)
	}
	rules := l.access.Load()
	remote, _ := netip.ParseAddrPort(r.RemoteAddr)
	v := &visitor{web: w, access: rules, addr: remote.Addr()}
	switch {
	case r.ContentLength > mostBody:
		rw.Header().Set("Connection", "close")
		refuse(rw, http.StatusRequestEntityTooLarge, fmt.Sprintf("the body has %d bytes, want at most %d", r.ContentLength, mostBody))
		return
	case !rules.named(r.Host):
		refuse(rw, http.StatusForbidden, fmt.Sprintf("this is no page of %q: without http-users only localhost, 127.0.0.1 and [::1] are; "+
			"a reverse proxy has to send one of these in Host", r.Host))
		return
	}
	if err := origins.Check(r); err != nil {
		refuse(rw, http.StatusForbidden, "the request comes from a page of another origin")
		return
	}
	r.Body = http.MaxBytesReader(rw, r.Body, mostBody)
	r = r.WithContext(context.WithValue(r.Context(), visitorKey{}, v))
	if !w.env.Work.Guard("a request for "+r.URL.Path, func() { w.mux.ServeHTTP(rw, r) }) {
		rw.WriteHeader(http.StatusInternalServerError) // nothing changes where it has begun to answer
	}
}

// named tells whether a request may name this host. A page of somebody else's whose name leads to
// this machine (DNS rebinding) names another one, and no password would stop that page.
func (a *access) named(name string) bool {
	if a.users != nil || a.tls != nil {
		return true
	}
	if bare, _, err := net.SplitHostPort(name); err == nil {
		name = bare
	}
	addr, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return strings.EqualFold(name, "localhost") || name == "" || err == nil && addr.Unmap().IsLoopback()
}

// admit finds out who has sent a request, and answers a request of who may not send it.
func (v *visitor) admit(rw http.ResponseWriter, r *http.Request, wanted Role) bool {
	switch name, password, given := r.BasicAuth(); {
	case v.access.users == nil:
		v.name, v.role = v.unnamed(r), Operate
	case !given:
		askPassword(rw, "a name and a password are wanted")
		return false
	case !v.prove(rw, r, name, password):
		return false
	}
	if v.role < wanted {
		refuse(rw, http.StatusForbidden, fmt.Sprintf("user %q has the role %s, want %s", v.name, v.role, wanted))
		return false
	}
	return true
}

// unnamed is how a visitor without a password is called: as the client certificate says, as a
// reverse proxy on this machine says, or by the address.
func (v *visitor) unnamed(r *http.Request) string {
	if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
		if name := r.TLS.PeerCertificates[0].Subject.CommonName; fitName(name) {
			return name
		}
	}
	if name := r.Header.Get("X-Forwarded-User"); fitName(name) && v.addr.Unmap().IsLoopback() {
		return name
	}
	return v.addr.Unmap().String()
}

func fitName(name string) bool {
	return name != "" && len(name) <= longestName && config.CheckText(name) == nil
}

// prove checks a name and a password, and answers where they are wrong.
func (v *visitor) prove(rw http.ResponseWriter, r *http.Request, name, password string) bool {
	if wait := v.web.tries.wait(v.addr, time.Now()); wait > 0 {
		tooMany(rw, wait)
		return false
	}
	if !v.access.known.right(name, password) && !v.check(rw, r, name, password) {
		return false
	}
	v.name, v.role = name, v.access.users[name].role
	return true
}

// check asks bcrypt, for one request at a time: a flood of passwords costs one core at most, and
// no address gets around its limit by trying many at once.
func (v *visitor) check(rw http.ResponseWriter, r *http.Request, name, password string) bool {
	select {
	case v.web.checking <- struct{}{}:
		defer func() { <-v.web.checking }()
	case <-r.Context().Done():
		return false
	}
	now := time.Now()
	if wait := v.web.tries.wait(v.addr, now); wait > 0 {
		tooMany(rw, wait)
		return false
	}
	if v.access.known.right(name, password) || v.access.check(name, password) == nil {
		return true
	}
	if v.web.tries.failed(v.addr, now) {
		v.web.logf(host.LevelWarning, "HTTP: %d wrong passwords from %s: no more for %s", mostTries, v.addr, triesFor)
	}
	askPassword(rw, errPassword.Error())
	return false
}

func askPassword(rw http.ResponseWriter, why string) {
	rw.Header().Set("WWW-Authenticate", `Basic realm="mod_janus", charset="UTF-8"`)
	refuse(rw, http.StatusUnauthorized, why)
}

func tooMany(rw http.ResponseWriter, wait time.Duration) {
	seconds := int(wait/time.Second) + 1
	rw.Header().Set("Retry-After", strconv.Itoa(seconds))
	refuse(rw, http.StatusTooManyRequests, fmt.Sprintf("too many wrong passwords from this address: try again in %d s", seconds))
}

// refuse answers with what is wrong.
func refuse(rw http.ResponseWriter, status int, why string) {
	answer(rw, status, struct {
		Error string `json:"error"`
	}{why})
}

// answer writes JSON.
func answer(rw http.ResponseWriter, status int, what any) {
	rw.Header().Set("Content-Type", "application/json")
	rw.WriteHeader(status)
	_ = json.NewEncoder(rw).Encode(what) // whoever has gone hears nothing
}
