// SPDX-License-Identifier: MPL-2.0

package janusclient_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/janustest"
)

func TestSubprotocolIsDemanded(t *testing.T) {
	for _, other := range []string{"", "janus-admin-protocol"} {
		server := overWS.server(t, janustest.WithSubprotocol(other))
		_, err := newClient(t, server, nil).Info(t.Context())
		var fault *janusclient.TransportError
		require.ErrorAs(t, err, &fault)
		require.ErrorContains(t, err, `the subprotocol is "", not "janus-protocol"`)
	}
}

// upgrades counts the WebSockets that a server was asked for.
func upgrades(server *janustest.Server) int { return requests(server, "upgrade") }

func requests(server *janustest.Server, janus string) int {
	n := 0
	for _, r := range server.Requests() {
		if r.Janus == janus {
			n++
		}
	}
	return n
}

// TestOneConnection: many who come first at once share one, and it ends with its client.
func TestOneConnection(t *testing.T) {
	server := overWS.server(t)
	client := newClient(t, server, nil)
	require.Zero(t, upgrades(server), "made when first used")
	var group sync.WaitGroup
	for range 40 {
		group.Go(func() {
			session, err := client.Create(t.Context(), janusclient.SessionOptions{})
			if assert.NoError(t, err) {
				_, err = session.Attach(t.Context(), plugin, janusclient.AttachOptions{})
				assert.NoError(t, err)
			}
		})
	}
	group.Wait()
	require.Equal(t, 1, upgrades(server))
	require.Equal(t, 1, server.Sockets())
	client.Close()
	eventually(t, "closed", func() bool { return server.Sockets() == 0 })
	_, err := client.Info(t.Context())
	require.ErrorIs(t, err, janusclient.ErrClosed)
}

func TestWebSocketBasicAuth(t *testing.T) {
	seen := make(chan string, 8)
	refuse := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		seen <- user + ":" + password
		w.WriteHeader(http.StatusUnauthorized)
	}))
	t.Cleanup(refuse.Close)
	client, err := janusclient.New(janusclient.Config{URL: "ws://me:geheim@" + strings.TrimPrefix(refuse.URL, "http://")})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	_, err = client.Info(t.Context())
	require.Equal(t, "me:geheim", <-seen)
	var fault *janusclient.TransportError
	require.ErrorAs(t, err, &fault)
	require.Equal(t, http.StatusUnauthorized, fault.Status)
	require.NotContains(t, err.Error(), "geheim")
	require.Contains(t, err.Error(), "401 Unauthorized instead of a WebSocket")
	require.Empty(t, seen, "what is refused for good is not tried again")
}

// TestSilentAtOnce: one that takes the connection and never says a word.
func TestSilentAtOnce(t *testing.T) {
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	for _, scheme := range []string{"ws", "wss", "http", "https"} {
		client, err := janusclient.New(janusclient.Config{URL: scheme + "://" + listener.Addr().String(), CmdTimeout: 100 * time.Millisecond})
		require.NoError(t, err)
		began := time.Now()
		_, err = client.Create(t.Context(), janusclient.SessionOptions{})
		require.ErrorIs(t, err, janusclient.ErrTimeout, scheme)
		require.Less(t, time.Since(began), 30*time.Second)
		client.Close()
	}
}

func TestNobodyThere(t *testing.T) { overBoth(t, testNobodyThere) }

func testNobodyThere(t *testing.T, over transport) {
	server := over.server(t)
	server.Close()
	_, err := newClient(t, server, nil).Create(t.Context(), janusclient.SessionOptions{})
	var fault *janusclient.TransportError
	require.ErrorAs(t, err, &fault)
	require.ErrorContains(t, err, "refused")
}

func TestRoundTrip(t *testing.T) { overBoth(t, testRoundTrip) }

func testRoundTrip(t *testing.T, over transport) {
	server := over.server(t)
	client := newClient(t, server, nil)
	session, err := client.Create(t.Context(), janusclient.SessionOptions{})
	require.NoError(t, err)
	require.Zero(t, session.RoundTrip())
	const held = 30 * time.Millisecond
	server.Fault(janustest.Match{Janus: "keepalive"}, janustest.Delay(held))
	require.NoError(t, session.KeepAlive(t.Context()))
	require.GreaterOrEqual(t, session.RoundTrip(), held)
	require.Less(t, session.RoundTrip(), 30*time.Second)
}

// TestKeepalives: each session has its own, and they are measured.
func TestKeepalives(t *testing.T) {
	r := overWS.rig(t, nil, janustest.WithSessionTimeout(3*time.Second))
	_, err := r.client.Create(t.Context(), janusclient.SessionOptions{})
	require.NoError(t, err)
	eventually(t, "both live by them", func() bool { return requests(r.server, "keepalive") >= 70 })
	require.Equal(t, 2, r.server.Sessions())
	require.NoError(t, r.session.Err())
	require.NotZero(t, r.session.RoundTrip())
}
