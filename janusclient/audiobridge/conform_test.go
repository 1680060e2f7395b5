// SPDX-License-Identifier: MPL-2.0

package audiobridge_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/janustest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// offer is a browser's, without candidates.
const offer = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n" +
	"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\n" +
	"a=rtpmap:111 opus/48000/2\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789abcdefghijkl01\r\n" +
	"a=fingerprint:sha-256 D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2\r\n" +
	"a=setup:actpass\r\n"

// peer is a handle with a mailbox.
type peer struct {
	*audiobridge.Handle
	mail chan janusclient.Event
}

func attach(t *testing.T, session *janusclient.Session) *peer {
	t.Helper()
	mail := make(chan janusclient.Event, 1000)
	h, err := audiobridge.Attach(t.Context(), session, janusclient.AttachOptions{
		OpaqueID: "test",
		OnEvent:  func(e janusclient.Event) { mail <- e },
	})
	require.NoError(t, err)
	return &peer{h, mail}
}

// next waits for the plugin's event of one kind, and skips others.
func next[E audiobridge.Event](t *testing.T, p *peer) E {
	t.Helper()
	limit := time.After(5 * time.Second)
	for {
		select {
		case raw := <-p.mail:
			plugin, ok := raw.(janusclient.PluginEvent)
			if !ok {
				continue
			}
			event, err := audiobridge.ParseEvent(plugin.Data)
			require.NoError(t, err)
			if e, ok := event.(E); ok {
				return e
			}
		case <-limit:
			require.FailNow(t, "event missing", "%T", *new(E))
		}
	}
}

// targets are the fake in both kinds, and each real Janus named by
// JANUS_TEST_URL (separated by commas; API secret in JANUS_TEST_SECRET).
func targets(t *testing.T) map[string]janusclient.Config {
	t.Helper()
	all := map[string]janusclient.Config{}
	for name, options := range map[string][]janustest.Option{
		"fake": {}, "fake string_ids": {janustest.WithStringIDs()},
	} {
		server := janustest.NewServer(options...)
		t.Cleanup(server.Close)
		all[name] = janusclient.Config{URL: server.URL}
	}
	for _, url := range strings.FieldsFunc(os.Getenv("JANUS_TEST_URL"), func(r rune) bool { return r == ',' }) {
		all[url] = janusclient.Config{URL: url, Secret: os.Getenv("JANUS_TEST_SECRET")}
	}
	return all
}

// TestConform runs the same story against the fake and, if there, real Januses:
// what differs between them is a fault of the fake.
func TestConform(t *testing.T) {
	for name, config := range targets(t) {
		t.Run(name, func(t *testing.T) {
			config.Debug = func(direction string, message fmt.Stringer) { t.Log(direction, message) }
			client, err := janusclient.New(config)
			require.NoError(t, err)
			t.Cleanup(client.Close)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			info, err := client.Info(ctx)
			require.NoError(t, err)
			require.Contains(t, info.Plugins, audiobridge.Plugin)
			session, err := client.Create(ctx, janusclient.SessionOptions{})
			require.NoError(t, err)
			room := kindOf(ctx, t, session)
			conformRooms(ctx, t, session, room)
			conformCalls(ctx, t, session, room)
			settle(ctx, t, session)
			require.NoError(t, session.Claim(ctx))
			conformAfterClaim(ctx, t, session, room)
			require.NoError(t, session.Destroy(ctx))
			require.NoError(t, session.Destroy(ctx))
			_, err = session.Attach(ctx, audiobridge.Plugin, janusclient.AttachOptions{})
			require.ErrorIs(t, err, janusclient.ErrClosed)
		})
	}
}

