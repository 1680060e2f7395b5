// SPDX-License-Identifier: MPL-2.0

package audioroom_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/audioroom"
)

func TestParseEvent(t *testing.T) {
	user := janusclient.NumberID(5)
	people := []audiobridge.Participant{{ID: user, Display: "x", Muted: true}}
	for raw, wanted := range map[string]audiobridge.Event{
		`{"audioroom":"joined","id":"lobby","uid":"u","userid":5,"participants":[]}`: audiobridge.Joined{
			Room: lobby, ID: user, UID: "u", Participants: []audiobridge.Participant{}},
		`{"audioroom":"joined","id":"lobby","participants":[{"userid":5,"display":"x","muted":"true"}]}`: audiobridge.ParticipantsJoined{
			Room: lobby, Participants: people},
		`{"audioroom":"event","id":"lobby","participants":[{"userid":5,"display":"x","muted":true}]}`: audiobridge.ParticipantsChanged{
			Room: lobby, Participants: people},
		`{"audioroom":"event","id":"lobby","participants":[{"userid":5,"muted":"false","setup":true}]}`: audiobridge.ParticipantsChanged{
			Room: lobby, Participants: []audiobridge.Participant{{ID: user, Setup: true}}},
		`{"audioroom":"roomchanged","id":"lobby","uid":"u","userid":5,"participants":[{"userid":5,"display":"x","muted":"true"}]}`: audiobridge.RoomChanged{
			Room: lobby, ID: user, UID: "u", Participants: people},
		`{"audioroom":"event","id":"lobby","leaving":5}`:   audiobridge.Leaving{Room: lobby, ID: user},
		`{"audioroom":"event","id":"lobby","kicked":5}`:    audiobridge.Kicked{Room: lobby, ID: user},
		`{"audioroom":"event","id":"lobby","result":"ok"}`: audiobridge.Configured{},
		`{"audioroom":"destroyed","id":"lobby"}`:           audiobridge.Destroyed{Room: lobby},
		`{"audioroom":"news"}`:                             audiobridge.Unknown{Name: "news"},
		`{"audioroom":"event"}`:                            audiobridge.Unknown{Name: "event"},
		`{"audioroom":"event","error_code":485,"error":"No such id (x)"}`: audiobridge.Failure{Err: &janusclient.PluginError{
			Plugin: audioroom.Plugin, Code: 485, Reason: "No such id (x)", Request: "event"}},
	} {
		event, err := audioroom.ParseEvent([]byte(raw))
		require.NoError(t, err)
		require.Equal(t, wanted, event, raw)
	}
	for _, raw := range []string{``, `{}`, `[]`, `{"audiobridge":"joined"}`, `{"audioroom":"joined","id":1.5}`, `{"audioroom":7}`,
		`{"audioroom":"event","participants":[{"muted":"yes"}]}`} {
		_, err := audioroom.ParseEvent([]byte(raw))
		require.Error(t, err, raw)
	}
}

func FuzzParseEvent(f *testing.F) {
	f.Add([]byte(`{"audioroom":"joined","id":"1234","userid":5,"participants":[{"userid":5,"muted":"true"}]}`))
	f.Add([]byte(`{"audioroom":"event","id":"x","leaving":1}`))
	f.Add([]byte(`{"audioroom":"event","error_code":485,"error":7}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		event, err := audioroom.ParseEvent(raw)
		require.Equal(t, err == nil, event != nil)
	})
}
