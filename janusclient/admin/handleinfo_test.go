// SPDX-License-Identifier: MPL-2.0

package admin_test

import (
	"encoding/json"
	"net"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient/admin"
	"mod_janus/janusclient/janustest"
)

// parse reads an info that a Janus has told.
func parse(t *testing.T, file string) *admin.HandleInfo {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + file)
	require.NoError(t, err)
	info, err := admin.ParseHandleInfo(raw)
	require.NoError(t, err)
	require.JSONEq(t, string(raw), string(info.Raw))
	return info
}

// What Debian's Janus 1.1.2 tells of a leg in a room.
func TestParseHandleInfo(t *testing.T) {
	info := parse(t, "handle_info_1.1.2.json")
	require.Equal(t, "ready", info.ICEState())
	require.Equal(t, "connected", info.DTLSState())
	require.True(t, bool(info.Flags["ready"]))
	require.Contains(t, info.WebRTC.ICE.SelectedPair, "<->")
	require.NotEmpty(t, info.WebRTC.ICE.LocalCandidates)
	require.True(t, info.WebRTC.DTLS.Valid)
	audio, found := info.Audio()
	require.True(t, found)
	require.Equal(t, "pcmu", audio.Codec.Name)
	require.True(t, audio.Direction.Send && audio.Direction.Recv)
	require.Positive(t, audio.Stats.In.Packets)
	require.Positive(t, audio.Stats.Out.Bytes)
	require.Positive(t, audio.SSRC.Peer)
	require.Equal(t, 8000, audio.RTCP["main"].ClockRate)
	require.Positive(t, info.Age())
}

// A Janus 0.x has "streams" and "components".
func TestParseHandleInfoOfJanus0(t *testing.T) {
	info := parse(t, "handle_info_0.x.json")
	require.Equal(t, "ready", info.ICEState())
	require.Equal(t, "connected", info.DTLSState())
	require.Equal(t, 17*time.Millisecond, info.RTT())
	audio, found := info.Audio()
	require.True(t, found)
	require.Equal(t, admin.Counts{Packets: 100, Bytes: 9000, BytesLastSecond: 4000, NACKs: 2, Retransmissions: 1}, audio.Stats.In)
	require.Equal(t, int64(99), audio.Stats.Out.Packets)
	require.Equal(t, "opus", audio.Codec.Name)
	require.Len(t, info.WebRTC.Media, 1, "no video was negotiated")
}

// Members that are missing, or of another type, do not hide the others.
func TestParseHandleInfoIsLenient(t *testing.T) {
	info, err := admin.ParseHandleInfo([]byte(`{"session_id":"seven","handle_id":8,"flags":{"ready":1,"alert":true},
		"webrtc":{"ice":{"state":"ready","connected":"yes"},"dtls":[],"media":{"0":{"type":"audio","rtcp":{"main":{"rtt":"x","lost":5}}}}}}`))
	require.NoError(t, err)
	require.Equal(t, uint64(8), info.HandleID)
	require.True(t, bool(info.Flags["alert"]))
	require.True(t, bool(info.Flags["ready"]), "a Janus 0.x writes 1")
	require.Equal(t, "ready", info.ICEState())
	require.Empty(t, info.DTLSState())
	audio, found := info.Audio()
	require.True(t, found)
	require.Equal(t, int64(5), audio.RTCP["main"].Lost)
	require.Zero(t, info.RTT())
	for _, empty := range []string{`{}`, `{"webrtc":null,"streams":[]}`, `{"webrtc":{}}`} {
		info, err := admin.ParseHandleInfo([]byte(empty))
		require.NoError(t, err, empty)
		_, found := info.Audio()
		require.False(t, found)
		require.Zero(t, info.RTT())
	}
	for _, bad := range []string{``, `null`, `7`, `[]`, `"x"`, `{`} {
		_, err := admin.ParseHandleInfo([]byte(bad))
		require.Error(t, err, bad)
	}
}

func FuzzParseHandleInfo(f *testing.F) {
	for _, file := range []string{"handle_info_1.1.2.json", "handle_info_0.x.json"} {
		raw, err := os.ReadFile("testdata/" + file)
		require.NoError(f, err)
		f.Add(raw)
	}
	f.Add([]byte(`{"webrtc":{"media":{"":{"type":"audio","rtcp":null}}},"streams":[{"components":[{}]}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		info, err := admin.ParseHandleInfo(raw)
		if err != nil {
			return
		}
		info.Audio()
		info.RTT()
		info.Age()
		_, _ = info.ICEState(), info.DTLSState()
	})
}

func last(server *janustest.Server) janustest.Request {
	requests := server.Requests()
	return requests[len(requests)-1]
}

func member(t *testing.T, raw json.RawMessage, name string) json.RawMessage {
	t.Helper()
	var members map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(raw, &members))
	return members[name]
}

func split(t *testing.T, address string) (host string, port int) {
	t.Helper()
	host, text, err := net.SplitHostPort(address)
	require.NoError(t, err)
	port, err = strconv.Atoi(text)
	require.NoError(t, err)
	return host, port
}
