// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// A test whose switch ends by itself says how it has.
func TestSwitchEndsByItself(t *testing.T) {
	s, err := startSwitch(t.TempDir(), lab.ConfOf(janus, ""))
	require.NoError(t, err)
	t.Cleanup(s.Stop)
	require.NoError(t, syscall.Kill(s.PID(), syscall.SIGABRT))
	require.NoError(t, realjanus.Until(patience, "the switch ends", func() bool { return s.Ended() != "" }))
	_, err = s.API("status")
	require.ErrorContains(t, err, "has ended by itself: signal: aborted")
}
