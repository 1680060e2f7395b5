// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/test/impair"
	"mod_janus/test/lab"
)

// decoderStats is what a switch's Opus decoder says when it ends, and encoderTold what its encoder
// says when it is told of loss.
var (
	decoderStats = regexp.MustCompile(`Opus decoder stats: Frames\[(\d+)\] PLC\[(\d+)\] FEC\[(\d+)\]`)
	encoderTold  = regexp.MustCompile(`Opus encoder: Adjusting packet loss percent from \d+% to (\d+)%`)
	prepared     = regexp.MustCompile(`"expected-loss": ?(\d+)`)
)

// Where packets are lost, both ends prepare for it: Janus is asked for FEC and sends it, and the
// switch's decoder takes lost frames from it; the switch's encoder is told what Janus reports.
func TestFECBothWays(t *testing.T) {
	bad, err := lab.NewBadNetwork(janus.HTTP, 11)
	require.NoError(t, err)
	defer bad.Close()
	s, err := startSwitch(t.TempDir(), lab.JanusConf(bad.URL, adminParams(janus.Admin)))
	require.NoError(t, err)
	defer s.Stop()
	_, _ = s.API("opus_debug on") // mod_opus then logs what its encoder is told; minihost does anyway
	file := filepath.Join(t.TempDir(), "speech.wav")
	require.NoError(t, lab.SpeechLike(20*time.Second).WriteWAV(file))

	// Who hears is not recorded: FreeSWITCH decodes a copy for that,
	// with a codec that knows of no buffer.
	legs := make([]string, 2)
	var listener string
	for i, join := range []func(){
		func() {
			listener = originate(t, s, "null/x &bridge({janus-room-sampling-rate=16000}janus/demo/Hears@8971)")
			eventually(t, "the bridge is up", func() bool {
				legs[0] = api(t, s, "uuid_getvar %s bridge_uuid", listener)
				return len(legs[0]) == len(listener)
			})
		},
		func() { legs[1] = originate(t, s, "janus/demo/Speaks@8971 &park()") },
	} {
		join()
		require.NoError(t, bad.Flows(i+1))
	}
	relays, err := bad.Relays()
	require.NoError(t, err)
	lossy := impair.Link{Loss: 0.15}
	require.NoError(t, relays[0].SetLinks(impair.Link{}, lossy))
	require.NoError(t, relays[1].SetLinks(lossy, impair.Link{}))
	require.Contains(t, api(t, s, "uuid_broadcast %s %s aleg", legs[1], file), "+OK")

	eventually(t, "Janus prepares for the loss", func() bool {
		match := prepared.FindStringSubmatch(api(t, s, "janus admin demo info %s raw", legs[0]))
		return match != nil && atoi(t, match[1]) >= 10
	})
	eventually(t, "the switch's encoder is told", func() bool {
		match := encoderTold.FindAllStringSubmatch(s.Log(), -1)
		return match != nil && atoi(t, match[len(match)-1][1]) >= 5
	})
	require.Contains(t, api(t, s, "uuid_broadcast %s %s aleg", legs[1], file), "+OK")
	_, before := relays[0].Stats()
	eventually(t, "speech with FEC has been lost", func() bool {
		_, down := relays[0].Stats()
		return down.Lost > before.Lost+20
	})
	hangup(t, s, listener, legs[1])
	eventually(t, "the decoder has recovered frames", func() bool {
		for _, match := range decoderStats.FindAllStringSubmatch(s.Log(), -1) {
			if atoi(t, match[3]) > 0 {
				t.Log(match[0])
				return true
			}
		}
		return false
	})
}

// Where many packets are lost on the way to Janus, they are sent twice, and Janus misses few.
func TestPacketsAreSentTwiceAtLoss(t *testing.T) {
	t.Parallel()
	bad, err := lab.NewBadNetwork(janus.HTTP, 12)
	require.NoError(t, err)
	defer bad.Close()
	s, err := startSwitch(t.TempDir(), lab.JanusConf(bad.URL, adminParams(janus.Admin)))
	require.NoError(t, err)
	defer s.Stop()
	uuid := originate(t, s, "%s", tone("janus-muted=false", "janus/demo/Speaks@8974", 440))
	require.NoError(t, bad.Flows(1))
	relays, err := bad.Relays()
	require.NoError(t, err)
	require.NoError(t, relays[0].SetLinks(impair.Link{Loss: 0.1}, impair.Link{}))
	figure := func(name string) float64 {
		_, value, found := strings.Cut(api(t, s, "janus calls %s", uuid), "\n"+name+"|")
		require.True(t, found, name)
		value, _, _ = strings.Cut(value, "\n")
		number, err := strconv.ParseFloat(value, 64)
		require.NoError(t, err)
		return number
	}
	eventually(t, "packets are sent twice", func() bool { return figure("repeated") > 0 })
	// lost twice is 1 %, and a report is of some seconds, or of some packets
	eventually(t, "Janus misses few", func() bool { return figure("remoteLossPercent") < 4 })
	up, _ := relays[0].Stats()
	t.Logf("of %d packets %d were lost, %.0f were sent again; Janus reports %.1f %%", up.Packets, up.Lost, figure("repeated"), figure("remoteLossPercent"))
	require.Greater(t, float64(up.Lost)/float64(up.Packets), 0.05)
	hangup(t, s, uuid)
}

// Nobody speaks, and nearly nothing is sent; who begins to speak is heard from the first word.
func TestOpusDTX(t *testing.T) {
	speech := lab.SpeechLike(2 * time.Second)
	pauses := speech
	pauses.Samples = append(append([]float64(nil), speech.Samples...), make([]float64, 4*len(speech.Samples))...)
	file := filepath.Join(t.TempDir(), "pauses.wav")
	require.NoError(t, pauses.WriteWAV(file))
	events := watch(t, sw, "CHANNEL_HANGUP_COMPLETE")
	sent := map[string]int{}
	for _, dtx := range []string{"true", "false"} {
		hears := originate(t, sw, "{janus-room-sampling-rate=16000}janus/demo/Hears@8972 &park()")
		speaks := originate(t, sw, "{janus-opus-dtx=%s}janus/demo/Speaks@8972 &playback(%s)", dtx, file)
		sound := hear(t, 4, 48000, hears)[0]
		eventually(t, "it has been played", func() bool { return len(events.Find("Unique-Id", speaks)) == 1 })
		sent[dtx] = atoi(t, events.Find("Unique-Id", speaks)[0].Get("Variable_janus_rtp_packets_out"))
		quality, err := lab.Compare(speech, sound)
		require.NoError(t, err)
		t.Logf("dtx %s: %d packets, weighted SNR %.1f dB, %v missing", dtx, sent[dtx], quality.WeightedSNR, quality.Missing)
		hangup(t, sw, hears)
	}
	require.Less(t, sent["true"], sent["false"]/2)
}

func atoi(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	require.NoError(t, err)
	return n
}
