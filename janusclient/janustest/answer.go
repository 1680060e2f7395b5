// SPDX-License-Identifier: MPL-2.0

package janustest

import (
	"errors"
	"strings"
)

// CannedAnswer makes an SDP answer (RFC 3264) in the form of Janus's to the
// first audio section of an offer: one payload type, ICE lite, a host candidate
// of the documentation network, and a fingerprint that no certificate has. Its
// syntax is right; no media will flow.
func CannedAnswer(offer string) (string, error) {
	var media, mid, payload string
	var maps []string
	for line := range strings.Lines(offer) {
		line = strings.TrimRight(line, "\r\n")
		switch {
		case strings.HasPrefix(line, "m=") && media != "":
			return assemble(payload, mid, maps), nil // only the first section counts
		case strings.HasPrefix(line, "m=audio "):
			media = line
			if parts := strings.Fields(line); len(parts) > 3 {
				payload = parts[3]
			}
		case media != "" && strings.HasPrefix(line, "a=mid:"):
			mid = line
		case media != "" && payload != "" && strings.HasPrefix(line, "a=rtpmap:"+payload+" "):
			maps = append(maps, line)
		}
	}
	if payload == "" {
		return "", errors.New("JSEP error: no audio m-line with a payload type")
	}
	return assemble(payload, mid, maps), nil
}

func assemble(payload, mid string, maps []string) string {
	if mid == "" {
		mid = "a=mid:0"
	}
	lines := []string{
		"v=0",
		"o=- 1700000000000000 1 IN IP4 192.0.2.1",
		"s=AudioBridge",
		"t=0 0",
		"a=group:BUNDLE " + strings.TrimPrefix(mid, "a=mid:"),
		"a=msid-semantic: WMS janus",
		"a=ice-lite",
		"m=audio 9 UDP/TLS/RTP/SAVPF " + payload,
		"c=IN IP4 192.0.2.1",
		"a=sendrecv",
		mid,
		"a=rtcp-mux",
	}
	lines = append(lines, maps...)
	lines = append(lines,
		"a=ice-ufrag:fake",
		"a=ice-pwd:0123456789abcdefghijkl",
		"a=ice-options:trickle",
		"a=fingerprint:sha-256 "+strings.TrimSuffix(strings.Repeat("D2:", 32), ":"),
		"a=setup:active",
		"a=candidate:1 1 udp 2015363327 192.0.2.1 20000 typ host",
		"a=end-of-candidates",
	)
	return strings.Join(lines, "\r\n") + "\r\n"
}
