// SPDX-License-Identifier: MPL-2.0

package config

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"mod_janus/bridge/host"
	"mod_janus/bridge/media"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/audioroom"
)

// ServerConfig is one <server>.
type ServerConfig struct {
	Name            string
	URL             string   // http, https, ws or wss; may hold a user and a password
	Fallbacks       []string // more such URLs, tried in turn after it
	Secret          string   // Janus API secret
	AuthToken       string   // stored token
	HMACSecret      string   // signs tokens; wins over AuthToken
	Enabled         bool
	Plugin          string   // package name of the plugin with the rooms
	RTPIPs          []string // as written: an address, "auto", "interface:..."; none is auto
	ExtRTPIP        string   // as written: an address, "auto", "auto-nat", "autonat:ADDR", "stun:HOST", "host:NAME"; "" is none
	CandidateACLs   []string
	LocalNetworkACL string
	Codecs          []media.Codec // offered, in order
	StringIDs       IDMode
	PortMin         uint16 // 0: the switch's
	PortMax         uint16
	STUNServer      string // stun:HOST[:PORT]; "" is none
	TURNServer      string // turn:HOST[:PORT][?transport=...] or turns:; "" is none
	TURNUsername    string
	TURNPassword    string
	AdminURL        string // of the Admin API
	AdminSecret     string
	AdminKey        string // AudioBridge's admin_key
	CmdTimeout      time.Duration
	SendTimeout     time.Duration // of a write on a WebSocket
	PingInterval    time.Duration // of the keepalive on a WebSocket
	MaxMessageSize  int64
	MaxChunks       int  // WebSocket fragments of one message; 0: as many as it needs
	RawEvents       bool // fires janus::event for whatever Janus tells
	QuietRooms      bool // fires no janus::participant
	TLSVerify       bool
	TLSCAFile       string // "" is the system's
	TLSCertFile     string // of the client certificate; "" is none
	TLSKeyFile      string
	TLSContents     string  // a digest of what was in these files
	Source          string  // where the server is from, for `janus pool`
	Pool            string  // "" for none, or one that lists the server
	RepeatAtLoss    int     // packets are sent twice where Janus reports so many lost, in percent; 0: never
	Weight          float64 // share of the new rooms of the pool
	MaxParticipants int     // no new rooms from so many on; 0: no limit
	PublicURL       string  // that browsers are told; "" for none
	Identity        string  // the server-name that Janus must have, unless Janus has the default one; "": any
	TLSServerName   string  // that the certificate is for; "": the host of the URL
	Gone            bool    // found once, and not in the DNS any more

	publicPattern string // PublicURL with {name}
}

// IDMode says how room ids are written to Janus.
type IDMode int

// The kinds of ids.
const (
	IDAuto   IDMode = iota // found out, and remembered for the server
	IDString               // always strings: string_ids = true
	IDNumber               // always numbers
)

// DefaultServer is a server with the defaults of all params.
func DefaultServer(name string) ServerConfig {
	return ServerConfig{
		Name:            name,
		LocalNetworkACL: "localnet.auto",
		Plugin:          audiobridge.Plugin,
		Codecs:          []media.Codec{media.Opus},
		CmdTimeout:      5 * time.Second,
		TLSVerify:       true,
		SendTimeout:     time.Second,
		PingInterval:    5 * time.Second,
		MaxMessageSize:  1 << 20,
		RepeatAtLoss:    1,
		Weight:          1,
		Source:          "janus.conf",
	}
}

// parseServer parses the nth <server>; nil when it cannot be used.
func parseServer(x xmlServer, nth int, names map[string]bool) (*ServerConfig, []Problem) {
	refuse := func(format string, args ...any) (*ServerConfig, []Problem) {
		return nil, []Problem{{host.LevelError, fmt.Sprintf(format, args...)}}
	}
	switch {
	case x.Name == "":
		return refuse("server number %d has no name and is ignored: want <server name=\"...\">", nth)
	case !fitsDialString(x.Name):
		return refuse("server %q is ignored: its name would not fit a dial string (no \"/\", \"@\" or space)", x.Name)
	case names[x.Name]:
		return refuse("server %q is configured twice: the second one is ignored", x.Name)
	}
	server := DefaultServer(x.Name)
	var problems []Problem
	for _, p := range x.Params {
		param, known := paramNamed(ServerParams, p.Name)
		if !known {
			problems = append(problems, Warning("server %q: unknown param %q is ignored", x.Name, p.Name))
			continue
		}
		if err := param.set(&server, p.Value); err != nil {
			problems = append(problems, Warning("server %q: param %s: %s; the default stands", x.Name, p.Name, err))
		}
	}
	server.name()
	if server.URL == "" {
		return nil, append(problems, Problem{host.LevelError,
			fmt.Sprintf("server %q is ignored: it has no usable param url (want http://host:port/janus)", x.Name)})
	}
	return &server, append(problems, server.contradictions()...)
}

