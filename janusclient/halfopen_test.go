// SPDX-License-Identifier: MPL-2.0

package janusclient_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/janustest"
)

// A poll is on a connection that is half open: an answer that does not come by
// it in time has it given up, not only its own limit of 45 s.
func TestHalfOpenPoll(t *testing.T) {
	t.Parallel()
	r := overHTTP.rig(t, quick)
	eventually(t, "a poll that is well", func() bool { return r.server.Polls() == 1 })
	rule := r.server.Fault(janustest.Match{Janus: "poll"}, janustest.Hang())
	r.push(1) // ends the poll that is well
	require.Equal(t, 1, number(t, r.next(t)))
	eventually(t, "a poll that nobody answers", func() bool { return rule.Hits() > 0 })
	rule.Remove()
	_, err := r.message(t, joinRequest)
	require.ErrorIs(t, err, janusclient.ErrTimeout)
	_, err = r.message(t, body{"request": "leave"})
	require.NoError(t, err)
	require.NoError(t, r.session.Err())
}

// Janus is silent for a while, polls and all: the first answer that comes again
// shows that the poll from before may be lost.
func TestPollAfterSilence(t *testing.T) {
	t.Parallel()
	r := overHTTP.rig(t, quick)
	eventually(t, "a poll that is well", func() bool { return r.server.Polls() == 1 })
	rule := r.server.Fault(janustest.Match{}, janustest.Hang())
	r.push(1) // ends the poll that is well
	require.Equal(t, 1, number(t, r.next(t)))
	require.ErrorIs(t, r.session.KeepAlive(t.Context()), janusclient.ErrTimeout)
	rule.Remove()
	require.NoError(t, r.session.KeepAlive(t.Context()))
	_, err := r.message(t, joinRequest)
	require.NoError(t, err)
}

// The connection falls silent before there is a session, and with it keepalives:
// the next try does without that connection.
func TestHalfOpenCreate(t *testing.T) {
	t.Parallel()
	server := overWS.server(t)
	client := newClient(t, server, quick)
	server.Fault(janustest.Match{Janus: "create", Nth: 1}, janustest.Silence())
	_, err := client.Create(t.Context(), janusclient.SessionOptions{})
	require.ErrorIs(t, err, janusclient.ErrTimeout)
	session, err := client.Create(t.Context(), janusclient.SessionOptions{})
	require.NoError(t, err)
	require.NoError(t, session.Destroy(t.Context()))
}
