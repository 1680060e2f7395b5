// SPDX-License-Identifier: MPL-2.0

package admin_test

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"mod_janus/janusclient"
	"mod_janus/janusclient/admin"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/janustest"
	"mod_janus/janusclient/realjanus"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "adm1n-s3cret"

// target is a Janus to be tested, with a session and a handle on AudioBridge.
type target struct {
	*admin.Client
	url     string // of the Admin API
	api     string // of the Janus API
	secret  string
	session *janusclient.Session
	handle  *audiobridge.Handle
	mail    chan janusclient.Event
	fake    *janustest.Server // nil for a real one
	log     func() string     // of a real one
}

func (g *target) id() admin.Handle {
	return admin.Handle{Session: g.session.ID(), ID: g.handle.ID()}
}

// next waits for an event of the handle.
func (g *target) next(t *testing.T) janusclient.Event {
	t.Helper()
	select {
	case e := <-g.mail:
		return e
	case <-time.After(10 * time.Second):
		require.FailNow(t, "no event came")
		return nil
	}
}

// everywhere runs a test against the fake and, where Debian's package is
// installed, a real Janus, over both transports.
func everywhere(t *testing.T, test func(t *testing.T, g *target)) {
	t.Helper()
	for name, options := range map[string][]janustest.Option{"fake http": nil, "fake ws": {janustest.WithWebSocket()}} {
		t.Run(name, func(t *testing.T) {
			server := janustest.NewServer(append(options, janustest.WithAdminSecret(secret), janustest.WithRoom("1234"))...)
			t.Cleanup(server.Close)
			g := &target{url: server.Admin, api: server.URL, secret: secret, fake: server}
			g.start(t)
			test(t, g)
		})
	}
	if _, err := exec.LookPath("janus"); err != nil {
		return
	}
	janus, err := realjanus.Start(t.TempDir(), realjanus.Config{})
	require.NoError(t, err)
	t.Cleanup(janus.Kill)
	for name, urls := range map[string][2]string{"real http": {janus.Admin, janus.HTTP}, "real ws": {janus.AdminWS, janus.WS}} {
		t.Run(name, func(t *testing.T) {
			g := &target{url: urls[0], api: urls[1], secret: realjanus.AdminSecret, log: janus.Log}
			g.start(t)
			test(t, g)
		})
	}
}

func (g *target) start(t *testing.T) {
	t.Helper()
	var err error
	g.Client = newClient(t, admin.Config{URL: g.url, Secret: g.secret})
	g.session, err = g.newAPIClient(t).Create(t.Context(), janusclient.SessionOptions{})
	require.NoError(t, err)
	g.mail = make(chan janusclient.Event, 100)
	g.handle, err = audiobridge.Attach(t.Context(), g.session, janusclient.AttachOptions{
		OpaqueID: "leg-7", OnEvent: func(e janusclient.Event) { g.mail <- e },
	})
	require.NoError(t, err)
}

func newClient(t *testing.T, cfg admin.Config) *admin.Client {
	t.Helper()
	client, err := admin.New(cfg)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return client
}

// refused wants the core's refusal with this code.
func refused(t *testing.T, code int, err error) {
	t.Helper()
	var refusal *janusclient.Error
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, code, refusal.Code, refusal.Reason)
}

func TestSettings(t *testing.T) {
	everywhere(t, func(t *testing.T, g *target) {
		ctx := t.Context()
		info, err := g.Info(ctx)
		require.NoError(t, err)
		require.Contains(t, info.Plugins, audiobridge.Plugin)
		took, err := g.Ping(ctx)
		require.NoError(t, err)
		require.Positive(t, took)

		number := func(got int, err error) func(want int) {
			return func(want int) { t.Helper(); require.NoError(t, err); require.Equal(t, want, got) }
		}
		number(g.SetLogLevel(ctx, admin.LogVerb))(admin.LogVerb)
		number(g.SetMinNACKQueue(ctx, 300))(300)
		number(g.SetNoMediaTimer(ctx, 3))(3)
		number(g.SetSlowLinkThreshold(ctx, 9))(9)
		timeout, err := g.SetSessionTimeout(ctx, 89500*time.Millisecond)
		require.NoError(t, err)
		require.Equal(t, 90*time.Second, timeout)
		for _, on := range []bool{true, false} {
			flag := func(got bool, err error) { t.Helper(); require.NoError(t, err); require.Equal(t, on, got) }
			flag(g.SetLockingDebug(ctx, on))
			flag(g.SetRefcountDebug(ctx, on))
			flag(g.SetLibniceDebug(ctx, on))
			flag(g.SetLogColors(ctx, on))
			flag(g.SetLogTimestamps(ctx, on))
			flag(g.SetNACKOptimizations(ctx, on))
		}
		status, err := g.Status(ctx)
		require.NoError(t, err)
		require.Equal(t, admin.LogVerb, status.LogLevel)
		require.Equal(t, 90, status.SessionTimeout)
		require.Equal(t, 300, status.MinNACKQueue)
		require.Equal(t, 3, status.NoMediaTimer)
		require.Equal(t, 9, status.SlowLinkThreshold)
		require.False(t, status.LockingDebug || status.RefcountDebug || status.NACKOptimizations || status.TokenAuth)

		_, err = g.SetLogLevel(ctx, 99)
		refused(t, janusclient.CodeInvalidElementType, err)
		_, err = g.SetMaxNACKQueue(ctx, 1) // of a Janus 0.x
		refused(t, janusclient.CodeInvalidRequestPath, err)
		_, err = g.Do(ctx, janusclient.Request{Name: "make_coffee"})
		refused(t, janusclient.CodeInvalidRequestPath, err)
		_, err = g.SetLogLevel(ctx, admin.LogInfo)
		require.NoError(t, err)
	})
}

