// SPDX-License-Identifier: MPL-2.0

package janustest_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/janustest"
)

// caller is one who is in room 1234, with what was told to them.
type caller struct {
	*audiobridge.Handle
	id   janusclient.ID
	told chan audiobridge.Event
}

// join has somebody come into the room, with a PeerConnection that is up.
func join(t *testing.T, server *janustest.Server, session *janusclient.Session, request audiobridge.JoinRequest) *caller {
	t.Helper()
	c := &caller{told: make(chan audiobridge.Event, 100)}
	var err error
	c.Handle, err = audiobridge.Attach(t.Context(), session, janusclient.AttachOptions{OnEvent: func(e janusclient.Event) {
		if plugin, ok := e.(janusclient.PluginEvent); ok {
			event, err := audiobridge.ParseEvent(plugin.Data)
			if err == nil {
				c.told <- event
			}
		}
	}})
	require.NoError(t, err)
	request.Room = janusclient.NumberID(1234)
	joined, _, err := c.Join(t.Context(), request, nil)
	require.NoError(t, err)
	c.id = joined.ID
	server.WebRTCUp(c.ID())
	return c
}

// A secret in join makes an admin, whom a muted room does not mute; and who is
// suspended neither hears nor is heard, nor is told of others if they said so.
func TestWhoIsMixed(t *testing.T) {
	server := janustest.NewServer(janustest.WithVersion("1.4.1"))
	defer server.Close()
	server.CreateRoom("1234", "boss", "")
	client, err := janusclient.New(janusclient.Config{URL: server.URL})
	require.NoError(t, err)
	defer client.Close()
	session, err := client.Create(t.Context(), janusclient.SessionOptions{})
	require.NoError(t, err)
	plain := join(t, server, session, audiobridge.JoinRequest{})
	chief := join(t, server, session, audiobridge.JoinRequest{Secret: "boss"})
	mixed := func(c *caller) [2]bool {
		heard, hears := server.Mixed("1234", c.id)
		return [2]bool{heard, hears}
	}
	both, deaf, mute := [2]bool{true, true}, [2]bool{}, [2]bool{false, true}
	require.Equal(t, both, mixed(plain))

	manage := audiobridge.ManageRequest{Room: janusclient.NumberID(1234), Secret: "boss"}
	_, err = chief.Request(t.Context(), "mute_room", manage, nil, nil)
	require.NoError(t, err)
	require.Equal(t, mute, mixed(plain))
	require.Equal(t, both, mixed(chief))
	_, err = chief.Request(t.Context(), "unmute_room", manage, nil, nil)
	require.NoError(t, err)

	var list struct{ Participants []json.RawMessage }
	_, err = plain.Request(t.Context(), "suspend", map[string]any{"room": 1234, "id": plain.id, "pause_events": true}, nil, nil)
	require.NoError(t, err, "of oneself, without the secret")
	require.Equal(t, deaf, mixed(plain))
	_, err = plain.Request(t.Context(), "suspend", map[string]any{"room": 1234, "id": chief.id}, nil, nil)
	require.ErrorContains(t, err, "secret")
	_, err = chief.Request(t.Context(), "mute", map[string]any{"room": 1234, "id": chief.id, "secret": "boss"}, nil, nil)
	require.NoError(t, err)
	_, err = plain.Request(t.Context(), "resume", map[string]any{"room": 1234, "id": plain.id}, nil, nil)
	require.NoError(t, err)
	require.Equal(t, both, mixed(plain))
	_, err = plain.Request(t.Context(), "listparticipants", map[string]any{"room": 1234}, nil, &list)
	require.NoError(t, err)
	require.Len(t, list.Participants, 2)
	// What it is told of itself; that chief was muted meanwhile, it is not.
	var told []audiobridge.Event
	require.Eventually(t, func() bool {
		select {
		case event := <-plain.told:
			told = append(told, event)
		default:
		}
		return len(told) > 0 && isSuspended(told[len(told)-1], false)
	}, 30*time.Second, time.Millisecond)
	suspended := slices.IndexFunc(told, func(e audiobridge.Event) bool { return isSuspended(e, true) })
	require.Equal(t, len(told)-2, suspended, "%v", told)
}

func isSuspended(event audiobridge.Event, so bool) bool {
	suspended, ok := event.(audiobridge.Suspended)
	return ok && suspended.Suspended == so
}
