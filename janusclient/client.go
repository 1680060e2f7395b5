// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	mathrand "math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// Client stands for one Janus server. Its methods may be called from any
// goroutine. It connects when first used.
type Client struct {
	cfg    Config
	link   transport
	ctx    context.Context // ends at Close
	cancel context.CancelCauseFunc
	rtt    atomic.Int64 // ns, of the latest request that Janus answers by itself

	mu     sync.Mutex // orders Close against new sessions
	closed bool
	work   sync.WaitGroup // the goroutines of all sessions
}

// New checks the configuration; it does not connect. An error says what is
// wrong with the URL and what would be right.
func New(cfg Config) (*Client, error) {
	cfg = cfg.withDefaults()
	link, err := newLink(cfg)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	return &Client{cfg: cfg, link: link, ctx: ctx, cancel: cancel}, nil
}

// Close ends every request, poll and goroutine of the client and waits for
// them. It does not tell Janus: sessions not destroyed before are removed by
// Janus's own session timeout. It must not be called from a callback.
func (c *Client) Close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.cancel(ErrClosed)
	c.work.Wait()
	c.link.close()
}

// DefaultServerName is the server-name of a Janus whose server_name is not configured.
const DefaultServerName = "MyJanusInstance"

// Info is what Janus says of itself.
type Info struct {
	Name           string `json:"name"`
	Version        int    `json:"version"`
	VersionString  string `json:"version_string"`
	SessionTimeout int    `json:"session-timeout"` // seconds; 0 is never
	APISecret      Flag   `json:"api_secret"`      // one is required
	AuthToken      Flag   `json:"auth_token"`      // one is required
	IPv6           Flag   `json:"ipv6"`
	FullTrickle    Flag   `json:"full-trickle"`
	// ServerName is server_name of janus.jcfg, by which clusters tell their members
	// apart; DefaultServerName where it is not configured.
	ServerName string `json:"server-name"`
	// AcceptingNewSessions is false while the Admin API drains this Janus; a Janus
	// before 0.6.1, which does not tell, refuses no session.
	AcceptingNewSessions Flag                  `json:"accepting-new-sessions"`
	Transports           map[string]PluginInfo `json:"transports"`
	Plugins              map[string]PluginInfo `json:"plugins"`
}

// PluginInfo describes a plugin or a transport of Janus.
type PluginInfo struct {
	Name          string `json:"name"`
	VersionString string `json:"version_string"`
	Version       int    `json:"version"`
}

// Info asks Janus about itself; it needs neither session nor secret (manual:
// "Getting info about the Janus instance").
func (c *Client) Info(ctx context.Context) (*Info, error) {
	m, _, err := c.ask(ctx, address{}, "info", nil)
	if err != nil {
		return nil, err
	}
	info := &Info{}
	if err := json.Unmarshal(m.raw, info); err != nil {
		return nil, fmt.Errorf("janus: info: %w", err)
	}
	return info, nil
}

// Create makes a session and begins to listen to it.
func (c *Client) Create(ctx context.Context, options SessionOptions) (*Session, error) {
	var id uint64
	err := c.inTurn(ctx, func(link transport) (uint64, error) {
		m, _, err := c.askBy(ctx, link, address{}, "create", nil)
		if err != nil {
			return 0, err
		}
		if m.Data == nil || m.Data.ID == 0 {
			return 0, errors.New("janus: create: the answer holds no session id")
		}
		id = uint64(m.Data.ID)
		return id, nil
	})
	if err != nil {
		return nil, err
	}
	return c.open(id, options)
}

// Claim takes over a session that another client made, or this one before it
// lost its way. Its handles are reached with [Session.Adopt]. To regain a
// session that this client still holds, use [Session.Claim].
func (c *Client) Claim(ctx context.Context, id uint64, options SessionOptions) (*Session, error) {
	err := c.inTurn(ctx, func(link transport) (uint64, error) {
		_, _, err := c.askBy(ctx, link, address{session: id}, "claim", nil)
		return id, err
	})
	if err != nil {
		return nil, err
	}
	return c.open(id, options)
}

// start runs work as a goroutine that Close waits for; false if it is closed.
func (c *Client) start(work ...func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	for _, f := range work {
		c.work.Go(f)
	}
	return true
}

// limit bounds a request by CmdTimeout and by the life of the client.
func (c *Client) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	return joinContext(ctx, c.ctx, c.cfg.CmdTimeout)
}

// joinContext ends when ctx or owner does, with the cause of either, or with
// ErrTimeout after limit.
func joinContext(ctx, owner context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	joined, cancel := context.WithCancelCause(ctx)
	if owner.Err() != nil {
		cancel(context.Cause(owner)) // AfterFunc would do it a moment too late
	}
	stop := context.AfterFunc(owner, func() { cancel(context.Cause(owner)) })
	timed, done := context.WithTimeoutCause(joined, limit, ErrTimeout)
	return timed, func() { done(); stop(); cancel(context.Canceled) }
}

// ask sends a request that may be repeated without harm, and does so once if the
// first try fails in passing. It counts the tries that Janus may have acted on
// although no answer to them came.
func (c *Client) ask(ctx context.Context, to address, name string, fields map[string]any) (m *message, unanswered int, err error) {
	return c.askBy(ctx, c.link, to, name, fields)
}

// askBy is ask by one of several addresses.
func (c *Client) askBy(
	ctx context.Context, link transport, to address, name string, fields map[string]any,
) (m *message, unanswered int, err error) {
	ctx, cancel := c.limit(ctx)
	defer cancel()
	began := time.Now()
	defer func() { c.cfg.ended(name, false, began, err) }()
	request := newRequest(name, fields)
	m, err = link.roundTrip(ctx, to, request)
	if passing(err) && pause(ctx, retryPause()) {
		c.cfg.Logger.Debug("janus request failed, trying again", "request", name, "error", err)
		unanswered++
		m, err = link.roundTrip(ctx, to, request)
	}
	if err != nil {
		var refusal *Error
		if !errors.As(err, &refusal) {
			unanswered++
		}
		return nil, unanswered, c.fail(ctx, name, err)
	}
	if to.session != 0 { // the first request of all may have waited for a connection
		c.rtt.Store(int64(m.took))
	}
	if err := m.refusal(name); err != nil {
		return nil, unanswered, err
	}
	return m, unanswered, nil
}

// fail prefers to say that time is up, if it is, over what broke because of it.
func (c *Client) fail(ctx context.Context, name string, err error) error {
	if ctx.Err() != nil {
		return callError(ctx, name, c.cfg.CmdTimeout)
	}
	return err
}

// newRequest makes a message with a transaction of its own.
func newRequest(name string, fields map[string]any) map[string]any {
	request := make(map[string]any, len(fields)+6)
	maps.Copy(request, fields)
	request["janus"], request["transaction"] = name, rand.Text()
	return request
}

// passing reports whether err is a fault that another try may not meet.
func passing(err error) bool {
	var fault *TransportError
	return errors.As(err, &fault) && fault.once
}

// retryPause is 50 to 150 ms, so that many calls do not come back as one.
func retryPause() time.Duration {
	return 50*time.Millisecond + mathrand.N(100*time.Millisecond)
}

// pause waits; false if ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