func TestAcceptNewSessions(t *testing.T) {
	everywhere(t, func(t *testing.T, g *target) {
		client := g.newAPIClient(t)
		for _, accept := range []bool{false, true} {
			got, err := g.AcceptNewSessions(t.Context(), accept)
			require.NoError(t, err)
			require.Equal(t, accept, got)
			session, err := client.Create(t.Context(), janusclient.SessionOptions{})
			if accept {
				require.NoError(t, err)
				require.NoError(t, session.Destroy(t.Context()))
			} else {
				refused(t, janusclient.CodeNotAcceptingSessions, err)
			}
			require.NoError(t, g.session.KeepAlive(t.Context()), "those there are go on")
		}
	})
}

func TestSessionsAndHandles(t *testing.T) {
	everywhere(t, func(t *testing.T, g *target) {
		ctx := t.Context()
		sessions, err := g.ListSessions(ctx)
		require.NoError(t, err)
		require.Contains(t, sessions, g.session.ID())
		handles, err := g.ListHandles(ctx, g.session.ID())
		require.NoError(t, err)
		require.Equal(t, []uint64{g.handle.ID()}, handles)
		_, err = g.ListHandles(ctx, 1)
		require.ErrorIs(t, err, janusclient.ErrSessionLost)
		_, err = g.HandleInfo(ctx, admin.Handle{Session: g.session.ID(), ID: 1})
		refused(t, janusclient.CodeHandleNotFound, err)

		timeout, err := g.SetTimeoutOfSession(ctx, g.session.ID(), 70*time.Second)
		require.NoError(t, err)
		require.Equal(t, 70*time.Second, timeout)
		info, err := g.HandleInfo(ctx, g.id())
		require.NoError(t, err)
		require.Equal(t, g.session.ID(), info.SessionID)
		require.Equal(t, g.handle.ID(), info.HandleID)
		require.Equal(t, 70, info.SessionTimeout)
		require.Equal(t, "leg-7", info.OpaqueID)
		require.Equal(t, audiobridge.Plugin, info.Plugin)
		require.Contains(t, string(info.PluginSpecific), "state")
		require.Contains(t, info.SessionTransport, "janus.transport.")
		require.Contains(t, info.Flags, "negotiated")
		require.Positive(t, info.Age())
		require.Nil(t, info.WebRTC)
		require.Empty(t, info.ICEState()+info.DTLSState())
		only, err := g.HandlePluginInfo(ctx, g.id())
		require.NoError(t, err)
		require.Equal(t, "leg-7", only.OpaqueID)
		require.Empty(t, only.Flags)
		timeout, err = g.SetTimeoutOfSession(ctx, g.session.ID(), -time.Second)
		require.NoError(t, err)
		require.Negative(t, timeout)

		require.NoError(t, g.HangupWebRTC(ctx, g.id()), "nothing to hang up is no error")
		require.NoError(t, g.DetachHandle(ctx, g.id()))
		require.IsType(t, janusclient.Detached{}, g.next(t))
		refused(t, janusclient.CodeHandleNotFound, g.DetachHandle(ctx, g.id()))
		require.NoError(t, g.DestroySession(ctx, g.session.ID()))
		require.ErrorIs(t, g.DestroySession(ctx, g.session.ID()), janusclient.ErrSessionLost)
		require.ErrorIs(t, g.session.KeepAlive(ctx), janusclient.ErrSessionLost)
	})
}

