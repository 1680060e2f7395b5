// SPDX-License-Identifier: MPL-2.0

package media

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

const answerSDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 96 0\r\nc=IN IP4 127.0.0.1\r\n" +
	"a=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuv\r\na=setup:active\r\n" +
	"a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n" +
	"a=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1\r\na=candidate:1 1 udp 2130706431 10.0.0.1 4000 typ host\r\n"

func TestParseAnswer(t *testing.T) {
	d, err := parseAnswer(answerSDP, []Codec{Opus, PCMU})
	require.NoError(t, err)
	require.Equal(t, uint8(96), d.codec.PayloadType, "the answer's payload type")
	require.Equal(t, "useinbandfec=1", d.codec.Fmtp)
	require.True(t, d.active)
	require.Len(t, d.candidates, 1)
	d, err = parseAnswer(answerSDP, []Codec{PCMU})
	require.NoError(t, err)
	require.Equal(t, "PCMU", d.codec.Name)
}

func TestParseAnswerRefuses(t *testing.T) {
	without := func(prefix string) string {
		var kept []string
		for line := range strings.SplitSeq(answerSDP, "\r\n") {
			if !strings.HasPrefix(line, prefix) {
				kept = append(kept, line)
			}
		}
		return strings.Join(kept, "\r\n")
	}
	for text, want := range map[string]error{
		"hello":              ErrBadSDP,
		without("a=ice-pwd"): ErrNoICE,
		without("a=finger"):  ErrNoFingerprint,
		without("a=setup"):   ErrBadSetup,
		without("a=rtpmap"):  ErrNoCodec,
		strings.Replace(answerSDP, "m=audio 9", "m=audio 0", 1): ErrNoAudio,
	} {
		_, err := parseAnswer(text, []Codec{Opus})
		require.ErrorIs(t, err, want)
	}
}

func FuzzParseAnswer(f *testing.F) {
	f.Add(answerSDP)
	f.Add("v=0\r\nm=audio 9 x 0\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		d, err := parseAnswer(text, []Codec{Opus, PCMU, PCMA})
		if err == nil && (d.ufrag == "" || len(d.fingerprints) == 0 || d.codec.Name == "") {
			t.Fatalf("%q gave %+v", text, d)
		}
	})
}

func TestRingBetweenThreads(t *testing.T) {
	const frames = 20000
	rings := NewRings()
	ring := &rings.ToSwitch
	ring.head, ring.tail = 1<<32-100, 1<<32-100 // the counters wrap
	var threads sync.WaitGroup
	threads.Go(func() {
		for i := uint32(0); i < frames; {
			if slot := ring.Reserve(); slot != nil {
				slot.Timestamp = i
				ring.Push()
				i++
			}
		}
	})
	for i := uint32(0); i < frames; {
		if slot := ring.Peek(); slot != nil {
			require.Equal(t, i, slot.Timestamp)
			ring.Pop()
			i++
		}
	}
	threads.Wait()
	require.Zero(t, ring.Waiting())
}
