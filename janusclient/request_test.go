// SPDX-License-Identifier: MPL-2.0

package janusclient_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/janustest"
)

func TestDo(t *testing.T) { overBoth(t, testDo) }

func testDo(t *testing.T, over transport) {
	r := over.rig(t, nil)
	raw, err := r.client.Do(t.Context(), janusclient.Request{Name: "keepalive", Session: r.session.ID(), Repeatable: true})
	require.NoError(t, err)
	require.Contains(t, string(raw), `"ack"`)
	raw, err = r.client.Do(t.Context(), janusclient.Request{
		Name: "message", Session: r.session.ID(), Handle: r.handle.ID(),
		// what the client says of itself cannot be said otherwise
		Fields: map[string]any{"body": body{"request": "exists", "room": 1234}, "transaction": "mine", "janus": "destroy"},
	})
	require.NoError(t, err)
	require.Contains(t, string(raw), `"exists":true`)
	for _, repeatable := range []bool{true, false} {
		_, err = r.client.Do(t.Context(), janusclient.Request{Name: "dance", Session: r.session.ID(), Repeatable: repeatable})
		var refusal *janusclient.Error
		require.ErrorAs(t, err, &refusal)
		require.Equal(t, janusclient.CodeUnknownRequest, refusal.Code)
		require.Equal(t, "dance", refusal.Request)
	}
}

// What may be repeated is, and what may not is not.
func TestDoAgain(t *testing.T) { overBoth(t, testDoAgain) }

func testDoAgain(t *testing.T, over transport) {
	r := over.rig(t, nil)
	count := func() (n int) {
		for _, request := range r.server.Requests() {
			if request.Janus == "hangup" {
				n++
			}
		}
		return n
	}
	for _, repeatable := range []bool{true, false} {
		before := count()
		rule := r.server.Fault(janustest.Match{Janus: "hangup", Nth: 1}, janustest.DropAnswer())
		_, err := r.client.Do(t.Context(), janusclient.Request{
			Name: "hangup", Session: r.session.ID(), Handle: r.handle.ID(), Repeatable: repeatable,
		})
		rule.Remove()
		if repeatable {
			require.NoError(t, err)
			require.Equal(t, before+2, count())
			continue
		}
		var fault *janusclient.TransportError
		require.ErrorAs(t, err, &fault)
		require.Equal(t, before+1, count())
	}
}

// A plugin of which this module knows nothing.
func TestRequestOfAnyPlugin(t *testing.T) { overBoth(t, testRequestOfAnyPlugin) }

func testRequestOfAnyPlugin(t *testing.T, over transport) {
	const name = "janus.plugin.echotest"
	server := over.server(t, janustest.WithPlugin(name, func(request string, body json.RawMessage) any {
		switch request {
		case "echo":
			return map[string]any{"echotest": "event", "got": body}
		case "later":
			return janustest.Later{Data: map[string]any{"n": 9007199254740993}}
		default:
			return map[string]any{"error_code": 411, "error": "no"}
		}
	}))
	client := newClient(t, server, nil)
	session, err := client.Create(t.Context(), janusclient.SessionOptions{})
	require.NoError(t, err)
	handle, err := session.Attach(t.Context(), name, janusclient.AttachOptions{})
	require.NoError(t, err)

	var echo struct{ Got map[string]any }
	jsep, err := handle.Request(t.Context(), "echo", struct{ Audio bool }{true}, nil, &echo)
	require.NoError(t, err)
	require.Nil(t, jsep)
	require.Equal(t, map[string]any{"request": "echo", "Audio": true}, echo.Got)
	var later struct{ N uint64 }
	_, err = handle.Request(t.Context(), "later", nil, nil, &later)
	require.NoError(t, err)
	require.Equal(t, uint64(9007199254740993), later.N)
	_, err = handle.Request(t.Context(), "later", map[string]any(nil), nil, nil)
	require.NoError(t, err)

	var refusal *janusclient.PluginError
	_, err = handle.Request(t.Context(), "other", nil, nil, nil)
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, 411, refusal.Code)
	require.Equal(t, name, refusal.Plugin)
	var wrong struct{ N string }
	_, err = handle.Request(t.Context(), "later", nil, nil, &wrong)
	require.ErrorContains(t, err, name+": answer to later")
	for _, fields := range []any{7, []int{1}, func() {}} {
		_, err = handle.Request(t.Context(), "echo", fields, nil, nil)
		require.ErrorContains(t, err, "echo are no JSON object")
	}
}
