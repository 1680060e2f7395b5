// SPDX-License-Identifier: MPL-2.0

package media

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
)

// description is what an SDP answer says.
type description struct {
	codec        Codec
	ufrag, pwd   string
	candidates   []string
	complete     bool // no candidate follows (a=end-of-candidates, RFC 8840 8.2)
	fingerprints []peerFingerprint
	active       bool // the peer is the DTLS client (a=setup:active)
}

func newSessionID() uint64 { return rand.Uint64() >> 2 } // #nosec G404 -- no secret

// Offer returns the SDP offer, with all candidates in it (half trickle, RFC
// 8838 17): a Janus that trickles its own may, and one that does not sees that
// no more will come.
//
// Janus takes the candidates of an offer at once, whether a=ice-options says
// trickle or not; with it, it may trickle its own (full_trickle).
func (l *Leg) Offer() (string, error) { return l.current.Load().offered, nil }

// offer makes the offer of one route: an ICE restart changes credentials, candidates and the
// version in o= (RFC 8839 4.4.1.1.1), and nothing else.
func (r *route) offer() (string, error) {
	l := r.leg
	candidates, err := r.localCandidates()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\r\n", args...) }
	line("v=0")
	line("o=- %d %d IN IP4 127.0.0.1", l.session, r.version)
	line("s=-")
	line("t=0 0")
	line("a=group:BUNDLE 0")
	line("a=msid-semantic: WMS mod_janus")
	payloads := make([]string, 0, len(l.cfg.Codecs))
	for _, codec := range l.cfg.Codecs {
		payloads = append(payloads, strconv.Itoa(int(codec.PayloadType)))
	}
	line("m=audio 9 UDP/TLS/RTP/SAVPF %s", strings.Join(payloads, " "))
	line("c=IN IP4 0.0.0.0")
	line("a=rtcp:9 IN IP4 0.0.0.0")
	line("a=mid:0")
	line("a=extmap:%d %s", levelID, levelURI)
	line("a=sendrecv")
	line("a=rtcp-mux")
	line("a=ice-ufrag:%s", r.ours.ufrag)
	line("a=ice-pwd:%s", r.ours.pwd)
	line("a=ice-options:trickle")
	line("a=fingerprint:%s", l.engine.cert.fingerprint)
	line("a=setup:actpass")
	for _, codec := range l.cfg.Codecs {
		line("%s", codec.rtpmap())
		if codec.Fmtp != "" {
			line("a=fmtp:%d %s", codec.PayloadType, codec.Fmtp)
		}
	}
	line("a=ptime:%d", l.cfg.Codecs[0].Ptime)
	line("a=msid:mod_janus audio0")
	line("a=ssrc:%d cname:mod_janus-%d", l.ssrc(), l.session)
	for _, candidate := range candidates {
		line("a=candidate:%s", candidate)
	}
	line("a=end-of-candidates")
	return b.String(), nil
}

func (c Codec) rtpmap() string {
	if c.Channels > 1 {
		return fmt.Sprintf("a=rtpmap:%d %s/%d/%d", c.PayloadType, c.Name, c.ClockRate, c.Channels)
	}
	return fmt.Sprintf("a=rtpmap:%d %s/%d", c.PayloadType, c.Name, c.ClockRate)
}

// ssrc is that of the stream to Janus: derived from the session, so that the
// offer and the packets agree without sharing state.
func (l *Leg) ssrc() uint32 { return uint32(l.session>>16) | 1 } // #nosec G115 -- cut on purpose

// parseAnswer checks an SDP answer against the codecs that were offered.
func parseAnswer(text string, offered []Codec) (description, error) {
	var d description
	var parsed sdp.SessionDescription
	if err := parsed.UnmarshalString(text); err != nil {
		return d, fmt.Errorf("%w: %w", ErrBadSDP, err)
	}
	audio, err := audioSection(&parsed)
	if err != nil {
		return d, err
	}
	codec, ok := chooseCodec(audio, offered)
	if !ok {
		return d, fmt.Errorf("%w: it has payload types %.80q", ErrNoCodec, strings.Join(audio.MediaName.Formats, " "))
	}
	d.codec = codec
	// what the media section does not say may stand at the session level (RFC 8839 5.4, RFC 8122 5)
	attributes := append(append([]sdp.Attribute(nil), parsed.Attributes...), audio.Attributes...)
	return d, d.read(attributes)
}

