// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/config"
	"mod_janus/janusclient"
)

// What is remembered of rooms and files is bounded, and what is in use stays.
func TestMemoryOfRoomsIsBounded(t *testing.T) {
	s := &server{}
	s.cfg.Store(&config.ServerConfig{})
	ref := func(n uint64) roomRef {
		return roomRef{server: s, cfg: s.cfg.Load(), room: janusclient.NumberID(n), text: fmt.Sprint(n)}
	}
	first := s.archives.hold(ref(1), true) // somebody is at it
	for n := range uint64(3 * maxRoomArchives) {
		if n != 1 {
			s.archives.hold(ref(n), true).mu.Unlock()
		}
	}
	require.Len(t, s.archives.rooms, maxRoomArchives)
	first.mu.Unlock()
	require.Same(t, first, s.archives.of(ref(1), false))

	for n := range 3 * maxPlaying {
		s.playing.add(fmt.Sprint(n), "file")
	}
	require.Len(t, s.playing.files, maxPlaying)
	require.Equal(t, []string{"file"}, s.playing.of(fmt.Sprint(3*maxPlaying-1)))
	for range maxPlaying + 5 {
		s.playing.add("1", "x")
	}
	require.Len(t, s.playing.of("1"), maxPlaying)
}
