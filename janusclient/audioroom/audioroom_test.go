// SPDX-License-Identifier: MPL-2.0

package audioroom_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/audioroom"
	"mod_janus/janusclient/janustest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// offer is a browser's, without candidates.
const offer = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n" +
	"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\n" +
	"a=rtpmap:111 opus/48000/2\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789abcdefghijkl01\r\n" +
	"a=fingerprint:sha-256 D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2:D2\r\n" +
	"a=setup:actpass\r\n"

// roomHandle is what makes calls on either plugin.
type roomHandle interface {
	Join(context.Context, audiobridge.JoinRequest, *janusclient.JSEP) (*audiobridge.Joined, *janusclient.JSEP, error)
	Configure(context.Context, audiobridge.ConfigureRequest, *janusclient.JSEP) (*janusclient.JSEP, error)
	ChangeRoom(context.Context, audiobridge.ChangeRoomRequest) (*audiobridge.RoomChanged, error)
	Leave(context.Context) error
	List(context.Context, string) ([]audiobridge.Room, error)
	Exists(context.Context, janusclient.ID) (bool, error)
	ListParticipants(context.Context, janusclient.ID) ([]audiobridge.Participant, error)
	Destroy(context.Context, audiobridge.DestroyRequest) error
	ResetDecoder(context.Context) error
	Detach(context.Context) error
}

var _, _ roomHandle = (*audioroom.Handle)(nil), (*audiobridge.Handle)(nil)

// peer is a handle with a mailbox.
type peer struct {
	*audioroom.Handle
	mail chan janusclient.Event
}

func attach(t *testing.T, session *janusclient.Session) *peer {
	t.Helper()
	mail := make(chan janusclient.Event, 1000)
	h, err := audioroom.Attach(t.Context(), session, janusclient.AttachOptions{OnEvent: func(e janusclient.Event) { mail <- e }})
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
			require.Equal(t, audioroom.Plugin, plugin.Plugin)
			event, err := audioroom.ParseEvent(plugin.Data)
			require.NoError(t, err)
			if e, ok := event.(E); ok {
				return e
			}
		case <-limit:
			require.FailNow(t, "event missing", "%T", *new(E))
		}
	}
}

// overBoth runs a test over REST and over a WebSocket.
func overBoth(t *testing.T, test func(*testing.T, *janustest.AudioRoomServer, *janusclient.Session)) {
	t.Helper()
	for name, option := range map[string]janustest.Option{"http": func(*janustest.Server) {}, "ws": janustest.WithWebSocket()} {
		t.Run(name, func(t *testing.T) {
			server := janustest.NewAudioRoomServer(option)
			t.Cleanup(server.Close)
			test(t, server, connect(t, server))
		})
	}
}

func connect(t *testing.T, server *janustest.AudioRoomServer) *janusclient.Session {
	t.Helper()
	client, err := janusclient.New(janusclient.Config{URL: server.URL})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	session, err := client.Create(t.Context(), janusclient.SessionOptions{})
	require.NoError(t, err)
	return session
}

var lobby, sidebar = janusclient.StringID("lobby"), janusclient.StringID("1234")

