// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/host"
	"mod_janus/janusclient"
)

// What Janus thinks of the path, with up for the way to it, is in `janus calls <uuid>` and in the leg's final variables.
func TestFigures(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.call("demo/MyName@1234", existing)
	l.up(uuid)
	for _, event := range []janusclient.Event{
		janusclient.SlowLink{Uplink: true, Lost: 9}, janusclient.SlowLink{Uplink: true, Lost: 9}, janusclient.SlowLink{Lost: 9},
		janusclient.Media{Receiving: false}, janusclient.Media{Receiving: true},
	} {
		c.post(msgJanus{attachment: 1, event: event})
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
		"janus_slowlinks_up": "1", "janus_slowlinks_down": "2", "janus_media_stops": "1", "janus_rtp_late": "0", "janus_rtp_lost_remote": "0",
	} {
		require.Equal(t, value, l.host.Variable(uuid, name), name)
	}
	for _, final := range finals {
		require.NotEmpty(t, l.host.Variable(uuid, final.name), final.name)
	}
}

func TestFiguresWithoutMedia(t *testing.T) {
	var f figures
	_, ok := f.stats()
	require.False(t, ok)
	f.setFinals(func(name, _ string) { require.Fail(t, "a call without media has no figures", name) })
	f.stops.Add(2)
	require.Equal(t, MediaFigures{Stops: 2}, f.now())
}
