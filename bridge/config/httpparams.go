// SPDX-License-Identifier: MPL-2.0

package config

import (
	"fmt"
	"net/netip"
	"strings"
)

// HTTP says where the module serves the live page, its state and its metrics.
type HTTP struct {
	Listen   string // address:port; "" is none
	Users    string // file with names, passwords and roles; "" is none
	TLSCert  string // "" is plain HTTP
	TLSKey   string
	ClientCA string // "" asks browsers for no certificate
}

// HTTPParams are the params of <settings> for HTTP, in the order of the manual.
var HTTPParams = []Param[Config]{
	{"http-listen", "none: no port",
		"address and port of [the live page](page.md), [`/metrics`](metrics.md), `/healthz`, `/readyz`: `127.0.0.1:9127`, `[::1]:9127`, `0.0.0.0:9127`. " +
			"Any address but a loopback one needs `http-users` or `http-tls-client-ca`; else nothing is opened, with an error",
		func(c *Config, v string) error { return setListen(&c.HTTP.Listen, v) }},
	{"http-users", "none",
		"file of users, a line `name:bcrypt:role` for each; role is `view` or `operate`. Whoever is not in it gets nothing but `/healthz` and `/readyz`",
		func(c *Config, v string) error { c.HTTP.Users = strings.TrimSpace(v); return nil }},
	{"http-tls-cert", "none: plain HTTP",
		"certificate, and those that it was signed with, for HTTPS; a renewed file counts from the next connection on",
		func(c *Config, v string) error { c.HTTP.TLSCert = strings.TrimSpace(v); return nil }},
	{"http-tls-key", "none",
		"… and its key",
		func(c *Config, v string) error { c.HTTP.TLSKey = strings.TrimSpace(v); return nil }},
	{"http-tls-client-ca", "none",
		"browsers must show a certificate that one of these CAs has signed. Without `http-users` whoever has one may operate",
		func(c *Config, v string) error { c.HTTP.ClientCA = strings.TrimSpace(v); return nil }},
}

// setListen takes the address and port of a listener; no address is all addresses.
func setListen(to *string, v string) error {
	v = strings.TrimSpace(v)
	if v == "" {
		*to = ""
		return nil
	}
	full := v
	switch {
	case strings.HasPrefix(v, ":"):
		full = "[::]" + v
	case strings.HasPrefix(v, "localhost:"):
		full = "127.0.0.1" + strings.TrimPrefix(v, "localhost")
	}
	addr, err := netip.ParseAddrPort(full)
	if err != nil || addr.Port() == 0 {
		return fmt.Errorf("%q is not an address and a port, want for one 127.0.0.1:9127", v)
	}
	*to = addr.String()
	return nil
}

// Loopback tells whether only this machine reaches the listener.
func (h HTTP) Loopback() bool {
	addr, err := netip.ParseAddrPort(h.Listen)
	return err == nil && addr.Addr().Unmap().IsLoopback()
}
