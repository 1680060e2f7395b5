// SPDX-License-Identifier: MPL-2.0

package server

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/config"
	"mod_janus/janusclient"
)

// What is remembered of rooms and files is bounded, and what is in use stays.
func TestMemoryOfRoomsIsBounded(t *testing.T) {
	s := &Server{}
	s.cfg.Store(&config.ServerConfig{})
	ref := func(n uint64) RoomRef {
		return RoomRef{Server: s, Config: s.cfg.Load(), Room: janusclient.NumberID(n), Text: fmt.Sprint(n)}
	}
	first := s.Archives.hold(ref(1), true) // somebody is at it
	for n := range uint64(3 * maxRoomArchives) {
		if n != 1 {
			s.Archives.hold(ref(n), true).mu.Unlock()
		}
	}
	require.Len(t, s.Archives.rooms, maxRoomArchives)
	first.mu.Unlock()
	require.Same(t, first, s.Archives.of(ref(1), false))

	for n := range 3 * maxPlaying {
		s.Playing.Add(fmt.Sprint(n), "file")
	}
	require.Len(t, s.Playing.files, maxPlaying)
	require.Equal(t, []string{"file"}, s.Playing.Of(fmt.Sprint(3*maxPlaying-1)))
	for range maxPlaying + 5 {
		s.Playing.Add("1", "x")
	}
	require.Len(t, s.Playing.Of("1"), maxPlaying)
}