// TestCall: rooms come with join and changeroom, and who is in them is told.
func TestCall(t *testing.T) {
	overBoth(t, func(t *testing.T, server *janustest.AudioRoomServer, session *janusclient.Session) {
		ctx := t.Context()
		a, b := attach(t, session), attach(t, session)
		exists, err := a.Exists(ctx, lobby)
		require.NoError(t, err)
		require.False(t, exists)
		muted := true
		joinedA, jsep, err := a.Join(ctx, audiobridge.JoinRequest{
			Room: lobby, ID: janusclient.NumberID(77), Media: audiobridge.Media{Display: "Änne", Muted: &muted}}, nil)
		require.NoError(t, err)
		require.Nil(t, jsep)
		require.Equal(t, lobby, joinedA.Room)
		require.Equal(t, janusclient.NumberID(77), joinedA.ID)
		require.NotEmpty(t, joinedA.UID)
		require.Empty(t, joinedA.Participants)
		exists, err = b.Exists(ctx, lobby)
		require.NoError(t, err)
		require.True(t, exists)

		joinedB, jsep, err := b.Join(ctx, audiobridge.JoinRequest{Room: lobby}, &janusclient.JSEP{Type: "offer", SDP: offer})
		require.NoError(t, err)
		require.Equal(t, "answer", jsep.Type)
		require.Contains(t, jsep.SDP, "a=fingerprint:")
		require.Equal(t, []audiobridge.Participant{{ID: joinedA.ID, Display: "Änne", Muted: true}}, joinedB.Participants)
		require.Equal(t, audiobridge.ParticipantsJoined{Room: lobby, Participants: []audiobridge.Participant{{ID: joinedB.ID}}},
			next[audiobridge.ParticipantsJoined](t, a))
		_, err = b.Configure(ctx, audiobridge.ConfigureRequest{Media: audiobridge.Media{Muted: &muted}}, nil)
		require.NoError(t, err)
		require.True(t, next[audiobridge.ParticipantsChanged](t, a).Participants[0].Muted)
		require.NoError(t, b.ResetDecoder(ctx))
		people, err := a.ListParticipants(ctx, lobby)
		require.NoError(t, err)
		require.Equal(t, []audiobridge.Participant{{ID: joinedA.ID, Display: "Änne", Muted: true}, {ID: joinedB.ID, Muted: true}}, people)

		moved, err := b.ChangeRoom(ctx, audiobridge.ChangeRoomRequest{Room: janusclient.NumberID(1234)})
		require.NoError(t, err)
		require.Equal(t, sidebar, moved.Room, "a number is sent as a string")
		require.Equal(t, audiobridge.Leaving{Room: lobby, ID: joinedB.ID}, next[audiobridge.Leaving](t, a))
		rooms, err := a.List(ctx, "")
		require.NoError(t, err)
		require.ElementsMatch(t, []audiobridge.Room{
			{Room: lobby, UID: "uid-of-lobby", Description: "Room lobby", SamplingRate: 48000, Record: true, NumParticipants: 1},
			{Room: sidebar, UID: "uid-of-1234", Description: "Room 1234", SamplingRate: 48000, Record: true, NumParticipants: 1},
		}, rooms)
		server.WebRTCUp(b.ID())
		for e := range b.mail {
			if _, up := e.(janusclient.WebRTCUp); up {
				break
			}
		}
	})
}

// TestVanish: rooms go when they become empty, except by leave.
func TestVanish(t *testing.T) {
	overBoth(t, func(t *testing.T, server *janustest.AudioRoomServer, session *janusclient.Session) {
		ctx := t.Context()
		a := attach(t, session)
		_, _, err := a.Join(ctx, audiobridge.JoinRequest{Room: lobby}, nil)
		require.NoError(t, err)
		_, err = a.ChangeRoom(ctx, audiobridge.ChangeRoomRequest{Room: sidebar})
		require.NoError(t, err)
		require.Equal(t, 1, server.Rooms(), "the old one was left empty")
		require.NoError(t, a.Detach(ctx))
		require.Zero(t, server.Rooms())

		b := attach(t, session)
		_, _, err = b.Join(ctx, audiobridge.JoinRequest{Room: lobby}, nil)
		require.NoError(t, err)
		require.NoError(t, b.Leave(ctx))
		require.NoError(t, b.Detach(ctx))
		require.Equal(t, 1, server.Rooms())
		c := attach(t, session)
		joined, _, err := c.Join(ctx, audiobridge.JoinRequest{Room: lobby}, nil)
		require.NoError(t, err)
		require.Empty(t, joined.Participants)
		require.NoError(t, session.Destroy(ctx))
		require.Zero(t, server.Rooms())

		d, e := attach(t, connect(t, server)), attach(t, connect(t, server))
		_, _, err = d.Join(ctx, audiobridge.JoinRequest{Room: lobby}, nil)
		require.NoError(t, err)
		require.NoError(t, e.Destroy(ctx, audiobridge.DestroyRequest{Room: lobby}))
		require.Equal(t, audiobridge.Destroyed{Room: lobby}, next[audiobridge.Destroyed](t, d))
		require.Zero(t, server.Rooms())
		_, _, err = d.Join(ctx, audiobridge.JoinRequest{Room: lobby}, nil)
		require.NoError(t, err)
		server.LoseSessions()
		require.Zero(t, server.Rooms())
	})
}

