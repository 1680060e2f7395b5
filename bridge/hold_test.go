// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/host"
	"mod_janus/janusclient/janustest"
)

// muting is what Janus was asked about muting, in order.
func (l *lab) muting() (asked []string) {
	for _, body := range l.bodies("configure") {
		if muted, ok := body["muted"]; ok {
			asked = append(asked, fmt.Sprint(muted))
		}
	}
	return asked
}

// asked waits until Janus was asked just this.
func (l *lab) asked(want ...string) {
	l.t.Helper()
	l.eventually(fmt.Sprintf("Janus is asked for muted %v", want), func() bool { return slices.Equal(l.muting(), want) })
}

func TestHold(t *testing.T) {
	l := newLab(t, "", janustest.WithRoom("1234"))
	c, uuid := l.call("demo/MyName@1234", existing)
	l.up(uuid)
	c.Message(host.MessageHold)
	c.Message(host.MessageUnhold)
	l.asked("true", "false")
	require.Contains(t, l.engine.Command("mute "+uuid), "+OK")
	c.Message(host.MessageHold)
	c.Message(host.MessageUnhold)
	require.Contains(t, l.engine.Command("unmute "+uuid), "+OK")
	l.asked("true", "false", "true", "false") // the hold of a muted leg asks for nothing
	c.Message(host.MessageHold)
	l.asked("true", "false", "true", "false", "true")
	require.Contains(t, l.engine.Command("mute "+uuid), "+OK") // by name: it stays
	c.Message(host.MessageUnhold)
	require.Contains(t, l.engine.Command("display "+uuid+" x"), "+OK") // after that
	require.Len(t, l.muting(), 6)
	require.NotContains(t, l.progress(uuid), "hold music true")
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
}

func TestHoldPolicies(t *testing.T) {
	l := newLab(t, "", janustest.WithRoom("1234"))
	for value, music := range map[string]bool{"silence": false, "music": true} {
		c, uuid := l.call("demo/MyName@1234", map[string]string{"janus-use-existing-room": "true", "janus-hold": value})
		l.up(uuid)
		c.Message(host.MessageHold)
		c.Message(host.MessageUnhold)
		require.Contains(t, l.engine.Command("display "+uuid+" x"), "+OK")
		require.Empty(t, l.muting(), value)
		require.Equal(t, music, slices.Contains(l.progress(uuid), "hold music true"), value)
		l.end(c, host.CauseNormalClearing)
	}
	c, uuid := l.call("demo/MyName@1234", map[string]string{"janus-use-existing-room": "true", "janus-hold": "loud"})
	l.up(uuid)
	require.Contains(t, l.log(), `Variable janus-hold: "loud" is not one of mute, silence, music; the default (mute) stands`)
	c.Message(host.MessageHold)
	l.asked("true")
	l.end(c, host.CauseNormalClearing)
	l.clean(3)
}
