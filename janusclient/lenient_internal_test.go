// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// Booleans and ids as strings, as Janus 0.1.0 and its like write them.
func TestLooseMessages(t *testing.T) {
	m, err := parseMessage([]byte(`{"janus":"media","session_id":"7","sender":"18446744073709551615","type":"audio","receiving":"true","uplink":"false"}`))
	require.NoError(t, err)
	require.Equal(t, Media{Type: "audio", Receiving: true}, m.event())
	require.Equal(t, []coreID{7, 18446744073709551615}, []coreID{m.SessionID, m.Sender})
	for _, raw := range []string{
		`{"janus":"media","receiving":"yes"}`, `{"janus":"event","sender":""}`,
		`{"janus":"event","sender":"x"}`, `{"janus":"event","sender":-1}`, `{"janus":"event","sender":1.5}`, `{"janus":"event","sender":"\"1"}`,
	} {
		_, err := parseMessage([]byte(raw))
		require.Error(t, err, raw)
	}
}

func TestLooseInfo(t *testing.T) {
	for raw, want := range map[string]Info{
		`{"name":"n","api_secret":"true","ipv6":"false","full-trickle":"true"}`:              {Name: "n", APISecret: true, FullTrickle: true, AcceptingNewSessions: true},
		`{"auth_token":true,"ipv6":true,"accepting-new-sessions":false,"server-name":"one"}`: {AuthToken: true, IPv6: true, ServerName: "one"},
	} {
		var info Info
		require.NoError(t, json.Unmarshal([]byte(raw), &info))
		require.Equal(t, want, info)
	}
	require.Error(t, json.Unmarshal([]byte(`{"ipv6":"perhaps"}`), new(Info)))
}
