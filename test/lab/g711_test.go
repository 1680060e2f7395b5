// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMuLaw(t *testing.T) {
	for code := range 256 {
		decoded := DecodeMuLaw([]byte{byte(code)})
		if code != 0x7f { // minus zero
			require.Equal(t, []byte{byte(code)}, EncodeMuLaw(decoded), "code %#x is %v", code, decoded)
		}
	}
	require.InDelta(t, float64(muLawPeak)/(1<<15), DecodeMuLaw([]byte{0x80})[0], 0)
	for x := -1.0; x <= 1; x += 0.001 {
		require.InDelta(t, x, DecodeMuLaw(EncodeMuLaw([]float64{x}))[0], 0.001+math.Abs(x)*0.04)
	}
	require.Zero(t, Sound{8000, DecodeMuLaw(Silence())}.Samples[0])
}

func TestALaw(t *testing.T) {
	for code := range 256 {
		decoded := DecodeALaw([]byte{byte(code)})
		require.Equal(t, []byte{byte(code)}, EncodeALaw(decoded), "code %#x is %v", code, decoded)
	}
	// of ITU-T G.711: the largest value is 4032 of 4096, silence is 0xd5
	require.InDelta(t, 4032.0/4096, DecodeALaw([]byte{0xaa})[0], 0)
	require.Equal(t, []byte{0xd5}, EncodeALaw([]float64{0}))
	for x := -1.0; x <= 1; x += 0.001 {
		require.InDelta(t, x, DecodeALaw(EncodeALaw([]float64{x}))[0], 0.001+math.Abs(x)*0.04)
	}
}
