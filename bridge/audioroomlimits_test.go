// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"errors"
	"slices"
	"testing"

	"github.com/pion/webrtc/v4"
	"github.com/stretchr/testify/require"

	"mod_janus/bridge/host"
	"mod_janus/janusclient/janustest"
)

// A move to the room that the leg is in is answered here: AudioBridge would
// refuse it, and audioroom would serve nobody any more.
func TestMoveToTheSameRoom(t *testing.T) {
	for _, plugin := range []string{"audioroom", "audiobridge"} {
		t.Run(plugin, func(t *testing.T) {
			l := newLab(t, "")
			if plugin == "audioroom" {
				l, _ = newAudioRoomLab(t)
			}
			c, uuid := l.call("demo/Alice@1234", nil)
			l.up(uuid)
			require.Equal(t, "+OK it is there already\n", l.engine.Command("move "+uuid+" 1234"))
			require.Zero(t, l.requested("changeroom"))
			if plugin == "audiobridge" {
				l.janus.CreateRoom("5", "", "")
			}
			require.Equal(t, "+OK\n", l.engine.Command("move "+uuid+" 5"), "the plugin makes a room that is not there")
			require.Equal(t, "+OK\n", l.engine.Command("move "+uuid+" 1234"), "and back")
			require.Equal(t, "1234", l.host.Variable(uuid, host.VarRoom))
			l.end(c, host.CauseNormalClearing)
			l.clean(1)
		})
	}
}

// The plugin tells two ids apart that are one number.
func TestMoveBetweenIDsThatAreOneNumber(t *testing.T) {
	l, _ := newAudioRoomLab(t)
	c, uuid := l.call("demo/Alice@7", nil)
	l.up(uuid)
	require.Equal(t, "+OK\n", l.engine.Command("move "+uuid+" 007"))
	require.Equal(t, "007", l.host.Variable(uuid, host.VarRoom))
	require.Contains(t, l.engine.Command("rooms demo"), "007|")
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
}

// What the plugin would pass over and call done is an error that names the
// plugin, from the console and from keys.
func TestAudioRoomCannotDoAll(t *testing.T) {
	l, _ := newAudioRoomLab(t)
	c, uuid := l.call("demo/Alice@lobby", nil)
	l.up(uuid)
	for _, line := range []string{"volume " + uuid + " 50", "display " + uuid + " Bob", "record " + uuid + " start /tmp/x", "record " + uuid + " stop"} {
		output := l.engine.Command(line)
		require.Regexp(t, "^-ERR plugin janus.plugin.cm.audioroom cannot change (volume|display|filename, record|record) of a participant\n$", output, line)
	}
	require.Zero(t, l.requested("configure"))
	require.Contains(t, l.engine.Command("calls"), "|Alice|")
	require.Equal(t, "+OK\n", l.engine.Command("mute "+uuid))
	require.Equal(t, 1, l.requested("configure"))
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
}

// The plugin leaves an offer without Opus unanswered: no such offer is made.
func TestAudioRoomMixesOpusAlone(t *testing.T) {
	l, server := newAudioRoomLab(t)
	c, uuid := l.call("demo/Alice@lobby", map[string]string{"janus-codec": "PCMU"})
	cause, reason := l.down(uuid)
	require.Equal(t, host.CauseIncompatibleDestination.String(), cause.String(), reason)
	require.Contains(t, reason, audioRoomPlugin)
	require.Zero(t, l.requested("join"))
	require.Zero(t, server.Rooms())
	l.end(c, cause)

	c, uuid = l.call("demo/Alice@lobby", map[string]string{"janus-use-bridged-channel-codec": "true", "ep_codec_string": "PCMA"})
	l.up(uuid)
	l.end(c, host.CauseNormalClearing)
	l.clean(2)
}

const audioRoomPlugin = "janus.plugin.cm.audioroom"

