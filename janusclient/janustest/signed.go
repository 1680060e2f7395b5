// SPDX-License-Identifier: MPL-2.0

package janustest

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// WithTokenSecret makes the server demand signed tokens, as token_auth_secret
// does; rooms with signed_tokens demand one of the realm, which in Janus is the
// plugin's name.
func WithTokenSecret(secret, roomRealm string) Option {
	return func(s *Server) {
		s.tokenSecret, s.roomRealm = secret, roomRealm
		s.checkToken = func(token string) bool { return signedToken(secret, token, "janus", pluginName) }
	}
}

// signedToken is janus_auth_check_signature_contains.
func signedToken(secret, token, realm, value string) bool {
	data, _, found := strings.Cut(token, ":")
	parts := strings.Split(data, ",")
	if !found || len(parts) < 3 || parts[1] != realm || !slices.Contains(parts[2:], value) {
		return false
	}
	expiry, err := strconv.ParseInt(parts[0], 10, 64)
	return err == nil && time.Now().Unix() <= expiry &&
		janusclient.SignToken(secret, time.Unix(expiry, 0), realm, parts[2:]...) == token
}

// checkSigned is what a room with signed_tokens asks of who joins; as in Janus it
// comes before the PIN.
func (s *Server) checkSigned(in *incoming, r *room) object {
	if !r.signedTokens || s.tokenSecret == "" || signedToken(s.tokenSecret, text(in.body, "token"), s.roomRealm, "room="+r.id.String()) {
		return nil
	}
	return failure(audiobridge.CodeUnauthorized, "Unauthorized (wrong token)")
}

// SignRoom makes a room demand signed tokens.
func (s *Server) SignRoom(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rooms[s.roomID(name)].signedTokens = true
}

// Allowed is a room's list of tokens, and whether it is looked at.
func (s *Server) Allowed(name string) (tokens []string, checked bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.rooms[s.roomID(name)]; r != nil {
		return slices.Clone(r.allowed), r.checkTokens
	}
	return nil, false
}
