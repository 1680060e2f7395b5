// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/host"
	"mod_janus/bridge/media"
)

// The path is said to be dead: the call offers another one, in a configure, and
// goes on over it.
func TestRestartOfMedia(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.call("demo/MyName@1234", existing)
	l.up(uuid)
	l.host.Wait(t, "media up", func() bool { return l.host.Fired("janus::call", "Action", "media-up") })
	for range 3 { // more than one report is still one restart
		l.legs[0].becomes(media.StateDisconnected, nil)
	}
	l.host.Wait(t, "reconnected", func() bool { return l.host.Logged("the path to Janus is alive again") })
	configures := 0
	for _, request := range l.janus.Requests() {
		if request.Request == "configure" {
			configures++
		}
	}
	require.Equal(t, 1, configures)
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
}
