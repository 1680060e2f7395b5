// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/host"
)

// What Janus thinks of the path, with up for the way to it,
// is in `janus calls <uuid>` and in the leg's final variables.
func TestFigures(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.call("demo/MyName@1234", existing)
	l.up(uuid)
	for _, event := range []string{
		`"janus":"slowlink","uplink":true,"lost":9`, `"janus":"slowlink","uplink":true,"lost":9`, `"janus":"slowlink","uplink":false,"lost":9`,
		`"janus":"media","type":"audio","receiving":false`, `"janus":"media","type":"audio","receiving":true`,
	} {
		l.push(c, event)
	}
	l.eventually("the figures", func() bool {
		out := l.engine.Command("calls " + uuid)
		return strings.Contains(out, "\nslowlinksUp|1\nslowlinksDown|2\nmediaStops|1\n")
	})
	out := l.engine.Command("calls " + uuid)
	for _, name := range []string{"packetsIn", "lossPercent", "concealed", "recovered", "bufferMs", "remoteLoss", "remoteLossPercent", "remoteJitterMs"} {
		require.Regexp(t, `(?m)^`+name+`\|\d+(\.\d)?$`, out)
	}
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
	for name, value := range map[string]string{
		"janus_slowlinks_up": "1", "janus_slowlinks_down": "2", "janus_media_stops": "1", "janus_rtp_late": "0", "janus_rtp_lost_remote": "0", "janus_rtp_repeated": "0",
	} {
		require.Equal(t, value, l.host.Variable(uuid, name), name)
	}
	for _, name := range []string{
		"packets_in", "packets_out", "lost", "late", "concealed", "recovered", "lost_remote", "jitter_ms", "jitter_remote_ms",
	} {
		require.NotEmpty(t, l.host.Variable(uuid, "janus_rtp_"+name), name)
	}
	require.NotEmpty(t, l.host.Variable(uuid, "janus_rtt_ms"))
}
