// SPDX-License-Identifier: MPL-2.0

package hep

import (
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"
	"time"
)

// The generic chunks (vendor 0) that a packet of ours has, by the numbers of the specification.
const (
	chunkFamily        = 1  // 8 bits: 2 for IPv4, 10 for IPv6
	chunkTransport     = 2  // 8 bits: the protocol number of IP, 17 for UDP
	chunkIPv4From      = 3  // 4 bytes
	chunkIPv4To        = 4  // 4 bytes
	chunkIPv6From      = 5  // 16 bytes
	chunkIPv6To        = 6  // 16 bytes
	chunkPortFrom      = 7  // 16 bits
	chunkPortTo        = 8  // 16 bits
	chunkSeconds       = 9  // 32 bits, since 1970
	chunkMicroseconds  = 10 // 32 bits, of the second
	chunkType          = 11 // 8 bits: what the payload is
	chunkAgent         = 12 // 32 bits: who has captured it
	chunkPassword      = 14 // text
	chunkPayload       = 15 // bytes
	chunkCorrelationID = 17 // text
)

const (
	familyIPv4   = 2
	familyIPv6   = 10
	transportUDP = 17
	typeRTCP     = 5
	headerLength = 6 // of a packet and of a chunk
)

// packet is what one HEP packet tells.
type packet struct {
	at            time.Time
	from, to      netip.AddrPort // of one family
	correlationID string
	payload       []byte
	agent         uint32
	password      string // "" for none
}

// encode makes the packet as it is sent. Numbers are big-endian.
func (p packet) encode() ([]byte, error) {
	out := append(make([]byte, 0, 512), "HEP3\x00\x00"...)
	chunk := func(number uint16, value []byte) {
		out = binary.BigEndian.AppendUint16(out, 0) // the vendor
		out = binary.BigEndian.AppendUint16(out, number)
		out = binary.BigEndian.AppendUint16(out, uint16(headerLength+len(value))) // #nosec G115 -- bounded by the check of the whole
		out = append(out, value...)
	}
	short := func(value uint16) []byte { return binary.BigEndian.AppendUint16(nil, value) }
	long := func(value uint32) []byte { return binary.BigEndian.AppendUint32(nil, value) }
	from, to := p.from.Addr().Unmap(), p.to.Addr().Unmap()
	family, chunkFrom, chunkTo := byte(familyIPv4), uint16(chunkIPv4From), uint16(chunkIPv4To)
	if from.Is6() {
		family, chunkFrom, chunkTo = familyIPv6, chunkIPv6From, chunkIPv6To
	}
	chunk(chunkFamily, []byte{family})
	chunk(chunkTransport, []byte{transportUDP})
	chunk(chunkFrom, from.AsSlice())
	chunk(chunkTo, to.AsSlice())
	chunk(chunkPortFrom, short(p.from.Port()))
	chunk(chunkPortTo, short(p.to.Port()))
	chunk(chunkSeconds, long(uint32(p.at.Unix())))                 // #nosec G115 -- until 2106
	chunk(chunkMicroseconds, long(uint32(p.at.Nanosecond()/1000))) // #nosec G115 -- below a million
	chunk(chunkType, []byte{typeRTCP})
	chunk(chunkAgent, long(p.agent))
	if p.password != "" {
		chunk(chunkPassword, []byte(p.password))
	}
	chunk(chunkCorrelationID, []byte(p.correlationID))
	chunk(chunkPayload, p.payload)
	if len(out) > math.MaxUint16 {
		return nil, fmt.Errorf("a HEP packet of %d bytes, at most %d are possible", len(out), math.MaxUint16)
	}
	binary.BigEndian.PutUint16(out[4:], uint16(len(out))) // #nosec G115 -- just checked
	return out, nil
}
