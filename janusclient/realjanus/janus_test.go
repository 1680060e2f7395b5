// SPDX-License-Identifier: MPL-2.0

package realjanus

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// A port that somebody else has taken before Janus listens on it costs a second try,
// whichever of its APIs it is for.
func TestJanusFindsOtherPorts(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	for api, name := range []string{"http", "https", "ws", "wss", "admin", "admin over ws"} {
		t.Run(name, func(t *testing.T) {
			tries := 0
			j, err := Start(t.TempDir(), Config{ports: func() ([6]int, error) {
				ports, err := freePorts()
				if tries++; tries == 1 {
					ports[api] = taken.Addr().(*net.TCPAddr).Port
				}
				return ports, err
			}})
			require.NoError(t, err)
			defer j.Kill()
			require.Greater(t, tries, 1) // another test may have taken those of the second
			require.False(t, j.portTaken(), j.Log())
		})
	}
}
