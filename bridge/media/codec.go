// SPDX-License-Identifier: MPL-2.0

package media

import "strings"

// Codec is one audio format as RTP and SDP know it.
type Codec struct {
	Name        string // "opus", "PCMU", "PCMA", as in a=rtpmap
	ClockRate   uint32 // of RTP timestamps, in Hz
	Channels    int    // as in a=rtpmap; Opus always says 2 (RFC 7587 7)
	PayloadType uint8  // RTP payload type
	Fmtp        string // a=fmtp parameters, "" for none
	Ptime       int    // duration of a frame in ms
}

// The codecs that the Janus AudioBridge speaks.
var (
	// Opus is offered in mono: without stereo=1 nobody sends two channels (RFC 7587 6.1), whatever the rtpmap says.
	Opus = Codec{Name: "opus", ClockRate: 48000, Channels: 2, PayloadType: 111, Fmtp: "minptime=10;useinbandfec=1", Ptime: 20}
	// PCMU is G.711 µ-law.
	PCMU = Codec{Name: "PCMU", ClockRate: 8000, Channels: 1, PayloadType: 0, Ptime: 20}
	// PCMA is G.711 A-law.
	PCMA = Codec{Name: "PCMA", ClockRate: 8000, Channels: 1, PayloadType: 8, Ptime: 20}
)

// FrameSamples is the duration of one frame in units of the RTP clock: 960 for Opus, 160 for G.711.
func (c Codec) FrameSamples() int { return int(c.ClockRate) * c.Ptime / 1000 }

// Is says whether both are the same format, whatever their payload types and parameters.
func (c Codec) Is(other Codec) bool {
	return strings.EqualFold(c.Name, other.Name) && c.ClockRate == other.ClockRate
}

// packetSamples is how long a received payload plays, in units of the RTP clock, or 0 where it cannot be told.
func (c Codec) packetSamples(payload []byte) int {
	if strings.EqualFold(c.Name, Opus.Name) {
		return opusSamples(payload)
	}
	return len(payload) / max(c.Channels, 1)
}

// isDTX says whether after this payload silence is to be expected: an Opus encoder in DTX sends frames of at most two
// bytes before it stops (RFC 7587 3.1.3, RFC 6716 3.2.1).
func (c Codec) isDTX(payload []byte) bool {
	return len(payload) <= 2 && strings.EqualFold(c.Name, Opus.Name)
}

// opusSamples is the duration of an Opus packet at 48 kHz, from its first bytes (RFC 6716 3.1), or 0 if it is none.
func opusSamples(p []byte) int {
	if len(p) == 0 {
		return 0
	}
	var frame int
	switch config := p[0] >> 3; {
	case config < 12: // SILK: 10, 20, 40, 60 ms
		frame = [4]int{480, 960, 1920, 2880}[config&3]
	case config < 16: // hybrid: 10, 20 ms
		frame = 480 << (config & 1)
	default: // CELT: 2.5, 5, 10, 20 ms
		frame = 120 << (config & 3)
	}
	count := 1
	switch p[0] & 3 {
	case 1, 2:
		count = 2
	case 3:
		if len(p) < 2 {
			return 0
		}
		count = int(p[1] & 0x3f)
	}
	if samples := frame * count; samples <= 5760 { // 120 ms at most
		return samples
	}
	return 0
}
