// SPDX-License-Identifier: MPL-2.0

package admin_test

import (
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/admin"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/janustest"
	"mod_janus/janusclient/realjanus"
)

const videoRoom = "janus.plugin.videoroom"

func TestTokens(t *testing.T) {
	overBoth(t, func(t *testing.T, server *janustest.Server) { testTokens(t, server.Admin, secret, server.URL) })
	if _, err := exec.LookPath("janus"); err != nil {
		t.Skip("no real Janus here")
	}
	janus, err := realjanus.Start(t.TempDir(), realjanus.Config{TokenAuth: true, Plugins: "libjanus_videoroom.so"})
	require.NoError(t, err)
	t.Cleanup(janus.Kill)
	for name, url := range map[string]string{"real http": janus.Admin, "real ws": janus.AdminWS} {
		t.Run(name, func(t *testing.T) { testTokens(t, url, realjanus.AdminSecret, janus.HTTP) })
	}
}

func testTokens(t *testing.T, url, secret, api string) {
	t.Helper()
	ctx := t.Context()
	client := newClient(t, admin.Config{URL: url, Secret: secret})
	user, err := janusclient.New(janusclient.Config{URL: api, Token: "t0ken"})
	require.NoError(t, err)
	t.Cleanup(user.Close)
	_, err = user.Create(ctx, janusclient.SessionOptions{})
	refused(t, janusclient.CodeUnauthorized, err)

	plugins, err := client.AddToken(ctx, "t0ken", audiobridge.Plugin)
	require.NoError(t, err)
	require.Equal(t, []string{audiobridge.Plugin}, plugins)
	session, err := user.Create(ctx, janusclient.SessionOptions{})
	require.NoError(t, err)
	plugins, err = client.AllowToken(ctx, "t0ken", videoRoom)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{audiobridge.Plugin, videoRoom}, plugins)
	tokens, err := client.ListTokens(ctx)
	require.NoError(t, err)
	require.Len(t, tokens, 1)
	require.Equal(t, "t0ken", tokens[0].Token)
	require.ElementsMatch(t, []string{audiobridge.Plugin, videoRoom}, tokens[0].Plugins)
	plugins, err = client.DisallowToken(ctx, "t0ken", videoRoom)
	require.NoError(t, err)
	require.Equal(t, []string{audiobridge.Plugin}, plugins)
	_, err = client.AllowToken(ctx, "unknown", videoRoom)
	refused(t, janusclient.CodeTokenNotFound, err)
	_, err = client.AllowToken(ctx, "t0ken")
	refused(t, janusclient.CodeInvalidElementType, err)
	all, err := client.AddToken(ctx, "everything")
	require.NoError(t, err)
	require.Contains(t, all, audiobridge.Plugin)

	require.NoError(t, client.RemoveToken(ctx, "everything"))
	require.NoError(t, client.RemoveToken(ctx, "t0ken"))
	refused(t, janusclient.CodeUnknown, client.RemoveToken(ctx, "t0ken"))
	refused(t, janusclient.CodeUnauthorized, session.KeepAlive(ctx))
}

func TestTokensSwitchedOff(t *testing.T) {
	server := janustest.NewServer()
	t.Cleanup(server.Close)
	client := newClient(t, admin.Config{URL: server.Admin})
	_, err := client.ListTokens(t.Context())
	refused(t, janusclient.CodeUnknown, err)
	require.ErrorContains(t, err, "disabled")
}

func TestSTUN(t *testing.T) {
	server := janustest.NewServer()
	t.Cleanup(server.Close)
	client := newClient(t, admin.Config{URL: server.Admin})
	result, err := client.TestSTUN(t.Context(), admin.STUNTest{Address: "stun.example", Port: 3478, LocalPort: 5000})
	require.NoError(t, err)
	require.Equal(t, &admin.STUNResult{PublicIP: "192.0.2.7", PublicPort: 40000, Took: 2345 * time.Microsecond}, result)
	require.JSONEq(t, `5000`, string(member(t, last(server).Body, "localport")))
}

