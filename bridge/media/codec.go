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
	LevelID     uint8  // of an answer: the number of the header extension for audio levels (RFC 6464), 1 to 14; 0: not wanted
}

// The codecs that the Janus AudioBridge speaks.
var (
	// Opus is offered in mono: without stereo=1 nobody should send two channels (RFC 7587 6.1),
	// whatever the rtpmap says.
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
