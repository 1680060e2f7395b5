// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/host"
)

// The offer has candidates of both families, each of its own address.
func TestCandidatesOfBothFamilies(t *testing.T) {
	l := newLab(t, `<param name="rtp-ip" value="::1"/>`) // beside 127.0.0.1
	c, uuid := l.call("demo/x@1234", existing)
	l.up(uuid)
	offer := l.offers()[0]
	require.Regexp(t, `a=candidate:.* udp \d+ 127\.0\.0\.1 \d+ typ host`, offer)
	require.Regexp(t, `a=candidate:.* udp \d+ ::1 \d+ typ host`, offer)
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
}

// A Janus that has IPv6 alone is talked to over IPv6.
func TestIPv6Alone(t *testing.T) {
	l := newLab(t, "")
	l.reconfigure(replacing(`value="127.0.0.1"`, `value="::1"`))
	l.engine.Command("reload")
	l.peers.v6 = true
	c, uuid := l.call("demo/x@1234", existing)
	l.up(uuid)
	l.host.Wait(t, "media is up", func() bool { return l.host.Fired("janus::call", "Action", "media-up") })
	require.NotContains(t, l.offers()[0], "127.0.0.1 ")
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
}
