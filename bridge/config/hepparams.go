// SPDX-License-Identifier: MPL-2.0

package config

import (
	"fmt"
	"net"
	"strconv"
	"strings"
)

func setHEPID(to *uint32, v string) error {
	id, err := strconv.ParseUint(strings.TrimSpace(v), 10, 32)
	if err != nil {
		return fmt.Errorf("%q is not a number from 0 to 4294967295", v)
	}
	*to = uint32(id) // #nosec G115 -- 32 bits
	return nil
}

// setHEPPassword does not quote the password in its error.
func setHEPPassword(to *string, v string) error {
	if len(v) > maxHEPPassword {
		return fmt.Errorf("it has %d bytes, at most %d are possible", len(v), maxHEPPassword)
	}
	*to = v
	return nil
}

// maxHEPPassword is how long a password may be, in bytes, so that a packet is not fragmented.
const maxHEPPassword = 255

// setHEPServer reads udp:HOST:PORT.
func setHEPServer(to *string, v string) error {
	if v = strings.TrimSpace(v); v == "" {
		return nil
	}
	address, found := strings.CutPrefix(v, "udp:")
	host, port, err := net.SplitHostPort(address)
	number, wrong := strconv.ParseUint(port, 10, 16)
	if !found || err != nil || host == "" || wrong != nil || number == 0 || strings.ContainsAny(host, " /") {
		return fmt.Errorf("%q is not udp:HOST:PORT, such as udp:homer.example.org:9060", v)
	}
	*to = address
	return nil
}
