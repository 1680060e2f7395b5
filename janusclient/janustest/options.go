// SPDX-License-Identifier: MPL-2.0

package janustest

import (
	"crypto/tls"
	"time"

	"mod_janus/janusclient"
)

// Option configures a server.
type Option func(*Server)

// WithAPISecret makes the server demand an API secret.
func WithAPISecret(secret string) Option { return func(s *Server) { s.secret = secret } }

// WithTokenCheck makes the server demand a token that check approves.
func WithTokenCheck(check func(token string) bool) Option {
	return func(s *Server) { s.checkToken = check }
}

// WithToken makes the server demand one of the tokens.
func WithToken(tokens ...string) Option {
	return WithTokenCheck(func(token string) bool {
		for _, t := range tokens {
			if t == token {
				return true
			}
		}
		return false
	})
}

// WithStringIDs makes room and participant ids strings, as string_ids = true.
func WithStringIDs() Option { return func(s *Server) { s.stringIDs = true } }

// WithAdminKey makes AudioBridge demand an admin_key for create.
func WithAdminKey(key string) Option { return func(s *Server) { s.adminKey = key } }

// WithAdminSecret makes the Admin API demand an admin_secret.
func WithAdminSecret(secret string) Option { return func(s *Server) { s.adminSecret = secret } }

// WithStoredTokens makes the server demand one of the tokens that the Admin API
// adds, as token_auth = true.
func WithStoredTokens() Option {
	return func(s *Server) {
		s.admin.stored = true
		s.checkToken = func(token string) bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.admin.tokens[token] != nil
		}
	}
}

// WithSessionTimeout ends sessions that are silent for that long; without it
// they last. (A long poll counts as activity when it begins.)
func WithSessionTimeout(d time.Duration) Option { return func(s *Server) { s.sessionTimeout = d } }

// WithPollTimeout answers an idle long poll after d instead of 30 s.
func WithPollTimeout(d time.Duration) Option { return func(s *Server) { s.pollTimeout = d } }

// WithAutoWebRTCUp brings PeerConnections up right after their SDP answer.
func WithAutoWebRTCUp() Option { return func(s *Server) { s.autoUp = true } }

// WithSplitAnswer sends "joined" and the JSEP answer as two events; jsepFirst
// picks the order. Janus itself sends one.
func WithSplitAnswer(jsepFirst bool) Option {
	return func(s *Server) { s.split, s.jsepFirst = true, jsepFirst }
}

// WithRoom makes rooms, named as janusclient.ParseID reads them.
func WithRoom(names ...string) Option {
	return func(s *Server) {
		s.preset = append(s.preset, names...)
	}
}

// roomID turns a name into an id of the kind that this server uses.
func (s *Server) roomID(name string) janusclient.ID {
	id, err := janusclient.ParseID(name)
	if err != nil {
		panic("janustest: " + err.Error())
	}
	if s.stringIDs {
		return id.AsString()
	}
	return id
}

// WithWebSocket makes URL that of the WebSocket API; both are served in any case.
func WithWebSocket() Option { return func(s *Server) { s.webSocket = true } }

// WithSubprotocol negotiates another WebSocket subprotocol than Janus's, or with
// "" none.
func WithSubprotocol(name string) Option { return func(s *Server) { s.subprotocol = name } }

// WithReclaim keeps the sessions of a WebSocket that is gone for that long, as
// reclaim_session_timeout does; without it they end at once.
func WithReclaim(d time.Duration) Option { return func(s *Server) { s.reclaim = d } }

// WithTLS serves https and wss.
func WithTLS(config *tls.Config) Option { return func(s *Server) { s.tls = config } }

// WithIndentedJSON writes JSON as Janus does with json = "indented", which is what
// Debian's configuration says.
func WithIndentedJSON() Option { return func(s *Server) { s.indented = true } }

// WithServerName is server_name of janus.jcfg, which /info tells as server-name;
// without it that is Janus's default.
func WithServerName(name string) Option { return func(s *Server) { s.name = name } }
