// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/janustest"
)

// guest is somebody in a room who is no leg of ours.
func guest(t *testing.T, server *janustest.Server, room janusclient.ID) (id string) {
	t.Helper()
	client, err := janusclient.New(janusclient.Config{URL: server.URL})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	session, err := client.Create(t.Context(), janusclient.SessionOptions{})
	require.NoError(t, err)
	h, err := audiobridge.Attach(t.Context(), session, janusclient.AttachOptions{})
	require.NoError(t, err)
	joined, _, err := h.Join(t.Context(), audiobridge.JoinRequest{Room: room, Media: audiobridge.Media{Display: "Guest"}}, nil)
	require.NoError(t, err)
	return joined.ID.String()
}

// The verbs about one participant reach somebody who is no leg of ours, whether
// Janus has numbers for ids or strings, and the kind is found out by the way.
func TestVerbsOnAParticipant(t *testing.T) {
	for name, options := range map[string][]janustest.Option{"numbers": nil, "strings": {janustest.WithStringIDs()}} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, "", append(options, janustest.WithVersion("1.4.1"))...)
			l.connected()
			room := janusclient.NumberID(1234)
			if name == "strings" {
				room = room.AsString()
			}
			id := guest(t, l.janus, room)
			in := func(line string) string { return l.engine.Command("room demo 1234 " + line) }
			row := func(muted, suspended string) string {
				return "\n" + id + "|Guest|false|" + muted + "|false|" + suspended + "|\n"
			}
			require.Equal(t, "+OK\n", in("mute "+id))
			require.Contains(t, in("list"), row("true", "false"))
			require.Equal(t, "{\"result\":\"ok\"}\n", in("unmute "+id+" as json"))
			require.Equal(t, "+OK\n", in("suspend "+id))
			require.Contains(t, in("list"), row("false", "true"))
			require.Equal(t, "+OK\n", in("resume "+id))
			require.Contains(t, in("list"), row("false", "false"))
			require.Equal(t, "+OK\n", in("kick "+id))
			require.Equal(t, "[]\n", in("list as json"))
			require.Equal(t, "-ERR No such user "+id+" in room 1234\n", in("kick "+id))
			require.Contains(t, in("kick"), "-ERR usage: janus room <server> <room> kick <participant> [secret=<secret>]")
			require.Contains(t, in("kick 1 2"), "-ERR usage: ")
			if name == "numbers" {
				require.Contains(t, in("kick nobody"), "-ERR Invalid element type (id should be a positive integer)")
				require.Contains(t, in("kick 0"), `-ERR "0" is no id of a participant: want a number from 1 to 9223372036854775807`)
				require.Contains(t, in("kick 9223372036854775808"), "want a number")
			}
		})
	}
}

// A Janus before 1.2.1 has no such request, which is not the fault of who asked.
func TestVerbsOnAParticipantOfAnOldJanus(t *testing.T) {
	l := newLab(t, "")
	l.connected()
	l.janus.Fault(janustest.Match{Request: "suspend"}, janustest.Refuse(audiobridge.CodeInvalidRequest, "Unknown request 'suspend'"))
	require.Equal(t, "-ERR this Janus cannot suspend (since 1.2.1)\n", l.engine.Command("room demo 1234 suspend 7"))
}
