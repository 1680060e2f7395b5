// SPDX-License-Identifier: MPL-2.0

package audiobridge_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/janustest"
)

func TestParseEvent(t *testing.T) {
	room, id := janusclient.NumberID(1234), janusclient.StringID("ab")
	for raw, wanted := range map[string]audiobridge.Event{
		`{"audiobridge":"joined","room":1234,"id":"ab","participants":[{"id":5,"display":"x","setup":true,"muted":true,"talking":true}]}`: audiobridge.Joined{
			Room: room, ID: id, Participants: []audiobridge.Participant{{ID: janusclient.NumberID(5), Display: "x", Setup: true, Muted: true, Talking: true}}},
		`{"audiobridge":"joined","room":1234,"participants":[{"id":"ab"}]}`: audiobridge.ParticipantsJoined{
			Room: room, Participants: []audiobridge.Participant{{ID: id}}},
		`{"audiobridge":"event","room":1234,"participants":[{"id":"ab","setup":true}]}`: audiobridge.ParticipantsChanged{
			Room: room, Participants: []audiobridge.Participant{{ID: id, Setup: true}}},
		`{"audioroom":"event","room":1234,"leaving":"ab"}`:      audiobridge.Leaving{Room: room, ID: id},
		`{"audiobridge":"event","room":1234,"kicked":"ab"}`:     audiobridge.Kicked{Room: room, ID: id},
		`{"audiobridge":"event","room":1234,"kicked_all":"ab"}`: audiobridge.Kicked{Room: room, ID: id},
		`{"audiobridge":"event","room":1234,"muted":true}`:      audiobridge.RoomMuted{Room: room, Muted: true},
		`{"audiobridge":"event","room":1234,"suspended":"ab"}`:  audiobridge.Suspended{Room: room, ID: id, Suspended: true},
		`{"audiobridge":"joined","room":1234,"id":"ab","rtp":{"ip":"192.0.2.1","port":5000,"payload_type":111}}`: audiobridge.Joined{
			Room: room, ID: id, RTP: &audiobridge.RTP{IP: "192.0.2.1", Port: 5000, PayloadType: 111}},
		`{"audiobridge":"event","room":1234,"resumed":"ab","participants":[{"id":5}]}`: audiobridge.Suspended{
			Room: room, ID: id, Participants: []audiobridge.Participant{{ID: janusclient.NumberID(5)}}},
		`{"audiobridge":"hangingup"}`:                                      audiobridge.HangingUp{},
		`{"audiobridge":"event","room":1234,"resumed":"ab"}`:               audiobridge.Suspended{Room: room, ID: id},
		`{"audiobridge":"event","result":"ok"}`:                            audiobridge.Configured{},
		`{"audiobridge":"left","room":1234,"id":"ab"}`:                     audiobridge.Left{Room: room, ID: id},
		`{"audiobridge":"destroyed","room":1234}`:                          audiobridge.Destroyed{Room: room},
		`{"audiobridge":"roomchanged","room":1234,"id":"ab"}`:              audiobridge.RoomChanged{Room: room, ID: id},
		`{"audiobridge":"talking","room":1234,"id":"ab"}`:                  audiobridge.Talking{Room: room, ID: id, Talking: true},
		`{"audiobridge":"stopped-talking","room":1234,"id":"ab"}`:          audiobridge.Talking{Room: room, ID: id},
		`{"audiobridge":"announcement-started","room":1234,"file_id":"f"}`: audiobridge.Announcement{Room: room, FileID: "f", Playing: true},
		`{"audiobridge":"news"}`:                                           audiobridge.Unknown{Name: "news"},
		`{"audiobridge":"event"}`:                                          audiobridge.Unknown{Name: "event"},
		`{"audiobridge":"event","error_code":485,"error":"No such room (7)"}`: audiobridge.Failure{Err: &janusclient.PluginError{
			Plugin: audiobridge.Plugin, Code: 485, Reason: "No such room (7)", Request: "event"}},
	} {
		event, err := audiobridge.ParseEvent([]byte(raw))
		require.NoError(t, err)
		require.Equal(t, wanted, event, raw)
	}
	for _, raw := range []string{``, `{}`, `[]`, `{"videoroom":"joined"}`, `{"audiobridge":"joined","room":1.5}`, `{"audiobridge":7}`} {
		_, err := audiobridge.ParseEvent([]byte(raw))
		require.Error(t, err, raw)
	}
}

