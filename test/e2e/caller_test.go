// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/admin"
	"mod_janus/test/lab"
)

// named waits until the only participant of room 1234 has this name; "" is none.
func (a *asker) named(name string) {
	a.t.Helper()
	var sees []string
	eventually(a.t, fmt.Sprintf("the room sees %q", name), func() bool {
		sees = nil
		for _, p := range a.participants(janusclient.NumberID(1234)) {
			sees = append(sees, strings.TrimSpace(p.Display))
		}
		return len(sees) == 1 && sees[0] == name
	})
}

// callerID are the variables that give a leg, which the switch has called itself, the
// caller id of one who calls: FreeSWITCH takes what such a leg was called as for that.
func callerID(name, number string) string {
	return fmt.Sprintf("origination_caller_id_name='%[1]s',origination_callee_id_name='%[1]s',origination_caller_id_number=%[2]s,origination_callee_id_number=%[2]s",
		name, number)
}

// callFrom has a null leg with this caller id run applications, the last of which
// is to call a Janus leg, and returns it.
func callFrom(t *testing.T, name string, applications ...string) string {
	t.Helper()
	uuid := originate(t, sw, "{%s}null/a &park()", callerID(name, "1001"))
	for _, application := range applications {
		api(t, sw, "uuid_broadcast %s %s aleg", uuid, application)
	}
	return uuid
}

const bridgeToRoom = "bridge::" + existing + "janus/demo/@1234"

// With an empty name in the dial string the room sees the caller id's name,
// whatever is in it, but not where the caller's privacy hides it.
func TestCallerIDInTheRoom(t *testing.T) {
	a := ask(t, janus)
	long := strings.Repeat("ü", 150)
	for _, tt := range []struct{ name, application, want string }{
		{"Alice", "set::x=y", "Alice"},
		{"O|Brien @work", "set::x=y", "O|Brien @work"},
		{long, "set::x=y", strings.Repeat("ü", 127)},
		{"Alice", "privacy::full", ""},
		{"Alice", "privacy::name", ""},
		{"Alice", "privacy::number", "Alice"},
	} {
		uuid := callFrom(t, tt.name, tt.application, bridgeToRoom)
		a.named(tt.want)
		hangup(t, sw, uuid)
	}
}

// After a transfer the room sees the new caller, as far as privacy allows.
func TestNameFollowsATransfer(t *testing.T) {
	a := ask(t, janus)
	alice := callFrom(t, "Alice", bridgeToRoom)
	a.named("Alice")
	leg := strings.Split(strings.Split(api(t, sw, "janus calls"), "\n")[1], "|")[0]
	eventually(t, "the room sees Bob", func() bool { // the bridge itself may still have to say that it is Alice
		require.Contains(t, api(t, sw, "uuid_display %s Bob|1002", leg), "+OK")
		people := a.participants(janusclient.NumberID(1234))
		return len(people) == 1 && people[0].Display == "Bob" && strings.Contains(api(t, sw, "janus calls"), "|Bob|")
	})
	if sw.Host != lab.Minihost { // which cannot take a leg out of a bridge
		carol := originate(t, sw, "{%s}null/a &park()", callerID("Carol", "1003"))
		api(t, sw, "uuid_setvar %s park_after_bridge true", leg)
		require.Contains(t, api(t, sw, "uuid_bridge %s %s", carol, leg), "+OK")
		a.named("Carol")
		dave := originate(t, sw, "{%s,origination_privacy=hide_name}null/a &park()", callerID("Dave", "1004"))
		require.Contains(t, api(t, sw, "uuid_bridge %s %s", dave, leg), "+OK")
		a.named("")
		for _, uuid := range []string{carol, dave} {
			_, _ = sw.API("uuid_kill %s", uuid) // where the switch has not done so at the end of a bridge
		}
	}
	for _, uuid := range []string{alice, leg} {
		_, _ = sw.API("uuid_kill %s", uuid)
	}
	gone(t, sw)
	// what the dial string says stays
	alice = callFrom(t, "Alice", "bridge::"+existing+"janus/demo/Desk@1234")
	a.named("Desk")
	leg = strings.Split(strings.Split(api(t, sw, "janus calls"), "\n")[1], "|")[0]
	require.Contains(t, api(t, sw, "uuid_display %s Bob|1002", leg), "+OK")
	require.Contains(t, api(t, sw, "janus mute %s", leg), "+OK")
	a.named("Desk")
	hangup(t, sw, alice)
}

// A key is told with the time for which it was asked, whatever the codec; one
// that nobody has given a time with the switch's default.
func TestLengthOfKeys(t *testing.T) {
	s, err := startSwitch(t.TempDir(), withServer(lab.ConfOf(janus, ""), serverXML("g711", janus.URL, lab.Trust(janus)+param("codec-string", "PCMU"))))
	require.NoError(t, err)
	defer s.Stop()
	for _, server := range []string{"demo", "g711"} {
		uuid := originate(t, s, "%sjanus/%s/x@1234 &park()", existing, server)
		events := watch(t, s, "CUSTOM janus::dtmf")
		for keys, want := range map[string]string{"7@200": "200", "8@90": "90", "9": "250"} {
			api(t, s, "uuid_send_dtmf %s %s", uuid, keys)
			eventually(t, keys+" is told", func() bool {
				return len(events.Find("Dtmf-Digit", keys[:1], "Dtmf-Duration-Ms", want)) == 1
			})
		}
		hangup(t, s, uuid)
	}
}

// Janus names a handle by the Call-ID of the caller's SIP call.
func TestOpaqueIDIsTheCallID(t *testing.T) {
	caller := callFrom(t, "Alice", "set::sip_call_id=f81d4fae@192.0.2.1", bridgeToRoom)
	ask(t, janus).named("Alice")
	leg := strings.Split(strings.Split(api(t, sw, "janus calls"), "\n")[1], "|")[0]
	var place admin.Handle
	for name, to := range map[string]*uint64{"janus_session_id": &place.Session, "janus_handle_id": &place.ID} {
		id, err := strconv.ParseUint(api(t, sw, "uuid_getvar %s %s", leg, name), 10, 64)
		require.NoError(t, err)
		*to = id
	}
	info, err := adminOf(t, janus).HandleInfo(t.Context(), place)
	require.NoError(t, err)
	require.Equal(t, "f81d4fae@192.0.2.1", info.OpaqueID)
	hangup(t, sw, caller)
}
