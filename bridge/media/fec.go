// SPDX-License-Identifier: MPL-2.0

package media

// fecWindow is for how many packets one that carries FEC is remembered: not
// each does, where the speaker pauses.
const fecWindow = 256

// carriesFEC says whether an Opus packet carries the frame before its own as
// well: in-band FEC, in Opus's words LBRR (RFC 6716 4.2.3 and 4.2.4). Only
// packets of one Opus frame are looked at; of more than 20 ms nobody sends
// several to us.
func carriesFEC(packet []byte) bool {
	if len(packet) <= dtxBytes {
		return false
	}
	toc, header := packet[0], packet[1] // RFC 6716 3.1, and what SILK begins with
	config, stereo, code := toc>>3, toc&4 != 0, toc&3
	if config >= 16 || code != 0 {
		return false // CELT has none
	}
	frames := silkFrames(config)
	// a flag of voice activity for each, then that of LBRR, for the mid channel and for the side
	flag := func(i int) bool { return header&(0x80>>i) != 0 }
	return flag(frames) || stereo && flag(2*frames+1)
}

// silkFrames is how many frames of SILK a frame of this configuration holds: one
// for 10 and 20 ms, or one for each 20 ms (RFC 6716 3.1 and 4.2.2).
func silkFrames(config byte) int {
	if config >= 12 { // hybrid
		return 1
	}
	return max(1, int(config&3))
}
