// SPDX-License-Identifier: MPL-2.0

package media

const (
	// dtxAfter is how many frames without speech are still sent, and dtxEvery how often one is sent
	// afterwards: as libopus does it (SILK, NB_SPEECH_FRAMES_BEFORE_DTX and MAX_CONSECUTIVE_DTX).
	dtxAfter = 10
	dtxEvery = 20
)

// dtx leaves out Opus packets in which nobody speaks (discontinuous transmission, RFC 7587 3.1.3).
// Whether one does the encoder has said in the packet, so that it works for what the switch encodes
// and for what it passes on alike.
type dtx struct{ quiet int }

// hold says that a packet is not to be sent.
func (d *dtx) hold(packet []byte) bool {
	if voiced(packet) {
		d.quiet = 0
		return false
	}
	d.quiet++
	return d.quiet > dtxAfter && (d.quiet-dtxAfter)%dtxEvery != 0
}

// voiced reads the flags of voice activity with which SILK begins (RFC 6716 4.2.3). CELT knows only
// digital silence. A packet of several frames counts as speech. A packet of one or two bytes is
// the encoder's own DTX.
func voiced(packet []byte) bool {
	if len(packet) <= dtxBytes {
		return false
	}
	toc, flags := packet[0], packet[1]
	config, stereo, code := toc>>3, toc&4 != 0, toc&3
	switch {
	case config >= 16 && code == 0:
		return packet[1] != 0xff || packet[2]&0xfe != 0xfe // the flag silence, which costs 15 bits (RFC 6716 4.3)
	case code != 0:
		return true
	}
	frames := silkFrames(config)
	active := func(first int) bool { return flags<<first>>(8-frames) != 0 }
	return active(0) || stereo && active(frames+1)
}
