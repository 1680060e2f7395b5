// SPDX-License-Identifier: MPL-2.0

package config

import (
	"strings"
	"time"
)

// serverParams sets each param of a <server> from its value. A setter that
// fails leaves the default as it is. Errors quote the value except where it
// may hold a secret.
var serverParams = map[string]func(*ServerConfig, string) error{
	"url":         func(s *ServerConfig, v string) error { return setURL(&s.URL, v, "http", "https", "ws", "wss") },
	"secret":      func(s *ServerConfig, v string) error { s.Secret = v; return nil },
	"auth-token":  func(s *ServerConfig, v string) error { s.AuthToken = v; return nil },
	"hmac-secret": func(s *ServerConfig, v string) error { s.HMACSecret = v; return nil },
	"plugin":      setPlugin,
	"enabled":     func(s *ServerConfig, v string) error { return setBool(&s.Enabled, v) },
	"rtp-ip":      addRTPIP,
	"ext-rtp-ip":  func(s *ServerConfig, v string) error { return setAddressRule(&s.ExtRTPIP, v, CheckExtRTPIP) },
	"apply-candidate-acl": func(s *ServerConfig, v string) error {
		switch v = strings.TrimSpace(v); {
		case strings.EqualFold(v, "none"):
			s.CandidateACLs = nil
		case v != "":
			s.CandidateACLs = append(s.CandidateACLs, v)
		}
		return nil
	},
	"local-network-acl": func(s *ServerConfig, v string) error { s.LocalNetworkACL = strings.TrimSpace(v); return nil },
	"codec-string":      SetCodecs,
	"string-ids":        setStringIDs,
	"rtp-port-range":    setPortRange,
	"stun-server":       func(s *ServerConfig, v string) error { return setICEServer(&s.STUNServer, v, "stun") },
	"turn-server":       func(s *ServerConfig, v string) error { return setICEServer(&s.TURNServer, v, "turn", "turns") },
	"turn-username":     func(s *ServerConfig, v string) error { s.TURNUsername = v; return nil },
	"turn-password":     func(s *ServerConfig, v string) error { s.TURNPassword = v; return nil },
	"admin-url":         func(s *ServerConfig, v string) error { return setURL(&s.AdminURL, v, "http", "https", "ws", "wss") },
	"admin-secret":      func(s *ServerConfig, v string) error { s.AdminSecret = v; return nil },
	"admin-key":         func(s *ServerConfig, v string) error { s.AdminKey = v; return nil },
	"cmd-timeout":       func(s *ServerConfig, v string) error { return setDuration(&s.CmdTimeout, v, time.Millisecond) },
	"send-timeout":      func(s *ServerConfig, v string) error { return setDuration(&s.SendTimeout, v, time.Millisecond) },
	"ping-interval":     func(s *ServerConfig, v string) error { return setDuration(&s.PingInterval, v, time.Second) },
	"max-message-size":  func(s *ServerConfig, v string) error { return setBytes(&s.MaxMessageSize, v) },
	"tls-verify":        func(s *ServerConfig, v string) error { return setBool(&s.TLSVerify, v) },
	"tls-ca-file":       func(s *ServerConfig, v string) error { s.TLSCAFile = strings.TrimSpace(v); return nil },
	"tls-cert-file":     func(s *ServerConfig, v string) error { s.TLSCertFile = strings.TrimSpace(v); return nil },
	"tls-key-file":      func(s *ServerConfig, v string) error { s.TLSKeyFile = strings.TrimSpace(v); return nil },

	"max-message-chunks": setChunks,
	"participant-events": func(s *ServerConfig, v string) error {
		wanted := true
		err := setBool(&wanted, v)
		s.QuietRooms = !wanted
		return err
	},
	"raw-events": func(s *ServerConfig, v string) error { return setBool(&s.RawEvents, v) },
}
