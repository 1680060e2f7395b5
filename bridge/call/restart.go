// SPDX-License-Identifier: MPL-2.0

package call

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/bridge/media"
	"mod_janus/janusclient/audiobridge"
)

// addresses are the local addresses of media, one of a family, and the one that is
// offered in place of that of its family, if any, as they are now.
func (m *legMedia) addresses() (local []netip.Addr, external netip.Addr, err error) {
	cfg := m.janus.cfg
	local, warnings, err := localAddresses(m.channel.host, cfg.RTPIPs)
	if err != nil {
		return local, external, failure.New(host.CauseNormalTemporaryFailure, err.Error())
	}
	for _, warn := range warnings {
		m.channel.logf(host.LevelWarning, "Server %s: %s", cfg.Name, warn)
	}
	behind := local[0] // NATs are a matter of IPv4
	if i := slices.IndexFunc(local, netip.Addr.Is4); i >= 0 {
		behind = local[i]
	}
	external, err = m.advertised(m.janus.hung, cfg.At(m.janus.server.Connection.URL()), behind)
	if err != nil {
		m.channel.logf(host.LevelWarning, "Server %s: ext-rtp-ip %s: %s; the local address is advertised", cfg.Name, cfg.ExtRTPIP, err)
	}
	return local, external, nil
}

// restart looks for another path for the leg's media: an ICE restart (RFC
// 8445 9), with the addresses that this machine has now. Where it fails the
// call stays as it is; it returns the error of a Janus that knows nothing of
// the leg any more.
func (m *legMedia) restart(why string) error {
	if m.janus.handle == nil || time.Since(m.restarted) < config.RestartPause {
		return nil
	}
	m.restarted = time.Now()
	m.channel.logf(host.LevelNotice, "Janus call %s: %s; ICE restarts", m.room.describe(), why)
	err := m.offerRestart()
	switch {
	case err == nil || m.janus.hung.Err() != nil:
	case forgotten(err):
		return err
	default:
		m.janus.server.Metrics.ICERestart(false)
		m.channel.logf(host.LevelNotice, "Janus call %s: ICE cannot restart: %s", m.room.describe(), failure.Of(err).Reason)
	}
	return nil
}

func (m *legMedia) offerRestart() error {
	local, external, err := m.addresses()
	if err != nil {
		return err
	}
	ctx, cancel := m.janus.limited(m.janus.hung)
	defer cancel()
	leg := m.leg()
	offer, err := leg.Restart(ctx, local, external)
	if err != nil {
		return err
	}
	answer, err := m.janus.handle.Configure(ctx, audiobridge.ConfigureRequest{}, m.janus.jsep(ctx, offer))
	if err != nil {
		return err
	}
	if answer == nil {
		return fmt.Errorf("%w: the answer has no SDP", media.ErrBadSDP)
	}
	_, err = leg.Answer(answer.SDP)
	return err
}