// kindOf finds out which kind of id the server wants, and returns a free one.
func kindOf(ctx context.Context, t *testing.T, session *janusclient.Session) janusclient.ID {
	t.Helper()
	h := attach(t, session)
	number := janusclient.NumberID(1<<53 + 1 + rand.Uint64N(1<<60)) // no float holds it
	_, errNumber := h.Exists(ctx, number)
	_, errString := h.Exists(ctx, number.AsString())
	require.NotEqual(t, errNumber == nil, errString == nil, "%v / %v", errNumber, errString)
	require.NoError(t, h.Detach(ctx))
	if errNumber != nil {
		strings, wrong := audiobridge.WrongIDKind(errNumber)
		require.True(t, wrong && strings, "%v", errNumber)
		return janusclient.StringID(fmt.Sprintf("room-%x", rand.Uint64()))
	}
	strings, wrong := audiobridge.WrongIDKind(errString)
	require.True(t, wrong && !strings, "%v", errString)
	return number
}

func conformRooms(ctx context.Context, t *testing.T, session *janusclient.Session, room janusclient.ID) {
	t.Helper()
	h := attach(t, session)
	made, permanent, err := h.Create(ctx, audiobridge.CreateRequest{Room: room, Secret: "boss", PIN: "1234", Description: "a \"room\" ü"})
	require.NoError(t, err)
	require.Equal(t, room, made)
	require.False(t, permanent)
	_, _, err = h.Create(ctx, audiobridge.CreateRequest{Room: room})
	require.True(t, audiobridge.HasCode(err, audiobridge.CodeRoomExists), "%v", err)
	exists, err := h.Exists(ctx, room)
	require.NoError(t, err)
	require.True(t, exists)
	rooms, err := h.List(ctx, "")
	require.NoError(t, err)
	found := false
	for _, r := range rooms {
		if r.Room == room {
			found = true
			require.True(t, r.PINRequired)
			require.Equal(t, "a \"room\" ü", r.Description)
		}
	}
	require.True(t, found)
	_, _, err = h.Join(ctx, audiobridge.JoinRequest{Room: room}, nil)
	require.True(t, audiobridge.HasCode(err, audiobridge.CodeMissingElement) && audiobridge.IsRejected(err), "%v", err)
	_, _, err = h.Join(ctx, audiobridge.JoinRequest{Room: room, PIN: "x"}, nil)
	require.True(t, audiobridge.HasCode(err, audiobridge.CodeUnauthorized) && audiobridge.IsRejected(err), "%v", err)
	require.True(t, audiobridge.HasCode(h.Leave(ctx), audiobridge.CodeNotJoined))
	_, err = h.Configure(ctx, audiobridge.ConfigureRequest{}, nil)
	require.True(t, audiobridge.HasCode(err, audiobridge.CodeNotJoined), "%v", err)
	err = h.Destroy(ctx, audiobridge.DestroyRequest{Room: room, Secret: "no"})
	require.True(t, audiobridge.HasCode(err, audiobridge.CodeUnauthorized), "%v", err)
	require.NoError(t, h.Destroy(ctx, audiobridge.DestroyRequest{Room: room, Secret: "boss"}))
	_, _, err = h.Join(ctx, audiobridge.JoinRequest{Room: room}, nil)
	require.True(t, audiobridge.HasCode(err, audiobridge.CodeNoSuchRoom), "%v", err)
	require.NoError(t, h.Detach(ctx))
	require.NoError(t, h.Detach(ctx), "twice is once")
	require.ErrorIs(t, h.Hangup(ctx), janusclient.ErrClosed)
}

