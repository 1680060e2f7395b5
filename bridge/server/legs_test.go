// SPDX-License-Identifier: MPL-2.0

package server

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
)

func TestSessionIsWantedUntilTheFarewellIsSaid(t *testing.T) {
	s := newTestServer(t)
	require.False(t, s.wanted(), "the server is disabled")
	s.Legs.Began()
	require.Equal(t, int64(1), s.State().Calls)
	s.Legs.Ended()
	require.Zero(t, s.State().Calls)
	require.True(t, s.wanted())
	changed := s.Connection.change()
	s.Legs.Gone()
	<-changed
	require.False(t, s.wanted())
	require.Equal(t, uint64(1), s.State().TotalCalls)
}

func TestLegsAreToldThatJanusIsAway(t *testing.T) {
	leg := new(testLeg)
	s := newTestServer(t, leg)
	s.Connection.OnAPI(false, janusclient.ErrTimeout)
	s.Connection.OnAPI(false, janusclient.ErrTimeout)
	require.Equal(t, []string{"away"}, leg.told, "once")
	require.True(t, s.Connection.Away())
	require.Equal(t, janusclient.ErrTimeout, s.State().LastErr)
}
