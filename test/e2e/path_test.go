// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/test/lab"
)

// The path of a call's media dies for good: ICE restarts, and the call goes on
// over another one. Nobody joins again.
func TestMediaFindsAnotherPath(t *testing.T) {
	s, err := startSwitch(filepath.Join(t.TempDir(), "switch"), lab.ConfOf(janus, ""))
	require.NoError(t, err)
	defer s.Stop()
	api(t, s, "janus debug true")
	events := watch(t, s, "CUSTOM janus::media")
	listener := originate(t, s, "janus/demo/Listener@8960 &park()")
	offered := regexp.MustCompile(regexp.QuoteMeta(lab.Address()) + ` (\d+) typ host`).FindStringSubmatch(s.Log())
	require.NotNil(t, offered)
	speaker := originate(t, s, "%s", tone("janus-use-existing-room=true", "janus/demo/Speaker@8960", 440))
	a := ask(t, janus)
	room := janusclient.NumberID(8960)
	eventually(t, "media is up", func() bool { return a.ready(room, 2) })
	requireHeard(t, hearOn(t, s, 1, 48000, listener)[0], 440)
	before := a.participants(room)

	cut(t, offered[1])
	began := time.Now()
	logged(t, s, listener+`.*ICE restarts`)
	logged(t, s, listener+`.*the path to Janus is alive again`)
	t.Logf("another path after %s", time.Since(began).Round(time.Millisecond))
	eventually(t, "audio comes again", func() bool {
		return len(events.Find("Receiving", "false", "Receiver", "switch", "Unique-ID", listener)) == len(events.Find("Receiving", "true", "Receiver", "switch", "Unique-ID", listener))
	})
	thrice(t, func(try testingT) { requireTone(try, hearOn(t, s, 2, 48000, listener)[0], 440) })
	require.Equal(t, before, a.participants(room), "the same two")
	require.NotContains(t, s.Log(), "joining again")
	hangup(t, s, listener, speaker)
	a.empty(room)
}
