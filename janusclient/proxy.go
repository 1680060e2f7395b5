// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/proxy"
)

// dialFunc makes a connection, as http.Transport asks for one.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// environmentProxy is the proxy that the environment names for a URL, nil if none;
// as libcurl reads it: SCHEME_proxy, of which only http_proxy must be in lower
// case, then all_proxy, and none for the hosts of no_proxy. A WebSocket takes the
// proxies of http and https.
func environmentProxy(target *url.URL, environment func(string) string) (*url.URL, error) {
	either := func(name string) string {
		if value := environment(name); value != "" || name == "http_proxy" {
			return value
		}
		return environment(strings.ToUpper(name))
	}
	if bypassed(target.Hostname(), either("no_proxy")) {
		return nil, nil
	}
	names := []string{target.Scheme + "_proxy", "all_proxy"}
	switch target.Scheme {
	case "ws":
		names = slices.Insert(names, 1, "http_proxy")
	case "wss":
		names = slices.Insert(names, 1, "https_proxy")
	}
	for _, name := range names {
		if value := either(name); value != "" {
			return proxyURL(name, value)
		}
	}
	return nil, nil
}

// proxyURL reads the value of a variable. It may hold a password: errors do not
// quote it.
func proxyURL(name, value string) (*url.URL, error) {
	if !strings.Contains(value, "://") {
		value = "http://" + value
	}
	u, err := url.Parse(value)
	if err != nil || u.Hostname() == "" {
		return nil, fmt.Errorf("the environment's %s is no URL of a proxy; right is http://HOST:PORT", name)
	}
	port := "1080" // libcurl's
	switch u.Scheme {
	case "http", "socks5", "socks5h":
	case "https":
		port = "443"
	default:
		return nil, fmt.Errorf("the environment's %s has the scheme %q; right is http, https, socks5 or socks5h", name, u.Scheme)
	}
	if u.Port() == "" {
		u.Host = net.JoinHostPort(u.Hostname(), port)
	}
	return u, nil
}

// bypassed tells whether a host is in a no_proxy: "*", names, which stand for what
// is below them too, addresses and networks, with commas or spaces between.
func bypassed(host, list string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	address, err := netip.ParseAddr(host)
	isAddress := err == nil
	for _, entry := range strings.FieldsFunc(strings.ToLower(list), func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }) {
		if entry == "*" {
			return true
		}
		if isAddress {
			entry = strings.Trim(entry, "[]")
			network, err := netip.ParsePrefix(entry)
			single, err2 := netip.ParseAddr(entry)
			if err == nil && network.Contains(address) || err2 == nil && single == address {
				return true
			}
			continue
		}
		entry = strings.Trim(entry, ".")
		if entry != "" && (host == entry || strings.HasSuffix(host, "."+entry)) {
			return true
		}
	}
	return false
}

// tunnel makes connections by way of a proxy, so that nothing between the ends
// needs to know what is spoken (RFC 9110 section 9.3.6; RFC 6455 section 4.1 asks
// for it on behalf of WebSockets).
type tunnel struct {
	proxy *url.URL
	dial  dialFunc
	limit time.Duration
	agent string
}

func (t tunnel) connect(ctx context.Context, network, address string) (net.Conn, error) {
	if strings.HasPrefix(t.proxy.Scheme, "socks") {
		var auth *proxy.Auth
		if t.proxy.User != nil {
			password, _ := t.proxy.User.Password()
			auth = &proxy.Auth{User: t.proxy.User.Username(), Password: password}
		}
		socks, err := proxy.SOCKS5(network, t.proxy.Host, auth, forward{t.dial})
		if err != nil {
			return nil, err
		}
		through, ok := socks.(proxy.ContextDialer)
		if !ok {
			return nil, errors.New("the SOCKS proxy cannot be dialled in a context")
		}
		return through.DialContext(ctx, network, address)
	}
	ctx, cancel := context.WithTimeout(ctx, t.limit)
	defer cancel()
	conn, err := t.dial(ctx, network, t.proxy.Host)
	if err != nil {
		return nil, fmt.Errorf("the proxy: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	if t.proxy.Scheme == "https" {
		conn = tls.Client(conn, &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.proxy.Hostname()})
	}
	if err = t.ask(ctx, conn, address); err == nil && !stop() {
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("the proxy %s: %w", t.proxy.Host, err)
	}
	return conn, nil
}

// ask has the proxy connect.
func (t tunnel) ask(ctx context.Context, conn net.Conn, address string) error {
	request := (&http.Request{
		Method: http.MethodConnect, URL: &url.URL{Opaque: address}, Host: address, Header: http.Header{"User-Agent": {t.agent}},
	}).WithContext(ctx)
	if user := t.proxy.User; user != nil {
		password, _ := user.Password()
		request.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password)))
	}
	if err := request.Write(conn); err != nil {
		return err
	}
	reader := bufio.NewReader(conn)
	response, err := http.ReadResponse(reader, request)
	switch {
	case err != nil:
		return err
	case response.StatusCode/100 != 2:
		_ = response.Body.Close()
		return fmt.Errorf("HTTP status %d %s to CONNECT", response.StatusCode, http.StatusText(response.StatusCode))
	case reader.Buffered() > 0:
		return errors.New("it speaks before we do")
	}
	return nil
}

// forward lets a dialFunc be what package proxy dials with.
type forward struct{ dial dialFunc }

func (f forward) Dial(network, address string) (net.Conn, error) {
	return f.dial(context.Background(), network, address)
}

func (f forward) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return f.dial(ctx, network, address)
}

// proxied has a transport reach a URL by the proxy of the environment. Plain HTTP
// is handed to the proxy itself, as all clients do; the rest is tunnelled.
func proxied(t *http.Transport, target *url.URL, cfg Config) error {
	by, err := environmentProxy(target, os.Getenv)
	if err != nil || by == nil {
		return err
	}
	if target.Scheme == "http" {
		t.Proxy = http.ProxyURL(by)
		return nil
	}
	t.DialContext = tunnel{proxy: by, dial: t.DialContext, limit: cfg.CmdTimeout, agent: cfg.UserAgent}.connect
	return nil
}
