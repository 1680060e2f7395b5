// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/test/lab"
)

// dialplan is what calls of phones come to: what the phone asks for in a header, in three ways,
// or another phone.
func dialplan() string {
	music := fmt.Sprintf(`<action application="set" data="hold_music=tone_stream://%%(1000,0,%d);loops=-1"/>`, lab.HoldTone)
	extension := func(number, actions string) string {
		return fmt.Sprintf(`<extension name="%s"><condition field="destination_number" expression="^%[1]s$">%s</condition></extension>`, number, actions)
	}
	const bridge = `<action application="bridge" data="${sip_h_X-Bridge}"/>`
	return extension("park", `<action application="answer"/><action application="park"/>`) + extension("bridge", music+bridge) +
		extension("private", `<action application="privacy" data="full"/>`+bridge) +
		extension("bypass", `<action application="answer"/><action application="set" data="bypass_media=true"/>`+bridge) +
		// without it FreeSWITCH offers a partner only the codec of the leg that is transferred
		extension(`phone-(\d+)`, music+`<action application="export" data="nolocal:media_mix_inbound_outbound_codecs=true"/>`+
			`<action application="bridge" data="sofia/switch/sip:phone@`+lab.PhoneAddress()+`:$1"/>`)
}

// sipSwitch starts a switch that takes calls of phones. minihost has no SIP.
func sipSwitch(t *testing.T, conf string, change func(*lab.SwitchConfig)) *lab.Switch {
	t.Helper()
	cfg := hostConfig(conf)
	if cfg.Host != lab.FreeSWITCH {
		t.Skip(cfg.Host + " has no SIP; in FreeSWITCH this is tested")
	}
	cfg.SIP, cfg.Dialplan = true, dialplan()
	if change != nil {
		change(&cfg)
	}
	s, err := lab.StartSwitch(filepath.Join(t.TempDir(), "switch"), cfg)
	require.NoError(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the end of the log:\n%s", tail(s.Log(), 40))
		}
		s.Stop()
	})
	eventually(t, "SIP is taken", func() bool { return strings.Count(api(t, s, "sofia status"), "RUNNING") == 2 })
	return s
}

// phoneOf makes a phone that ends with the test.
func phoneOf(t *testing.T) *lab.Phone {
	t.Helper()
	phone, err := lab.NewPhone()
	require.NoError(t, err)
	t.Cleanup(phone.Close)
	return phone
}

// soon is a context in which SIP must have been done.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// dials has a phone call a switch that bridges it to a dial string.
func dials(t *testing.T, phone *lab.Phone, s *lab.Switch, destination string, sends lab.PhoneMedia) *lab.PhoneCall {
	t.Helper()
	call, err := phone.Dial(soon(t), lab.SIPURI("bridge"), lab.PhoneConfig{Sends: sends, Headers: map[string]string{"X-Bridge": destination}})
	require.NoError(t, err, "the end of the log:\n%s", tail(s.Log(), 40))
	return call
}

// toneOf is a phone's tone in a codec (silk is Opus in that mode),
// in frames of so many milliseconds.
func toneOf(t *testing.T, codec string, frequency, ms int) lab.PhoneMedia {
	t.Helper()
	media := lab.PhoneMedia{Codec: codec, Frame: time.Duration(ms) * time.Millisecond}
	if mode := map[string]string{"opus": "celt", "silk": "silk"}[codec]; mode != "" {
		require.Equal(t, 440, frequency, "the recorded packets of Opus are of 440 Hz")
		media.Codec, media.Frames = "opus", opusTone(t, fmt.Sprintf("%s-%dms", mode, ms))
	} else {
		media.Frames = lab.ToneFrames(codec, float64(frequency), ms)
	}
	return media
}

// janusLeg is the UUID of the Janus leg that a switch has in a room.
func janusLeg(t *testing.T, s *lab.Switch, room string) (uuid string) {
	t.Helper()
	eventually(t, "there is a leg in room "+room, func() bool {
		for line := range strings.Lines(api(t, s, "show channels")) {
			if fields := strings.Split(line, ","); len(fields) > 4 && strings.HasPrefix(fields[4], "janus/") && strings.HasSuffix(fields[4], "@"+room) {
				uuid = fields[0]
			}
		}
		return uuid != ""
	})
	return uuid
}

// A SIP phone dials into a room, hears a tone there and is heard, in each codec.
func TestPhone(t *testing.T) {
	s := sipSwitch(t, lab.ConfOf(janus, ""), nil)
	for i, codec := range []string{"PCMU", "PCMA", "opus"} {
		room := uint64(9700 + i)
		t.Run(codec, func(t *testing.T) {
			t.Parallel()
			people := ask(t, janus)
			other := originate(t, s, "%s", tone("janus-room-description=phones", fmt.Sprintf("janus/demo/Speaker@%d", room), 1000))
			call := dials(t, phoneOf(t), s, fmt.Sprintf("%sjanus/demo/Phone@%d", existing, room), toneOf(t, codec, 440, 20))
			eventually(t, "the phone is in the room", func() bool { return len(people.participants(janusclient.NumberID(room))) == 2 })
			thrice(t, func(try testingT) { requireOnly(try, hearOn(t, s, 3, 48000, other)[0], 440, 1000) })
			thrice(t, func(try testingT) {
				heard := call.Listen(4 * time.Second)
				requirePackets(try, heard)
				if codec != "opus" {
					requireOnly(try, heard.Sound(), 1000, 440)
				}
			})
			require.NoError(t, call.Hangup(soon(t)))
			api(t, s, "uuid_kill %s", other)
			people.empty(janusclient.NumberID(room))
		})
	}
}

// requirePackets asserts that a phone gets 48 to 52 packets a second, none late.
func requirePackets(t testingT, heard lab.PhoneHeard) {
	t.Helper()
	t.Logf("%.1f packets a second, %d lost, the longest time without one %v, lengths %v", heard.Rate(), heard.Lost(), heard.Longest(), heard.Lengths())
	require.InDelta(t, 50, heard.Rate(), 2, "packets a second")
	require.Zero(t, heard.Lost(), "sequence numbers are missing")
}
