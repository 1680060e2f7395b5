// SPDX-License-Identifier: MPL-2.0

package admin

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/hashicorp/go-hclog"

	"mod_janus/janusclient"
)

// Subprotocol is that of the Admin API on a WebSocket.
const Subprotocol = "janus-admin-protocol"

// DefaultMessageSize bounds an answer: list_sessions of a busy Janus takes 17
// bytes for each session, handle_info some 10 KB.
const DefaultMessageSize = 8 << 20

// Config tells how to reach the Admin API of one Janus. Only URL is required.
type Config struct {
	// URL is the root of the Admin API: http://host:7088/admin, or
	// ws://host:7188/; https and wss for TLS. User-info in it is sent as basic
	// authentication (RFC 7617), and never logged.
	URL       string
	UserAgent string // what HTTP requests say of the program; "janusclient"
	Secret    string // admin_secret of janus.jcfg

	CmdTimeout     time.Duration // longest wait for an answer; 5 s
	SendTimeout    time.Duration // longest blocking write on a WebSocket before it is closed; 1 s
	MaxMessageSize int64         // bytes; a larger answer is an error; 8 MiB

	TLSConfig    *tls.Config       // for https and wss; nil: Go's defaults
	RoundTripper http.RoundTripper // replaces the client's own HTTP transport; nil: keep it

	Logger hclog.Logger // nil: silent
	// Debug, if set, is told of every message, as janusclient's Config.Debug is.
	Debug func(direction string, message fmt.Stringer)
}

// Client speaks the Admin API of one Janus. Its methods may be called from any
// goroutine. It connects when first used; a WebSocket that is not used for 30 s
// is closed, and made again when needed.
type Client struct{ client *janusclient.Client }

// New checks the configuration; it does not connect.
func New(cfg Config) (*Client, error) {
	if cfg.MaxMessageSize <= 0 {
		cfg.MaxMessageSize = DefaultMessageSize
	}
	client, err := janusclient.New(janusclient.Config{
		URL: cfg.URL, UserAgent: cfg.UserAgent, AdminSecret: cfg.Secret, Subprotocol: Subprotocol,
		CmdTimeout: cfg.CmdTimeout, SendTimeout: cfg.SendTimeout, MaxMessageSize: cfg.MaxMessageSize,
		TLSConfig: cfg.TLSConfig, RoundTripper: cfg.RoundTripper, Logger: cfg.Logger, Debug: cfg.Debug,
	})
	if err != nil {
		return nil, fmt.Errorf("admin: %w", err)
	}
	return &Client{client: client}, nil
}

// Close ends every request and connection of the client, and waits for that.
func (c *Client) Close() { c.client.Close() }

// Do makes any request of the Admin API and returns Janus's answer as it came:
// the way to those that a later Janus has. The admin secret is added.
func (c *Client) Do(ctx context.Context, r janusclient.Request) (json.RawMessage, error) {
	return c.client.Do(ctx, r)
}

// fields are the members of a request.
type fields = map[string]any

// ask makes a request that may be repeated, and reads the answer; answer may be
// nil.
func (c *Client) ask(ctx context.Context, name string, to Handle, members fields, answer any) error {
	return c.request(ctx, janusclient.Request{Name: name, Session: to.Session, Handle: to.ID, Fields: members, Repeatable: true}, answer)
}

// do makes a request that must not be repeated, and reads the answer.
func (c *Client) do(ctx context.Context, name string, to Handle, members fields, answer any) error {
	return c.request(ctx, janusclient.Request{Name: name, Session: to.Session, Handle: to.ID, Fields: members}, answer)
}

func (c *Client) request(ctx context.Context, r janusclient.Request, answer any) error {
	raw, err := c.client.Do(ctx, r)
	if err != nil || answer == nil {
		return err
	}
	if err := json.Unmarshal(raw, answer); err != nil {
		return fmt.Errorf("admin: answer to %s: %w", r.Name, err)
	}
	return nil
}

// whole is the server, as the addressee of a request.
var whole = Handle{}

// Handle names one attachment to a plugin, in its session.
type Handle struct {
	Session uint64 // 0 with an ID of 0: the server
	ID      uint64 // 0: the session
}

// String is "session/handle", as in the URLs of the API.
func (h Handle) String() string { return fmt.Sprintf("%d/%d", h.Session, h.ID) }
