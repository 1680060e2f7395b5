// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"sync"
	"time"

	"mod_janus/janusclient"
)

const (
	// requestTokenTTL is the lifetime of the signed token on requests and
	// polls, which is made anew at half of it: a call of any length outlives it.
	requestTokenTTL = 5 * time.Minute
	// coreRealm is what Janus's core wants in a signed token (auth.c).
	coreRealm = "janus"
)

// signer makes the HMAC-signed tokens of a server with hmac-secret (manual:
// "Signed token mode").
type signer struct {
	secret string
	plugin string

	mu    sync.Mutex
	token string
	renew time.Time
}

// request returns the token for a request or poll: fresh, and not signed anew
// each time.
func (s *signer) request() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Now(); now.After(s.renew) {
		s.token = janusclient.SignToken(s.secret, now.Add(requestTokenTTL), coreRealm, s.plugin)
		s.renew = now.Add(requestTokenTTL / 2)
	}
	return s.token
}

// room returns a token that admits to one room. The realm is "janus", or for
// an AudioBridge that checks signed tokens itself the plugin's own name:
// Janus's core asks for that on behalf of a plugin (janus_plugin_auth_signature_contains).
func (s *signer) room(room janusclient.ID, ttl time.Duration, realm string) string {
	values := []string{s.plugin, "room=" + room.String()}
	if realm == s.plugin {
		values = values[1:]
	}
	return janusclient.SignToken(s.secret, time.Now().Add(ttl), realm, values...)
}

// tokenRealm is the realm of signed tokens for rooms, and whether no other need
// be tried.
func (s *server) tokenRealm() (realm string, known bool) {
	if realm := s.roomRealm.Load(); realm != nil {
		return *realm, true
	}
	return coreRealm, s.signer == nil
}
