// SPDX-License-Identifier: MPL-2.0

package server

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

func TestRoomIsForgottenWithItsLastLeg(t *testing.T) {
	s := newTestServer(t)
	ref := RoomRef{Server: s, Config: s.Config(), Room: janusclient.NumberID(7), Text: "7"}
	one, two := new(testLeg), new(testLeg)
	room, _ := s.Rooms.Enter(ref)
	again, first := s.Rooms.Enter(ref)
	require.Same(t, room, again, "two legs of one room")
	require.False(t, first)
	room.Acquire()
	room.Lock(one, "token")
	require.Equal(t, "token", room.LockOf(one))
	require.Empty(t, room.LockOf(two))
	require.Equal(t, "token", room.AnyLock())
	require.False(t, room.Unlock(one, "another token"))
	room.Release()
	s.Rooms.Leave(room, one)
	require.Empty(t, room.AnyLock(), "the lock goes with its leg")
	require.Equal(t, Remembered{Rooms: 1}, s.Remembered())
	s.Rooms.Leave(room, two)
	require.Equal(t, Remembered{}, s.Remembered())
}

func TestRoomThatIsMadeAgainIsOpen(t *testing.T) {
	s := newTestServer(t)
	room, _ := s.Rooms.Enter(RoomRef{Server: s, Config: s.Config(), Room: janusclient.NumberID(7), Text: "7"})
	require.False(t, room.Making().ByUs)
	room.Lock(new(testLeg), "of a room that is gone")
	how := Making{Request: audiobridge.CreateRequest{PIN: "1"}, Secret: "s"}
	room.Made(how)
	how.ByUs = true
	require.Equal(t, how, room.Making())
	require.Equal(t, "s", room.Secret())
	require.Empty(t, room.AnyLock())
}
