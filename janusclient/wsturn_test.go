// SPDX-License-Identifier: MPL-2.0

package janusclient_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/janustest"
)

// slowConn takes a while for each write, as a narrow line does.
type slowConn struct {
	net.Conn
	each *atomic.Int64 // ns
}

func (c slowConn) Write(b []byte) (int, error) {
	time.Sleep(time.Duration(c.each.Load()))
	return c.Conn.Write(b)
}

// TestWaitingForOnesTurn: many who send at once over a slow line wait behind each
// other for longer than SendTimeout, and none of their writes takes so long.
func TestWaitingForOnesTurn(t *testing.T) {
	var each atomic.Int64
	server := overWS.server(t)
	client := newClient(t, server, func(c *janusclient.Config) {
		c.SendTimeout, c.CmdTimeout = 2*time.Second, 60*time.Second
		c.RoundTripper = &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, address)
			return slowConn{conn, &each}, err
		}}
	})
	session, err := client.Create(t.Context(), janusclient.SessionOptions{})
	require.NoError(t, err)
	each.Store(int64(100 * time.Millisecond))
	var work sync.WaitGroup
	for range 40 { // 4 s, one after the other
		work.Go(func() { assert.NoError(t, session.KeepAlive(t.Context())) })
	}
	work.Wait()
	require.Equal(t, 1, upgrades(server))
}

// heldConn holds each write up until it is let go, once that is asked for.
type heldConn struct {
	net.Conn
	hold    *atomic.Bool
	entered chan struct{}
	release chan struct{}
}

func (c heldConn) Write(b []byte) (int, error) {
	if c.hold.Load() {
		c.entered <- struct{}{}
		<-c.release
	}
	return c.Conn.Write(b)
}

// TestWhoWaitsMayLeave: who gives up before it is their turn has sent nothing.
func TestWhoWaitsMayLeave(t *testing.T) {
	var hold atomic.Bool
	entered, release := make(chan struct{}), make(chan struct{})
	server := overWS.server(t)
	client := newClient(t, server, func(c *janusclient.Config) {
		c.SendTimeout, c.CmdTimeout, c.PingInterval = 30*time.Second, 60*time.Second, time.Hour
		c.RoundTripper = &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, address)
			return heldConn{conn, &hold, entered, release}, err
		}}
	})
	session, err := client.Create(t.Context(), janusclient.SessionOptions{})
	require.NoError(t, err)
	hold.Store(true)
	first := make(chan error, 1)
	go func() { first <- session.KeepAlive(t.Context()) }()
	<-entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, session.KeepAlive(ctx), context.Canceled)
	hold.Store(false)
	close(release)
	require.NoError(t, <-first)
	require.NoError(t, session.Err())
	require.Equal(t, 1, requests(server, "keepalive"))
	require.Equal(t, 1, server.Sockets())
}

// TestEventBeforeTheClaimIsAnswered: a session that is claimed from another client
// has its events at once, and Janus may send them before it answers the claim.
func TestEventBeforeTheClaimIsAnswered(t *testing.T) {
	r := overWS.rig(t, func(c *janusclient.Config) { c.PingInterval = time.Hour })
	r.server.Fault(janustest.Match{Janus: "claim"}, janustest.DelayAnswer(200*time.Millisecond))
	got := make(chan json.RawMessage, 1000)
	claimed := make(chan struct{})
	go func() {
		defer close(claimed)
		_, err := newClient(t, r.server, nil).Claim(t.Context(), r.session.ID(),
			janusclient.SessionOptions{OnMessage: func(m json.RawMessage) { got <- m }})
		assert.NoError(t, err)
	}()
	eventually(t, "the claim is here", func() bool { return requests(r.server, "claim") == 1 })
	n := 0
	for waiting := true; waiting; n++ {
		r.push(n)
		select {
		case <-claimed:
			waiting = false
		case <-time.After(5 * time.Millisecond):
		}
	}
	require.Greater(t, n, 1)
	eventually(t, "what came before the answer", func() bool { return len(got) >= n-2 })
}
