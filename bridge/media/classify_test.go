// SPDX-License-Identifier: MPL-2.0

package media

import (
	"testing"

	"github.com/pion/rtp"
	"github.com/stretchr/testify/require"
)

func TestClassify(t *testing.T) {
	for first, want := range map[byte]packetKind{0: packetSTUN, 3: packetSTUN, 4: packetUnknown, 20: packetDTLS, 63: packetDTLS, 64: packetUnknown, 128: packetRTP, 191: packetRTP, 192: packetUnknown} {
		require.Equal(t, want, classify([]byte{first, 111}), first)
	}
	require.Equal(t, packetRTCP, classify([]byte{0x80, 200}))
	require.Equal(t, packetUnknown, classify([]byte{0x80}))
}

// The payload begins where the header ends, also where an extension has bytes
// that mean nothing (RFC 8285 4.2), and ends before the padding.
func TestRTPPayload(t *testing.T) {
	header := rtp.Header{Version: 2, CSRC: []uint32{1, 2, 3}}
	require.NoError(t, header.SetExtension(1, []byte{7}))
	packet := rtp.Packet{Header: header, Payload: []byte("sound")}
	b, err := packet.Marshal()
	require.NoError(t, err)
	require.Equal(t, "sound", string(rtpPayload(b)))

	long := []byte{0x90, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xbe, 0xde, 0, 2, 0x10, 7, 0, 0, 0, 0, 0, 0, 'x'}
	require.Equal(t, "x", string(rtpPayload(long)))
	padded := append([]byte{0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 'y'}, 0, 0, 3)
	require.Equal(t, "y", string(rtpPayload(padded)))
	for _, bad := range [][]byte{nil, make([]byte, 11), {0x8f, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, {0x90, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 9},
		{0x90, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, {0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 200}} {
		require.Empty(t, rtpPayload(bad))
	}
}

// A Janus that sends nonsense, sealed with the right keys or not, harms nobody.
func FuzzReceive(f *testing.F) {
	f.Add([]byte{0x80, 111, 0, 1, 0, 0, 0, 0, 0, 0, 0, 77, 1, 2, 3}, true)
	f.Add([]byte{0xb1, 111, 0, 1, 0, 0, 0, 0, 0, 0, 0, 77, 1, 2, 3, 4, 0xbe, 0xde, 0, 1, 0, 0, 0, 0, 1}, true)
	f.Add([]byte{0x81, 200, 0, 6, 0, 0, 0, 77, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, true)
	f.Add([]byte{0x81, 201, 0, 7, 0, 0, 0, 77}, false)
	f.Fuzz(func(t *testing.T, packet []byte, sealed bool) {
		w := newWire(t, profiles["AES-GCM"])
		w.turn()
		if sealed {
			var err error
			if classify(packet) == packetRTCP {
				packet, err = w.seal.EncryptRTCP(nil, packet, nil)
			} else {
				packet, err = w.seal.EncryptRTP(nil, packet, nil)
			}
			if err != nil {
				return
			}
		}
		if len(packet) == 0 || len(packet) > receiveMTU {
			return
		}
		w.leg.stream.take(w.lp, packet, w.now)
		w.leg.stream.play(w.lp, w.now)
		before := w.leg.counts.packetsIn.Load()
		w.turn()
		if !sealed && w.leg.counts.packetsIn.Load() == before { // one that is sealed may well change what is expected next
			t.Fatal("what comes afterwards is not heard")
		}
	})
}
