// SPDX-License-Identifier: MPL-2.0

package media

// receiveMTU is the largest packet taken from a socket: above what an Ethernet carries.
const receiveMTU = 1600

// packetKind is what a UDP packet of a leg may be.
type packetKind uint8

const (
	packetUnknown packetKind = iota
	packetSTUN
	packetDTLS
	packetRTP
	packetRTCP
)

// classify tells the protocols on one port apart by their first byte (RFC 7983 7), RTP and RTCP by the second
// (RFC 5761 4).
func classify(b []byte) packetKind {
	if len(b) < 2 {
		return packetUnknown
	}
	switch first := b[0]; {
	case first <= 3:
		return packetSTUN
	case first >= 20 && first <= 63:
		return packetDTLS
	case first >= 128 && first <= 191:
		if b[1] >= 192 && b[1] <= 223 {
			return packetRTCP
		}
		return packetRTP
	default:
		return packetUnknown
	}
}
