// SPDX-License-Identifier: MPL-2.0

package config

import (
	"slices"
	"strings"
	"time"
)

// Param is one param of a section of the configuration, which is read into a Section.
type Param[Section any] struct {
	Name    string
	Default string // as the manual says it
	Meaning string // as the manual says it, in Markdown

	// set takes a value. On an error the default stays;
	// errors quote the value except where it may hold a secret.
	set func(*Section, string) error
}

// paramNamed finds a param of a section.
func paramNamed[Section any](params []Param[Section], name string) (param Param[Section], known bool) {
	i := slices.IndexFunc(params, func(p Param[Section]) bool { return p.Name == name })
	if i < 0 {
		return param, false
	}
	return params[i], true
}

// ServerParams are the params of a <server> in the order of the manual.
var ServerParams = []Param[ServerConfig]{
	{"url", "required",
		"`http://`, `https://` (REST, long polling), `ws://` or `wss://` (WebSocket; OpenSIPS's `janusws://` and `januswss://` are understood too). User and password in the URL are used, and masked in every log; a query is kept. May repeat: [several URLs](#several-urls-of-one-server) are tried in turn",
		addURL},
	{"secret", "–",
		"Janus's `api_secret`",
		func(s *ServerConfig, v string) error { s.Secret = v; return nil }},
	{"auth-token", "–",
		"a stored token of Janus's `token_auth`",
		func(s *ServerConfig, v string) error { s.AuthToken = v; return nil }},
	{"hmac-secret", "–",
		"Janus's `token_auth_secret`: tokens are signed with this secret, and made anew before they expire; wins over `auth-token`, with a warning",
		func(s *ServerConfig, v string) error { s.HMACSecret = v; return nil }},
	{"enabled", "false",
		"bring the server into service at load",
		func(s *ServerConfig, v string) error { return setBool(&s.Enabled, v) }},
	{"rtp-ip", "guessed",
		"local media address, or two params, one for IPv4 and one for IPv6: an address, `auto`, `interface:[auto/\\|ipv4/\\|ipv6/]NAME`; `0.0.0.0` is replaced, with a warning",
		addRTPIP},
	{"ext-rtp-ip", "–",
		"address to advertise instead: an address, `auto`, `auto-nat`, `autonat:ADDRESS`, `stun:HOST[:PORT]`, `host:NAME`. `stun:` and `host:` are asked once for all calls and again after a minute; while nobody answers the last address stays",
		func(s *ServerConfig, v string) error { return setAddressRule(&s.ExtRTPIP, v, CheckExtRTPIP) }},
	{"apply-candidate-acl", "–",
		"may repeat; only candidates of Janus that one of these ACLs allows are used",
		func(s *ServerConfig, v string) error {
			switch v = strings.TrimSpace(v); {
			case strings.EqualFold(v, "none"):
				s.CandidateACLs = nil
			case v != "":
				s.CandidateACLs = append(s.CandidateACLs, v)
			}
			return nil
		}},
	{"local-network-acl", "`localnet.auto`",
		"a Janus whose API is in this ACL gets `rtp-ip`, not `ext-rtp-ip`",
		func(s *ServerConfig, v string) error { s.LocalNetworkACL = strings.TrimSpace(v); return nil }},
	{"codec-string", "`opus`",
		"codecs offered, in order: `opus`, `PCMU`, `PCMA`; where FreeSWITCH has no Opus, G.711, with one notice",
		SetCodecs},
	{"repeat-at-loss", "1 %",
		"where Janus reports that so many percent of a call's packets are lost on the way to it, each packet is sent [twice](sound.md#lost-packets), until a minute after the last such report; 0: never",
		func(s *ServerConfig, v string) error { return setPercent(&s.RepeatAtLoss, v) }},
	{"string-ids", "`auto`",
		"room ids are strings at this Janus: `true`, `false`, or `auto`: found out and remembered",
		setStringIDs},
	{"plugin", "`janus.plugin.audiobridge`",
		"or `janus.plugin.cm.audioroom`: rooms come with their first caller and go with the last",
		setPlugin},
	{"rtp-port-range", "ports from the switch's own allocator, as SIP calls have them",
		"`min-max`, outside the switch's `rtp-start-port` to `rtp-end-port`",
		setPortRange},
	{"stun-server", "–",
		"`stun:HOST[:PORT]`",
		func(s *ServerConfig, v string) error { return setICEServer(&s.STUNServer, v, "stun") }},
	{"turn-server", "–",
		"`turn:` or `turns:HOST[:PORT]`, with `?transport=udp\\|tcp`",
		func(s *ServerConfig, v string) error { return setICEServer(&s.TURNServer, v, "turn", "turns") }},
	{"turn-username", "–",
		"account at the TURN server",
		func(s *ServerConfig, v string) error { s.TURNUsername = v; return nil }},
	{"turn-password", "–",
		"… and its password",
		func(s *ServerConfig, v string) error { s.TURNPassword = v; return nil }},
	{"admin-url", "–",
		"URL of [Janus's Admin API](console.md#inside-janus-its-admin-api)",
		func(s *ServerConfig, v string) error { return setURL(&s.AdminURL, v, "http", "https", "ws", "wss") }},
	{"admin-secret", "–",
		"Janus's `admin_secret`",
		func(s *ServerConfig, v string) error { s.AdminSecret = v; return nil }},
	{"admin-key", "–",
		"AudioBridge's `admin_key`, for a Janus that wants this key to create rooms",
		func(s *ServerConfig, v string) error { s.AdminKey = v; return nil }},
	{"cmd-timeout", "5000 ms",
		"longest wait for an answer to a request",
		func(s *ServerConfig, v string) error { return setDuration(&s.CmdTimeout, v, time.Millisecond) }},
	{"send-timeout", "1000 ms",
		"longest blocking write on a WebSocket before the WebSocket is closed",
		func(s *ServerConfig, v string) error { return setDuration(&s.SendTimeout, v, time.Millisecond) }},
	{"max-message-size", "1 MiB",
		"a larger message from Janus is not read: whoever waits for the message gets an error, a log line names its size, and nothing else is lost. Over REST the limit bounds each event, not all that one poll brings. A larger request of `janus send` is refused. Janus 1.1.2, which indents its JSON, takes some 180 bytes for each participant in the answer to a join, and 330 for each room in `janus rooms`",
		func(s *ServerConfig, v string) error { return setBytes(&s.MaxMessageSize, v) }},
	{"max-message-chunks", "as many as `max-message-size` needs",
		"a message from Janus in more WebSocket fragments drops the connection; Janus cuts its messages at 2,800 bytes",
		setChunks},
	{"participant-events", "true",
		"fire `janus::participant`; false: no such event, where rooms hold hundreds and nobody listens",
		func(s *ServerConfig, v string) error {
			wanted := true
			err := setBool(&wanted, v)
			s.QuietRooms = !wanted
			return err
		}},
	{"raw-events", "false",
		"whatever Janus tells of the server's session is an event, [`CUSTOM janus::event`](events.md#raw-events)",
		func(s *ServerConfig, v string) error { return setBool(&s.RawEvents, v) }},
	{"ping-interval", "5 s",
		"keepalive on a WebSocket; over HTTP the long poll is the keepalive",
		func(s *ServerConfig, v string) error { return setDuration(&s.PingInterval, v, time.Second) }},
	{"tls-verify", "true",
		"verify the certificate of `https` and `wss`",
		func(s *ServerConfig, v string) error { return setBool(&s.TLSVerify, v) }},
	{"tls-ca-file", "the system's",
		"… against these CAs; a file that was renewed counts from the next connection on, and `janus reload` makes a new connection",
		func(s *ServerConfig, v string) error { s.TLSCAFile = strings.TrimSpace(v); return nil }},
	{"tls-cert-file", "–",
		"certificate that we show to a Janus that asks for a certificate; renewed files count likewise",
		func(s *ServerConfig, v string) error { s.TLSCertFile = strings.TrimSpace(v); return nil }},
	{"tls-key-file", "–",
		"… and its key",
		func(s *ServerConfig, v string) error { s.TLSKeyFile = strings.TrimSpace(v); return nil }},
	{"pool", "–",
		"the [pool](scale-out.md) that the server is in, where the pool does not list the server; one without a `<pool>` section has the defaults",
		func(s *ServerConfig, v string) error { return setPoolName(&s.Pool, v) }},
	{"weight", "1",
		"the server's share of the new rooms of its pool, 0 to 1000; 0: it gets none, and keeps those that it has",
		func(s *ServerConfig, v string) error { return setWeight(&s.Weight, v) }},
	{"max-participants", "–",
		"from so many participants on the server gets no new rooms of its pool; rooms that it has go on growing",
		func(s *ServerConfig, v string) error { return setCount(&s.MaxParticipants, v) }},
	{"public-url", "–",
		"the URL of this Janus that a browser is told, `wss://…`, by `janus where` and by events; `{name}` in it is the server's name",
		func(s *ServerConfig, v string) error { return setPublicURL(&s.publicPattern, v) }},
}