// The real one, on loopback: a server that is there, and a port where none is.
func TestSTUNOfJanus(t *testing.T) {
	for _, program := range []string{"janus", "turnserver"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip("no " + program + " here")
		}
	}
	janus, err := realjanus.Start(t.TempDir(), realjanus.Config{})
	require.NoError(t, err)
	t.Cleanup(janus.Kill)
	turn, err := realjanus.StartTurn(t.TempDir(), nil, "127.0.0.1")
	require.NoError(t, err)
	t.Cleanup(turn.Stop)
	host, port := split(t, turn.Address)
	for _, url := range []string{janus.Admin, janus.AdminWS} {
		client := newClient(t, admin.Config{URL: url, Secret: realjanus.AdminSecret, CmdTimeout: 30 * time.Second})
		var result *admin.STUNResult
		require.Eventually(t, func() bool { // the server may still be on its way
			result, err = client.TestSTUN(t.Context(), admin.STUNTest{Address: host, Port: port})
			return err == nil
		}, time.Minute, 100*time.Millisecond, "%v", err)
		require.Equal(t, "127.0.0.1", result.PublicIP)
		require.Positive(t, result.PublicPort)
	}
}

func TestHandleInfoOfACall(t *testing.T) {
	server := janustest.NewServer(janustest.WithRoom("1234"), janustest.WithAutoWebRTCUp())
	t.Cleanup(server.Close)
	g := &target{url: server.Admin, api: server.URL, fake: server}
	g.start(t)
	room, err := janusclient.ParseID("1234")
	require.NoError(t, err)
	_, _, err = g.handle.Join(t.Context(), audiobridge.JoinRequest{Room: room}, &janusclient.JSEP{Type: "offer", SDP: offer})
	require.NoError(t, err)
	require.IsType(t, janusclient.WebRTCUp{}, g.next(t))
	info, err := g.HandleInfo(t.Context(), g.id())
	require.NoError(t, err)
	require.Equal(t, "ready", info.ICEState())
	require.Equal(t, "connected", info.DTLSState())
	require.Equal(t, 42*time.Millisecond, info.RTT())
	audio, found := info.Audio()
	require.True(t, found)
	require.Equal(t, int64(500), audio.Stats.In.Packets)
	require.Equal(t, int64(4), audio.Stats.Out.NACKs)
	require.Equal(t, int64(3), audio.RTCP["main"].Lost)
	require.Equal(t, "opus", audio.Codec.Name)
	require.NoError(t, g.HangupWebRTC(t.Context(), g.id()))
	require.IsType(t, janusclient.Media{}, g.next(t))
	require.Equal(t, janusclient.Hangup{Reason: "Admin API"}, g.next(t))
}

const offer = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\n" +
	"a=mid:0\r\na=rtpmap:111 opus/48000/2\r\n"

// overBoth runs a test against the fake over each transport.
func overBoth(t *testing.T, test func(t *testing.T, server *janustest.Server)) {
	t.Helper()
	for name, options := range map[string][]janustest.Option{"http": nil, "ws": {janustest.WithWebSocket()}} {
		t.Run(name, func(t *testing.T) {
			server := janustest.NewServer(append(options, janustest.WithAdminSecret(secret), janustest.WithStoredTokens())...)
			t.Cleanup(server.Close)
			test(t, server)
		})
	}
}

// A question is asked again after a fault; what does something is not done twice.
func TestRepetition(t *testing.T) {
	overBoth(t, func(t *testing.T, server *janustest.Server) {
		client := newClient(t, admin.Config{URL: server.Admin, Secret: secret})
		server.Fault(janustest.Match{Janus: "list_sessions", Nth: 1}, janustest.DropAnswer())
		server.Fault(janustest.Match{Janus: "custom_logline", Nth: 1}, janustest.DropAnswer())
		_, err := client.ListSessions(t.Context())
		require.NoError(t, err)
		var fault *janusclient.TransportError
		require.ErrorAs(t, client.CustomLogLine(t.Context(), "once", 0), &fault)
		require.Equal(t, []string{"once"}, server.LogLines())
		require.NoError(t, client.CustomLogLine(t.Context(), "after that", 0))
	})
}

