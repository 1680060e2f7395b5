// SPDX-License-Identifier: MPL-2.0

package media

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/sdp/v3"
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
		strings.Replace(answerSDP, "m=audio 9", "m=audio 0", 1): ErrRejected,
	} {
		_, err := parseAnswer(text, []Codec{Opus})
		require.ErrorIs(t, err, want)
	}
}

// What is unusual in an answer is taken where media can flow,
// and has an error that names it where not.
func TestUnusualAnswers(t *testing.T) {
	edit := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(answerSDP) }
	_, section, _ := strings.Cut(answerSDP, "m=audio")
	audio := "m=audio" + section
	const direction, second = "a=sendrecv", "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n"
	for name, tt := range map[string]struct {
		text string
		want error
		says string
	}{
		"two audio sections":       {text: answerSDP + audio},
		"the first is rejected":    {text: edit("m=audio 9", "m=audio 0 UDP/TLS/RTP/SAVPF 0\r\nm=audio 9")},
		"the second is rejected":   {text: answerSDP + strings.Replace(second, " 9 ", " 0 ", 1)},
		"port 0":                   {edit("m=audio 9", "m=audio 0"), ErrRejected, "port 0"},
		"no audio section":         {edit("m=audio", "m=video"), ErrNoAudio, "no audio section"},
		"inactive":                 {edit(direction, "a=inactive"), ErrInactive, "a=inactive"},
		"inactive for all":         {edit("t=0 0", "t=0 0\r\na=inactive", direction+"\r\n", ""), ErrInactive, "a=inactive"},
		"inactive, but not audio":  {text: edit("t=0 0", "t=0 0\r\na=inactive")},
		"recvonly":                 {text: edit(direction, "a=recvonly")},
		"sendonly":                 {text: edit(direction, "a=sendonly")},
		"payload type without map": {edit("SAVPF 96 0", "SAVPF 97"), ErrNoCodec, `"97"`},
		"ptime":                    {text: answerSDP + "a=ptime:60\r\na=maxptime:60\r\n"},
		"stereo":                   {text: edit("useinbandfec=1", "stereo=1;sprop-stereo=1;useinbandfec=1")},
		"no fingerprint":           {edit("a=fingerprint", "a=x-fingerprint"), ErrNoFingerprint, "fingerprint"},
		"actpass":                  {edit("setup:active", "setup:actpass"), ErrBadSetup, `"actpass"`},
		"holdconn":                 {edit("setup:active", "setup:holdconn"), ErrBadSetup, `"holdconn"`},
		"IPv6":                     {text: edit("c=IN IP4 127.0.0.1", "c=IN IP6 ::1")},
		"video":                    {text: answerSDP + "m=video 9 UDP/TLS/RTP/SAVPF 97\r\na=inactive\r\na=setup:actpass\r\n"},
		"data":                     {text: answerSDP + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=sctp-port:5000\r\n"},
		"lines end with LF":        {text: edit("\r\n", "\n")},
		"64 kB":                    {text: answerSDP + strings.Repeat("a=x-unknown:"+strings.Repeat("y", 1000)+"\r\n", 64)},
		"unknown attributes":       {text: answerSDP + "a=x-flag\r\na=x-other:1 2 3\r\n"},
		"extension not offered":    {text: answerSDP + "a=extmap:9 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"},
		"no rtcp-mux":              {text: edit("a=rtcp-mux\r\n", "")},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := parseAnswer(tt.text, []Codec{Opus})
			if tt.want != nil {
				require.ErrorIs(t, err, tt.want)
				require.ErrorContains(t, err, tt.says)
				return
			}
			require.NoError(t, err)
			require.Equal(t, "opus", d.codec.Name)
			require.Equal(t, uint8(96), d.codec.PayloadType)
			require.Equal(t, "useinbandfec=1", d.codec.Fmtp)
			require.Zero(t, d.codec.LevelID)
			require.True(t, d.active)
		})
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

// Audio levels are offered, and sent where the answer wants them, under the number that it gives.
func TestAnswerWantsLevels(t *testing.T) {
	const uri = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
	for extmap, id := range map[string]uint8{
		"": 0, "a=extmap:1 " + uri + "\r\n": 1, "a=extmap:14 " + uri + " vad=on\r\n": 14, "a=extmap:3/recvonly " + uri + "\r\n": 3,
		"a=extmap:3/sendonly " + uri + "\r\n": 0, "a=extmap:15 " + uri + "\r\n": 0, "a=extmap:0 " + uri + "\r\n": 0, "a=extmap:x " + uri + "\r\n": 0,
		"a=extmap:2 urn:ietf:params:rtp-hdrext:sdes:mid\r\n": 0, "a=extmap:300 " + uri + "\r\n": 0,
	} {
		var parsed sdp.SessionDescription
		require.NoError(t, parsed.UnmarshalString("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"+
			"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\n"+extmap))
		codec, ok := chooseCodec(parsed.MediaDescriptions[0], []Codec{Opus})
		require.True(t, ok)
		require.Equal(t, id, codec.LevelID, extmap)
	}
	p := newPair(t, pairOptions{})
	offer, err := p.leg.Offer()
	require.NoError(t, err)
	require.Contains(t, offer, "\r\na=extmap:1 "+uri+"\r\n")
}

// A room with spatial audio answers in stereo; the switch's codec has one channel,
// and counts two where it is told so.
func TestAnswerInStereo(t *testing.T) {
	for answer, want := range map[string]string{
		"maxplaybackrate=48000; stereo=1; sprop-stereo=1; useinbandfec=1": "maxplaybackrate=48000;useinbandfec=1",
		"stereo=1": "", "Sprop-Stereo = 1;useinbandfec=1": "useinbandfec=1", "": "", ";": "", "maxplaybackrate=16000": "maxplaybackrate=16000",
	} {
		require.Equal(t, want, mono(Opus, answer))
	}
	require.Equal(t, "stereo=1", mono(PCMU, "stereo=1"))
}

// A packet carries how loud it is,
// by the samples of G.711 or by what the shim says of Opus; silence is 127.
func TestLevelIsSent(t *testing.T) {
	for _, codec := range []Codec{Opus, PCMU} {
		s := newSending(t)
		codec.LevelID = 5
		s.leg.stream = newStream(s.leg, codec, s.path, newSRTP(t, profiles["AES-CM"], 2), newSRTP(t, profiles["AES-CM"], 1))
		var sent [][]byte
		s.path.tap = func(packet []byte) { sent = append(sent, bytes.Clone(packet)) }
		s.serveAt(0)
		require.Equal(t, codec.Is(Opus), s.leg.cfg.Rings.FromSwitch.Levels(), "the shim measures Opus only")
		slot := s.leg.cfg.Rings.FromSwitch.Reserve()
		slot.Set(0, 0, 0, uint16(codec.FrameSamples()), append([]byte{0xf8}, bytes.Repeat([]byte{0x8f}, 159)...)) // #nosec G115 -- small
		slot.Level = 31
		s.leg.cfg.Rings.FromSwitch.Push()
		s.serveAt(20 * time.Millisecond)
		require.Len(t, sent, 2)
		for i, want := range [][]byte{{127}, {0x80 | 30, 0x80 | 6}} {
			require.Equal(t, byte(0x90), sent[i][0], "with an extension")
			require.Equal(t, []byte{0xbe, 0xde, 0, 1, 5 << 4}, sent[i][12:17])
			require.Contains(t, want, sent[i][17])
		}
	}
}