// TestRefusals: errors have AudioBridge's codes, and this plugin's name.
func TestRefusals(t *testing.T) {
	overBoth(t, func(t *testing.T, server *janustest.AudioRoomServer, session *janusclient.Session) {
		ctx := t.Context()
		a, b := attach(t, session), attach(t, session)
		_, _, err := a.Join(ctx, audiobridge.JoinRequest{}, nil)
		require.ErrorContains(t, err, audioroom.Plugin+": join refused: Missing element (id) (483)")
		_, _, err = a.Join(ctx, audiobridge.JoinRequest{Room: lobby, ID: janusclient.StringID("x")}, nil)
		require.ErrorContains(t, err, "not a number")
		_, err = a.ChangeRoom(ctx, audiobridge.ChangeRoomRequest{Room: lobby})
		require.True(t, audiobridge.HasCode(err, audiobridge.CodeNotJoined), "%v", err)
		_, err = a.Configure(ctx, audiobridge.ConfigureRequest{}, nil)
		require.True(t, audiobridge.HasCode(err, audiobridge.CodeNotJoined), "%v", err)
		require.True(t, audiobridge.HasCode(a.Leave(ctx), audiobridge.CodeNotJoined))
		require.True(t, audiobridge.HasCode(a.ResetDecoder(ctx), audiobridge.CodeNotJoined))
		_, err = a.ListParticipants(ctx, lobby)
		require.True(t, audiobridge.HasCode(err, audiobridge.CodeNoSuchRoom), "%v", err)
		err = a.Destroy(ctx, audiobridge.DestroyRequest{Room: lobby})
		require.True(t, audiobridge.HasCode(err, audiobridge.CodeNoSuchRoom), "%v", err)
		require.Zero(t, server.Rooms())
		_, err = a.Message(ctx, map[string]any{"request": "create", "id": "lobby"}, nil)
		require.ErrorContains(t, err, "create refused: Unknown request 'create' (482)")
		_, err = a.Message(ctx, map[string]any{"request": "join", "id": 7}, nil)
		require.True(t, audiobridge.HasCode(err, audiobridge.CodeInvalidElement), "%v", err)
		strings, wrong := audiobridge.WrongIDKind(err)
		require.True(t, strings && wrong, "%v", err)
		_, err = a.Message(ctx, map[string]any{"request": "join", "id": "lobby", "userid": "7"}, nil)
		require.True(t, audiobridge.HasCode(err, audiobridge.CodeInvalidElement), "%v", err)
		me := audiobridge.JoinRequest{Room: lobby, ID: janusclient.NumberID(7)}
		_, _, err = a.Join(ctx, me, nil)
		require.NoError(t, err)
		_, _, err = a.Join(ctx, me, nil)
		require.True(t, audiobridge.HasCode(err, audiobridge.CodeAlreadyJoined), "%v", err)
		_, _, err = b.Join(ctx, me, nil)
		require.True(t, audiobridge.HasCode(err, audiobridge.CodeIDExists), "%v", err)
		_, _, err = b.Join(ctx, audiobridge.JoinRequest{Room: lobby}, &janusclient.JSEP{Type: "offer", SDP: "v=0\r\n"})
		var core *janusclient.Error
		require.ErrorAs(t, err, &core)
		require.Equal(t, janusclient.CodeJSEPInvalidSDP, core.Code)
	})
}

