// SPDX-License-Identifier: MPL-2.0

package audioroom_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/audioroom"
	"mod_janus/janusclient/janustest"
)

// impatient is a session of a client that waits only a moment for an answer.
func impatient(t *testing.T, server *janustest.AudioRoomServer) *janusclient.Session {
	t.Helper()
	client, err := janusclient.New(janusclient.Config{URL: server.URL, CmdTimeout: 200 * time.Millisecond})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	session, err := client.Create(t.Context(), janusclient.SessionOptions{})
	require.NoError(t, err)
	return session
}

// What the plugin would pass over, and call done, is refused here: no request
// goes out for it.
func TestWhatCannotBeConfigured(t *testing.T) {
	overBoth(t, func(t *testing.T, server *janustest.AudioRoomServer, session *janusclient.Session) {
		a := attach(t, session)
		_, _, err := a.Join(t.Context(), audiobridge.JoinRequest{Room: lobby}, nil)
		require.NoError(t, err)
		percent, on := 50, true
		for name, r := range map[string]audiobridge.ConfigureRequest{
			"volume": {Media: audiobridge.Media{Volume: &percent}}, "display": {Media: audiobridge.Media{Display: "x"}},
			"filename, record": {Record: &on, Filename: "f"}, "expected_loss": {Media: audiobridge.Media{Muted: &on, ExpectedLoss: &percent}},
		} {
			_, err := a.Configure(t.Context(), r, nil)
			require.EqualError(t, err, "plugin "+audioroom.Plugin+" cannot change "+name+" of a participant")
		}
		for _, r := range server.Requests() {
			require.NotEqual(t, "configure", r.Request)
		}
	})
}

// Members of a wrong kind have code 484, and a join that is refused for one
// leaves its room behind.
func TestWrongMembers(t *testing.T) {
	overBoth(t, func(t *testing.T, server *janustest.AudioRoomServer, session *janusclient.Session) {
		ctx := t.Context()
		a := attach(t, session)
		refused := func(request map[string]any, reason string) {
			t.Helper()
			_, err := a.Message(ctx, request, nil)
			require.True(t, audiobridge.HasCode(err, audiobridge.CodeInvalidElement), "%v", err)
			require.ErrorContains(t, err, reason)
		}
		refused(map[string]any{"request": "join", "id": "lobby", "quality": 11}, "quality should be a positive integer between 1 and 10")
		require.Equal(t, 1, server.Rooms())
		refused(map[string]any{"request": "join", "id": "lobby", "muted": "true"}, "muted should be a boolean")
		refused(map[string]any{"request": "join", "id": "lobby", "display": 7}, "display should be a string")
		_, _, err := a.Join(ctx, audiobridge.JoinRequest{Room: lobby}, nil)
		require.NoError(t, err)
		refused(map[string]any{"request": "configure", "quality": 0}, "between 1 and 10")
		refused(map[string]any{"request": "changeroom", "id": "1234", "quality": "7"}, "quality should be a positive integer")
		_, err = a.Message(ctx, map[string]any{"request": "configure", "display": 7, "volume": "loud"}, nil)
		require.NoError(t, err, "the plugin does not read them")
	})
}

// A changeroom to the same room is the end of all service: that is why bridge
// does not ask for it.
func TestChangeRoomToTheSameRoom(t *testing.T) {
	server := janustest.NewAudioRoomServer()
	t.Cleanup(server.Close)
	a, b := attach(t, impatient(t, server)), attach(t, impatient(t, server))
	_, _, err := a.Join(t.Context(), audiobridge.JoinRequest{Room: lobby}, nil)
	require.NoError(t, err)
	_, err = a.ChangeRoom(t.Context(), audiobridge.ChangeRoomRequest{Room: lobby})
	require.ErrorIs(t, err, janusclient.ErrTimeout)
	_, _, err = b.Join(t.Context(), audiobridge.JoinRequest{Room: sidebar}, nil)
	require.ErrorIs(t, err, janusclient.ErrTimeout)
	rooms, err := b.List(t.Context(), "")
	require.NoError(t, err, "what is answered at once still is")
	require.Len(t, rooms, 1)
}

