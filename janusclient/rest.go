// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// rest carries messages over plain HTTP (manual: "Plain HTTP REST Interface").
type rest struct {
	cfg  Config
	root *url.URL // without user-info
	user *url.Userinfo
	http *http.Client
	// connection numbers the messages, as that of a WebSocket does; 0 unless there
	// are several addresses
	connection atomic.Uint64
}

// newTransport picks the transport by the scheme of the URL. made counts the
// connections of all transports of a client.
func newTransport(cfg Config, made *atomic.Uint64) (transport, error) {
	const right = "; right is http://HOST:8088/janus, https://HOST:8089/janus, ws://HOST:8188/ or wss://HOST:8989/"
	u, err := url.Parse(cfg.URL)
	if err != nil {
		// url.Parse quotes the whole URL in its error: keep only the reason.
		var parse *url.Error
		if errors.As(err, &parse) {
			err = parse.Err
		}
		return nil, fmt.Errorf("janus: URL does not parse: %w"+right, err)
	}
	switch u.Scheme {
	case "http", "https", "ws", "wss":
	case "janusws", "januswss": // so OpenSIPS writes them
		u.Scheme = u.Scheme[len("janus"):]
	case "":
		return nil, errors.New("janus: URL has no scheme" + right)
	default:
		return nil, fmt.Errorf("janus: URL scheme %q is not http, https, ws or wss"+right, u.Scheme)
	}
	if u.Hostname() == "" {
		return nil, errors.New("janus: URL names no host" + right)
	}
	if u.Fragment != "" {
		return nil, errors.New("janus: URL must have no #" + right)
	}
	client := &http.Client{
		Transport: cfg.RoundTripper,
		// A redirect would carry secrets to a place nobody configured.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	if cfg.RoundTripper == nil {
		own, err := newHTTPTransport(cfg, u)
		if err != nil {
			return nil, fmt.Errorf("janus: %w", err)
		}
		client.Transport = own
	}
	if u.Scheme == "ws" || u.Scheme == "wss" {
		return newWebSocket(cfg, u, client, made), nil
	}
	root := *u
	root.User = nil
	root.Path = strings.TrimRight(root.Path, "/")
	return &rest{cfg: cfg, user: u.User, root: &root, http: client}, nil
}

// newHTTPTransport keeps enough idle connections for a hundred calls at once.
// HTTP/1.1 only: under HTTP/2 all polls and requests would share, and lose, one
// connection. Idle ones are dropped before Janus's libmicrohttpd does so after
// 120 s, or a request might be written to one that is being closed.
func newHTTPTransport(cfg Config, target *url.URL) (*http.Transport, error) {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	t := &http.Transport{
		DialContext:            (&net.Dialer{Timeout: cfg.CmdTimeout, KeepAlive: 15 * time.Second, Resolver: cfg.Resolver}).DialContext,
		MaxIdleConnsPerHost:    256,
		IdleConnTimeout:        60 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true,
		Protocols:              protocols,
	}
	if err := proxied(t, target, cfg); err != nil {
		return nil, err
	}
	secured(t, cfg)
	if (target.Scheme == "ws" || target.Scheme == "wss") && cfg.MaxMessageChunks > 0 {
		limitChunks(t, cfg.MaxMessageChunks)
	}
	return t, nil
}

func (t *rest) close() { t.http.CloseIdleConnections() }

// endpoint is the URL of a server, session or handle.
func (t *rest) endpoint(to address) *url.URL {
	u := *t.root
	if to.session != 0 {
		u.Path += "/" + strconv.FormatUint(to.session, 10)
	}
	if to.handle != 0 {
		u.Path += "/" + strconv.FormatUint(to.handle, 10)
	}
	return &u
}

// send implements transport.
func (t *rest) send(ctx context.Context, to address, request map[string]any) (*message, error) {
	return t.roundTrip(ctx, to, request)
}

// roundTrip implements transport.
func (t *rest) roundTrip(ctx context.Context, to address, request map[string]any) (*message, error) {
	name, _ := request["janus"].(string)
	transaction, _ := request["transaction"].(string)
	method, target := http.MethodPost, t.endpoint(to)
	var body []byte
	if name == "info" {
		method, transaction = http.MethodGet, "" // which a GET has no place for
		target.Path += "/info"
	} else {
		var err error
		t.cfg.authorize(request)
		if body, err = json.Marshal(request); err != nil {
			return nil, fmt.Errorf("janus: %s cannot be written as JSON: %w", name, err)
		}
		t.cfg.debug("send", body)
	}
	began := time.Now()
	response, err := t.open(ctx, name, method, target, body)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	raw, err := t.whole(name, target, response)
	if err != nil {
		return nil, err
	}
	m, err := parseMessage(raw)
	if err != nil {
		return nil, t.fault(name, target, strange(raw), err)
	}
	m.took, m.connection = time.Since(began), t.connection.Load()
	if fault := strayed(m, transaction, to); fault != "" {
		return nil, t.fault(name, target, fault, nil)
	}
	return m, nil
}