func TestSilence(t *testing.T) {
	overBoth(t, func(t *testing.T, server *janustest.Server) {
		client := newClient(t, admin.Config{URL: server.Admin, Secret: secret, CmdTimeout: 50 * time.Millisecond})
		server.Fault(janustest.Match{Janus: "get_status"}, janustest.Hang())
		_, err := client.Status(t.Context())
		require.ErrorIs(t, err, janusclient.ErrTimeout)
		client.Close()
		_, err = client.Status(t.Context())
		require.ErrorIs(t, err, janusclient.ErrClosed)
	})
}

func TestSecretsStayOutOfLogsAndErrors(t *testing.T) {
	overBoth(t, func(t *testing.T, server *janustest.Server) {
		var mu sync.Mutex
		var wire strings.Builder
		client := newClient(t, admin.Config{URL: server.Admin, Secret: secret, Debug: func(_ string, message fmt.Stringer) {
			mu.Lock()
			defer mu.Unlock()
			wire.WriteString(message.String() + "\n")
		}})
		_, err := client.AddToken(t.Context(), "t0ken")
		require.NoError(t, err)
		tokens, err := client.ListTokens(t.Context())
		require.NoError(t, err)
		require.Equal(t, "t0ken", tokens[0].Token)
		_, err = client.AllowToken(t.Context(), "unkn0wn", "p")
		refused(t, janusclient.CodeTokenNotFound, err)
		require.ErrorContains(t, err, "Token *** not found")
		server.Fault(janustest.Match{}, janustest.Status(http.StatusBadGateway))
		_, err = client.AddToken(t.Context(), "t0ken")
		require.Error(t, err)
		mu.Lock()
		defer mu.Unlock()
		all := wire.String() + err.Error()
		require.Contains(t, all, `"admin_secret":"***"`)
		require.NotContains(t, all, secret)
		require.NotContains(t, all, "t0ken")
		require.NotContains(t, all, "unkn0wn")
	})
}

// An answer of another form than expected is an error, and no panic.
func TestStrangeAnswers(t *testing.T) {
	server := janustest.NewServer()
	t.Cleanup(server.Close)
	client := newClient(t, admin.Config{URL: server.Admin})
	for name, ask := range map[string]func() error{
		"list_sessions": func() error { _, err := client.ListSessions(t.Context()); return err },
		"handle_info":   func() error { _, err := client.HandleInfo(t.Context(), admin.Handle{}); return err },
		"get_status":    func() error { _, err := client.Status(t.Context()); return err },
	} {
		for _, body := range []string{`{"janus":"success","sessions":"many","info":7,"status":[]}`, `<html>`, `[]`, ``} {
			server.Fault(janustest.Match{Janus: name, Nth: 1}, janustest.Body("application/json", body))
			require.Error(t, ask(), "%s: %s", name, body)
		}
	}
}

func TestNewRefusesURLs(t *testing.T) {
	for _, url := range []string{"", "ftp://host/admin", "http://", "ws://host/#x"} {
		_, err := admin.New(admin.Config{URL: url})
		require.ErrorContains(t, err, "admin: ", url)
	}
}

// A WebSocket of the Janus API is not one of the Admin API.
func TestWrongSubprotocol(t *testing.T) {
	server := janustest.NewServer(janustest.WithWebSocket(), janustest.WithSubprotocol(""))
	t.Cleanup(server.Close)
	_, err := newClient(t, admin.Config{URL: server.Admin}).Ping(t.Context())
	require.ErrorContains(t, err, `not "janus-admin-protocol"`)
}
