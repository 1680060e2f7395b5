// SPDX-License-Identifier: MPL-2.0

package media

import "encoding/binary"

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

// classify tells the protocols on one port apart by their first byte (RFC 7983 7), RTP and RTCP by
// the second (RFC 5761 4).
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

// rtpPayload is what an RTP packet carries, without header, contributing
// sources, extension and padding (RFC 3550 5.1, 5.3.1); empty where lengths in
// it go beyond its end.
func rtpPayload(b []byte) []byte {
	if len(b) < 12 {
		return nil
	}
	padded, extended, start := b[0]&0x20 != 0, b[0]&0x10 != 0, 12+4*int(b[0]&15)
	if extended {
		if len(b) < start+4 {
			return nil
		}
		start += 4 + 4*int(binary.BigEndian.Uint16(b[start+2:]))
	}
	end := len(b)
	if padded {
		end -= int(b[end-1])
	}
	if start > end {
		return nil
	}
	return b[start:end]
}
