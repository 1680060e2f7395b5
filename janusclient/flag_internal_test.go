// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// An old Janus writes booleans as strings: what it says in one message is read
// all the same, and the messages beside it are not lost.
func TestBooleansAsStrings(t *testing.T) {
	messages, err := parseBatch([]byte(`[{"janus":"media","sender":7,"type":"audio","receiving":"true"},
		{"janus":"media","sender":7,"type":"audio","receiving":"false"},{"janus":"slowlink","sender":7,"uplink":"true","nacks":3}]`))
	require.NoError(t, err)
	require.Equal(t, []Event{
		Media{Type: "audio", Receiving: true}, Media{Type: "audio"}, SlowLink{Uplink: true, Lost: 3},
	}, []Event{messages[0].event(), messages[1].event(), messages[2].event()})
	var info Info
	require.NoError(t, json.Unmarshal([]byte(`{"janus":"server_info","version":10,"version_string":"0.1.0","ipv6":"false","api_secret":"true"}`), &info))
	require.True(t, bool(info.APISecret))
	require.False(t, bool(info.IPv6))
	for _, wrong := range []string{`"yes"`, `7`, `{}`, `"True"`} {
		require.Error(t, json.Unmarshal([]byte(wrong), new(Flag)), wrong)
	}
}
