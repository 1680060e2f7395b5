// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

const locked = "{janus-room-lock=true,janus-room-secret=boss}"

// A room is locked for a second conference as for the first, over a reload that
// connects its server anew, and after the switch of the lock was killed until
// nobody of the lock is in the room any more. It is never open without a word.
func TestLockThatOutlivesItsSwitch(t *testing.T) {
	t.Parallel() // Janus takes its time to find that a switch is gone
	dir := t.TempDir()
	j, err := realjanus.Start(dir, realjanus.Config{SessionTimeout: 5})
	require.NoError(t, err)
	defer j.Kill()
	other, err := startSwitch(filepath.Join(dir, "other"), lab.ConfOf(j, ""))
	require.NoError(t, err)
	defer other.Stop()
	s, err := startSwitch(filepath.Join(dir, "switch"), lab.ConfOf(j, ""))
	require.NoError(t, err)
	defer s.Stop()
	refused := func(by *lab.Switch) { requireFailure(t, by, "CALL_REJECTED", "%sjanus/demo/x@77 &park()", locked) }

	for range 2 {
		boss := originate(t, s, "%sjanus/demo/Boss@77 &park()", locked)
		require.Equal(t, "true", api(t, s, "uuid_getvar %s janus_room_locked", boss))
		refused(s)
		refused(other)
		hangup(t, s, boss)
		eventually(t, "the room is open again", func() bool { // the farewell of a leg goes on when the leg is gone
			_, in := strings.CutPrefix(api(t, other, "originate {janus-use-existing-room=true}janus/demo/Guest@77 &park()"), "+OK ")
			return in
		})
		api(t, other, "hupall")
		gone(t, other)
	}

	boss := originate(t, s, "%sjanus/demo/Boss@77 &park()", locked)
	rewrite(t, filepath.Join(dir, "switch"), "</server>", param("cmd-timeout", "4999")+"</server>")
	require.Contains(t, api(t, s, "janus reload"), "changed|demo")
	refused(s)
	hangup(t, s, boss)
	boss = originate(t, s, "%sjanus/demo/Boss@77 &park()", locked)
	require.Equal(t, "true", api(t, s, "uuid_getvar %s janus_room_locked", boss))

	s.Kill()
	refused(other)
	eventually(t, "whoever comes next gets in", func() bool {
		out := api(t, other, "originate %sjanus/demo/Next@77 &park()", locked)
		uuid, in := strings.CutPrefix(out, "+OK ")
		if !in {
			require.Equal(t, "-ERR CALL_REJECTED", out)
			return false
		}
		require.Equal(t, "true", api(t, other, "uuid_getvar %s janus_room_locked", uuid))
		hangup(t, other, strings.TrimSpace(uuid))
		return true
	})
	logged(t, other, "was locked by participants that are gone: it is open again")
	require.NotContains(t, other.Log(), "mod_janus-lock", "no token of a lock is logged")
}
