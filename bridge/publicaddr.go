// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/pion/stun/v4"
)

const (
	// publicAddrTTL is how long a found address is taken for true: calls in a
	// burst do not each ask.
	publicAddrTTL = time.Minute
	// publicAddrLimit bounds asking.
	publicAddrLimit = 3 * time.Second
	defaultSTUNPort = "3478"
)

// publicAddrs remembers what ext-rtp-ip=stun:... and host:... have found.
type publicAddrs struct {
	mu    sync.Mutex
	found map[string]foundAddr // by rule
}

type foundAddr struct {
	addr  netip.Addr
	until time.Time
}

// find resolves a rule stun:HOST[:PORT] or host:NAME. Calls that come
// meanwhile wait for the first.
func (p *publicAddrs) find(ctx context.Context, rule string, local netip.Addr) (netip.Addr, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if known, ok := p.found[rule]; ok && time.Now().Before(known.until) {
		return known.addr, nil
	}
	ctx, cancel := context.WithTimeout(ctx, publicAddrLimit)
	defer cancel()
	var addr netip.Addr
	var err error
	if name, ok := strings.CutPrefix(rule, "host:"); ok {
		addr, err = lookup(ctx, name, local)
	} else {
		addr, err = askSTUN(ctx, strings.TrimPrefix(rule, "stun:"), local)
	}
	if err != nil {
		return netip.Addr{}, err
	}
	if p.found == nil {
		p.found = make(map[string]foundAddr)
	}
	p.found[rule] = foundAddr{addr, time.Now().Add(publicAddrTTL)}
	return addr, nil
}

// lookup finds an address of a name, of the family of the local one if it can.
func lookup(ctx context.Context, name string, local netip.Addr) (netip.Addr, error) {
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", name)
	if err != nil {
		return netip.Addr{}, err
	}
	for _, addr := range addrs {
		if addr = addr.Unmap(); addr.Is4() == local.Is4() {
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
		return netip.Addr{}, fmt.Errorf("STUN server %s: no answer within %s", server, publicAddrLimit)
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
