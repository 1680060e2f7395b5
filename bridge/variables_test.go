// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"encoding/json"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/host"
)

// What no answer of Debian's Janus shows is asserted as it is sent.
func TestVariablesAsSent(t *testing.T) {
	l := newLab(t, `<param name="send-timeout" value="700"/><param name="max-message-size" value="500000"/>`)
	c, uuid := l.call("demo/MyName@4711", map[string]string{
		"janus-room-allow-ws-participants": "yes", "janus-room-permanent": "true", "janus-user-prebuffer": "3",
		"janus-user-quality": "7", "janus-user-expected-loss": "9", "janus-user-volume": "50",
		"janus-room-signed-tokens": "true", "janus-room-spatial-audio": "true", "janus-room-mjrs": "true", "janus-room-mjrs-dir": "/mjrs",
		"janus-room-record-dir": "/mixes", "janus-room-denoise": "false", "janus-room-default-bitrate": "24000",
		"janus-room-default-expectedloss": "4", "janus-room-audio-level-average": "30", "janus-room-audio-active-packets": "50",
		"janus-room-allow-rtp-participants": "true",
		"janus-user-bitrate":                "32000", "janus-user-spatial-position": "20", "janus-user-denoise": "true",
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
	for name, value := range map[string]any{
		"signed_tokens": true, "spatial_audio": true, "mjrs": true, "mjrs_dir": "/mjrs", "record_dir": "/mixes", "denoise": false,
		"default_bitrate": 24000., "default_expectedloss": 4., "audio_level_average": 30., "audio_active_packets": 50.,
		"allow_rtp_participants": true,
	} {
		require.Equal(t, value, sent["create"][name], name)
	}
	require.Equal(t, true, sent["join"]["denoise"])
	for name, value := range map[string]float64{"bitrate": 32000, "spatial_position": 20, "prebuffer": 3, "quality": 7, "expected_loss": 9, "volume": 50} {
		require.InDelta(t, value, sent["join"][name], 0, name)
	}
	require.Equal(t, int64(500000), c.Server().Config().MaxMessageSize)
	require.Equal(t, "700ms", c.Server().Config().SendTimeout.String())
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
	require.NotEmpty(t, l.host.Variable(uuid, host.VarSetup))
	require.Regexp(t, `^\d+\.\d$`, l.host.Variable(uuid, "janus_rtt_ms"))
}

// What a variable does not ask for is not sent, and a value out of range is a
// warning that names it.
func TestVariablesOutOfRange(t *testing.T) {
	l := newLab(t, "")
	wrong := map[string]string{
		"janus-room-spatial-audio": "perhaps", "janus-room-default-bitrate": "499", "janus-room-default-expectedloss": "21",
		"janus-room-audio-level-average": "128", "janus-room-audio-active-packets": "0", "janus-user-bitrate": "512001",
		"janus-user-spatial-position": "-1", "janus-user-denoise": "maybe", "janus-user-admin": "boss", "janus-room-mjrs": "x",
		"janus-room-allow-rtp-participants": "x", "janus-room-signed-tokens": "x", "janus-room-denoise": "x",
	}
	c, uuid := l.call("demo/MyName@4711", wrong)
	l.up(uuid)
	for name, value := range wrong {
		require.True(t, l.logged("Variable "+name+":", strconv.Quote(value), "the default stands"), name)
	}
	require.Equal(t, `{"request":"create","room":4711}`, l.body("create"))
	require.Equal(t, `{"codec":"opus","display":"MyName","request":"join","room":4711}`, l.body("join"))
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
}

// body is that of the last message with this request, its members in order.
func (l *lab) body(request string) (body string) {
	l.t.Helper()
	for _, r := range l.janus.Requests() {
		var message struct{ Body map[string]any }
		if r.Request == request && json.Unmarshal(r.Body, &message) == nil {
			raw, err := json.Marshal(message.Body)
			require.NoError(l.t, err)
			body = string(raw)
		}
	}
	return body
}

// The room's secret is for what needs it: in a join it makes the caller an admin,
// whom mute-all does not reach, and refuses it where the room has another.
func TestSecretOfTheRoom(t *testing.T) {
	l := newLab(t, "")
	secret := map[string]string{"janus-room-secret": "boss"}
	a, first := l.call("demo/Alice@4711", secret)
	l.up(first)
	require.Equal(t, `{"request":"create","room":4711,"secret":"boss"}`, l.body("create"))
	require.Equal(t, `{"codec":"opus","display":"Alice","request":"join","room":4711}`, l.body("join"))
	b, second := l.call("demo/Bob@4711", map[string]string{"janus-room-secret": "boss", "janus-user-admin": "true"})
	l.up(second)
	require.Equal(t, `{"codec":"opus","display":"Bob","request":"join","room":4711,"secret":"boss"}`, l.body("join"))
	require.Equal(t, "+OK\n", l.engine.Command("room demo 4711 mute-all"), "the secret is that of our legs")
	require.Equal(t, []string{"Alice"}, l.janus.Silenced("4711"), "an admin is spared")
	require.Equal(t, "+OK\n", l.engine.Command("kick "+first))
	cause, _ := l.down(first)
	l.end(a, cause)
	l.end(b, host.CauseNormalClearing)

	l.janus.CreateRoom("77", "chief", "")
	c, third := l.call("demo/Carol@77", secret)
	l.up(third)
	require.Equal(t, "-ERR Unauthorized (wrong secret)\n", l.engine.Command("kick "+third))
	l.end(c, host.CauseNormalClearing)
	d, fourth := l.call("demo/Dan@77", map[string]string{"janus-room-secret": "boss", "janus-user-admin": "true"})
	cause, reason := l.down(fourth)
	require.Equal(t, host.CauseCallRejected.String(), cause.String(), reason)
	l.end(d, cause)
	e, fifth := l.call("demo/Eve@77", map[string]string{"janus-user-admin": "true"})
	l.up(fifth)
	require.True(t, l.logged(fifth, "janus-user-admin has no effect without janus-room-secret"))
	l.end(e, host.CauseNormalClearing)
	l.clean(5)
}