// audioSection is the first one that is not rejected: one was offered,
// and more than one is what no Janus should answer.
func audioSection(parsed *sdp.SessionDescription) (*sdp.MediaDescription, error) {
	err := ErrNoAudio
	for _, m := range parsed.MediaDescriptions {
		switch {
		case m.MediaName.Media != "audio":
		case m.MediaName.Port.Value == 0:
			err = ErrRejected
		default:
			return m, nil
		}
	}
	return nil, err
}

// read takes the transport's attributes and the direction, later ones winning.
func (d *description) read(attributes []sdp.Attribute) error {
	setup, direction := "", ""
	for _, a := range attributes {
		switch a.Key {
		case "ice-ufrag":
			d.ufrag = a.Value
		case "ice-pwd":
			d.pwd = a.Value
		case "candidate":
			d.candidates = append(d.candidates, a.Value)
		case "end-of-candidates":
			d.complete = true
		case "sendrecv", "sendonly", "recvonly", "inactive":
			direction = a.Key
		case "setup":
			setup = a.Value
		case "fingerprint":
			if f, ok := parseFingerprint(a.Value); ok {
				d.fingerprints = append(d.fingerprints, f)
			}
		}
	}
	switch {
	case direction == "inactive":
		return ErrInactive
	case d.ufrag == "" || d.pwd == "":
		return ErrNoICE
	case len(d.fingerprints) == 0:
		return ErrNoFingerprint
	case setup != "active" && setup != "passive":
		return fmt.Errorf("%w: %q", ErrBadSetup, setup)
	}
	d.active = setup == "active"
	return nil
}

// chooseCodec returns the first codec of the answer that was offered, with the
// payload type and the parameters of the answer.
func chooseCodec(audio *sdp.MediaDescription, offered []Codec) (Codec, bool) {
	maps := map[string]string{"0": "PCMU/8000", "8": "PCMA/8000"} // RFC 3551 6
	fmtp := map[string]string{}
	var level uint8
	for _, a := range audio.Attributes {
		payload, value, _ := strings.Cut(a.Value, " ")
		switch a.Key {
		case "rtpmap":
			maps[payload] = value
		case "fmtp":
			fmtp[payload] = value
		case "extmap":
			if id, wanted := levelExtension(payload, value); wanted {
				level = id
			}
		}
	}
	for _, payload := range audio.MediaName.Formats {
		name, rest, _ := strings.Cut(maps[payload], "/")
		rate, _, _ := strings.Cut(rest, "/")
		for _, codec := range offered {
			n, err := strconv.ParseUint(payload, 10, 7)
			if err == nil && strings.EqualFold(codec.Name, name) && strconv.Itoa(int(codec.ClockRate)) == rate {
				codec.PayloadType, codec.Fmtp, codec.LevelID = uint8(n), mono(codec, fmtp[payload]), level
				return codec, true
			}
		}
	}
	return Codec{}, false
}

// levelExtension reads a=extmap (RFC 8285 5): whether the answer wants audio levels,
// and under which number.
func levelExtension(number, rest string) (id uint8, wanted bool) {
	number, direction, _ := strings.Cut(number, "/")
	uri, _, _ := strings.Cut(rest, " ")
	n, err := strconv.ParseUint(number, 10, 8)
	if err != nil || n < 1 || n > 14 || uri != levelURI || direction == "sendonly" || direction == "inactive" {
		return 0, false
	}
	return uint8(n), true
}

// mono takes out of the parameters of an Opus answer what asks for two channels: AudioBridge says
// stereo=1 in a room with spatial audio, but the leg has one channel. What comes in stereo a
// decoder of one channel mixes down (RFC 7587 6.1), and FreeSWITCH's would take its frames for half
// as long as they are.
func mono(codec Codec, parameters string) string {
	if !codec.Is(Opus) {
		return parameters
	}
	var kept []string
	for parameter := range strings.SplitSeq(parameters, ";") {
		parameter = strings.TrimSpace(parameter)
		name, _, _ := strings.Cut(parameter, "=")
		if name = strings.TrimSpace(name); name != "" && !strings.EqualFold(name, "stereo") && !strings.EqualFold(name, "sprop-stereo") {
			kept = append(kept, parameter)
		}
	}
	return strings.Join(kept, ";")
}
