// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

const allEvents = "CUSTOM janus::server janus::call janus::participant janus::media janus::slowlink janus::dtmf"

// Every event of the manual, with its headers, from a real Janus.
func TestEventsOfACall(t *testing.T) {
	events := watch(t, sw, allEvents)
	uuid := originate(t, sw, "{janus-room-audiolevel-event=true}janus/demo/Caller@8500 &park()")
	self := api(t, sw, "uuid_getvar %s janus_participant_id", uuid)
	leg := []string{"Janus-Server", "demo", "Janus-Room", "8500", "Janus-Participant", self, "Unique-Id", uuid}
	expect := func(what string, headers ...string) {
		t.Helper()
		eventually(t, what, func() bool { return len(events.Find(append(headers, leg...)...)) == 1 })
	}
	expect("joined", "Event-Subclass", "janus%3A%3Acall", "Action", "joined")
	expect("media up", "Event-Subclass", "janus%3A%3Acall", "Action", "media-up")
	other := browser(t, 8500, "Browser", false)
	person := func(action string) {
		t.Helper()
		expect(action, "Event-Subclass", "janus%3A%3Aparticipant", "Action", action, "Participant-Id", other.ID.String(), "Participant-Display", "Browser")
	}
	person("joined")
	muted, unmuted := true, false
	_, err := other.Configure(t.Context(), audiobridge.ConfigureRequest{Media: audiobridge.Media{Muted: &muted}}, nil)
	require.NoError(t, err)
	person("muted")
	_, err = other.Configure(t.Context(), audiobridge.ConfigureRequest{Media: audiobridge.Media{Muted: &unmuted}}, nil)
	require.NoError(t, err)
	person("unmuted")
	eventually(t, "the browser is set up", func() bool {
		for _, p := range ask(t, janus).participants(janusclient.NumberID(8500)) {
			if p.ID == other.ID {
				return p.Setup
			}
		}
		return false
	})
	require.NoError(t, other.Talk(t.Context(), 10, 3*time.Second))
	person("talking")
	require.NoError(t, other.Talk(t.Context(), 127, 3*time.Second))
	person("stopped-talking")
	other.Close()
	person("left")
	api(t, sw, "uuid_send_dtmf %s 5@120", uuid)
	expect("dtmf", "Event-Subclass", "janus%3A%3Adtmf", "Dtmf-Digit", "5")
	hangup(t, sw, uuid)
	expect("left", "Event-Subclass", "janus%3A%3Acall", "Action", "left")
}

// A server that goes up and down, and is disabled and enabled.
func TestEventsOfAServer(t *testing.T) {
	dir := t.TempDir()
	j, err := realjanus.Start(dir, realjanus.Config{})
	require.NoError(t, err)
	defer func() { j.Stop(syscall.SIGKILL) }()
	s, err := startSwitch(filepath.Join(dir, "switch"), lab.ConfOf(j, `<param name="ping-interval" value="1"/><param name="cmd-timeout" value="1000"/>`))
	require.NoError(t, err)
	defer s.Stop()
	events := watch(t, s, allEvents)
	expect := func(action string) {
		t.Helper()
		eventually(t, action, func() bool {
			return len(events.Find("Event-Subclass", "janus%3A%3Aserver", "Action", action, "Janus-Server", "demo")) > 0
		})
	}
	api(t, s, "janus server demo disable")
	expect("disabled")
	require.Contains(t, api(t, s, "janus server demo"), "\nenabled|false\n")
	eventually(t, "its session ends", func() bool { return !strings.Contains(api(t, s, "janus server demo"), "\nstate|connected\n") })
	api(t, s, "janus server demo enable")
	expect("enabled")
	expect("up")
	// the version is asked for once there is a session
	described := regexp.MustCompile(`\nstate\|connected\n(.*\n)*version\|1\.\S+\ntransports\|janus\.transport\.http,janus\.transport\.websockets`)
	eventually(t, "it is connected, and its version known", func() bool { return described.MatchString(api(t, s, "janus server demo")) })
	ups := len(events.Find("Action", "up", "Janus-Server", "demo"))
	j.Stop(syscall.SIGKILL)
	require.NoError(t, j.Start())
	expect("down")
	require.NotEmpty(t, events.Find("Action", "down")[0].Get("Janus-Reason"))
	eventually(t, "it is up again", func() bool { return len(events.Find("Action", "up", "Janus-Server", "demo")) > ups })
}

// bridged is a leg in one room, bridged to a leg in another.
func bridged(t *testing.T, a, variables, b string) (first, second string) {
	t.Helper()
	first = originate(t, sw, "janus/demo/%s &bridge({%s}janus/demo/%s)", a, variables, b)
	eventually(t, "the bridge is up", func() bool {
		second = api(t, sw, "uuid_getvar %s bridge_uuid", first)
		return len(second) == len(first)
	})
	return first, second
}

// A key that comes in at the A-leg is an event of the leg in the room. The
// room hears it only if that is asked for.
func TestKeysInTheRoom(t *testing.T) {
	events := watch(t, sw, allEvents)
	for _, inband := range []bool{false, true} {
		listener := originate(t, sw, "janus/demo/Listener@8510 &park()")
		a, b := bridged(t, "A@8511", fmt.Sprintf("janus-dtmf-inband=%t", inband), "B@8510")
		api(t, sw, "uuid_recv_dtmf %s 5@3000", a)
		sound := hear(t, 2, 48000, listener)[0]
		eventually(t, "the key is told", func() bool {
			return len(events.Find("Event-Subclass", "janus%3A%3Adtmf", "Dtmf-Digit", "5", "Dtmf-Duration-Ms", "3000",
				"Unique-Id", b, "Janus-Room", "8510")) == 1
		})
		hangup(t, sw, a, listener)
		low, high := sound.Tone(770), sound.Tone(1336) // ITU-T Q.23: 5
		t.Logf("inband %t: 770 Hz at %.1f dB, 1336 Hz at %.1f dB", inband, low, high)
		if inband {
			require.Greater(t, min(low, high), -35.0, "the key is heard")
		} else {
			require.Less(t, max(low, high), -60.0, "nothing is heard")
		}
	}
}

func TestCallsAsJSON(t *testing.T) {
	uuid := originate(t, sw, "janus/demo/My%%7CName@8520 &park()")
	var calls []map[string]any
	require.NoError(t, json.Unmarshal([]byte(api(t, sw, "janus calls as json")), &calls))
	require.Len(t, calls, 1)
	require.Equal(t, uuid, calls[0]["uuid"])
	require.Equal(t, "My|Name", calls[0]["display"])
	require.Equal(t, "up", calls[0]["state"])
	require.Contains(t, api(t, sw, "janus calls"), uuid+"|demo|8520|My%7CName|")
	hangup(t, sw, uuid)
	require.Equal(t, "[]", api(t, sw, "janus calls as json"))
}
