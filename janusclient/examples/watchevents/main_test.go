// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/janustest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// output is what a watcher has printed so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) wait(t *testing.T, line string) {
	t.Helper()
	require.Eventually(t, func() bool {
		o.mu.Lock()
		defer o.mu.Unlock()
		return strings.Contains(o.text.String(), line)
	}, 5*time.Second, time.Millisecond, line)
}

func TestWatchEvents(t *testing.T) {
	for name, options := range map[string][]janustest.Option{"http": nil, "ws": {janustest.WithWebSocket()}} {
		t.Run(name, func(t *testing.T) {
			server := janustest.NewServer(append(options, janustest.WithRoom("1234"))...)
			t.Cleanup(server.Close)
			testWatchEvents(t, server)
		})
	}
}

func testWatchEvents(t *testing.T, server *janustest.Server) {
	cfg := janusclient.Config{URL: server.URL}
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	ann := attach(t, cfg)
	join(t, ann, "Ann", 7)
	out, ended := &output{}, make(chan error, 1)
	go func() { ended <- run(ctx, out, cfg, "1234") }()
	out.wait(t, "is there: 7 Ann\n")
	bob := attach(t, cfg)
	join(t, bob, "Bob", 8)
	out.wait(t, "joined: 8 Bob\n")
	_, err := bob.Configure(t.Context(), audiobridge.ConfigureRequest{Media: audiobridge.Media{Muted: new(true)}}, nil)
	require.NoError(t, err)
	out.wait(t, "changed: 8 Bob (muted)\n")
	require.NoError(t, bob.Leave(t.Context()))
	out.wait(t, "left: 8\n")
	interrupt()
	require.NoError(t, <-ended)

	out = &output{}
	go func() { ended <- run(t.Context(), out, cfg, "1234") }()
	require.Eventually(t, func() bool {
		people, err := ann.ListParticipants(t.Context(), janusclient.NumberID(1234))
		return err == nil && len(people) == 2
	}, 5*time.Second, time.Millisecond)
	require.NoError(t, ann.Destroy(t.Context(), audiobridge.DestroyRequest{Room: janusclient.NumberID(1234)}))
	require.NoError(t, <-ended)
	out.wait(t, "the end")
}

func TestNoSuchRoom(t *testing.T) {
	server := janustest.NewServer()
	t.Cleanup(server.Close)
	err := run(t.Context(), &output{}, janusclient.Config{URL: server.URL}, "99")
	require.True(t, audiobridge.HasCode(err, audiobridge.CodeNoSuchRoom), "%v", err)
}

func TestSessionLost(t *testing.T) {
	server := janustest.NewServer(janustest.WithRoom("1234"))
	t.Cleanup(server.Close)
	ended := make(chan error, 1)
	cfg := janusclient.Config{URL: server.URL}
	ann := attach(t, cfg)
	join(t, ann, "Ann", 7)
	out := &output{}
	go func() { ended <- run(t.Context(), out, cfg, "1234") }()
	out.wait(t, "is there: 7 Ann\n")
	server.LoseSessions()
	require.ErrorIs(t, <-ended, janusclient.ErrSessionLost)
}

func attach(t *testing.T, cfg janusclient.Config) *audiobridge.Handle {
	t.Helper()
	client, err := janusclient.New(cfg)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	session, err := client.Create(t.Context(), janusclient.SessionOptions{})
	require.NoError(t, err)
	h, err := audiobridge.Attach(t.Context(), session, janusclient.AttachOptions{})
	require.NoError(t, err)
	return h
}

func join(t *testing.T, h *audiobridge.Handle, display string, id uint64) {
	t.Helper()
	_, _, err := h.Join(t.Context(), audiobridge.JoinRequest{
		Room: janusclient.NumberID(1234), ID: janusclient.NumberID(id), Media: audiobridge.Media{Display: display},
	}, nil)
	require.NoError(t, err)
}
