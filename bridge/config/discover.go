// SPDX-License-Identifier: MPL-2.0

package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Discovery is a name in the DNS under which servers are found.
type Discovery struct {
	Text  string // as written, without what may be secret
	Name  string // in the DNS: of a host, or of the SRV records
	SRV   bool   // the records are SRV's, which have the ports and the names of the servers
	Port  string // of the servers; "" with SRV
	URL   string // what else the URL of a server has, with Name as its host; "": as the template
	Every time.Duration
	// FailMax is after how many attempts to connect a server that is still in the DNS is dropped,
	// until it answers; 0: never.
	FailMax int
}

// The prefixes of discover.
const (
	discoverDNS = "dns:"
	discoverSRV = "srv:"
)

// setDiscover takes dns:HOST:PORT, dns:URL, or srv:_service._proto.NAME. The URL may hold a
// password: errors do not quote it.
func setDiscover(to **Discovery, v string) error {
	const right = "right is dns:HOST:PORT, or srv:_SERVICE._tcp.NAME"
	v = strings.TrimSpace(v)
	if v == "" {
		*to = nil
		return nil
	}
	if name, isSRV := strings.CutPrefix(v, discoverSRV); isSRV {
		name = strings.TrimSuffix(name, ".")
		labels := strings.Split(name, ".")
		if len(labels) < 3 || !strings.HasPrefix(labels[0], "_") || !strings.HasPrefix(labels[1], "_") || !isDomain(name) {
			return fmt.Errorf("%q is not the name of SRV records; %s", v, right)
		}
		*to = &Discovery{Text: v, Name: name, SRV: true}
		return nil
	}
	address, isDNS := strings.CutPrefix(v, discoverDNS)
	if !isDNS {
		return errors.New("it begins neither with dns: nor with srv:; " + right)
	}
	if strings.Contains(address, "://") {
		return setDiscoverURL(to, address)
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil || !isDomain(host) || !isPort(port) {
		return fmt.Errorf("%q has no host and port; %s", v, right)
	}
	*to = &Discovery{Text: v, Name: strings.TrimSuffix(host, "."), Port: port}
	return nil
}

// setDiscoverURL takes a URL whose host has the addresses of all servers.
func setDiscoverURL(to **Discovery, v string) error {
	var address string
	if err := setURL(&address, v, "http", "https", "ws", "wss"); err != nil {
		return err
	}
	u, err := url.Parse(address)
	if err != nil || !isDomain(u.Hostname()) {
		return errors.New("its host is no name in the DNS")
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "ws": "80", "https": "443", "wss": "443"}[u.Scheme]
	}
	*to = &Discovery{Text: discoverDNS + Mask(address), Name: strings.TrimSuffix(u.Hostname(), "."), Port: port, URL: address}
	return nil
}

// isDomain tells whether a name can stand in the DNS; an address cannot.
func isDomain(name string) bool {
	name = strings.TrimSuffix(name, ".")
	if name == "" || len(name) > 253 || net.ParseIP(name) != nil {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" {
			return false
		}
	}
	return true
}

func isPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0
}

// IsServerName tells whether a name that was found can stand in a dial string, and in the tables of
// the console.
func IsServerName(name string) bool { return isDomain(name) && len(name) <= 63 }

// Discovered is the configuration of a server that was found: this one is the template. address
// is its host and port. host, where it is not "", is the name that its certificate has.
func (s *ServerConfig) Discovered(d *Discovery, name, address, host string) ServerConfig {
	found := *s
	found.Name, found.Source, found.Identity, found.Enabled = name, d.Text, name, true
	found.Fallbacks, found.Pool, found.TLSServerName = nil, "", host
	base := s.URL
	if d.URL != "" {
		base = d.URL
	}
	found.URL = withHost(base, address)
	if s.AdminURL != "" {
		u, err := url.Parse(s.AdminURL)
		where, _, failed := net.SplitHostPort(address)
		if err == nil && failed == nil && u.Port() != "" {
			found.AdminURL = withHost(s.AdminURL, net.JoinHostPort(where, u.Port()))
		}
	}
	found.name()
	return found
}

// withHost puts another host and port into a URL.
func withHost(base, address string) string {
	u, err := url.Parse(base)
	if err != nil || base == "" {
		u = &url.URL{Scheme: "ws", Path: "/"}
	}
	u.Host = address
	return u.String()
}

// inName stands for the name of the server in its public-url.
const inName = "{name}"

// name puts the name of the server where the configuration wants it.
func (s *ServerConfig) name() {
	s.PublicURL = strings.ReplaceAll(s.publicPattern, inName, s.Name)
}
