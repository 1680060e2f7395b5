// SPDX-License-Identifier: MPL-2.0

package config

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"mod_janus/bridge/hep"
)

// setHEP takes a param of <settings> about HEP; false: it is none of these. Errors do not quote
// the password.
func setHEP(to *hep.Config, p XMLParam) (known bool, err error) {
	v := strings.TrimSpace(p.Value)
	switch p.Name {
	case "hep-server":
		if to.Server, err = parseHEPServer(v); err != nil {
			err = fmt.Errorf("param hep-server: %w; no reports are sent", err)
		}
	case "hep-id":
		id, wrong := strconv.ParseUint(v, 10, 32)
		if wrong != nil {
			return true, fmt.Errorf("param hep-id: %q is not a number from 0 to 4294967295; the default (0) stands", v)
		}
		to.ID = uint32(id) // #nosec G115 -- 32 bits
	case "hep-password":
		if len(p.Value) > maxHEPPassword {
			return true, fmt.Errorf("param hep-password: it has %d bytes, at most %d are possible; no password is sent", len(p.Value), maxHEPPassword)
		}
		to.Password = p.Value
	default:
		return false, nil
	}
	return true, err
}

// maxHEPPassword is how long a password may be, in bytes, so that a packet is not fragmented.
const maxHEPPassword = 255

// parseHEPServer reads udp:HOST:PORT.
func parseHEPServer(v string) (string, error) {
	if v == "" {
		return "", nil
	}
	address, found := strings.CutPrefix(v, "udp:")
	host, port, err := net.SplitHostPort(address)
	number, wrong := strconv.ParseUint(port, 10, 16)
	if !found || err != nil || host == "" || wrong != nil || number == 0 || strings.ContainsAny(host, " /") {
		return "", fmt.Errorf("%q: %w", v, errors.New("want udp:HOST:PORT, such as udp:homer.example.org:9060"))
	}
	return address, nil
}
