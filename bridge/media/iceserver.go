// SPDX-License-Identifier: MPL-2.0

package media

import (
	"fmt"

	"github.com/pion/ice/v4"
	"github.com/pion/stun/v4"
)

// ICEServer is a STUN or TURN server.
type ICEServer struct {
	// URL as in RFC 7064 and RFC 7065: stun:HOST[:PORT],
	// turn:HOST[:PORT][?transport=udp|tcp], turns:HOST[:PORT].
	URL string
	// Username and Password are the long-term credentials of TURN (RFC 8489 9.2).
	Username, Password string
}

// CheckICEServer says what is wrong with the URL of a server, or nil.
func CheckICEServer(url string) error {
	if _, err := stun.ParseURI(url); err != nil {
		return fmt.Errorf("%q is not the URL of a STUN or TURN server: %w; right is stun:HOST:3478 or turn:HOST:3478?transport=udp", url, err)
	}
	return nil
}

// uris are the servers as pion/ice wants them.
func (c *LegConfig) uris() ([]*stun.URI, error) {
	var all []*stun.URI
	for _, server := range c.ICEServers {
		uri, err := stun.ParseURI(server.URL)
		if err != nil {
			return nil, CheckICEServer(server.URL)
		}
		uri.Username, uri.Password = server.Username, server.Password
		all = append(all, uri)
	}
	return all, nil
}

// candidateTypes are what is gathered: host always, the others where a server
// is configured that finds them.
func (c *LegConfig) candidateTypes(uris []*stun.URI) []ice.CandidateType {
	types := []ice.CandidateType{ice.CandidateTypeHost}
	if c.relayOnly {
		types = nil
	}
	var reflexive, relay bool
	for _, uri := range uris {
		switch uri.Scheme {
		case stun.SchemeTypeTURN, stun.SchemeTypeTURNS:
			relay = true
		default:
			reflexive = true
		}
	}
	if reflexive && !c.relayOnly {
		types = append(types, ice.CandidateTypeServerReflexive)
	}
	if relay {
		types = append(types, ice.CandidateTypeRelay)
	}
	return types
}
