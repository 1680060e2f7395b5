// SPDX-License-Identifier: MPL-2.0

package call

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
)

// newTestParticipant is participant 1 with these variables, the handle that its
// requests go by, and what the roster has told.
func newTestParticipant(vars config.Variables) (*participant, *fakeHandle, *[]string) {
	ch, _ := newTestChannel(nil)
	janus, handle := newTestAttachment(ch)
	room := newTestRoom(vars)
	roster, told := newTestRoster(room)
	p := &participant{channel: ch, janus: janus, room: room, roster: roster, info: new(info), mixChanged: func() {}, unmuted: func() {}}
	p.hold = &hold{channel: ch, room: room, hung: janus.hung, leg: p}
	return p, handle, told
}

func TestParticipantIsMuted(t *testing.T) {
	p, handle, told := newTestParticipant(config.Variables{})
	for _, on := range []bool{true, true, false} {
		require.NoError(t, p.mute(t.Context(), on))
		require.Equal(t, on, p.isMuted())
		require.Equal(t, on, p.room.vars.StartMuted, "it is muted when it joins again")
	}
	require.Len(t, handle.configured, 3)
	require.Equal(t, []string{"muted 1", "unmuted 1"}, *told, "what has not changed is no news")
	handle.err = errDestroyed
	require.ErrorIs(t, p.mute(t.Context(), true), errDestroyed)
	require.False(t, p.isMuted())
}

func TestParticipantIsDeaf(t *testing.T) {
	p, _, told := newTestParticipant(config.Variables{})
	require.NoError(t, p.deafen(true))
	require.NoError(t, p.deafen(true))
	require.True(t, p.deaf)
	require.Equal(t, []string{"deaf 1"}, *told)
}

func TestParticipantIsNamed(t *testing.T) {
	p, handle, _ := newTestParticipant(config.Variables{})
	p.who = caller{name: "Alice", number: "100"}
	require.Equal(t, "Alice", p.display())
	p.standsFor(caller{name: "Bob", number: "200"}, false)
	require.Equal(t, "Bob", p.display())
	require.Empty(t, handle.configured, "it is not in the room yet")
	p.standsFor(caller{name: "Carol", number: "300"}, true)
	require.Equal(t, "Carol", handle.configured[0].Display)
	require.NoError(t, p.raiseHand(t.Context(), true))
	require.Equal(t, raisedHand+" Carol", p.me().Display)
	require.NoError(t, p.rename(t.Context(), "Dave"))
	p.standsFor(caller{name: "Erin", number: "400"}, true)
	require.Equal(t, raisedHand+" Dave", p.display(), "what was asked for by name stays")
}

func TestParticipantOutOfTheMix(t *testing.T) {
	p, _, told := newTestParticipant(config.Variables{})
	require.Nil(t, p.outOfMixAsked())
	p.wasSuspended(p.roster.self, true)
	p.wasSuspended(p.roster.self, true)
	require.True(t, *p.outOfMixAsked())
	p.wasSuspended(p.roster.self, false)
	require.False(t, p.outOfMix())
	require.Equal(t, []string{"suspended 1", "resumed 1"}, *told)
	_, err := p.suspend(t.Context())
	require.ErrorContains(t, err, `has no request "suspend"`)
	require.Error(t, p.kick(t.Context()))
}

func TestHoldMutesTheLeg(t *testing.T) {
	p, handle, _ := newTestParticipant(config.Variables{Hold: config.HoldMute})
	p.hold.follow(host.MessageHold)
	require.True(t, p.isMuted())
	p.hold.follow(host.MessageUnhold)
	require.False(t, p.isMuted())
	p.hold.follow(host.MessageHold)
	require.NoError(t, p.mute(t.Context(), true))
	p.hold.follow(host.MessageUnhold)
	require.True(t, p.isMuted(), "muted by name")
	p.hold.follow(host.MessageHold)
	require.Len(t, handle.configured, 4, "a muted leg is not muted for the hold")
}
