// SPDX-License-Identifier: MPL-2.0

package media

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/pion/ice/v4"
)

const (
	// checkInterval is how often pairs are checked and the best one is nominated while connecting.
	// pion nominates at the tick after a check succeeded,
	// so this is about what nomination adds to set-up. See pacer.
	checkInterval = 20 * time.Millisecond
	// maxChecks of one pair outlast any sensible ICETimeout: a path that opens late is still found.
	maxChecks = 3000
	// keepaliveInterval is that of consent checks through a relay:
	// shorter than the 5 s of RFC 7675 5.1 also keeps NATs open.
	keepaliveInterval = 3 * time.Second
	// consentExpiry is how long after the last answer to a consent check consent expires (RFC 7675
	// 5.1).
	consentExpiry = 30 * time.Second
	// relayWait is how long a pair without a relay may take before one with a relay is good enough.
	// It outlasts a few lost checks: a leg that has settled for the relay stays there.
	relayWait = 100 * time.Millisecond
)

// legMux gives pion/ice the leg's own sockets. It implements ice.UDPMux.
type legMux struct{ sockets []*socket }

// GetListenAddresses tells ICE where host candidates are.
func (m legMux) GetListenAddresses() []net.Addr {
	addrs := make([]net.Addr, 0, len(m.sockets))
	for _, s := range m.sockets {
		addrs = append(addrs, net.UDPAddrFromAddrPort(s.local))
	}
	return addrs
}

// GetConn returns the STUN side of the socket bound to addr.
func (m legMux) GetConn(_ string, addr net.Addr) (net.PacketConn, error) {
	for _, s := range m.sockets {
		if net.UDPAddrFromAddrPort(s.local).String() == addr.String() {
			return s.stun, nil
		}
	}
	return nil, fmt.Errorf("%w: no socket on %s", ErrState, addr)
}

// RemoveConnByUfrag does nothing: the leg closes its sockets itself.
func (m legMux) RemoveConnByUfrag(string) {}

// Close does nothing: the leg closes its sockets itself.
func (m legMux) Close() error { return nil }

// gatherLimit is how long STUN and TURN servers may take to answer.
const gatherLimit = 3 * time.Second

// newAgent makes the ICE agent of a route and gathers its candidates: host ones take no time,
// as nobody is asked.
func (r *route) newAgent(ctx context.Context) (*ice.Agent, error) {
	l := r.leg
	uris, err := l.cfg.uris()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	agent, err := ice.NewAgentWithOptions(
		ice.WithNet(legNet{l.engine.net, r.ctx, &l.cfg, r.local}),
		ice.WithUDPMux(legMux{r.sockets}),
		ice.WithNetworkTypes([]ice.NetworkType{ice.NetworkTypeUDP4, ice.NetworkTypeUDP6}),
		ice.WithCandidateTypes(l.cfg.candidateTypes(uris)),
		ice.WithUrls(uris),
		ice.WithSTUNGatherTimeout(gatherLimit),
		ice.WithMulticastDNSMode(ice.MulticastDNSModeDisabled),
		ice.WithLoggerFactory(pionLogs{l.log}),
		ice.WithCheckInterval(checkInterval),
		ice.WithMaxBindingRequests(maxChecks),
		ice.WithKeepaliveInterval(min(keepaliveInterval, l.cfg.DisconnectedTimeout/3)),
		ice.WithDisconnectedTimeout(l.cfg.DisconnectedTimeout),
		ice.WithFailedTimeout(l.cfg.consentExpiry-l.cfg.DisconnectedTimeout),
		// Janus has few addresses and each is as good as another:
		// the first pair that works without a relay is taken.
		ice.WithHostAcceptanceMinWait(0),
		ice.WithSrflxAcceptanceMinWait(0),
		ice.WithPrflxAcceptanceMinWait(0),
		ice.WithRelayAcceptanceMinWait(relayWait),
		// Also covers peer reflexive candidates: addresses that the SDP does not name.
		ice.WithRemoteIPFilter(func(ip net.IP) bool {
			addr, ok := netip.AddrFromSlice(ip)
			return ok && l.cfg.allows(addr)
		}),
	)
	if err != nil {
		return nil, fmt.Errorf("ICE agent: %w", err)
	}
	if err := r.gather(ctx, agent); err != nil {
		_ = agent.GracefulClose()
		return nil, fmt.Errorf("ICE agent: %w", err)
	}
	return agent, nil
}

