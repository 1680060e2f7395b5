// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient/janustest"
	"mod_janus/test/lab"
	"mod_janus/test/lab/mediapeer"
)

// Numbered frames go from one leg's peer through the bridge to the other's, as
// they are, both ways, and do not take long.
func TestFramesThroughABridge(t *testing.T) {
	address, _ := netip.ParseAddr(os.Getenv("MOD_JANUS_ICE_IP"))
	peers, err := mediapeer.New(mediapeer.Config{Address: address, Options: []janustest.Option{janustest.WithRoom("1")}})
	require.NoError(t, err)
	defer peers.Close()
	s, err := startSwitch(t.TempDir(), lab.JanusConf(peers.URL, ""))
	require.NoError(t, err)
	defer s.Stop()
	a := originate(t, s, "%sjanus/demo/A@1 &park()", existing)
	b := originate(t, s, "%sjanus/demo/B@1 &park()", existing)
	require.Contains(t, api(t, s, "uuid_bridge %s %s", a, b), "+OK")
	var streams []mediapeer.Stream
	heard := func(frames int) func() bool {
		return func() bool {
			streams = peers.Streams()
			return len(streams) == 2 && streams[0].Frames >= frames && streams[1].Frames >= frames
		}
	}
	eventually(t, "frames come out of both legs", heard(25))
	peers.Reset() // what was on its way while the bridge came up may be lost
	eventually(t, "100 frames come out of both legs", heard(100))
	for i, stream := range streams {
		t.Logf("%d: %d frames, %d lost, delay %v, 99th %v, longest between packets %v (as sent: %v)", i, stream.Frames, stream.Lost,
			stream.Delays.Percentile(50), stream.Delays.Percentile(99), stream.Longest, stream.SentLate)
		require.Equal(t, streams[1-i].Number, stream.Talker, "each hears the other")
		require.LessOrEqual(t, stream.Lost, 5)
		// 40 ms are asked for; these machines are noisy, make bench measures
		require.Less(t, stream.Delays.Percentile(50), 3*40*time.Millisecond)
	}
	hangup(t, s, a)
	eventually(t, "the peers are gone", func() bool { return peers.Up() == 0 })
}