// The plugin never says that a PeerConnection is up: who is in the room counts
// as ready.
func TestAudioRoomAnswerWaitsForAnyParticipant(t *testing.T) {
	l, _ := newAudioRoomLab(t)
	gated := map[string]string{"janus-answer-on-participant-ready": "true", "janus-answer-participant-timeout-ms": "60000"}
	a, first := l.call("demo/Alice@lobby", gated)
	l.host.Wait(t, "the answer waits", func() bool { return l.host.Logged(first, "answer waits") })
	b, second := l.call("demo/Bob@lobby", gated)
	l.up(first)
	l.up(second)
	l.end(a, host.CauseNormalClearing)
	l.end(b, host.CauseNormalClearing)
	l.clean(2)
}

// Media must not end before the handle does: the plugin would lose the room.
func TestAudioRoomIsDetachedBeforeMediaEnds(t *testing.T) {
	for _, how := range []string{"hangup", "rejoin"} {
		t.Run(how, func(t *testing.T) {
			l, server := newAudioRoomLab(t)
			c, uuid := l.call("demo/Alice@lobby", nil)
			l.up(uuid)
			l.host.Wait(t, "media up", func() bool { return l.host.Fired("janus::call", "Action", "media-up") })
			closed := make(chan struct{})
			conn := l.peers.conns[0]
			l.eventually("connected at the other end too", func() bool { return conn.ConnectionState() == webrtc.PeerConnectionStateConnected })
			conn.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
				if slices.Contains([]webrtc.PeerConnectionState{webrtc.PeerConnectionStateClosed, webrtc.PeerConnectionStateFailed}, state) {
					close(closed)
				}
			})
			detach := l.janus.Fault(janustest.Match{Janus: "detach", Nth: 1}, janustest.Hang())
			if how == "hangup" {
				l.end(c, host.CauseNormalClearing)
			} else {
				c.SessionLost(l.session(), errors.New("the test says so"))
			}
			l.eventually("the handle is detached", func() bool { return detach.Hits() == 1 })
			require.Equal(t, webrtc.PeerConnectionStateConnected, conn.ConnectionState())
			<-closed
			if how == "rejoin" {
				l.host.Wait(t, "rejoined", func() bool { return l.host.Fired("janus::call", "Action", "rejoined") })
				l.end(c, host.CauseNormalClearing)
			}
			l.clean(1)
			l.eventually("the room is gone", func() bool { return server.Rooms() == 0 })
		})
	}
}

// The plugin's rooms can be listed, asked for and destroyed; of the rest the
// answer says that it has none.
func TestAudioRoomCommands(t *testing.T) {
	l, _ := newAudioRoomLab(t)
	c, uuid := l.call("demo/Alice@007", nil)
	l.up(uuid)
	id := l.host.Variable(uuid, host.VarParticipantID)
	require.Equal(t, "room|description|participants|legs|record|rate|uid\n007|Room 007|1|1|true|48000|uid-of-007\n", l.engine.Command("rooms demo"))
	require.Contains(t, l.engine.Command("rooms demo as json"), `"uid":"uid-of-007"`)
	people := "id|display|muted|uuid\n" + id + "|Alice|false|" + uuid + "\n"
	require.Equal(t, people, l.engine.Command("participants demo 007"))
	require.Equal(t, people, l.engine.Command("room demo 007 list"))
	require.Equal(t, "+OK true\n", l.engine.Command("room demo 007 exists"))
	require.Equal(t, "+OK false\n", l.engine.Command("room demo 7 exists"))
	require.Equal(t, "-ERR No such room (7)\n", l.engine.Command("participants demo 7"))
	for _, verb := range []string{"create", "edit", "mute-all", "kick " + id, "suspend " + id, "record start", "allow enable", "forward list"} {
		require.Regexp(t, `^-ERR plugin janus.plugin.cm.audioroom has nothing for ".*": of its rooms there is list, exists, destroy\n$`,
			l.engine.Command("room demo 007 "+verb), verb)
	}
	require.Equal(t, "+OK\n", l.engine.Command("room demo 007 destroy"))
	cause, reason := l.down(uuid)
	require.Equal(t, host.CauseNormalClearing.String(), cause.String(), reason)
	l.end(c, cause)
	l.clean(1)
}