// gather waits until all candidates are there, or until gatherLimit:
// then it goes on with those that are.
func (r *route) gather(ctx context.Context, agent *ice.Agent) error {
	complete := make(chan struct{})
	if err := agent.OnCandidate(func(c ice.Candidate) {
		if c == nil {
			close(complete)
		}
	}); err != nil {
		return err
	}
	if err := agent.GatherCandidates(); err != nil {
		return err
	}
	limit := time.NewTimer(gatherLimit)
	defer limit.Stop()
	select {
	case <-complete:
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-limit.C:
	}
	r.leg.warnOfServers(agent)
	return nil
}

// warnOfServers names the servers of which no candidate came.
func (l *Leg) warnOfServers(agent *ice.Agent) {
	candidates, err := agent.GetLocalCandidates()
	if err != nil {
		return
	}
	found := make(map[ice.CandidateType]bool)
	for _, c := range candidates {
		found[c.Type()] = true
	}
	for _, server := range l.cfg.ICEServers {
		wanted := ice.CandidateTypeServerReflexive
		if strings.HasPrefix(server.URL, "turn") {
			wanted = ice.CandidateTypeRelay
		}
		if !found[wanted] {
			l.log.Warn("no candidate came of an ICE server: unreachable, or its credentials are wrong", "server", server.URL)
		}
	}
}

// localCandidates are the a=candidate values of the offer,
// with the external address where there is one.
func (r *route) localCandidates() ([]string, error) {
	candidates, err := r.agent.Load().GetLocalCandidates()
	if err != nil {
		return nil, fmt.Errorf("ICE candidates: %w", err)
	}
	lines := make([]string, 0, len(candidates))
	for _, c := range candidates {
		if c.Type() != ice.CandidateTypeHost {
			lines = append(lines, c.Marshal())
			continue
		}
		lines = append(lines, fmt.Sprintf("%s %d udp %d %s %d typ host",
			c.Foundation(), c.Component(), c.Priority(), r.advertised(c.Address()), c.Port()))
	}
	return lines, nil
}

// advertised is the address to put into SDP for a local one.
func (r *route) advertised(local string) string {
	addr, err := netip.ParseAddr(local)
	if ext := r.extAddr.Unmap(); err == nil && ext.IsValid() && ext.Is4() == addr.Unmap().Is4() {
		return ext.String()
	}
	return strings.Split(local, "%")[0]
}

// parseCandidate reads a candidate in any of the forms in which Janus and browsers write it, with
// or without "a=" and "candidate:". It returns nil and no error for one that is well formed but of
// no use to us: TCP, mDNS (which Janus never sends, and which would need a multicast socket), an
// address of AllowCandidate's no, RTCP.
func (l *Leg) parseCandidate(value string) (ice.Candidate, error) {
	value = strings.TrimPrefix(strings.TrimSpace(value), "a=")
	value = strings.TrimPrefix(value, "candidate:")
	fields := strings.Fields(value)
	if len(fields) < 8 || fields[6] != "typ" {
		return nil, fmt.Errorf("%w: %q", ErrBadCandidate, value)
	}
	if port, err := strconv.ParseUint(fields[5], 10, 16); err != nil || port == 0 {
		return nil, fmt.Errorf("%w: %q", ErrBadCandidate, value)
	}
	if !strings.EqualFold(fields[2], "udp") || fields[1] != "1" || strings.HasSuffix(fields[4], ".local") {
		return nil, nil //nolint:nilnil // documented
	}
	addr, err := netip.ParseAddr(fields[4])
	if err != nil {
		return nil, fmt.Errorf("%w: %q", ErrBadCandidate, value)
	}
	if !l.cfg.allows(addr) {
		l.log.Debug("candidate not allowed", "address", addr)
		return nil, nil //nolint:nilnil // documented
	}
	fields[2] = "udp"
	candidate, err := ice.UnmarshalCandidate(strings.Join(fields, " "))
	if err != nil {
		return nil, fmt.Errorf("%w: %q: %w", ErrBadCandidate, value, err)
	}
	return candidate, nil
}
