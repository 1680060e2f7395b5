// SPDX-License-Identifier: MPL-2.0

package server

import (
	"sync"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/janusclient"
)

const (
	// coreRealm is what Janus's core wants in a signed token (auth.c).
	coreRealm = "janus"
)

// Tokens are the HMAC-signed tokens of a server with hmac-secret (manual: "Signed token mode").
type Tokens struct {
	secret string
	plugin string
	realms roomRealms // as found out

	mu    sync.Mutex
	token string
	renew time.Time
}

// request returns the token for a request or poll: fresh, and not signed anew
// each time.
func (s *Tokens) request() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Now(); now.After(s.renew) {
		s.token = janusclient.SignToken(s.secret, now.Add(config.RequestTokenTTL), coreRealm, s.plugin)
		s.renew = now.Add(config.RequestTokenTTL / 2)
	}
	return s.token
}

// ForRoom returns a token that admits to one room, with further values in it. The
// realm is the plugin's own name, for an AudioBridge that checks signed tokens:
// Janus's core asks for that on behalf of a plugin
// (janus_plugin_auth_signature_contains). The C module signs with "janus".
func (s *Tokens) ForRoom(room janusclient.ID, ttl time.Duration, realm string, more ...string) string {
	values := append([]string{s.plugin, "room=" + room.String()}, more...)
	if realm == s.plugin {
		values = values[1:]
	}
	return janusclient.SignToken(s.secret, time.Now().Add(ttl), realm, values...)
}

// Realms are the realms in the order in which they are tried for a room.
func (s *Tokens) Realms(room string) []string { return s.realms.order(room, s.plugin) }

// Proven takes note that a room takes this realm, and has refused the other one.
func (s *Tokens) Proven(room, realm string) { s.realms.proven(room, realm) }

// roomRealms remembers, for a server with signed tokens, which rooms take the
// core's realm in a token for a room and not the plugin's. A room that takes a
// token has proven nothing by that, since most rooms look at none; one that takes
// the second of two has.
type roomRealms struct {
	mu   sync.Mutex
	core map[string]bool // by the room's id
}

// manyRooms bounds what is remembered of rooms.
const manyRooms = 4096

// order is the realms in the order in which they are tried for a room.
func (r *roomRealms) order(room, plugin string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.core[room] {
		return []string{coreRealm, plugin}
	}
	return []string{plugin, coreRealm}
}

// proven: the room takes this realm, and has refused the other one.
func (r *roomRealms) proven(room, realm string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if realm != coreRealm {
		delete(r.core, room)
		return
	}
	if r.core == nil || len(r.core) >= manyRooms {
		r.core = make(map[string]bool)
	}
	r.core[room] = true
}
