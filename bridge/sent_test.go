// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// What no answer of Debian's Janus shows is asserted as it is sent.
func TestVariablesAsSent(t *testing.T) {
	l := newLab(t, `<param name="send-timeout" value="700"/><param name="max-message-size" value="500000"/>`)
	c, uuid := l.call("demo/MyName@4711", map[string]string{
		"janus-room-allow-ws-participants": "yes", "janus-room-permanent": "true", "janus-user-prebuffer": "3",
		"janus-user-quality": "7", "janus-user-expected-loss": "9", "janus-user-volume": "50",
	})
	l.up(uuid)
	sent := map[string]map[string]any{}
	for _, request := range l.janus.Requests() {
		var message struct{ Body map[string]any }
		_ = json.Unmarshal(request.Body, &message) // a poll has none
		if name, ok := message.Body["request"].(string); ok {
			sent[name] = message.Body
		}
	}
	require.Equal(t, true, sent["create"]["allow_ws_participants"])
	require.Equal(t, true, sent["create"]["permanent"])
	for name, value := range map[string]float64{"prebuffer": 3, "quality": 7, "expected_loss": 9, "volume": 50} {
		require.InDelta(t, value, sent["join"][name], 0, name)
	}
	require.Equal(t, int64(500000), c.cfg.MaxMessageSize)
	require.Equal(t, "700ms", c.cfg.SendTimeout.String())
	l.end(c, CauseNormalClearing)
	l.clean(1)
	require.NotEmpty(t, l.host.Variable(uuid, varSetup))
	require.Regexp(t, `^\d+\.\d$`, l.host.Variable(uuid, "janus_rtt_ms"))
}
