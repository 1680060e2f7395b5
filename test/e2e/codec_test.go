// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/test/lab"
)

// A switch without Opus takes G.711 by itself, and says so once; unless a call
// asks for Opus.
func TestSwitchWithoutOpus(t *testing.T) {
	s, err := startSwitch(t.TempDir(), lab.ConfOf(janus, ""))
	require.NoError(t, err)
	defer s.Stop()
	require.Contains(t, api(t, s, "unload mod_opus"), "+OK")
	for range 2 {
		uuid := originate(t, s, "%sjanus/demo/x@1234 &park()", existing)
		require.Equal(t, "PCMU", api(t, s, "uuid_getvar %s janus_codec", uuid))
		hangup(t, s, uuid)
	}
	notices := regexp.MustCompile(`(?m)^.*\[NOTICE\].*The switch has no codec of opus loaded: calls to Janus use G\.711.*$`).FindAllString(s.Log(), -1)
	require.Len(t, notices, 1)
	require.Contains(t, requireFailure(t, s, "INCOMPATIBLE_DESTINATION", "{janus-codec=opus}janus/demo/x@1234 &park()"), "opus")
	require.Contains(t, api(t, s, "load mod_opus"), "+OK")
	uuid := originate(t, s, "%sjanus/demo/x@1234 &park()", existing)
	require.Equal(t, "opus", api(t, s, "uuid_getvar %s janus_codec", uuid))
	hangup(t, s, uuid)
}

// codec-string is an order: the first is what Janus is asked for.
func TestCodecString(t *testing.T) {
	conf := withServer(lab.ConfOf(janus, ""), serverXML("alaw", janus.URL, lab.Trust(janus)+`<param name="codec-string" value="PCMA,opus"/>`))
	s, err := startSwitch(t.TempDir(), conf)
	require.NoError(t, err)
	defer s.Stop()
	for destination, codec := range map[string]string{
		"{janus-codec=PCMU}janus/demo": "PCMU", "janus/alaw": "PCMA", "{janus-codec=Opus}janus/alaw": "opus", "janus/demo": "opus",
	} {
		uuid := originate(t, s, "%s/x@8600 &park()", destination)
		require.Equal(t, codec, api(t, s, "uuid_getvar %s janus_codec", uuid), destination)
		require.Contains(t, api(t, s, "janus calls"), "|"+codec+"|")
		hangup(t, s, uuid)
	}
}

// Every codec carries sound, both ways.
func TestSoundOfEveryCodec(t *testing.T) {
	for _, codec := range []string{"PCMU", "PCMA"} {
		speaker := originate(t, sw, "%s", tone("janus-codec="+codec, "janus/demo/Speaker@8610", 440))
		uuid := originate(t, sw, "{janus-codec=%s}janus/demo/Listener@8610 &park()", codec)
		thrice(t, func(try testingT) { requireTone(try, hear(t, 2, 8000, uuid)[0], 440) })
		hangup(t, sw, speaker, uuid)
	}
}

// A caller in G.711 goes through in G.711: the legs of the bridge have one
// codec, and the switch transcodes nothing.
func TestCodecOfTheALeg(t *testing.T) {
	for _, codec := range []string{"PCMU", "PCMA", "opus"} {
		a := originate(t, sw, "{janus-codec=%s}janus/demo/A@8620 &bridge({janus-use-bridged-channel-codec=true}janus/demo/B@8621)", codec)
		b := ""
		eventually(t, "the bridge is up", func() bool {
			b = api(t, sw, "uuid_getvar %s bridge_uuid", a)
			return len(b) == len(a)
		})
		require.Equal(t, codec, api(t, sw, "uuid_getvar %s janus_codec", b))
		hangup(t, sw, a)
	}
	// a codec that Janus cannot mix: codec-string stands
	a := originate(t, sw, "null/x &bridge({janus-use-bridged-channel-codec=true}janus/demo/B@8621)")
	logged(t, sw, `janus/demo/B@8621`)
	b := ""
	eventually(t, "the bridge is up", func() bool {
		b = api(t, sw, "uuid_getvar %s bridge_uuid", a)
		return len(b) == len(a)
	})
	require.Equal(t, "opus", api(t, sw, "uuid_getvar %s janus_codec", b))
	hangup(t, sw, a)
}

// videoCodec makes a null/ leg one with video: FreeSWITCH has this codec built
// in, which carries nothing.
const videoCodec = "{null_video_codec=PROXY-VID}"

// A call with video is refused, unless the dial string says to ignore it.
func TestVideo(t *testing.T) {
	events := watch(t, sw, "CHANNEL_HANGUP_COMPLETE")
	uuid := originate(t, sw, "%snull/x &bridge(janus/demo/x@8630)", videoCodec)
	eventually(t, "the bridge is refused", func() bool {
		ends := events.Find("Unique-Id", uuid)
		return len(ends) == 1 && ends[0].Get("Variable_originate_disposition") == "BEARERCAPABILITY_NOTIMPL" &&
			ends[0].Get("Variable_janus_hangup_reason") != ""
	})
	logged(t, sw, `Janus call refused \[BEARERCAPABILITY_NOTIMPL\]: a call with video`)
	gone(t, sw)
	for _, destination := range []string{
		videoCodec + "null/x &bridge({janus-ignore-video=true}janus/demo/x@8630)",
		"{null_video_codec=PROXY-VID,janus-ignore-video=true}null/x &bridge(janus/demo/x@8630)",
	} {
		a := originate(t, sw, "%s", destination)
		eventually(t, "the bridge is up", func() bool { return len(api(t, sw, "uuid_getvar %s bridge_uuid", a)) == len(a) })
		hangup(t, sw, a)
	}
}
