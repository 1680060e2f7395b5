// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/test/lab"
)

// However media is told to go past the switch, a call to Janus has it both ways,
// and one line says that it stays.
func TestBypassMedia(t *testing.T) {
	s := holdSwitch(t)
	if s.Host != lab.FreeSWITCH {
		t.Skip("minihost has no SIP, and no media that could go past it")
	}
	for _, destination := range []string{"answered", "early"} {
		for _, set := range []string{"bypass_media=true", "bypass_media_after_bridge=true", "proxy_media=true"} {
			t.Run(destination+" "+set, func(t *testing.T) {
				before := len(s.Log())
				listener := originate(t, s, "%s", tone("janus-room-description=bypass", "janus/demo/listener@7350", 1000))
				phone := originate(t, s, "%s", tone("sip_h_X-Set="+set, lab.SIPToSwitch(destination+"7350"), 440))
				eventually(t, "the caller is in the room", func() bool { return strings.Count(api(t, s, "janus calls"), "|up|") == 2 })
				heardBothWays(t, s, listener, phone)
				if set != "proxy_media=true" {
					lines := regexp.MustCompile("it stays in the switch").FindAllString(s.Log()[before:], -1)
					require.Len(t, lines, 1)
				}
				hangup(t, s, phone, listener)
			})
		}
	}
}

// After `uuid_media off` a WARNING says that neither side hears the other. `uuid_media` brings the
// sound back.
func TestMediaOff(t *testing.T) {
	s := holdSwitch(t)
	if s.Host != lab.FreeSWITCH {
		t.Skip("minihost has no SIP, and no media that could go past it")
	}
	listener := originate(t, s, "%s", tone("janus-room-description=bypass", "janus/demo/listener@7350", 1000))
	phone := originate(t, s, "%s", tone("x=y", lab.SIPToSwitch("answered7350"), 440))
	eventually(t, "the caller is in the room", func() bool { return strings.Count(api(t, s, "janus calls"), "|up|") == 2 })
	var caller []string
	eventually(t, "the switch shows the caller", func() bool { // its table is written a little later
		caller = regexp.MustCompile(`(?m)^([^,]+),inbound,`).FindStringSubmatch(api(t, s, "show channels"))
		return caller != nil
	})
	require.Equal(t, "+OK Success", api(t, s, "uuid_media off %s", caller[1]))
	logged(t, s, `Media cannot bypass the switch on the way to Janus, so that neither side hears the other: "uuid_media `+caller[1]+`" brings it back`)
	require.Equal(t, "+OK Success", api(t, s, "uuid_media %s", caller[1]))
	heardBothWays(t, s, listener, phone)
	hangup(t, s, phone, listener)
}

// heardBothWays asserts that the room hears the phone's 440 Hz, and the phone the room's 1000.
func heardBothWays(t *testing.T, s *lab.Switch, listener, phone string) {
	t.Helper()
	thrice(t, func(try testingT) {
		room := hearOn(t, s, 2, 48000, listener)[0].Cut(time.Second, 2*time.Second)
		require.InDelta(try, toneLevel, room.Tone(440), 4, "the room hears the phone")
		heard := hearOn(t, s, 2, 8000, phone)[0].Cut(time.Second, 2*time.Second)
		require.InDelta(try, toneLevel, heard.Tone(1000), 4, "the phone hears the room")
	})
}
