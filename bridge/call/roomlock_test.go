// SPDX-License-Identifier: MPL-2.0

package call

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// allowerHandle is a fakeHandle whose plugin keeps a list of tokens, of one room.
type allowerHandle struct {
	fakeHandle
	tokens  []string
	checked bool
	people  []audiobridge.Participant
}

func (h *allowerHandle) Allow(_ context.Context, request audiobridge.AllowedRequest) ([]string, error) {
	switch request.Action {
	case audiobridge.ActionAdd:
		h.tokens = append(h.tokens, request.Allowed...)
	case audiobridge.ActionRemove:
		h.tokens = slices.DeleteFunc(h.tokens, func(token string) bool { return slices.Contains(request.Allowed, token) })
	case audiobridge.ActionEnable, audiobridge.ActionDisable:
		h.checked = request.Action == audiobridge.ActionEnable
	}
	return slices.Clone(h.tokens), h.err
}

func (h *allowerHandle) ListParticipants(context.Context, janusclient.ID) ([]audiobridge.Participant, error) {
	return h.people, h.err
}

// newTestLock is the lock of participant 1.
func newTestLock() (*roomLock, *allowerHandle) {
	p, _, _ := newTestParticipant(config.Variables{RoomLock: true})
	handle := &allowerHandle{people: []audiobridge.Participant{numbered(1)}}
	p.janus.handle = handle
	p.room.comeIn()
	return &roomLock{
		channel: p.channel, janus: p.janus, room: p.room, progress: new(progress),
		self: func() janusclient.ID { return janusclient.NumberID(1) },
	}, handle
}

func TestRoomLock(t *testing.T) {
	l, handle := newTestLock()
	require.NoError(t, l.onEntry(t.Context()))
	require.True(t, handle.checked)
	holder, _ := lockHolder(l.admits())
	require.Equal(t, "1", holder)
	require.Equal(t, "true", l.channel.variable(host.VarRoomLocked))
	l.unlock(t.Context())
	require.False(t, handle.checked)
	require.Empty(t, handle.tokens)
	require.Empty(t, l.admits())
}

func TestRoomLockOfARoomWithTokens(t *testing.T) {
	l, handle := newTestLock()
	handle.tokens = []string{"of the room itself"}
	require.ErrorContains(t, l.onEntry(t.Context()), "it has 1 tokens of its own")
	l.progress.set(stateRejoining)
	require.NoError(t, l.onEntry(t.Context()), "one that joins again is not dropped for it")
	require.Equal(t, "false", l.channel.variable(host.VarRoomLocked))
	require.Equal(t, []string{"of the room itself"}, handle.tokens)
}

func TestRoomLockThatIsAbandoned(t *testing.T) {
	l, handle := newTestLock()
	handle.tokens, handle.checked = []string{lockMark + "1=held"}, true
	require.False(t, l.pass(t.Context()), "participant 1 is there")
	handle.tokens = []string{lockMark + "9=abandoned"}
	require.True(t, l.pass(t.Context()))
	require.False(t, handle.checked)
}