func FuzzParseEvent(f *testing.F) {
	f.Add([]byte(`{"audiobridge":"joined","room":1234,"id":5,"participants":[{"id":5}]}`))
	f.Add([]byte(`{"audiobridge":"event","room":"x","leaving":1}`))
	f.Add([]byte(`{"audiobridge":"event","error_code":485,"error":7}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		event, err := audiobridge.ParseEvent(raw)
		require.Equal(t, err == nil, event != nil)
	})
}

// TestSplitAnswer: "joined" and the JSEP answer in two events, either way round.
func TestSplitAnswer(t *testing.T) {
	for name, jsepFirst := range map[string]bool{"joined first": false, "jsep first": true} {
		t.Run(name, func(t *testing.T) {
			server := janustest.NewServer(janustest.WithRoom("1234"), janustest.WithSplitAnswer(jsepFirst), janustest.WithAutoWebRTCUp())
			t.Cleanup(server.Close)
			p := attach(t, connect(t, server))
			joined, jsep, err := p.Join(t.Context(), audiobridge.JoinRequest{Room: janusclient.NumberID(1234)},
				&janusclient.JSEP{Type: "offer", SDP: offer})
			require.NoError(t, err)
			require.False(t, joined.ID.IsZero())
			require.Contains(t, jsep.SDP, "a=rtpmap:111 opus")
			require.Equal(t, janusclient.WebRTCUp{}, <-p.mail)
		})
	}
}

func connect(t *testing.T, server *janustest.Server) *janusclient.Session {
	t.Helper()
	client, err := janusclient.New(janusclient.Config{URL: server.URL})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	session, err := client.Create(t.Context(), janusclient.SessionOptions{})
	require.NoError(t, err)
	return session
}

// TestOnDemand: what a test can make the fake do.
func TestOnDemand(t *testing.T) {
	server := janustest.NewServer()
	t.Cleanup(server.Close)
	server.CreateRoom("77", "boss", "1")
	session := connect(t, server)
	a, b := attach(t, session), attach(t, session)
	room := janusclient.NumberID(77)
	joinedA, _, err := a.Join(t.Context(), audiobridge.JoinRequest{Room: room, PIN: "1"}, nil)
	require.NoError(t, err)
	joinedB, _, err := b.Join(t.Context(), audiobridge.JoinRequest{Room: room, PIN: "1"}, nil)
	require.NoError(t, err)
	server.WebRTCUp(a.ID())
	require.True(t, next[audiobridge.ParticipantsChanged](t, b).Participants[0].Setup)
	_, err = a.Allow(t.Context(), audiobridge.AllowedRequest{Room: room, Secret: "boss", Action: audiobridge.ActionAdd, Allowed: []string{"tok"}})
	require.NoError(t, err)
	require.NoError(t, a.Mute(t.Context(), audiobridge.ManageRequest{Room: room, ID: joinedB.ID, Secret: "boss"}))
	require.True(t, next[audiobridge.ParticipantsChanged](t, b).Participants[0].Muted)
	require.NoError(t, a.Unmute(t.Context(), audiobridge.ManageRequest{Room: room, ID: joinedB.ID, Secret: "boss"}))
	require.True(t, server.Kick("77", joinedA.ID))
	require.Equal(t, joinedA.ID, next[audiobridge.Kicked](t, a).ID)
	server.DestroyRoom("77")
	require.Equal(t, room, next[audiobridge.Destroyed](t, b).Room)
	require.Zero(t, server.Participants("77"))
	require.Zero(t, server.Rooms())
	server.Hangup(b.ID(), "ICE failed")
	for e := range b.mail {
		if h, ok := e.(janusclient.Hangup); ok {
			require.Equal(t, "ICE failed", h.Reason)
			break
		}
	}
}
