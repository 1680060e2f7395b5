// SPDX-License-Identifier: MPL-2.0

package media

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"
)

// Packets of libopus 1.4, VOIP, some speech-like sound: what they begin with.
func TestCarriesFEC(t *testing.T) {
	for packet, want := range map[string]bool{
		"68f3b854c848": true,  // mono, 20 ms, hybrid, FEC for 20 % loss
		"68f33c25dcb5": true,  //
		"78a996fd5639": false, // without
		"7cc802fa53a1": true,  // stereo
		"7c8802b469e5": false,
		"58fe9aa4d218": true, // 60 ms, SILK
		"58de7737294c": true,
		"7b832c2aab1e": false, // 60 ms in three frames
		"50fa62de8825": true,  // 40 ms
		"4005f2caf7de": false, // 10 ms
		"78e505863800": true,  // the same configuration as above, and the flag
		"fce505863800": false, // CELT
		"78ff":         false, // DTX
		"78":           false,
		"":             false,
	} {
		b, err := hex.DecodeString(packet)
		require.NoError(t, err)
		require.Equal(t, want, carriesFEC(b), packet)
	}
}
