// SPDX-License-Identifier: MPL-2.0

package config

import (
	"fmt"
	"net/netip"
	"strings"
)

// setAddressRule stores a value of rtp-ip or ext-rtp-ip that check accepts.
// "" is what an unset $${variable} leaves: the default.
func setAddressRule(to *string, v string, check func(string) error) error {
	v = strings.TrimSpace(v)
	if v != "" {
		if err := check(v); err != nil {
			return err
		}
	}
	*to = v
	return nil
}

func checkRTPIP(v string) error {
	if v == "auto" || strings.HasPrefix(v, "interface:") {
		return nil
	}
	if _, err := netip.ParseAddr(v); err != nil {
		return fmt.Errorf("%q is not an address, \"auto\" or interface:NAME", v)
	}
	return nil
}

// CheckExtRTPIP tells what is wrong with a value of ext-rtp-ip.
func CheckExtRTPIP(v string) error {
	kind, rest, _ := strings.Cut(v, ":")
	switch {
	case v == "auto" || v == "auto-nat":
		return nil
	case (kind == "stun" || kind == "host") && rest != "" && !strings.ContainsAny(rest, "/@ \t"):
		return nil
	}
	if _, err := netip.ParseAddr(strings.TrimPrefix(v, "autonat:")); err != nil {
		return fmt.Errorf("%q is not an address, \"auto\", \"auto-nat\", autonat:ADDRESS, stun:HOST[:PORT] or host:NAME", v)
	}
	return nil
}

// addRTPIP takes one more value of rtp-ip.
func addRTPIP(s *ServerConfig, v string) error {
	v = strings.TrimSpace(v)
	if v == "" {
		return nil // what an unset $${variable} leaves: the default
	}
	if err := checkRTPIP(v); err != nil {
		return err
	}
	if len(s.RTPIPs) == 2 {
		return fmt.Errorf("%q is the third value, want one for IPv4 and one for IPv6 at most", v)
	}
	for _, other := range s.RTPIPs {
		first, err := netip.ParseAddr(other)
		second, err2 := netip.ParseAddr(v)
		if err == nil && err2 == nil && first.Is4() == second.Is4() {
			return fmt.Errorf("%q and %q are of the same family, want one for IPv4 and one for IPv6", other, v)
		}
	}
	s.RTPIPs = append(s.RTPIPs, v)
	return nil
}
