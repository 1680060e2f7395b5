// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/hashicorp/go-hclog"
)

// Config tells how to reach one Janus. Only URL is required.
type Config struct {
	// URL is the root of the REST API, http://host:8088/janus, or that of the
	// WebSocket one, ws://host:8188/; https and wss for TLS. User-info in it
	// is sent as basic authentication (RFC 7617), and never logged. A query is
	// kept in all requests. The proxies of the environment are used, as libcurl
	// does.
	URL string
	// Fallbacks are more such URLs, of either API: other addresses of the same
	// Janus, or of one that stands in for it (Janus's own JavaScript client takes an
	// array of servers in this sense). A session is made at the first one that
	// answers; those that have failed within the last minute come last. When the
	// address of a session fails, the session goes on by another one that knows it;
	// where those that answer are of another Janus, and FallbackAfter has passed, it
	// is lost ([ErrSessionLost]).
	Fallbacks []string
	// FallbackAfter is how long the address of a session may be out of reach before
	// another Janus is taken; 5 s.
	FallbackAfter time.Duration
	// UserAgent is what HTTP requests say of the program; "janusclient".
	UserAgent string
	// Secret is the API secret ("apisecret"), Token a stored token. TokenFunc,
	// if set, wins over Token: it is called for every request and poll, from
	// any goroutine, so that HMAC-signed tokens are always fresh (manual:
	// "Authenticating the Janus API").
	Secret    string
	Token     string
	TokenFunc func() string
	// AdminSecret is sent as "admin_secret": the Admin API's, for package admin.
	AdminSecret string

	CmdTimeout     time.Duration // longest wait for the answer to a request; 5 s
	PollTimeout    time.Duration // longest wait for a long poll, which Janus answers after 30 s; 45 s
	SendTimeout    time.Duration // longest blocking write on a WebSocket before it is closed; 1 s
	PingInterval   time.Duration // between keepalives of a session on a WebSocket; 5 s
	MaxMessageSize int64         // bytes of a message; a larger one is not kept, and who waits for it gets an error; 1 MiB
	MaxEvents      int           // events per long poll ("maxev"); 10
	Subprotocol    string        // of a WebSocket; "janus-protocol"
	// MaxMessageChunks is how many WebSocket fragments a message may come in
	// before the connection is dropped; 0: as many as MaxMessageSize needs. Janus
	// cuts its messages at 2,800 bytes. A RoundTripper of one's own does not know
	// of it.
	MaxMessageChunks int

	Resolver *net.Resolver // of the names in URLs; nil: Go's default

	TLSConfig *tls.Config // for https and wss; nil: Go's defaults
	// TLSFunc, if set, wins over TLSConfig: it is called for every connection, so
	// that certificates which were renewed on disk are taken up (see [TLSConfig]).
	// What it returned last is used while it fails.
	TLSFunc      func() (*tls.Config, error)
	RoundTripper http.RoundTripper // replaces the client's own HTTP transport, which is tuned for many calls; nil: keep it

	Logger hclog.Logger // nil: silent
	// Debug, if set, is told of every message. Direction is "send" or "recv";
	// message.String returns it as [Mask] does, which takes longer than all else that
	// is done with a message: call it only where the message is shown, and before
	// Debug returns. Debug is called from many goroutines.
	Debug func(direction string, message fmt.Stringer)

	// OnRequest, if set, is told how each request of a session, and each of the client itself, has
	// ended. Long polls are no requests, and neither is what a WebSocket sends to stay alive.
	// OnDropped is told of each event that found the queue of a session full, and OnPanic of each
	// panic in a goroutine of the client's own, which is logged as well. All three are called from
	// many goroutines, perhaps with a lock held: they must not block, nor call the client.
	OnRequest func(Outcome)
	OnDropped func()
	OnPanic   func()
}

// Outcome is how a request has ended.
type Outcome struct {
	Request string        // "attach", or of a message to a plugin the "request" of its body
	Plugin  bool          // it was a message to a plugin
	Took    time.Duration // until the first answer that is no ack, or until no more was waited for
	Err     error         // nil where Janus did what it was asked for
}

// ended tells OnRequest, if set, of a request.
func (c *Config) ended(request string, plugin bool, began time.Time, err error) {
	if c.OnRequest != nil {
		c.OnRequest(Outcome{Request: request, Plugin: plugin, Took: time.Since(began), Err: err})
	}
}

// debug tells Debug, if set, of a message.
func (c *Config) debug(direction string, message []byte) {
	if c.Debug != nil {
		c.Debug(direction, maskable(message))
	}
}

func (c Config) withDefaults() Config {
	if c.CmdTimeout <= 0 {
		c.CmdTimeout = 5 * time.Second
	}
	if c.PollTimeout <= 0 {
		c.PollTimeout = 45 * time.Second
	}
	if c.SendTimeout <= 0 {
		c.SendTimeout = time.Second
	}
	if c.PingInterval <= 0 {
		c.PingInterval = 5 * time.Second
	}
	if c.MaxMessageSize <= 0 {
		c.MaxMessageSize = 1 << 20
	}
	if c.MaxEvents <= 0 {
		c.MaxEvents = 10
	}
	if c.UserAgent == "" {
		c.UserAgent = "janusclient"
	}
	if c.FallbackAfter <= 0 {
		c.FallbackAfter = 5 * time.Second
	}
	if c.Subprotocol == "" {
		c.Subprotocol = subprotocol
	}
	if c.Logger == nil {
		c.Logger = hclog.NewNullLogger()
	}
	return c
}

// token returns the token for the next request.
func (c Config) token() string {
	if c.TokenFunc != nil {
		return c.TokenFunc()
	}
	return c.Token
}

// authorize puts what proves who asks into a request.
func (c Config) authorize(request map[string]any) {
	if c.Secret != "" {
		request["apisecret"] = c.Secret
	}
	if token := c.token(); token != "" {
		request["token"] = token
	}
	if c.AdminSecret != "" {
		request["admin_secret"] = c.AdminSecret
	}
}