// An offer without Opus is not answered; its participant is in the room.
func TestOfferWithoutOpus(t *testing.T) {
	server := janustest.NewAudioRoomServer(janustest.WithAutoWebRTCUp())
	t.Cleanup(server.Close)
	a := attach(t, impatient(t, server))
	_, _, err := a.Join(t.Context(), audiobridge.JoinRequest{Room: lobby},
		&janusclient.JSEP{Type: "offer", SDP: strings.ReplaceAll(offer, "opus/48000/2", "PCMU/8000")})
	require.ErrorIs(t, err, janusclient.ErrTimeout)
	require.Equal(t, 1, server.Participants("lobby"))
}

// A room is removed with the handle of its last participant, not with the
// participant's PeerConnection; and the plugin thinks that it is in there.
func TestHangupKeepsTheRoom(t *testing.T) {
	server := janustest.NewAudioRoomServer()
	t.Cleanup(server.Close)
	a := attach(t, connect(t, server))
	_, _, err := a.Join(t.Context(), audiobridge.JoinRequest{Room: lobby}, &janusclient.JSEP{Type: "offer", SDP: offer})
	require.NoError(t, err)
	server.Hangup(a.ID(), "DTLS alert")
	require.Equal(t, 1, server.Rooms())
	require.Zero(t, server.Participants("lobby"))
	_, _, err = a.Join(t.Context(), audiobridge.JoinRequest{Room: lobby}, nil)
	require.True(t, audiobridge.HasCode(err, audiobridge.CodeAlreadyJoined), "%v", err)
	require.NoError(t, a.Detach(t.Context()))
	require.Zero(t, server.Rooms())
}

// The Janus that the plugin was made for waits for the end of the candidates,
// and writes booleans as strings.
func TestOldJanus(t *testing.T) {
	server := janustest.NewAudioRoomServer(janustest.WithAutoWebRTCUp())
	t.Cleanup(server.Close)
	client, err := janusclient.New(janusclient.Config{URL: server.URL})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	info, err := client.Info(t.Context())
	require.NoError(t, err)
	require.True(t, info.Before("0.7.2"))
	require.False(t, bool(info.APISecret))
	session := connect(t, server)
	no := false
	for _, trickle := range []*bool{&no, nil} {
		a := attach(t, session)
		_, _, err = a.Join(t.Context(), audiobridge.JoinRequest{Room: lobby}, &janusclient.JSEP{Type: "offer", SDP: offer, Trickle: trickle})
		require.NoError(t, err)
		if trickle == nil {
			server.PushEvent(a.ID(), json.RawMessage(fmt.Sprintf(`{"janus":"hangup","sender":%d,"reason":"first"}`, a.ID())))
			require.Equal(t, []janusclient.Event{janusclient.Hangup{Reason: "first"}}, coreEvents(t, a, 1), "Janus waits")
			require.NoError(t, a.TrickleComplete(t.Context()))
		}
		require.Equal(t, []janusclient.Event{
			janusclient.WebRTCUp{}, janusclient.Media{Type: "audio", Mid: "0", Receiving: true},
		}, coreEvents(t, a, 2))
		require.NoError(t, a.Detach(t.Context()))
	}
}

// coreEvents waits for as many events of the core.
func coreEvents(t *testing.T, p *peer, count int) (core []janusclient.Event) {
	t.Helper()
	limit := time.After(5 * time.Second)
	for len(core) < count {
		select {
		case e := <-p.mail:
			if _, plugin := e.(janusclient.PluginEvent); !plugin {
				core = append(core, e)
			}
		case <-limit:
			require.FailNow(t, "events missing", "%d of %d", len(core), count)
		}
	}
	return core
}
