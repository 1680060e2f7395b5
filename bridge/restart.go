// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/bridge/media"
	"mod_janus/janusclient/audiobridge"
)

// addresses are the local addresses of media, one of a family, and the one that is
// offered in place of that of its family, if any, as they are now.
func (c *Call) addresses() (local []netip.Addr, external netip.Addr, err error) {
	cfg := c.cfg
	local, warnings, err := localAddresses(c.engine.host, cfg.RTPIPs)
	if err != nil {
		return local, external, fail(host.CauseNormalTemporaryFailure, err.Error())
	}
	for _, warn := range warnings {
		c.channel.logf(host.LevelWarning, "Server %s: %s", cfg.Name, warn)
	}
	behind := local[0] // NATs are a matter of IPv4
	if i := slices.IndexFunc(local, netip.Addr.Is4); i >= 0 {
		behind = local[i]
	}
	external, err = c.engine.advertisedAddress(c.hung, cfg, behind)
	if err != nil {
		c.channel.logf(host.LevelWarning, "Server %s: ext-rtp-ip %s: %s; the local address is advertised", cfg.Name, cfg.ExtRTPIP, err)
	}
	return local, external, nil
}

// restartMedia looks for another path for the leg's media: an ICE restart (RFC
// 8445 9), with the addresses that this machine has now. Where it fails the
// call stays as it is.
func (c *Call) restartMedia(why string) {
	if c.janus.handle == nil || time.Since(c.restarted) < config.RestartPause {
		return
	}
	c.restarted = time.Now()
	c.channel.logf(host.LevelNotice, "Janus call %s: %s; ICE restarts", c.room.describe(), why)
	err := c.offerRestart()
	switch {
	case err == nil || c.hung.Err() != nil:
	case forgotten(err):
		c.awaitWord(err)
	default:
		c.channel.logf(host.LevelNotice, "Janus call %s: ICE cannot restart: %s", c.room.describe(), failureOf(err).reason)
	}
}

func (c *Call) offerRestart() error {
	local, external, err := c.addresses()
	if err != nil {
		return err
	}
	ctx, cancel := c.janus.limited(c.hung)
	defer cancel()
	leg := c.figures.leg.Load()
	offer, err := leg.Restart(ctx, local, external)
	if err != nil {
		return err
	}
	answer, err := c.janus.handle.Configure(ctx, audiobridge.ConfigureRequest{}, c.janus.jsep(ctx, offer))
	if err != nil {
		return err
	}
	if answer == nil {
		return fmt.Errorf("%w: the answer has no SDP", media.ErrBadSDP)
	}
	_, err = leg.Answer(answer.SDP)
	return err
}
