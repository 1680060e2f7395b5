// SPDX-License-Identifier: MPL-2.0

package call

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/host"
	"mod_janus/bridge/host/hosttest"
)

// newTestChannel is a channel of a session of a fake switch that has these variables.
func newTestChannel(vars map[string]string) (*channel, *hosttest.Host) {
	h := hosttest.New("")
	h.Session("leg", vars)
	ch := &channel{host: h, sound: func(name string) string { return name }}
	uuid := "leg"
	ch.id.Store(&uuid)
	return ch, h
}

func TestChannelBeforeItsSession(t *testing.T) {
	ch := channel{host: hosttest.New("")}
	require.Empty(t, ch.uuid())
	ch.setVariable("a", "b") // nobody takes it, which costs nothing
}

func TestChannelVariables(t *testing.T) {
	ch, h := newTestChannel(map[string]string{"bridge_uuid": "a-leg"})
	require.Equal(t, "a-leg", ch.caller())
	ch.setVariable("signal_bond", "another")
	require.Equal(t, "another", ch.caller())
	ch.unusable("janus-codec", "x", "one of y", "z stands")
	ch.logf(host.LevelInfo, "%d", 7)
	require.True(t, h.Logged("leg", `Variable janus-codec: "x" is not one of y; z stands`))
	require.True(t, h.Logged("leg", "7"))
}

func TestChannelPlays(t *testing.T) {
	ch, h := newTestChannel(map[string]string{"sound_prefix": "/sounds/"})
	for _, what := range []string{"none", "a.wav", "/b.wav", "tone_stream://c"} {
		ch.prompt(what)
	}
	ch.comfortNoise(true)
	require.Equal(t, []string{"play /sounds/a.wav", "play /b.wav", "play tone_stream://c", "noise true"}, h.Sessions["leg"].Progress)
}
