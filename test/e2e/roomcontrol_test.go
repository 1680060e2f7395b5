// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"context"
	"encoding/json"
	"net"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4/pkg/media/oggwriter"
	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/test/lab"
)

// A room from its making to its end, each step asked of Janus itself.
func TestControlsOfARoom(t *testing.T) {
	a := ask(t, janus)
	id := janusclient.NumberID(8700)
	room := func(format string, args ...any) string {
		t.Helper()
		return api(t, sw, "janus room demo 8700 "+format, args...)
	}
	require.Equal(t, "+OK 8700", room("create description='Board room' secret=boss sampling-rate=48000 audiolevel-event=true"))
	require.Equal(t, "Board room", a.room(id).Description)
	require.Equal(t, 48000, a.room(id).SamplingRate)
	require.Equal(t, "-ERR Room 8700 already exists", room("create"))
	require.Contains(t, api(t, sw, "janus rooms demo"), "\n8700|Board room|0|0|false|false|false|48000")
	require.Equal(t, "+OK", room("edit description=Standup new-pin=77 secret=boss"))
	require.Equal(t, "Standup", a.room(id).Description)
	require.True(t, a.room(id).PINRequired)
	require.Equal(t, "+OK", room("edit new-pin= secret=boss"))
	require.False(t, a.room(id).PINRequired)

	speaker := originate(t, sw, "%s", tone("janus-use-existing-room=true,janus-room-secret=boss", "janus/demo/Speaker@8700", 440))
	listener := originate(t, sw, "%sjanus/demo/Listener@8700 &park()", existing)
	other := browser(t, 8700, "Browser", false)
	var people []map[string]any
	require.NoError(t, json.Unmarshal([]byte(api(t, sw, "janus participants demo 8700 as json")), &people))
	require.Len(t, people, 3)
	uuids := map[any]any{}
	for _, p := range people {
		uuids[p["display"]] = p["uuid"]
	}
	require.Equal(t, map[any]any{"Speaker": speaker, "Listener": listener, "Browser": ""}, uuids)
	talking, quiet := context.WithCancel(t.Context())
	said := make(chan error, 1)
	go func() { said <- other.Talk(talking, 10, time.Minute) }()
	row := regexp.MustCompile(`\n` + other.ID.String() + `\|Browser\|true\|false\|true\|false\|(\n|$)`)
	eventually(t, "it is set up, not muted, talking, no leg of ours", func() bool { return row.MatchString(room("list")) })
	quiet()
	require.ErrorIs(t, <-said, context.Canceled)
	other.Close()

	// without a secret on the line, the leg's is presented
	mixed := filepath.Join(t.TempDir(), "mix.wav")
	require.Equal(t, "+OK", room("mute-all"))
	require.True(t, a.room(id).Muted)
	require.Equal(t, "+OK", room("unmute-all"))
	require.False(t, a.room(id).Muted)
	require.Equal(t, "+OK", room("record start %s", mixed))
	require.True(t, a.room(id).Record)
	grows(t, mixed, 100000)
	require.Equal(t, "+OK", room("record stop"))
	require.False(t, a.room(id).Record)
	var sound lab.Sound
	eventually(t, "the file is complete", func() bool {
		var err error
		sound, err = lab.ReadWAV(mixed)
		return err == nil && sound.Duration() > time.Second/2
	})
	requireHeard(t, sound, 440)

	require.Equal(t, "+OK", room("allow enable"))
	require.Equal(t, "+OK 2 tokens", room("allow add tic tac"))
	requireFailure(t, sw, "CALL_REJECTED", "%sjanus/demo/x@8700 &park()", existing)
	require.Equal(t, "+OK 1 tokens", room("allow remove tic"))
	require.Equal(t, "+OK", room("allow disable"))
	require.Equal(t, "+OK", room("kick-all"))
	eventually(t, "everybody is out", func() bool { return len(a.participants(id)) == 0 })
	gone(t, sw)
	require.Equal(t, "-ERR Missing mandatory element (secret)", room("destroy"))
	require.Equal(t, "+OK", room("destroy secret=boss"))
	require.Nil(t, a.room(id))
	require.Equal(t, "-ERR No such room (8700)", room("mute-all"))
	for line := range strings.SplitSeq(sw.Log(), "\n") {
		if !strings.Contains(line, "API CALL") && !strings.Contains(line, "originate") {
			require.NotContains(t, line, "boss")
		}
	}
}

// opusFile writes silence of some seconds; Janus plays it as any.
func opusFile(t *testing.T, seconds int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "silence.opus")
	file, err := oggwriter.New(path, 48000, 1)
	require.NoError(t, err)
	for i := range 50 * seconds {
		require.NoError(t, file.WriteRTP(&rtp.Packet{Header: rtp.Header{Version: 2, Timestamp: uint32(960 * i)}, Payload: []byte{0xf8, 0xff, 0xfe}}))
	}
	require.NoError(t, file.Close())
	return path
}

func TestPlayIntoARoom(t *testing.T) {
	a := ask(t, janus)
	uuid := originate(t, sw, "janus/demo/x@8701 &park()")
	path := opusFile(t, 10)
	id, ok := strings.CutPrefix(api(t, sw, "janus room demo 8701 play %s loop=true", path), "+OK ")
	require.True(t, ok, id)
	playing := func() bool {
		on, err := a.IsPlaying(t.Context(), audiobridge.FileRequest{Room: janusclient.NumberID(8701), FileID: id})
		return err == nil && on
	}
	eventually(t, "the file is played", playing)
	require.Equal(t, "+OK "+id, api(t, sw, "janus room demo 8701 play stop"))
	require.False(t, playing())
	require.Contains(t, api(t, sw, "janus room demo 8701 play /no/such.opus"), "-ERR ")
	hangup(t, sw, uuid)
}

// The mix goes out as plain RTP.
func TestForwardOfARoom(t *testing.T) {
	socket, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer socket.Close()
	speaker := originate(t, sw, "%s", tone("janus-room-description=forward", "janus/demo/Speaker@8702", 440))
	stream, ok := strings.CutPrefix(api(t, sw, "janus room demo 8702 forward %s codec=pcmu ssrc=4711", socket.LocalAddr()), "+OK ")
	require.True(t, ok, stream)
	require.NoError(t, socket.SetReadDeadline(time.Now().Add(patience)))
	buffer := make([]byte, 1500)
	n, _, err := socket.ReadFrom(buffer)
	require.NoError(t, err)
	var packet rtp.Packet
	require.NoError(t, packet.Unmarshal(buffer[:n]))
	require.EqualValues(t, 4711, packet.SSRC)
	_, port, err := net.SplitHostPort(socket.LocalAddr().String())
	require.NoError(t, err)
	require.Contains(t, api(t, sw, "janus room demo 8702 forward list"), "\n"+stream+"|127.0.0.1|"+port+"|pcmu|4711|")
	require.Equal(t, "+OK", api(t, sw, "janus room demo 8702 forward stop %s", stream))
	forwarders, err := ask(t, janus).ListForwarders(t.Context(), audiobridge.ManageRequest{Room: janusclient.NumberID(8702)})
	require.NoError(t, err)
	require.Empty(t, forwarders)
	_, err = strconv.ParseUint(stream, 10, 32)
	require.NoError(t, err)
	hangup(t, sw, speaker)
}
