// SPDX-License-Identifier: MPL-2.0

package media

import (
	"bytes"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// opusPacket puts frames into a packet of the given code (RFC 6716 3.2).
func opusPacket(toc byte, code byte, padding int, frames ...[]byte) []byte {
	b := []byte{toc&^3 | code}
	switch code {
	case 2:
		b = appendFrameLength(b, len(frames[0]))
	case 3:
		variable := false
		for _, f := range frames {
			variable = variable || len(f) != len(frames[0])
		}
		count := byte(len(frames)) // #nosec G115 -- 48 at most
		if variable {
			count |= 0x80
		}
		if padding > 0 {
			count |= 0x40
		}
		b = append(b, count)
		for left := padding; left > 0; left -= 254 {
			b = append(b, byte(min(left, 255))) // #nosec G115 -- bounded
			if left < 255 {
				break
			}
		}
		if variable {
			for _, f := range frames[:len(frames)-1] {
				b = appendFrameLength(b, len(f))
			}
		}
	}
	for _, f := range frames {
		b = append(b, f...)
	}
	return append(b, make([]byte, padding)...)
}

// numbered are frames that can be told apart, of different lengths.
func numbered(first, count, length int) (frames [][]byte) {
	for i := range count {
		frames = append(frames, bytes.Repeat([]byte{byte(first + i)}, max(1, length+(first+i)%3))) // #nosec G115 -- small
	}
	return frames
}

const celtFullband = 0xe0 // 2.5 ms; 5, 10, 20 ms are 8, 16, 24 more

func tocOf(samples int) byte {
	return celtFullband | byte(map[int]int{120: 0, 240: 1, 480: 2, 960: 3}[samples]<<3) // #nosec G115 -- small
}

// cutAll is what becomes of packets: frames of 20 ms, each with the frames that it holds.
func cutAll(t *testing.T, p *packetizer, packets ...[]byte) (frames [][]byte, durations []time.Duration) {
	t.Helper()
	take := func(packet []byte, duration time.Duration) {
		var o opusFrames
		require.True(t, o.parse(packet), "%x", packet)
		require.Equal(t, time.Duration(o.count*o.samples)*time.Second/48000, duration)
		for i := range o.count {
			frames = append(frames, bytes.Clone(o.frame(packet, i)))
		}
		durations = append(durations, duration)
	}
	for _, packet := range packets {
		require.True(t, p.begin(packet), "%x", packet)
		for cut, duration := p.cut(); cut != nil; cut, duration = p.cut() {
			take(cut, duration)
		}
	}
	for cut, duration := p.flush(); cut != nil; cut, duration = p.flush() {
		take(cut, duration)
	}
	return frames, durations
}

// Whatever the length of a packet and of its frames,
// packets of 20 ms with the same frames come out.
func TestOpusIsCutAndJoined(t *testing.T) {
	for _, samples := range []int{120, 240, 480, 960} {
		for _, ms := range []int{10, 20, 30, 40, 50, 60, 80, 100, 120} {
			count := ms * 48 / samples
			if count*samples != ms*48 {
				continue
			}
			t.Run(fmt.Sprintf("%d ms in frames of %d", ms, samples), func(t *testing.T) {
				var p packetizer
				p.init(Opus)
				var packets, want [][]byte
				for n := range 12 { // 12 packets of 10 ms are whole packets of 20 ms
					frames := numbered(n*count%200, count, 20)
					code, known := map[int]byte{1: 0, 2: 2}[count]
					if !known {
						code = 3
					}
					packets = append(packets, opusPacket(tocOf(samples), code, 0, frames...))
					want = append(want, frames...)
				}
				got, durations := cutAll(t, &p, packets...)
				require.Equal(t, want, got)
				require.Len(t, durations, 12*ms/20)
				for _, d := range durations {
					require.Equal(t, frameTime, d)
				}
			})
		}
	}
}

// A phone may change its length and its mode between two packets: what is not 20 ms yet is
// completed by what counts as lost.
func TestOpusChangesLength(t *testing.T) {
	var p packetizer
	p.init(Opus)
	ten := numbered(1, 1, 20)[0]
	twenty := numbered(2, 1, 30)[0]
	frames, durations := cutAll(t, &p, opusPacket(tocOf(480), 0, 0, ten), opusPacket(tocOf(960), 0, 0, twenty), opusPacket(tocOf(480), 0, 0, ten))
	require.Equal(t, []time.Duration{frameTime, frameTime, frameTime}, durations)
	require.Equal(t, [][]byte{ten, {}, twenty, ten, {}}, frames)
}

// Frames of SILK of 40 and 60 ms are whole: they go as they are, and count as long as they are.
func TestLongSILK(t *testing.T) {
	var p packetizer
	p.init(Opus)
	for config, ms := range map[byte]int{2: 40, 3: 60, 10: 40, 11: 60} {
		_, durations := cutAll(t, &p, opusPacket(config<<3, 0, 0, []byte{1, 2, 3}))
		require.Equal(t, []time.Duration{time.Duration(ms) * time.Millisecond}, durations)
		_, durations = cutAll(t, &p, opusPacket(config<<3, 1, 0, []byte{1, 2, 3}, []byte{4, 5, 6}))
		require.Len(t, durations, 2)
	}
}

// All ways of putting frames into a packet are read.
func TestParseOpus(t *testing.T) {
	short, long := bytes.Repeat([]byte{1}, 251), bytes.Repeat([]byte{2}, 1275)
	for name, tc := range map[string]struct {
		packet []byte
		frames [][]byte
	}{
		"one":           {opusPacket(0xf8, 0, 0, short), [][]byte{short}},
		"DTX":           {[]byte{0xf8}, [][]byte{{}}},
		"two alike":     {opusPacket(0xf8, 1, 0, short, short), [][]byte{short, short}},
		"two":           {opusPacket(0xf8, 2, 0, long, short), [][]byte{long, short}},
		"three alike":   {opusPacket(0xf8, 3, 0, short, short, short), [][]byte{short, short, short}},
		"three":         {opusPacket(0xf8, 3, 0, long, short, long), [][]byte{long, short, long}},
		"padded":        {opusPacket(0xf8, 3, 40, long, short, long), [][]byte{long, short, long}},
		"padded by 254": {opusPacket(0xf8, 3, 254, short, short), [][]byte{short, short}},
	} {
		t.Run(name, func(t *testing.T) {
			var o opusFrames
			require.True(t, o.parse(tc.packet))
			require.Equal(t, len(tc.frames), o.count)
			for i, want := range tc.frames {
				require.True(t, bytes.Equal(want, o.frame(tc.packet, i)))
			}
		})
	}
	var o opusFrames
	for _, bad := range [][]byte{
		{}, {0xf9, 1}, {0xfa}, {0xfa, 5, 1}, {0xfa, 252}, {0xfb}, {0xfb, 0}, {0xfb, 7, 1, 1, 1, 1, 1, 1, 1}, {0xfb, 2, 1}, {0xfb, 0x43, 9, 1},
		{0xfb, 0x83, 1}, {0xfb, 0x83, 9, 9, 1}, {0xfb, 0x41, 255, 255}, append([]byte{0xf8}, make([]byte, 1276)...),
	} {
		require.False(t, o.parse(bad), "%x", bad)
	}
}

func FuzzPacketizer(f *testing.F) {
	f.Add([]byte{0xf8, 1, 2, 3}, []byte{0xeb, 0x83, 1, 1, 1, 2, 3})
	f.Add([]byte{0x1b, 2, 2, 2}, []byte{0xf1, 1})
	f.Fuzz(func(t *testing.T, one, two []byte) {
		var p packetizer
		p.init(Opus)
		for _, payload := range [][]byte{one, two, one, one} {
			if len(payload) > SlotData || !p.begin(payload) {
				continue
			}
			for n := 0; ; n++ {
				require.LessOrEqual(t, n, opusPacketFrames)
				packet, duration := p.cut()
				if packet == nil {
					break
				}
				require.LessOrEqual(t, len(packet), packetSpace-12-levelBytes-16)
				require.Positive(t, duration)
			}
		}
		var o opusFrames
		if packet, _ := p.flush(); packet != nil {
			require.True(t, o.parse(packet))
		}
	})
}

// G.711 of any length goes in packets of 160 bytes, which is what AudioBridge takes.
func TestG711IsCutAndJoined(t *testing.T) {
	for _, length := range []int{1, 20, 80, 160, 240, 320, 480, 680, 960, SlotData} {
		var p packetizer
		p.init(PCMA)
		var sent, got []byte
		for n := range 20 {
			payload := bytes.Repeat([]byte{byte(n + 1)}, length)
			sent = append(sent, payload...)
			require.True(t, p.begin(payload))
			for packet, duration := p.cut(); packet != nil; packet, duration = p.cut() {
				require.Len(t, packet, 160)
				require.Equal(t, frameTime, duration)
				got = append(got, packet...)
			}
		}
		if packet, _ := p.flush(); packet != nil {
			require.Len(t, packet, 160)
			got = append(got, packet...)
		}
		for len(sent) < len(got) {
			sent = append(sent, 0xd5)
		}
		require.True(t, bytes.Equal(sent, got), "%d", length)
	}
}

// A switch that writes packets of 10 to 120 ms, each for what it is, keeps time.
func TestLengthsKeepTime(t *testing.T) {
	for _, ms := range []int{10, 20, 30, 40, 60, 80, 100, 120} {
		t.Run(fmt.Sprintf("%d ms", ms), func(t *testing.T) {
			s := newSending(t)
			count, code := ms/10, byte(3)
			if count == 1 {
				code = 0
			}
			packet := opusPacket(tocOf(480), code, 0, numbered(1, count, 30)...)
			next := 5
			for at := 0; at < 10000; at += 10 {
				for ; next <= at; next += ms {
					s.write(0, uint16(ms*48), packet) // #nosec G115 -- small
				}
				s.serveAt(millis(at))
			}
			frames := 0
			for _, step := range s.steps(t) {
				require.Equal(t, 1, step, "nothing in between")
				frames++
			}
			require.InDelta(t, 500, frames, float64(ms/10+1))
		})
	}
}

// Levels are those of the samples:
// a sine at full scale is 3 dB below the overload point's square wave.
func TestG711Level(t *testing.T) {
	require.Equal(t, uint8(levelSilence), squaresPCMU.level(bytes.Repeat([]byte{0xff}, 160)))
	require.Equal(t, uint8(0), squaresPCMU.level(bytes.Repeat([]byte{0x80}, 160)))
	require.Equal(t, uint8(0), squaresPCMA.level(bytes.Repeat([]byte{0xaa}, 160)))
	require.InDelta(t, 66, squaresPCMA.level(bytes.Repeat([]byte{0xd5}, 160)), 6, "A-law has no zero")
	for code, want := range map[byte]int{0xff: 0, 0xfe: 8, 0xf0: 120, 0xef: 132, 0x80: 32124, 0x00: 32124} {
		require.Equal(t, want, pcmuSample(code), "%x", code)
	}
	for code, want := range map[byte]int{0xd5: 8, 0xd4: 24, 0xc5: 264, 0xaa: 32256, 0x2a: 32256} {
		require.Equal(t, want, pcmaSample(code), "%x", code)
	}
	// half of full scale
	require.InDelta(t, -20*math.Log10(float64(pcmuSample(0x8f))/32768), float64(squaresPCMU.level(bytes.Repeat([]byte{0x8f}, 160))), 0.5)
}