func conformCalls(ctx context.Context, t *testing.T, session *janusclient.Session, room janusclient.ID) {
	t.Helper()
	a, b := attach(t, session), attach(t, session)
	_, _, err := a.Create(ctx, audiobridge.CreateRequest{Room: room})
	require.NoError(t, err)
	muted := true
	joinedA, jsep, err := a.Join(ctx, audiobridge.JoinRequest{Room: room, Media: audiobridge.Media{Display: "Änne"}}, nil)
	require.NoError(t, err)
	require.Nil(t, jsep)
	require.Equal(t, room, joinedA.Room)
	require.Empty(t, joinedA.Participants)
	_, _, err = a.Join(ctx, audiobridge.JoinRequest{Room: room}, nil)
	require.True(t, audiobridge.HasCode(err, audiobridge.CodeAlreadyJoined), "%v", err)

	joinedB, jsep, err := b.Join(ctx, audiobridge.JoinRequest{Room: room, Media: audiobridge.Media{Muted: &muted}},
		&janusclient.JSEP{Type: "offer", SDP: offer})
	require.NoError(t, err)
	require.Equal(t, "answer", jsep.Type)
	require.Contains(t, jsep.SDP, "a=fingerprint:")
	require.Len(t, joinedB.Participants, 1)
	require.Equal(t, "Änne", joinedB.Participants[0].Display)
	require.Equal(t, joinedA.ID, joinedB.Participants[0].ID)
	others := next[audiobridge.ParticipantsJoined](t, a)
	require.Equal(t, joinedB.ID, others.Participants[0].ID)
	require.True(t, others.Participants[0].Muted)

	require.NoError(t, b.Trickle(ctx, janusclient.Candidate{Candidate: "candidate:1 1 udp 2015363327 192.0.2.1 20000 typ host", SDPMid: "0"}))
	require.NoError(t, b.TrickleComplete(ctx))
	muted = false
	_, err = b.Configure(ctx, audiobridge.ConfigureRequest{Media: audiobridge.Media{Muted: &muted}}, nil)
	require.NoError(t, err)
	changed := next[audiobridge.ParticipantsChanged](t, a)
	require.False(t, changed.Participants[0].Muted)
	list, err := a.ListParticipants(ctx, room)
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.True(t, audiobridge.HasCode(
		a.Kick(ctx, audiobridge.ManageRequest{Room: room, ID: janusclient.NumberID(1)}), audiobridge.CodeNoSuchUser) ||
		!room.IsNumber())
	require.NoError(t, b.Leave(ctx))
	require.Equal(t, audiobridge.Leaving{Room: room, ID: joinedB.ID}, next[audiobridge.Leaving](t, a))
	require.NoError(t, b.Hangup(ctx))
	require.NoError(t, b.Detach(ctx))
}

// settle lets the poll fetch what events there are and be held open again: one
// that is on its way while the session is claimed may lose an event.
func settle(ctx context.Context, t *testing.T, session *janusclient.Session) {
	t.Helper()
	h := attach(t, session)
	for range 10 {
		_, err := h.List(ctx, "")
		require.NoError(t, err)
	}
}

// conformAfterClaim finds a's room as it was: events must still come.
func conformAfterClaim(ctx context.Context, t *testing.T, session *janusclient.Session, room janusclient.ID) {
	t.Helper()
	c := attach(t, session)
	joined, _, err := c.Join(ctx, audiobridge.JoinRequest{Room: room}, nil)
	require.NoError(t, err)
	require.Len(t, joined.Participants, 1)
	_, _, err = c.Create(ctx, audiobridge.CreateRequest{Room: other(room)})
	require.NoError(t, err)
	moved, err := c.ChangeRoom(ctx, audiobridge.ChangeRoomRequest{Room: other(room)})
	require.NoError(t, err)
	require.Equal(t, other(room), moved.Room)
	require.NoError(t, c.Kick(ctx, audiobridge.ManageRequest{Room: other(room), ID: moved.ID}))
	require.Equal(t, moved.ID, next[audiobridge.Kicked](t, c).ID)
	require.NoError(t, c.Destroy(ctx, audiobridge.DestroyRequest{Room: room}))
	require.NoError(t, c.Destroy(ctx, audiobridge.DestroyRequest{Room: other(room)}))
}

func other(room janusclient.ID) janusclient.ID {
	if n, ok := room.Number(); ok {
		return janusclient.NumberID(n + 1)
	}
	return janusclient.StringID(room.String() + "-2")
}
