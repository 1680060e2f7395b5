// SPDX-License-Identifier: MPL-2.0

package media

import "math"

const (
	// levelURI is the RTP header extension for how loud a packet is (RFC 6464), and levelID the
	// number that is offered for it.
	levelURI = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
	levelID  = 1
	// levelSilence is digital silence, in -dBov; AudioBridge does not even mix it.
	levelSilence = 127
	// levelVoice is the least level that is told as voice.
	levelVoice = 50
	// levelBytes is the room that the extension takes in a packet: a header, one element,
	// and padding (RFC 8285 4.2).
	levelBytes = 8
)

// putLevel writes the extension.
func putLevel(b []byte, id, level uint8) {
	voice := uint8(0)
	if level < levelVoice {
		voice = 0x80
	}
	copy(b, []byte{0xbe, 0xde, 0, 1, id << 4, voice | level, 0, 0})
}

// g711Squares are the squares of the samples of G.711, by their code.
type g711Squares [256]uint32

var squaresPCMU, squaresPCMA = newG711Squares(pcmuSample), newG711Squares(pcmaSample)

func newG711Squares(sample func(byte) int) *g711Squares {
	var squares g711Squares
	for i := range squares {
		s := sample(byte(i))       // #nosec G115 -- 255 at most
		squares[i] = uint32(s * s) // #nosec G115 -- below 2^30
	}
	return &squares
}

// pcmuSample and pcmaSample are the magnitudes of samples of 16 bits (ITU-T G.711).
func pcmuSample(code byte) int {
	code = ^code
	return (int(code&0x0f)<<3+0x84)<<(code>>4&7) - 0x84
}

func pcmaSample(code byte) int {
	code ^= 0x55
	magnitude, segment := int(code&0x0f)<<4+8, code>>4&7
	if segment > 0 {
		magnitude = (magnitude + 0x100) << (segment - 1)
	}
	return magnitude
}

// level is how loud samples are, in -dBov.
func (s *g711Squares) level(payload []byte) uint8 {
	var sum uint64
	for _, code := range payload {
		sum += uint64(s[code])
	}
	if sum == 0 {
		return levelSilence
	}
	mean := float64(sum) / float64(len(payload)) / (32768 * 32768)
	return uint8(min(levelSilence, max(0, math.Round(-10*math.Log10(mean)))))
}
