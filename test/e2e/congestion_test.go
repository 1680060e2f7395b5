// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/test/lab"
)

// A switch whose media is late refuses calls with SWITCH_CONGESTION; the calls that are there go
// on, and when the media is in time again calls are taken.
func TestCongestion(t *testing.T) {
	t.Parallel()
	conf := strings.Replace(lab.ConfOf(janus, ""), "<settings/>", "<settings>"+param("max-lateness", "1")+"</settings>", 1)
	require.Contains(t, conf, "max-lateness")
	s, err := startSwitch(t.TempDir(), conf)
	require.NoError(t, err)
	defer s.Stop()
	uuid := originate(t, s, "%sjanus/demo/First@1234 &park()", existing)
	eventually(t, "a call is refused", func() bool {
		require.NoError(t, syscall.Kill(s.PID(), syscall.SIGSTOP))
		time.Sleep(200 * time.Millisecond) // the fault that is made
		require.NoError(t, syscall.Kill(s.PID(), syscall.SIGCONT))
		answer := api(t, s, "originate %sjanus/demo/Second@1234 &park()", existing)
		return strings.Contains(answer, "SWITCH_CONGESTION")
	})
	logged(t, s, `Janus calls are refused \(1 since the last warning\)`)
	require.Equal(t, "true", api(t, s, "uuid_exists %s", uuid))
	eventually(t, "calls are taken again", func() bool {
		return strings.Contains(api(t, s, "originate %sjanus/demo/Third@1234 &park()", existing), "+OK")
	})
	require.Equal(t, "true", api(t, s, "uuid_exists %s", uuid))
}
