// SPDX-License-Identifier: MPL-2.0

package media

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVoiced(t *testing.T) {
	for packet, want := range map[string]bool{
		"68f3b854c848": true,  // mono, 20 ms, hybrid: the first bit
		"6873b854c848": false, // the next is FEC's, and no speech
		"4805b854c848": false, // SILK, wideband
		"4885b854c848": true,
		"4c20b854c848": true,  // stereo: the side's flag is the third bit ...
		"4c10b854c848": false, // ... the fourth is its FEC
		"58e0b854c848": true,  // 60 ms: three flags
		"5820b854c848": true,
		"5810b854c848": false,
		"f8e505863800": true,  // CELT
		"f8fffe":       false, // with zeros
		"f8fffe000000": false, // and at a constant bitrate
		"f8fffc000000": true,
		"78ff":         false,
		"78":           false,
		"":             false,
	} {
		b, err := hex.DecodeString(packet)
		require.NoError(t, err)
		require.Equal(t, want, voiced(b), packet)
	}
}

// A pause: some frames more, then one in twenty; speech at once.
func TestDTXHolds(t *testing.T) {
	var d dtx
	quiet, speech := []byte{0x48, 0x05, 1, 2}, []byte{0x48, 0x85, 1, 2}
	sent := 0
	for range dtxAfter {
		require.False(t, d.hold(quiet), "the end of a word is not cut")
	}
	for range 10 * dtxEvery {
		if !d.hold(quiet) {
			sent++
		}
	}
	require.Equal(t, 10, sent)
	require.False(t, d.hold(speech))
	require.False(t, d.hold(quiet))
}
