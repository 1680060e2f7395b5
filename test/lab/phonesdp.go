// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/pion/sdp/v3"
)

// direction is that of a stream as SDP has it.
type direction string

const (
	sendrecv direction = "sendrecv"
	sendonly direction = "sendonly"
	recvonly direction = "recvonly"
	inactive direction = "inactive"
)

// reversed is the same seen from the far end.
func (d direction) reversed() direction {
	switch d {
	case sendonly:
		return recvonly
	case recvonly:
		return sendonly
	default:
		return d
	}
}

// directionOf is what a description says of its stream.
func directionOf(body []byte) direction {
	for line := range strings.Lines(string(body)) {
		switch d := direction(strings.TrimPrefix(strings.TrimSpace(line), "a=")); d {
		case sendonly, recvonly, inactive:
			return d
		}
	}
	return sendrecv
}

// phoneCodec is a codec as RTP has it.
type phoneCodec struct {
	payloadType uint8
	rate        uint32 // of the RTP clock
	rtpmap      string
}

// keysType is the payload type of telephone events (RFC 4733).
const keysType = 101

var phoneCodecs = map[string]phoneCodec{
	"PCMU": {0, 8000, "PCMU/8000"},
	"PCMA": {8, 8000, "PCMA/8000"},
	"opus": {96, 48000, "opus/48000/2"},
}

// sdp describes the phone's stream.
func (a *phoneAudio) sdp(version uint32, way direction) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	address := a.local.Addr()
	return strings.Join([]string{
		"v=0", fmt.Sprintf("o=phone 1 %d IN IP4 %s", version, address), "s=-", fmt.Sprintf("c=IN IP4 %s", address), "t=0 0",
		fmt.Sprintf("m=audio %d RTP/AVP %d %d", a.local.Port(), a.codec.payloadType, keysType),
		fmt.Sprintf("a=rtpmap:%d %s", a.codec.payloadType, a.codec.rtpmap),
		fmt.Sprintf("a=rtpmap:%d telephone-event/%d", keysType, a.codec.rate), fmt.Sprintf("a=fmtp:%d 0-15", keysType),
		fmt.Sprintf("a=ptime:%d", cmp.Or(a.media.SaysFrame, a.media.frame())/time.Millisecond), "a=" + string(way), "",
	}, "\r\n")
}

// take does what the far end's description says: where audio goes, and whether it goes.
func (a *phoneAudio) take(body []byte, way direction) error {
	var d sdp.SessionDescription
	if err := d.Unmarshal(body); err != nil {
		return fmt.Errorf("SDP of the far end: %w", err)
	}
	if len(d.MediaDescriptions) == 0 {
		return fmt.Errorf("SDP of the far end has no media: %q", body)
	}
	media := d.MediaDescriptions[0]
	connection := d.ConnectionInformation
	if media.ConnectionInformation != nil {
		connection = media.ConnectionInformation
	}
	if connection == nil || connection.Address == nil {
		return fmt.Errorf("SDP of the far end has no address: %q", body)
	}
	address, err := netip.ParseAddr(connection.Address.Address)
	if err != nil {
		return fmt.Errorf("SDP of the far end: %w", err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	wanted := fmt.Sprint(a.codec.payloadType)
	if !slices.Contains(media.MediaName.Formats, wanted) {
		return fmt.Errorf("the far end wants payload types %v, the phone has %s", media.MediaName.Formats, wanted)
	}
	a.remote = netip.AddrPortFrom(address, uint16(media.MediaName.Port.Value)) // #nosec G115 -- a port
	a.sends = way == sendrecv
	return nil
}
