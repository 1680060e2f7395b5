// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/call"
	"mod_janus/bridge/host"
	"mod_janus/bridge/media"
)

// While the media is late calls are refused, and the log says so, once in a while; the calls that
// are there go on. max-lateness says how late, and 0 that it does not matter.
func TestCongestion(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.call("demo/x@1234", existing)
	l.up(uuid)
	late := time.Duration(0)
	l.engine.congestion.late = func() time.Duration { return late }
	for range 5 {
		late = 8100 * time.Microsecond
		_, cause := l.engine.Dial(&call.Request{Destination: "demo/y@1234", Rings: media.NewRings()})
		require.Equal(t, host.CauseSwitchCongestion, cause)
		late = 8 * time.Millisecond
		require.NoError(t, l.engine.congestion.check())
	}
	warnings := slices.DeleteFunc(slices.Clone(l.host.Lines), func(line string) bool { return !strings.Contains(line, "Janus calls are refused") })
	require.Len(t, warnings, 1)
	require.Contains(t, warnings[0], "8.1ms late, more than max-lateness (8ms)")
	l.engine.congestion.limit.Store(0)
	late = time.Hour
	require.NoError(t, l.engine.congestion.check())
	l.end(c, host.CauseNormalClearing)
}
