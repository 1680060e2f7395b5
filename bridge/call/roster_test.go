// SPDX-License-Identifier: MPL-2.0

package call

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// newTestRoster is the roster of participant 1, and what it has told.
func newTestRoster(room *room) (r *roster, told *[]string) {
	told = new([]string)
	room.ref.Config.Plugin = audiobridge.Plugin
	note := func(what string) { *told = append(*told, what) }
	return &roster{
		room: room, self: janusclient.NumberID(1),
		fire: func(_ string, headers [][2]string) {
			i := slices.IndexFunc(headers, func(h [2]string) bool { return h[0] == host.HeaderParticipantID })
			note(headers[0][1] + " " + headers[i][1])
		},
		ready:    func(who string) { note("ready " + who) },
		announce: note,
	}, told
}

func numbered(id uint64) audiobridge.Participant {
	return audiobridge.Participant{ID: janusclient.NumberID(id)}
}

func TestRosterTellsWhoComesAndGoes(t *testing.T) {
	r, told := newTestRoster(newTestRoom(config.Variables{}))
	one, two, three := numbered(1), numbered(2), numbered(3)
	two.Setup = true
	r.present([]audiobridge.Participant{one, two})
	require.Equal(t, 1, r.others())
	r.joined([]audiobridge.Participant{one, three})
	require.Equal(t, 2, r.others())
	r.left(three.ID)
	require.Equal(t, []string{"ready 2", "joined 3", "join-sound", "left 3", "leave-sound"}, *told)
	require.Equal(t, audiobridge.Participant{ID: three.ID}, r.known(three.ID))
}

func TestRosterTellsWhatHasChanged(t *testing.T) {
	r, told := newTestRoster(newTestRoom(config.Variables{}))
	one, two := numbered(1), numbered(2)
	two.Talking = true
	r.present([]audiobridge.Participant{one, two})
	one.Muted, two.Muted, two.Talking = true, true, false
	require.False(t, r.changed([]audiobridge.Participant{one, two}))
	require.True(t, r.known(two.ID).Talking, "such an event says nothing of that")
	one.Muted = false
	require.True(t, r.changed([]audiobridge.Participant{one, two}), "the leg is unmuted")
	require.Equal(t, []string{"muted 1", "muted 2", "unmuted 1"}, *told)
}

func TestRosterOfAQuietServer(t *testing.T) {
	r, told := newTestRoster(newTestRoom(config.Variables{}))
	r.room.ref.Config.QuietRooms = true
	r.joined([]audiobridge.Participant{numbered(2)})
	require.Equal(t, []string{"join-sound"}, *told)
}
