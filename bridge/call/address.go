// SPDX-License-Identifier: MPL-2.0

package call

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"mod_janus/bridge/host"
)

// localAddresses resolves all values of rtp-ip, one address of a family each.
// What one of them lacks, or has twice, is told; the error is for none at all.
func localAddresses(host host.Host, rules []string) (addrs []netip.Addr, warnings []string, err error) {
	if len(rules) == 0 {
		rules = []string{"auto"}
	}
	for _, rule := range rules {
		addr, warn, failed := localAddress(host, rule)
		if warn != "" {
			warnings = append(warnings, warn)
		}
		same := slices.IndexFunc(addrs, func(a netip.Addr) bool { return a.Is4() == addr.Is4() })
		switch {
		case failed != nil:
			err = failed
			warnings = append(warnings, failed.Error())
		case same >= 0:
			warnings = append(warnings, fmt.Sprintf("rtp-ip %s is %s, of the same family as %s, and is left out", rule, addr, addrs[same]))
		default:
			addrs = append(addrs, addr)
		}
	}
	if len(addrs) == 0 {
		return nil, nil, err
	}
	return addrs, warnings, nil
}

// localAddress resolves a value of rtp-ip, at each call: interfaces and the switch's
// idea of its own address may change. The warning is for a value that was replaced.
func localAddress(host host.Host, rtpIP string) (addr netip.Addr, warn string, err error) {
	if name, ok := strings.CutPrefix(rtpIP, "interface:"); ok {
		addr, err = interfaceAddress(name)
		return addr, "", err
	}
	if addr, err = netip.ParseAddr(rtpIP); err == nil {
		if !addr.IsUnspecified() {
			return addr, "", nil
		}
		warn = fmt.Sprintf("rtp-ip %s is not an address that can be offered, the guessed one is used", rtpIP)
	}
	addr, err = guessAddress(host, err == nil && addr.Is6())
	return addr, warn, err
}

// guessAddress is what mod_sofia calls "auto": the switch's own guess, or the
// first address of this machine that is not loopback.
func guessAddress(host host.Host, v6 bool) (netip.Addr, error) {
	global := "local_ip_v4"
	if v6 {
		global = "local_ip_v6"
	}
	if addr, err := netip.ParseAddr(host.Global(global)); err == nil && !addr.IsLoopback() && !addr.IsUnspecified() {
		return addr, nil
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return netip.Addr{}, fmt.Errorf("cannot list this machine's addresses: %w", err)
	}
	if addr, ok := pickAddress(addrs, "", v6); ok {
		return addr, nil
	}
	return netip.Addr{}, errors.New("this machine has no address but loopback; set rtp-ip")
}

// interfaceAddress resolves [auto/|ipv4/|ipv6/]NAME.
func interfaceAddress(rule string) (netip.Addr, error) {
	family, name, found := strings.Cut(rule, "/")
	if !found {
		family, name = "auto", rule
	}
	iface, err := net.InterfaceByName(name)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("rtp-ip: there is no interface %q", name)
	}
	addrs, err := iface.Addrs()
	if err != nil {
		return netip.Addr{}, fmt.Errorf("rtp-ip: cannot read the addresses of interface %q: %w", name, err)
	}
	if addr, ok := pickAddress(addrs, family, false); ok {
		return addr, nil
	}
	return netip.Addr{}, fmt.Errorf("rtp-ip: interface %q has no %s address", name, family)
}

// pickAddress prefers IPv4 unless family says ipv6, or preferV6 is set; family ""
// is for a guess and leaves loopback out.
func pickAddress(addrs []net.Addr, family string, preferV6 bool) (netip.Addr, bool) {
	var v4, v6 netip.Addr
	for _, a := range addrs {
		prefix, err := netip.ParsePrefix(a.String())
		addr := prefix.Addr()
		if err != nil || addr.IsLinkLocalUnicast() || (family == "" && addr.IsLoopback()) {
			continue
		}
		if addr.Is4() && family != "ipv6" && !v4.IsValid() {
			v4 = addr
		}
		if addr.Is6() && family != "ipv4" && !v6.IsValid() {
			v6 = addr
		}
	}
	if v6.IsValid() && (preferV6 || !v4.IsValid()) {
		return v6, true
	}
	return v4, v4.IsValid()
}
