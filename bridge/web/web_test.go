// SPDX-License-Identifier: MPL-2.0

package web

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/config"
)

func TestNothingIsOpenUnlessSet(t *testing.T) {
	l := newLab(t)
	l.Use(config.HTTP{Users: "/nonexistent"})
	require.Empty(t, l.Addr())
	require.Empty(t, l.host.Lines)
}

func TestHealthAndReadiness(t *testing.T) {
	l := newLab(t)
	l.Use(local)
	status, body, _ := l.request("GET", "/healthz")
	require.Equal(t, 200, status)
	require.JSONEq(t, `{"healthy":true,"version":"1.2.3"}`, body)
	status, body, _ = l.request("GET", "/readyz")
	require.Equal(t, 200, status)
	require.JSONEq(t, `{"ready":true}`, body)
	l.unready = []string{`server "demo" is not connected`}
	status, body, _ = l.request("GET", "/readyz")
	require.Equal(t, 503, status)
	require.JSONEq(t, `{"ready":false,"reasons":["server \"demo\" is not connected"]}`, body)
	l.unready = nil
	l.Unload()
	status, body, _ = l.request("GET", "/readyz")
	require.Equal(t, 503, status)
	require.JSONEq(t, `{"ready":false,"reasons":["the module is being unloaded"]}`, body)
	status, _, _ = l.request("POST", "/done")
	require.Equal(t, 503, status)
}

// An engine that hangs is not healthy.
func TestUnhealthy(t *testing.T) {
	l := newLab(t)
	on := make(chan struct{})
	l.env.Alive = func() { <-on }
	defer close(on)
	l.Use(local)
	status, body, _ := l.request("GET", "/healthz")
	require.Equal(t, 503, status)
	require.Contains(t, body, "the engine does not answer")
}

func TestTakenPort(t *testing.T) {
	var listening net.ListenConfig
	taken, err := listening.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l := newLab(t)
	l.Use(config.HTTP{Listen: taken.Addr().String()})
	require.Empty(t, l.Addr())
	require.True(t, l.logged("3 ", "http-listen", taken.Addr().String(), "address already in use"), "%q", l.host.Lines)
	require.NoError(t, taken.Close())
	l.Use(config.HTTP{Listen: taken.Addr().String()}) // as by a reload
	status, _, _ := l.request("GET", "/healthz")
	require.Equal(t, 200, status)
}

func TestEverybodyNeedsAPassword(t *testing.T) {
	l := newLab(t)
	for _, cfg := range []config.HTTP{{Listen: "0.0.0.0:0"}, {Listen: "[::]:0"}, {Listen: "192.0.2.1:9127"}} {
		l.Use(local)
		l.Use(cfg)
		require.Empty(t, l.Addr(), "what was open before must not stay")
		require.True(t, l.logged("3 ", cfg.Listen, "everybody could reach it"), "%q", l.host.Lines)
	}
	l.Use(config.HTTP{Listen: "0.0.0.0:0", Users: users(t)})
	require.NotEmpty(t, l.Addr())
	status, _, _ := l.request("GET", "/healthz")
	require.Equal(t, 200, status)
	status, _, _ = l.request("GET", "/seen")
	require.Equal(t, 401, status)
}

// A reload opens, moves and closes the port.
func TestReload(t *testing.T) {
	l := newLab(t)
	l.Use(local)
	first := l.Addr()
	l.Use(local)
	require.Equal(t, first, l.Addr(), "nothing has changed, and pages stay")
	l.Use(config.HTTP{Listen: "[::1]:0"})
	require.Contains(t, l.Addr(), "[::1]:")
	_, err := http.Get("http://" + first + "/healthz") //nolint:noctx,bodyclose // there is none
	require.Error(t, err)
	l.Use(config.HTTP{})
	require.Empty(t, l.Addr())
	l.Close()
	l.Use(local)
	require.Empty(t, l.Addr(), "a database that answers late opens nothing after the unload")
}

// Connections in every state do not hold up the unload.
func TestUnloadWithConnections(t *testing.T) {
	l := newLab(t)
	hanging := make(chan struct{})
	l.Handle("GET /hang", View, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(hanging)
		<-r.Context().Done()
	}))
	l.Use(local)
	idle, half := dial(t, l), dial(t, l)
	_, _ = io.WriteString(half, "GET /healthz HTT")
	asking := dial(t, l)
	_, _ = io.WriteString(asking, "GET /hang HTTP/1.1\r\nHost: localhost\r\n\r\n")
	<-hanging
	began := time.Now()
	l.Close()
	require.Less(t, time.Since(began), 5*time.Second)
	for _, conn := range []net.Conn{idle, half, asking} {
		_, err := conn.Read(make([]byte, 1))
		require.Error(t, err)
	}
}

func dial(t *testing.T, l *lab) net.Conn {
	t.Helper()
	var dialer net.Dialer
	conn, err := dialer.DialContext(t.Context(), "tcp", l.Addr())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(time.Minute)))
	return conn
}

func TestOldHTTP(t *testing.T) {
	l := newLab(t)
	l.Use(local)
	for _, request := range []string{"GET /healthz HTTP/1.0\r\n\r\n", "GET /healthz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n"} {
		conn := dial(t, l)
		_, err := io.WriteString(conn, request)
		require.NoError(t, err)
		text, err := io.ReadAll(conn) // which ends, since the connection does
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(string(text), "HTTP/1.0 200 OK\r\n"), "%s", text)
		require.Contains(t, string(text), `{"healthy":true`)
	}
}

func TestLargeRequests(t *testing.T) {
	l := newLab(t)
	l.Use(local)
	large := strings.Repeat("x", 10<<20)
	status, body, _ := l.request("POST", "/done", sending(large))
	require.Equal(t, 413, status)
	require.Contains(t, body, "want at most 65536")
	status, _, _ = l.request("POST", "/done", sending(large), func(r *http.Request) { r.ContentLength = -1 })
	require.Equal(t, 413, status)
	status, _, _ = l.request("GET", "/healthz", with("X-Long", strings.Repeat("x", 64<<10)))
	require.Equal(t, 431, status)
	status, _, _ = l.request("POST", "/done", sending("small"))
	require.Equal(t, 200, status)
}

// What is not HTTP at all is answered, or dropped, and nothing comes of it.
func TestNonsense(t *testing.T) {
	l := newLab(t)
	l.Use(local)
	for _, text := range []string{"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", strings.Repeat("\x00", 40000), "GET //../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n"} {
		conn := dial(t, l)
		_, _ = io.WriteString(conn, text+"\r\n\r\n")
		line, _ := bufio.NewReader(conn).ReadString('\n')
		require.NotContains(t, line, " 200 ", "%q", text)
	}
	status, _, _ := l.request("GET", "/healthz")
	require.Equal(t, 200, status)
}

func TestAnswersHaveHeaders(t *testing.T) {
	l := newLab(t)
	l.Use(local)
	for _, path := range []string{"/healthz", "/seen", "/nothing"} {
		_, _, header := l.request("GET", path)
		for name, value := range headers {
			require.Equal(t, value, header.Get(name), path)
		}
	}
	require.NotContains(t, fmt.Sprint(headers), "unsafe")
}

// A panic is an answer and a line in the log, and nothing else.
func TestPanicOfARequest(t *testing.T) {
	l := newLab(t)
	l.Use(local)
	status, _, _ := l.request("GET", "/panic")
	require.Equal(t, 500, status)
	require.True(t, l.logged("3 ", "Internal error in a request for /panic", "a panic of the test"))
	status, _, _ = l.request("GET", "/healthz")
	require.Equal(t, 200, status)
}