// contradictions are params that are right by themselves and not together.
func (s *ServerConfig) contradictions() []Problem {
	var problems []Problem
	say := func(format string, args ...any) {
		problems = append(problems, Warning("server %q: "+format, append([]any{s.Name}, args...)...))
	}
	if s.HMACSecret != "" && s.AuthToken != "" {
		say("both hmac-secret and auth-token are set: tokens are signed, auth-token is ignored")
		s.AuthToken = ""
	}
	for _, address := range s.URLs() {
		if !s.TLSVerify && (strings.HasPrefix(address, "https:") || strings.HasPrefix(address, "wss:")) {
			say("tls-verify is false: whoever answers at %s is taken for Janus", Mask(address))
		}
	}
	if (s.TLSCertFile == "") != (s.TLSKeyFile == "") {
		say("tls-cert-file and tls-key-file belong together: the one that is set is ignored")
		s.TLSCertFile, s.TLSKeyFile = "", ""
	}
	if s.AdminURL == "" && s.AdminSecret != "" {
		say("admin-secret has no effect without admin-url")
	}
	if s.Plugin == audioroom.Plugin {
		if s.StringIDs == IDNumber {
			say("string-ids is false: the ids of %s are strings all the same", s.Plugin)
		}
		s.StringIDs = IDString
	}
	if s.TURNServer == "" && (s.TURNUsername != "" || s.TURNPassword != "") {
		say("turn-username and turn-password have no effect without turn-server")
	}
	return problems
}

// PortOverlap tells whether some ports of the server are also in the switch's own range, first to
// last. The switch gives these to its own calls too, and the later of two such calls gets no media.
func (s *ServerConfig) PortOverlap(first, last uint16) (Problem, bool) {
	if s.PortMax == 0 || s.PortMin > last || first > s.PortMax {
		return Problem{}, false
	}
	return Warning("server %q: rtp-port-range %d-%d overlaps the switch's own range %d-%d: its calls will find ports in use; "+
		"right is a range outside that, or none", s.Name, s.PortMin, s.PortMax, first, last), true
}

// URLs are those of the API, in the order in which they are tried.
func (s *ServerConfig) URLs() []string { return append([]string{s.URL}, s.Fallbacks...) }

// At is the configuration of a server that has only one of its URLs.
func (s *ServerConfig) At(address string) *ServerConfig {
	at := *s
	at.URL, at.Fallbacks = address, nil
	return &at
}

// ICEServers are the STUN and TURN servers of a leg.
func (s *ServerConfig) ICEServers() []media.ICEServer {
	var servers []media.ICEServer
	if s.STUNServer != "" {
		servers = append(servers, media.ICEServer{URL: s.STUNServer})
	}
	if s.TURNServer != "" {
		servers = append(servers, media.ICEServer{URL: s.TURNServer, Username: s.TURNUsername, Password: s.TURNPassword})
	}
	return servers
}

// TLSConfig is how https and wss are secured, of Janus's API and its Admin API.
func (s *ServerConfig) TLSConfig() (*tls.Config, error) {
	secured, err := janusclient.TLSConfig(janusclient.TLSOptions{
		SkipVerify: !s.TLSVerify, CAFile: s.TLSCAFile, CertFile: s.TLSCertFile, KeyFile: s.TLSKeyFile,
	})
	if secured != nil && s.TLSServerName != "" {
		secured.ServerName = s.TLSServerName
	}
	return secured, err
}

// Digest tells the TLS files of one time from those of another; what cannot be
// read counts as empty, and tlsConfig says so.
func (s *ServerConfig) Digest() string {
	if s.TLSCAFile == "" && s.TLSCertFile == "" {
		return ""
	}
	sum := sha256.New()
	for _, file := range []string{s.TLSCAFile, s.TLSCertFile, s.TLSKeyFile} {
		if file == "" {
			continue
		}
		text, _ := os.ReadFile(file)
		fmt.Fprintf(sum, "%d:", len(text))
		sum.Write(text)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// Mask leaves the password, and secrets in the query, out of a URL, for log and
// console.
func Mask(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "(not a URL)"
	}
	if u.RawQuery != "" {
		u.RawQuery = janusclient.Mask([]byte(u.RawQuery))
	}
	return u.Redacted()
}
