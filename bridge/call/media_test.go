// SPDX-License-Identifier: MPL-2.0

package call

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host/hosttest"
	"mod_janus/bridge/media"
)

// newTestMedia is the media of a call, whose legs are not opened but remembered.
func newTestMedia() (*legMedia, *[]media.LegConfig) {
	p, _, _ := newTestParticipant(config.Variables{})
	opened := new([]media.LegConfig)
	cfg := p.janus.cfg
	cfg.RTPIPs = []string{"127.0.0.1"}
	cfg.Codecs = []media.Codec{media.Opus, media.PCMU}
	return &legMedia{
		channel: p.channel, janus: p.janus, room: p.room, rings: media.NewRings(), silence: idleTimer(),
		codecs:   codecChoice{p.channel, cfg, p.room.vars, "", "", new(sync.Once)},
		outOfMix: p.outOfMix,
		advertised: func(context.Context, *config.ServerConfig, netip.Addr) (netip.Addr, error) {
			return netip.Addr{}, errors.New("no NAT is known")
		},
		newLeg: func(_ context.Context, cfg media.LegConfig) (*media.Leg, error) {
			*opened = append(*opened, cfg)
			return nil, nil
		},
	}, opened
}

func TestMediaOpensLegs(t *testing.T) {
	m, opened := newTestMedia()
	require.NoError(t, m.open(nil))
	require.Equal(t, "opus, PCMU", codecNames((*opened)[0].Codecs))
	var states []int
	m.onState = func(leg int, _ media.State, _ error) { states = append(states, leg) }
	m.drop()
	require.NoError(t, m.open(&media.PCMU))
	require.Equal(t, "PCMU", codecNames((*opened)[1].Codecs), "the switch has it already")
	for _, cfg := range *opened {
		cfg.OnState(media.StateUp, nil)
		require.Equal(t, m.channel.host, cfg.Ports, "ports are the switch's")
	}
	require.Equal(t, []int{1, 3}, states, "the states of the old leg are told from those of the new one")
}

func TestMediaLooksAtCandidates(t *testing.T) {
	m, _ := newTestMedia()
	inside, outside := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("192.0.2.1")
	require.True(t, m.allowCandidate(outside), "there is no list")
	m.janus.cfg.CandidateACLs = []string{"none", "inside"}
	m.channel.host.(*hosttest.Host).ACL = func(list string, addr netip.Addr) bool { return list == "inside" && addr == inside }
	require.True(t, m.allowCandidate(inside))
	require.False(t, m.allowCandidate(outside))
}

func TestMediaAwaitsAudio(t *testing.T) {
	m, _ := newTestMedia()
	out := false
	m.outOfMix = func() bool { return out }
	m.mixChanged()
	require.True(t, m.silence.Stop(), "media is not up yet")
	m.up = true
	m.mixChanged()
	require.False(t, m.silence.Stop(), "audio comes")
	m.down, out = true, true
	m.awaitAudio()
	require.False(t, m.silence.Stop(), "none is due")
}

func TestMediaRestartsOnlyAtJanus(t *testing.T) {
	m, _ := newTestMedia()
	m.janus.drop()
	require.NoError(t, m.restart("a reason"))
	require.True(t, m.restarted.IsZero())
}
