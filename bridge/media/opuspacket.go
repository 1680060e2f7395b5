// SPDX-License-Identifier: MPL-2.0

package media

// What Opus allows (RFC 6716 3.2.1, 3.2.5 and 3.1): bytes of a frame, frames of a packet, and the
// duration of a packet, of 20 ms, and of the shortest frame, at 48 kHz.
const (
	opusFrameBytes    = 1275
	opusPacketFrames  = 48
	opusPacketSamples = 5760
	opus20ms          = 960
	opusShortest      = 120
)

// opusFrames is what an Opus packet is made of (RFC 6716 3).
type opusFrames struct {
	toc     byte // but for the code in the last two bits
	samples int  // of each frame, at 48 kHz
	count   int
	end     [opusPacketFrames]int // of each frame's data
	begin   [opusPacketFrames]int
}

// parse reads a packet; false: it is none.
func (o *opusFrames) parse(packet []byte) bool {
	o.count = 0
	if len(packet) == 0 {
		return false
	}
	o.toc, o.samples = packet[0]&^3, opusFrameSamples(packet[0])
	switch packet[0] & 3 {
	case 0:
		return o.fill(1, len(packet)-1, 1)
	case 1:
		return (len(packet)-1)%2 == 0 && o.fill(2, (len(packet)-1)/2, 1)
	case 2:
		length, used, ok := frameLength(packet[1:])
		if !ok || 1+used+length > len(packet) || len(packet)-1-used-length > opusFrameBytes {
			return false
		}
		o.count = 2
		o.begin[0], o.end[0] = 1+used, 1+used+length
		o.begin[1], o.end[1] = o.end[0], len(packet)
		return true
	}
	return o.parseMany(packet)
}

// parseMany reads a packet with a count of frames (code 3).
func (o *opusFrames) parseMany(packet []byte) bool {
	if len(packet) < 2 {
		return false
	}
	count, variable, padded := int(packet[1]&0x3f), packet[1]&0x80 != 0, packet[1]&0x40 != 0
	if count == 0 || count*o.samples > opusPacketSamples {
		return false
	}
	at, end := 2, len(packet)
	for more := padded; more; at++ {
		if at >= end {
			return false
		}
		if more = packet[at] == 255; more {
			end -= 254
		} else {
			end -= int(packet[at])
		}
	}
	if at > end {
		return false
	}
	if !variable {
		return (end-at)%count == 0 && o.fill(count, (end-at)/count, at)
	}
	return o.parseVariable(packet, count, at, end)
}

func (o *opusFrames) parseVariable(packet []byte, count, at, end int) bool {
	for i := range count - 1 {
		length, used, ok := frameLength(packet[at:end])
		if !ok {
			return false
		}
		o.end[i] = length // the frames begin behind all lengths: the loop below adds where
		at += used
	}
	for i := range count - 1 {
		o.begin[i], o.end[i] = at, at+o.end[i]
		at = o.end[i]
	}
	o.begin[count-1], o.end[count-1] = at, end
	o.count = count
	return at <= end && end-at <= opusFrameBytes
}

// fill is for frames of one length.
func (o *opusFrames) fill(count, length, at int) bool {
	if length > opusFrameBytes {
		return false
	}
	o.count = count
	for i := range count {
		o.begin[i], o.end[i] = at, at+length
		at += length
	}
	return true
}

func (o *opusFrames) frame(packet []byte, i int) []byte { return packet[o.begin[i]:o.end[i]] }

// frameLength reads the length of a frame, of one byte or two (RFC 6716 3.2.1).
func frameLength(b []byte) (length, used int, ok bool) {
	switch {
	case len(b) > 0 && b[0] < 252:
		return int(b[0]), 1, true
	case len(b) > 1:
		return int(b[0]) + 4*int(b[1]), 2, true
	}
	return 0, 0, false
}

func appendFrameLength(b []byte, length int) []byte {
	if length < 252 {
		return append(b, byte(length))
	}
	first := 252 + length&3
	return append(b, byte(first), byte((length-first)/4)) // #nosec G115 -- at most 1275
}

// opusFrameSamples is the duration of a frame at 48 kHz by the first byte of a packet (RFC 6716
// 3.1, table 2).
func opusFrameSamples(toc byte) int {
	config := toc >> 3
	switch {
	case config < 12: // SILK: 10, 20, 40, 60 ms
		return [...]int{480, 960, 1920, 2880}[config&3]
	case config < 16: // hybrid: 10, 20 ms
		return 480 << (config & 1)
	}
	return opusShortest << (config & 3) // CELT: 2.5, 5, 10, 20 ms
}

// opusSilence is 20 ms of digital silence, mono and fullband, as libopus encodes it.
var opusSilence = []byte{0xf8, 0xff, 0xfe}