func TestCaptures(t *testing.T) {
	everywhere(t, func(t *testing.T, g *target) {
		ctx, folder := t.Context(), t.TempDir()
		for name, capture := range map[string]struct {
			start func() error
			stop  func() error
			file  func(*admin.HandleInfo) string
		}{
			"one.pcap": {
				func() error {
					return g.StartPCAP(ctx, g.id(), admin.Capture{Folder: folder, Filename: "one.pcap", Truncate: 64})
				},
				func() error { return g.StopPCAP(ctx, g.id()) }, func(i *admin.HandleInfo) string { return i.PCAPFile },
			},
			"two.txt": {
				func() error {
					return g.StartText2PCAP(ctx, g.id(), admin.Capture{Folder: folder, Filename: "two.txt"})
				},
				func() error { return g.StopText2PCAP(ctx, g.id()) }, func(i *admin.HandleInfo) string { return i.Text2PCAPFile },
			},
		} {
			refused(t, janusclient.CodeUnknown, capture.stop())
			require.NoError(t, capture.start())
			refused(t, janusclient.CodeUnknown, capture.start())
			info, err := g.HandleInfo(ctx, g.id())
			require.NoError(t, err)
			require.Equal(t, filepath.Join(folder, name), capture.file(info))
			require.NoError(t, capture.stop())
			if g.fake == nil {
				require.FileExists(t, filepath.Join(folder, name))
			}
			info, err = g.HandleInfo(ctx, g.id())
			require.NoError(t, err)
			require.Empty(t, capture.file(info))
		}
	})
}

func TestQueries(t *testing.T) {
	everywhere(t, func(t *testing.T, g *target) {
		ctx := t.Context()
		answer, err := g.MessagePlugin(ctx, audiobridge.Plugin, map[string]any{"request": "list"})
		require.NoError(t, err)
		var list struct {
			Rooms []audiobridge.Room `json:"list"`
		}
		require.NoError(t, json.Unmarshal(answer, &list))
		require.NotEmpty(t, list.Rooms)
		require.Equal(t, "1234", list.Rooms[0].Room.String())
		_, err = g.MessagePlugin(ctx, audiobridge.Plugin, map[string]any{"request": "sing"})
		require.True(t, audiobridge.HasCode(err, audiobridge.CodeInvalidRequest), "%v", err)
		_, err = g.MessagePlugin(ctx, "janus.plugin.none", nil)
		refused(t, janusclient.CodePluginNotFound, err)
		answer, err = g.QueryTransport(ctx, "janus.transport.http", map[string]any{"request": "configure"})
		require.NoError(t, err)
		require.Contains(t, string(answer), "200")
		for _, query := range []func() (json.RawMessage, error){
			func() (json.RawMessage, error) { return g.QueryTransport(ctx, "janus.transport.none", nil) },
			func() (json.RawMessage, error) { return g.QueryEventHandler(ctx, "janus.eventhandler.none", nil) },
			func() (json.RawMessage, error) { return g.QueryLogger(ctx, "janus.logger.none", nil) },
		} {
			_, err = query()
			refused(t, janusclient.CodePluginNotFound, err)
		}

		line := fmt.Sprintf("a line of %s", t.Name())
		require.NoError(t, g.CustomLogLine(ctx, line, admin.LogWarn))
		require.NoError(t, g.CustomLogLine(ctx, line+" again", 0))
		require.NoError(t, g.CustomEvent(ctx, "test", map[string]any{"n": 1}))
		if g.fake != nil {
			require.Equal(t, []string{line, line + " again"}, g.fake.LogLines())
			require.Equal(t, []json.RawMessage{json.RawMessage(`{"n":1}`)}, g.fake.CustomEvents())
		} else {
			require.Eventually(t, func() bool { return strings.Contains(g.log(), line+" again") }, 5*time.Second, 5*time.Millisecond)
		}

		ip, _, err := g.ResolveAddress(ctx, "localhost")
		require.NoError(t, err)
		require.Contains(t, []string{"127.0.0.1", "::1"}, ip)
		_, _, err = g.ResolveAddress(ctx, "no such name")
		refused(t, janusclient.CodeUnknown, err)
		loops, err := g.LoopsInfo(ctx)
		require.NoError(t, err)
		require.Equal(t, g.fake != nil, len(loops) == 2)
	})
}

// newAPIClient is a client of the Janus API of the same Janus.
func (g *target) newAPIClient(t *testing.T) *janusclient.Client {
	t.Helper()
	client, err := janusclient.New(janusclient.Config{URL: g.api})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return client
}

func TestWrongSecret(t *testing.T) {
	everywhere(t, func(t *testing.T, g *target) {
		for _, wrong := range []string{"", "wr0ng-one"} {
			client := newClient(t, admin.Config{URL: g.url, Secret: wrong})
			_, err := client.ListSessions(t.Context())
			refused(t, janusclient.CodeUnauthorized, err)
			require.NotContains(t, err.Error(), "wr0ng-one")
			_, err = client.HandleInfo(t.Context(), g.id())
			refused(t, janusclient.CodeUnauthorized, err)
			_, err = client.Ping(t.Context())
			require.NoError(t, err, "a ping needs no secret")
		}
	})
}
