// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/pion/stun/v4"

	"mod_janus/bridge/background"
	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
)

const (
	defaultSTUNPort = "3478"
)

// publicAddrs remembers what ext-rtp-ip=stun:... and host:..., and the name of a
// Janus, have been found to be.
type publicAddrs struct {
	ctx  context.Context // of the engine
	host host.Host
	work *background.Group

	mu    sync.Mutex
	known map[string]*publicAddr // by rule and local address
}

// publicAddr is one of them. The lock of publicAddrs guards it.
type publicAddr struct {
	addr   netip.Addr    // found last; not valid: never
	err    error         // of the last try
	until  time.Time     // when to ask again
	asking chan struct{} // closed when the try that is under way has ended; nil: there is none
}

// find resolves a rule stun:HOST[:PORT] or host:NAME. Whoever asks first
// asks for all; who waits, waits as long as its own ctx lasts.
func (p *publicAddrs) find(ctx context.Context, rule string, local netip.Addr) (netip.Addr, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := rule + " " + local.String()
	a := p.known[key]
	if a == nil {
		if p.known == nil {
			p.known = make(map[string]*publicAddr)
		}
		a = &publicAddr{}
		p.known[key] = a
	}
	if a.asking == nil && time.Now().After(a.until) {
		a.asking = make(chan struct{})
		p.work.Go("asking for "+rule, func() { p.ask(a, rule, local) })
	}
	if asking := a.asking; asking != nil {
		if a.addr.IsValid() {
			brief, cancel := context.WithTimeout(ctx, config.PublicAddrBrief)
			defer cancel()
			ctx = brief
		}
		p.mu.Unlock()
		select {
		case <-asking:
		case <-ctx.Done():
		}
		p.mu.Lock()
	}
	switch {
	case a.addr.IsValid():
		return a.addr, nil // maybe one from before, which is better than none
	case a.asking != nil:
		return netip.Addr{}, cmp.Or(ctx.Err(), errNotYet)
	}
	return netip.Addr{}, a.err
}

var errNotYet = errors.New("no answer yet")

// ask makes one try, for all that wait.
func (p *publicAddrs) ask(a *publicAddr, rule string, local netip.Addr) {
	ctx, cancel := context.WithTimeout(p.ctx, config.PublicAddrLimit)
	defer cancel()
	addr, err := netip.Addr{}, errors.New("internal error, see the log")
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		a.err, a.until = err, time.Now().Add(config.PublicAddrPause)
		if err == nil {
			a.addr, a.until = addr, time.Now().Add(config.PublicAddrTTL)
		} else if a.addr.IsValid() && p.ctx.Err() == nil {
			p.host.Log("", host.LevelWarning, fmt.Sprintf("%s: %s; the address from before, %s, stays", rule, err, a.addr))
		}
		close(a.asking)
		a.asking = nil
	}()
	if name, ok := strings.CutPrefix(rule, "host:"); ok {
		addr, err = lookup(ctx, name, local)
	} else {
		addr, err = askSTUN(ctx, strings.TrimPrefix(rule, "stun:"), local)
	}
}

// resolve asks the resolver of the system; another one for tests.
var resolve = func(ctx context.Context, name string) ([]netip.Addr, error) {
	return net.DefaultResolver.LookupNetIP(ctx, "ip", name)
}

// lookup finds an address of a name, of the family of the local one, or where there
// is no local one of any.
func lookup(ctx context.Context, name string, local netip.Addr) (netip.Addr, error) {
	addrs, err := resolve(ctx, name)
	if err != nil {
		return netip.Addr{}, err
	}
	for _, addr := range addrs {
		if addr = addr.Unmap(); !local.IsValid() || addr.Is4() == local.Is4() {
			return addr, nil
		}
	}
	return netip.Addr{}, fmt.Errorf("%s has no address of the family of %s", name, local)
}

// askSTUN asks a STUN server as which address it sees us (RFC 8489 2).
func askSTUN(ctx context.Context, server string, local netip.Addr) (netip.Addr, error) {
	if _, _, err := net.SplitHostPort(server); err != nil {
		server = net.JoinHostPort(server, defaultSTUNPort)
	}
	dialer := net.Dialer{LocalAddr: net.UDPAddrFromAddrPort(netip.AddrPortFrom(local, 0))}
	conn, err := dialer.DialContext(ctx, "udp", server)
	if err != nil {
		return netip.Addr{}, err
	}
	client, err := stun.NewClient(conn, stun.WithRTO(200*time.Millisecond))
	if err != nil {
		_ = conn.Close()
		return netip.Addr{}, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	defer client.Close()
	request, err := stun.Build(stun.TransactionID, stun.BindingRequest)
	if err != nil {
		return netip.Addr{}, err
	}
	var mapped stun.XORMappedAddress
	var answer error
	err = client.Do(request, func(event stun.Event) {
		if answer = event.Error; answer == nil {
			answer = mapped.GetFrom(event.Message)
		}
	})
	switch {
	case ctx.Err() != nil:
		return netip.Addr{}, fmt.Errorf("STUN server %s: no answer within %s", server, config.PublicAddrLimit)
	case err == nil:
		err = answer
	}
	if err != nil {
		return netip.Addr{}, fmt.Errorf("STUN server %s: %w", server, err)
	}
	addr, ok := netip.AddrFromSlice(mapped.IP)
	if !ok {
		return netip.Addr{}, fmt.Errorf("STUN server %s answers without an address", server)
	}
	return addr.Unmap(), nil
}

// advertised resolves ext-rtp-ip: the address to put into candidates
// instead of the local one, or none. As in mod_sofia, a Janus inside the local
// network gets the local address. The error is for a rule that found nothing.
func (p *publicAddrs) advertised(ctx context.Context, cfg *config.ServerConfig, local netip.Addr) (netip.Addr, error) {
	rule := cfg.ExtRTPIP
	if rule == "" || rule == "auto" || p.inLocalNetwork(ctx, cfg) {
		return netip.Addr{}, nil
	}
	if strings.HasPrefix(rule, "stun:") || strings.HasPrefix(rule, "host:") {
		return p.find(ctx, rule, local)
	}
	if rule == "auto-nat" {
		if rule = p.host.Global("nat_public_addr"); rule == "" {
			return netip.Addr{}, errors.New("the switch knows no address of a NAT (nat_public_addr)")
		}
	}
	addr, err := netip.ParseAddr(strings.TrimPrefix(rule, "autonat:"))
	if err != nil || addr.IsUnspecified() {
		return netip.Addr{}, fmt.Errorf("%q is not an address that can be advertised", rule)
	}
	return addr, nil
}

func (p *publicAddrs) inLocalNetwork(ctx context.Context, cfg *config.ServerConfig) bool {
	u, err := url.Parse(cfg.URL)
	if err != nil || cfg.LocalNetworkACL == "" {
		return false
	}
	addr, err := netip.ParseAddr(u.Hostname())
	if err != nil {
		if addr, err = p.find(ctx, "host:"+u.Hostname(), netip.Addr{}); err != nil {
			return false
		}
	}
	return p.host.Allowed(cfg.LocalNetworkACL, addr.Unmap())
}
