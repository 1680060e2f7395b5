// SPDX-License-Identifier: MPL-2.0

package mediapeer

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/pion/ice/v4"
	"github.com/pion/sdp/v3"
)

// offer is what matters of an SDP offer.
type offer struct {
	ufrag, pwd string
	mid        string
	payload    string           // the first payload type
	maps       []string         // its a=rtpmap and a=fmtp
	candidates []netip.AddrPort // of RTP, over UDP and IPv4
	active     bool             // a=setup:active: the other side insists on being the DTLS client
}

var errOffer = errors.New("JSEP error: an offer that cannot be answered")

// parseOffer reads the first audio section.
func parseOffer(text string) (o offer, err error) {
	var session sdp.SessionDescription
	if err := session.UnmarshalString(text); err != nil {
		return o, fmt.Errorf("%w: %w", errOffer, err)
	}
	for _, media := range session.MediaDescriptions {
		if media.MediaName.Media != "audio" || len(media.MediaName.Formats) == 0 {
			continue
		}
		o.payload, o.mid = media.MediaName.Formats[0], "0"
		// what holds for the session holds for the section, unless that says otherwise
		for _, attribute := range append(session.Attributes, media.Attributes...) {
			o.take(attribute)
		}
		if o.ufrag == "" || o.pwd == "" {
			return o, fmt.Errorf("%w: no ICE credentials", errOffer)
		}
		return o, nil
	}
	return o, fmt.Errorf("%w: no audio", errOffer)
}

func (o *offer) take(attribute sdp.Attribute) {
	switch attribute.Key {
	case "ice-ufrag":
		o.ufrag = attribute.Value
	case "ice-pwd":
		o.pwd = attribute.Value
	case "mid":
		o.mid = attribute.Value
	case "setup":
		o.active = attribute.Value == "active"
	case "rtpmap", "fmtp":
		if strings.HasPrefix(attribute.Value, o.payload+" ") {
			o.maps = append(o.maps, "a="+attribute.Key+":"+attribute.Value)
		}
	case "candidate":
		candidate, err := ice.UnmarshalCandidate(attribute.Value)
		if err != nil || candidate.Component() != 1 || !candidate.NetworkType().IsUDP() {
			return
		}
		if address, err := netip.ParseAddr(candidate.Address()); err == nil && address.Is4() {
			o.candidates = append(o.candidates, netip.AddrPortFrom(address, uint16(candidate.Port())))
		}
	}
}

// answer makes a peer for an offer, and its answer (RFC 3264, RFC 8839) in the
// form of Janus's.
func (s *Server) answer(text string) (string, error) {
	o, err := parseOffer(text)
	if err != nil {
		return "", err
	}
	p, err := s.add(o)
	if err != nil {
		return "", err
	}
	setup := "active"
	if p.offer.active {
		setup = "passive"
	}
	lines := []string{
		"v=0", "o=- 1700000000000000 1 IN IP4 " + s.address.Addr().String(), "s=AudioBridge", "t=0 0",
		"a=group:BUNDLE " + o.mid, "a=msid-semantic: WMS janus",
		"m=audio 9 UDP/TLS/RTP/SAVPF " + o.payload, "c=IN IP4 " + s.address.Addr().String(), "a=sendrecv", "a=mid:" + o.mid, "a=rtcp-mux",
	}
	lines = append(lines, o.maps...)
	lines = append(lines, "a=ice-ufrag:"+p.ufrag, "a=ice-pwd:"+p.pwd, "a=fingerprint:sha-256 "+s.fingerprint, "a=setup:"+setup,
		"a=msid:janus janus0", fmt.Sprintf("a=ssrc:%d cname:janus", p.header.SSRC),
		fmt.Sprintf("a=candidate:1 1 udp %d %s %d typ host", hostPriority, s.address.Addr(), s.address.Port()), "a=end-of-candidates")
	return strings.Join(lines, "\r\n") + "\r\n", nil
}