// strayed says what is wrong with an answer that belongs to another request.
func strayed(m *message, transaction string, to address) (fault string) {
	if transaction != "" && m.Transaction != transaction {
		// An error about a request that Janus could not read has none.
		if m.Janus != "error" || m.Transaction != "" {
			return "the answer to another transaction"
		}
	}
	if m.SessionID != 0 && uint64(m.SessionID) != to.session {
		return "the answer to another session"
	}
	return ""
}

// open makes a request and returns its answer, the body unread.
func (t *rest) open(ctx context.Context, name, method string, target *url.URL, body []byte) (*http.Response, error) {
	var sent atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }})
	request, err := http.NewRequestWithContext(traced, method, target.String(), bytes.NewReader(body))
	if err != nil {
		return nil, t.fault(name, target, "the request cannot be made", plain(err))
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", t.cfg.UserAgent)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if t.user != nil {
		password, _ := t.user.Password()
		request.SetBasicAuth(t.user.Username(), password)
	}
	response, err := t.http.Do(request)
	if err != nil {
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			// Connections that wait to be used again may be as dead as this one,
			// behind a firewall that has forgotten them, say.
			t.http.CloseIdleConnections()
		}
		fault := t.fault(name, target, "no answer", plain(err))
		fault.once, fault.sent = true, sent.Load()
		return nil, fault
	}
	return response, nil
}

// whole reads the body of an answer: that of a 200, in bounds.
func (t *rest) whole(name string, target *url.URL, response *http.Response) ([]byte, error) {
	in := &intake{limit: t.cfg.MaxMessageSize}
	if response.ContentLength > in.limit {
		return nil, t.fault(name, target, tooLarge(response.ContentLength, in.limit), nil)
	}
	_, err := io.Copy(in, response.Body)
	switch {
	case in.over() && err == nil:
		return nil, t.fault(name, target, tooLarge(in.size, in.limit), nil)
	case err != nil:
		return nil, t.cut(name, target, response, in.size, err)
	}
	t.cfg.debug("recv", in.kept)
	if response.StatusCode != http.StatusOK {
		return nil, t.badStatus(name, target, response.StatusCode, in.kept)
	}
	return in.kept, nil
}

// cut is an answer of which only the beginning came.
func (t *rest) cut(name string, target *url.URL, response *http.Response, size int64, err error) error {
	fault := t.fault(name, target, fmt.Sprintf("an answer cut after %d bytes", size), plain(err))
	fault.Status, fault.once, fault.sent = response.StatusCode, true, true
	return fault
}

// badStatus turns any status but 200 into an error: Janus's own, if the body
// holds one.
func (t *rest) badStatus(name string, target *url.URL, status int, raw []byte) error {
	if m, err := parseMessage(raw); err == nil {
		if refusal := m.refusal(name); refusal != nil {
			return refusal
		}
	}
	what := fmt.Sprintf("HTTP status %d %s", status, http.StatusText(status))
	switch {
	case status >= 300 && status < 400:
		what += ", and redirects are not followed"
	case status == http.StatusNotFound && target.Path == t.root.Path:
		what += ", is the path of the URL right (base_path of Janus)?"
	}
	fault := t.fault(name, target, what, nil)
	fault.Status, fault.sent = status, true
	fault.once = status >= 500
	return fault
}

func (t *rest) fault(name string, target *url.URL, what string, err error) *TransportError {
	shown := *target
	shown.RawQuery = ""
	return &TransportError{Request: name, URL: shown.String(), What: what, Err: err}
}

// plain strips what net/http wraps around an error: the URL, whose query holds
// the secret of a poll.
func plain(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// strange names what came instead of a message.
func strange(raw []byte) string {
	text := bytes.TrimSpace(raw)
	switch {
	case len(text) == 0:
		return "an empty answer"
	case text[0] == '<':
		return "HTML instead of JSON"
	default:
		return "an answer that is not a Janus message"
	}
}