// TestWords: requests go out in the plugin's words, and never name a "room".
func TestWords(t *testing.T) {
	overBoth(t, func(t *testing.T, server *janustest.AudioRoomServer, session *janusclient.Session) {
		ctx := t.Context()
		a := attach(t, session)
		quality := 5
		_, _, err := a.Join(ctx, audiobridge.JoinRequest{Room: janusclient.NumberID(1<<53 + 1), ID: janusclient.StringID("7"),
			Media: audiobridge.Media{Display: "x", Quality: &quality}}, nil)
		require.NoError(t, err)
		_, err = a.ChangeRoom(ctx, audiobridge.ChangeRoomRequest{Room: lobby})
		require.NoError(t, err)
		_, err = a.Exists(ctx, lobby)
		require.NoError(t, err)
		require.NoError(t, a.Destroy(ctx, audiobridge.DestroyRequest{Room: lobby, Secret: "s", Permanent: true}))
		sent := map[string]string{}
		for _, r := range server.Requests() {
			var message struct {
				Plugin string
				Body   json.RawMessage
			}
			_ = json.Unmarshal(r.Body, &message)
			if r.Janus == "attach" {
				require.Equal(t, audioroom.Plugin, message.Plugin)
			}
			sent[r.Request] = string(message.Body)
		}
		require.JSONEq(t, `{"request":"join","id":"9007199254740993","userid":7,"display":"x","quality":5}`, sent["join"])
		require.JSONEq(t, `{"request":"changeroom","id":"lobby"}`, sent["changeroom"])
		require.JSONEq(t, `{"request":"exists","id":"lobby"}`, sent["exists"])
		require.JSONEq(t, `{"request":"destroy","id":"lobby"}`, sent["destroy"])
	})
}

// TestFaults: those of the fake work here too.
func TestFaults(t *testing.T) {
	server := janustest.NewAudioRoomServer(janustest.WithSplitAnswer(true), janustest.WithAutoWebRTCUp())
	t.Cleanup(server.Close)
	a := attach(t, connect(t, server))
	joined, jsep, err := a.Join(t.Context(), audiobridge.JoinRequest{Room: lobby}, &janusclient.JSEP{Type: "offer", SDP: offer})
	require.NoError(t, err)
	require.False(t, joined.ID.IsZero())
	require.Contains(t, jsep.SDP, "opus")
	drop := server.Fault(janustest.Match{Request: "leave", Nth: 1}, janustest.DropAnswer())
	require.NoError(t, a.Leave(t.Context()))
	require.Equal(t, 1, drop.Hits(), "its event tells that the message arrived")
	_, _, err = a.Join(t.Context(), audiobridge.JoinRequest{Room: lobby}, nil)
	require.NoError(t, err)
	server.Fault(janustest.Match{Request: "configure"}, janustest.EventBeforeAck())
	_, err = a.Configure(t.Context(), audiobridge.ConfigureRequest{}, nil)
	require.NoError(t, err)
	cut := server.Fault(janustest.Match{Request: "list", Nth: 1}, janustest.CutBody(10))
	_, err = a.List(t.Context(), "")
	require.NoError(t, err)
	require.Equal(t, 2, cut.Hits())
	bridge, err := audiobridge.Attach(t.Context(), a.Session(), janusclient.AttachOptions{})
	require.NoError(t, err)
	rooms, err := bridge.List(t.Context(), "")
	require.NoError(t, err)
	require.Len(t, rooms, 1, "AudioBridge is there as well")
	server.Hangup(a.ID(), "ICE failed")
	for e := range a.mail {
		if h, ok := e.(janusclient.Hangup); ok {
			require.Equal(t, "ICE failed", h.Reason)
			break
		}
	}
}
