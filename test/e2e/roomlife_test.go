// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// A room that the module made goes with its last participant; one that existed stays.
func TestAutoDestroy(t *testing.T) {
	a := ask(t, janus)
	id := janusclient.NumberID(8950)
	uuid := originate(t, sw, "{janus-room-auto-destroy=true,janus-room-secret=boss}janus/demo/x@8950 &park()")
	require.NotNil(t, a.room(id))
	other := browser(t, 8950, "Browser", false)
	hangup(t, sw, uuid)
	eventually(t, "the other is alone", func() bool { return len(a.participants(id)) == 1 })
	other.Close()
	eventually(t, "the room is destroyed", func() bool { return a.room(id) == nil })
	uuid = originate(t, sw, "{janus-room-auto-destroy=true}janus/demo/x@8950 &park()")
	hangup(t, sw, uuid)
	eventually(t, "the room is destroyed", func() bool { return a.room(id) == nil })
	uuid = originate(t, sw, "{janus-room-auto-destroy=true}janus/demo/x@1234 &park()")
	hangup(t, sw, uuid)
	require.NotNil(t, a.room(janusclient.NumberID(1234)))
}

// Nobody gets into a locked room, whoever was in it stays, and it opens again.
func TestLockOfARoom(t *testing.T) {
	a := ask(t, janus)
	id := janusclient.NumberID(8951)
	guest := originate(t, sw, "janus/demo/Guest@8951 &park()")
	boss := originate(t, sw, "{janus-room-lock=true}janus/demo/Boss@8951 &park()")
	logged(t, sw, boss+".*the room is locked")
	requireFailure(t, sw, "CALL_REJECTED", "%sjanus/demo/x@8951 &park()", existing)
	_, _, err := a.Join(t.Context(), audiobridge.JoinRequest{Room: id}, nil)
	require.True(t, audiobridge.IsRejected(err), "%v", err)
	require.Len(t, a.participants(id), 2)
	api(t, sw, "uuid_kill %s", boss)
	eventually(t, "the room is open", func() bool {
		_, _, err := a.Join(t.Context(), audiobridge.JoinRequest{Room: id}, nil)
		return err == nil
	})
	require.NoError(t, a.Leave(t.Context()))
	hangup(t, sw, guest)
}

// The caller, and nobody in the room, hears that somebody has come.
func TestAnnounce(t *testing.T) {
	near, _ := bridged(t, "A@8953", "janus-announce=true,janus-room-description=announce", "B@8952")
	caller := originate(t, sw, "%sjanus/demo/Caller@8953 &park()", existing)
	listener := originate(t, sw, "%sjanus/demo/Listener@8952 &park()", existing)
	events := watch(t, sw, allEvents)
	tell := func(name string) {
		other := browser(t, 8952, name, true)
		eventually(t, "the switch is told", func() bool {
			return len(events.Find("Action", "joined", "Janus-Room", "8952", "Participant-Id", other.ID.String())) == 1
		})
	}
	heard, _ := during(t, caller, func() { tell("First") }).Spells(600)
	t.Logf("the tone is heard for %v", heard)
	require.Greater(t, heard, 100*time.Millisecond)
	require.Less(t, during(t, listener, func() { tell("Second") }).Tone(600), unheard)
	hangup(t, sw, near, caller, listener)
}
