// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// The dial string of the manual, against Debian's stock AudioBridge: integer
// room ids.
func TestDialStringOfTheManual(t *testing.T) {
	room := janusclient.NumberID(1234)
	a := ask(t, janus)
	uuid := originate(t, sw, "{janus-use-existing-room=true}janus/demo/MyName@1234 &park()")
	people := a.participants(room)
	require.Len(t, people, 1)
	require.Equal(t, "MyName", people[0].Display)
	require.Equal(t, people[0].ID.String(), api(t, sw, "uuid_getvar %s janus_participant_id", uuid))
	eventually(t, "its PeerConnection is up", func() bool { return a.participants(room)[0].Setup })
	hangup(t, sw, uuid)
	a.empty(room)
}

// The same, with string_ids = true and no change to janus.conf.xml.
func TestDialStringOfTheManualWithStringIDs(t *testing.T) {
	dir := t.TempDir()
	j, err := realjanus.Start(dir, realjanus.Config{StringIDs: true})
	require.NoError(t, err)
	defer j.Stop(syscall.SIGTERM)
	s, err := startSwitch(filepath.Join(dir, "switch"), lab.ConfOf(j, ""))
	require.NoError(t, err)
	defer s.Stop()
	a := ask(t, j)
	uuid := originate(t, s, "{janus-use-existing-room=true}janus/demo/MyName@1234 &park()")
	require.Equal(t, "MyName", a.participants(janusclient.StringID("1234"))[0].Display)
	hangup(t, s, uuid)
	a.empty(janusclient.StringID("1234"))
}

func TestRoomIsCreatedOnceAndJoinedTwice(t *testing.T) {
	room := janusclient.NumberID(9007199254740993) // 2^53+1: no float has it
	a := ask(t, janus)
	exists, err := a.Exists(t.Context(), room)
	require.NoError(t, err)
	require.False(t, exists)
	first := originate(t, sw, "{janus-room-description=Standup}janus/demo/One@%s &park()", room)
	second := originate(t, sw, "janus/demo/Two@%s &park()", room)
	require.Len(t, a.participants(room), 2)
	rooms, err := a.List(t.Context(), "")
	require.NoError(t, err)
	found := false
	for _, r := range rooms {
		found = found || (r.Room == room && r.Description == "Standup")
	}
	require.True(t, found, "the room and its description are in Janus's list")
	hangup(t, sw, first, second)
	a.empty(room)
}

func TestJanusEndsCalls(t *testing.T) {
	a := ask(t, janus)
	for name, end := range map[string]func(room janusclient.ID, uuid string){
		"kicked": func(room janusclient.ID, _ string) {
			require.NoError(t, a.Kick(t.Context(), audiobridge.ManageRequest{Room: room, ID: a.participants(room)[0].ID}))
		},
		"destroyed": func(room janusclient.ID, _ string) {
			require.NoError(t, a.Destroy(t.Context(), audiobridge.DestroyRequest{Room: room}))
		},
		"detached": func(_ janusclient.ID, uuid string) {
			session := api(t, sw, "uuid_getvar %s janus_session_id", uuid)
			handle := api(t, sw, "uuid_getvar %s janus_handle_id", uuid)
			detach(t, session, handle)
		},
	} {
		t.Run(name, func(t *testing.T) {
			uuid := originate(t, sw, "janus/demo/%s@8000 &park()", name)
			end(janusclient.NumberID(8000), uuid)
			gone(t, sw)
			logged(t, sw, uuid+`.*ends \[NORMAL_CLEARING\].*(?i)`+strings.TrimSuffix(name, "ed")) // Janus may say Detach first
			a.empty(janusclient.NumberID(8000))
		})
	}
}

func TestVariablesOfALeg(t *testing.T) {
	uuid := originate(t, sw, "%sjanus/demo/x@1234 &park()", existing)
	dump := api(t, sw, "uuid_dump %s", uuid)
	for _, name := range []string{"server", "room", "participant_id", "session_id", "handle_id", "codec", "setup_ms"} {
		require.Contains(t, dump, "variable_janus_"+name+": ")
	}
	eventually(t, "media flows", func() bool { return ask(t, janus).participants(janusclient.NumberID(1234))[0].Setup })
	ends, err := sw.HangUp(uuid)
	require.NoError(t, err)
	for _, name := range []string{"packets_in", "packets_out", "lost", "jitter_ms"} {
		require.NotEmpty(t, ends[uuid].Get("Variable_janus_rtp_"+name), name)
	}
	gone(t, sw)
}

func TestBadDialStrings(t *testing.T) {
	for destination, cause := range map[string]string{
		"demo":             "INVALID_NUMBER_FORMAT",
		"demo/MyName":      "INVALID_NUMBER_FORMAT",
		"demo/MyName@":     "INVALID_NUMBER_FORMAT",
		"/MyName@1234":     "INVALID_NUMBER_FORMAT",
		"demo/%00@1234":    "INVALID_NUMBER_FORMAT",
		"demo/%ff%fe@1234": "INVALID_NUMBER_FORMAT",
		"demo/" + strings.Repeat("x", 10000) + "@1": "INVALID_NUMBER_FORMAT",
		"nowhere/MyName@1234":                       "NO_ROUTE_DESTINATION",
		"off/MyName@1234":                           "OUTGOING_CALL_BARRED",
		"demo/MyName@123456":                        "UNALLOCATED_NUMBER",
		"demo/MyName@no-such-string":                "INVALID_NUMBER_FORMAT",
	} {
		out := api(t, sw, "originate %sjanus/%s &park()", existing, destination)
		require.Equal(t, "-ERR "+cause, out, "%.60s", destination)
	}
	logged(t, sw, `Janus call refused \[NO_ROUTE_DESTINATION\]: no server "nowhere" is configured`)
	// quotes are a name like any other
	uuid := originate(t, sw, `%sjanus/demo/%%22O%%27Neil%%22@1234 &park()`, existing)
	require.Equal(t, `"O'Neil"`, ask(t, janus).participants(janusclient.NumberID(1234))[0].Display)
	hangup(t, sw, uuid)
}

func TestPIN(t *testing.T) {
	first := originate(t, sw, "{janus-room-pin=2580}janus/demo/x@8100 &park()")
	require.Equal(t, "-ERR CALL_REJECTED", api(t, sw, "originate %sjanus/demo/x@8100 &park()", existing))
	require.Equal(t, "-ERR CALL_REJECTED", api(t, sw, "originate {janus-use-existing-room=true,janus-room-pin=1}janus/demo/x@8100 &park()"))
	second := originate(t, sw, "{janus-use-existing-room=true,janus-room-pin=2580}janus/demo/y@8100 &park()")
	hangup(t, sw, first, second)
	require.NotContains(t, sw.Log(), "wrong pin 2580")
}

func TestUnreachableServer(t *testing.T) {
	require.Equal(t, "-ERR DESTINATION_OUT_OF_ORDER", api(t, sw, "originate janus/dead/x@1 &park()"))
	gone(t, sw)
}
