// SPDX-License-Identifier: MPL-2.0

package streaming_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"mod_janus/janusclient"
	"mod_janus/janusclient/janustest"
	"mod_janus/janusclient/realjanus"
	"mod_janus/janusclient/streaming"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func attach(t *testing.T, url string) *streaming.Handle {
	t.Helper()
	client, err := janusclient.New(janusclient.Config{URL: url})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	session, err := client.Create(t.Context(), janusclient.SessionOptions{})
	require.NoError(t, err)
	h, err := streaming.Attach(t.Context(), session, janusclient.AttachOptions{})
	require.NoError(t, err)
	return h
}

var id = janusclient.NumberID(9007199254740993) // above 2^53

// each request, what goes out for it, and the documented answer.
var requests = map[string]struct {
	do     func(context.Context, *streaming.Handle) (any, error)
	sent   string
	answer string
	want   any
}{
	"create": {
		func(ctx context.Context, h *streaming.Handle) (any, error) {
			return h.Create(ctx, streaming.CreateRequest{
				ID: id, Type: streaming.TypeRTP, Name: "n", Private: new(true), Secret: "s",
				Media: []streaming.MediaRequest{{Type: "audio", Mid: "a", Port: 5002, PayloadType: 111, Codec: "opus"}},
			})
		},
		`{"request":"create","id":9007199254740993,"type":"rtp","name":"n","is_private":true,"secret":"s",` +
			`"media":[{"type":"audio","mid":"a","port":5002,"pt":111,"codec":"opus"}]}`,
		`{"streaming":"created","created":"n","permanent":true,"stream":{"id":9007199254740993,"type":"live","description":"d",` +
			`"is_private":true,"host":"192.0.2.1","ports":[{"type":"audio","mid":"a","port":5002,"rtcp_port":5003}]}}`,
		&streaming.Created{
			ID: id, Type: "live", Description: "d", Private: true, Host: "192.0.2.1", Permanent: true,
			Ports: []streaming.Port{{Type: "audio", Mid: "a", Port: 5002, RTCPPort: 5003}},
		},
	},
	"edit": {
		func(ctx context.Context, h *streaming.Handle) (any, error) {
			return nil, h.Edit(ctx, streaming.EditRequest{ID: id, Secret: "s", Description: "d", Private: new(false)})
		},
		`{"request":"edit","id":9007199254740993,"secret":"s","new_description":"d","new_is_private":false}`,
		`{"streaming":"edited","id":9007199254740993}`, nil,
	},
	"destroy": {
		func(ctx context.Context, h *streaming.Handle) (any, error) {
			return nil, h.Destroy(ctx, streaming.DestroyRequest{ID: id, Secret: "s"})
		},
		`{"request":"destroy","id":9007199254740993,"secret":"s"}`, `{"streaming":"destroyed","id":9007199254740993}`, nil,
	},
	"list": {
		func(ctx context.Context, h *streaming.Handle) (any, error) { return h.List(ctx, "") },
		`{"request":"list"}`,
		`{"streaming":"list","list":[{"id":"a","type":"on demand","description":"A","metadata":"m","enabled":true,` +
			`"media":[{"mid":"a","type":"audio","label":"l","msid":"x y","age_ms":12}]}]}`,
		[]streaming.Mountpoint{{
			ID: janusclient.StringID("a"), Type: "on demand", Description: "A", Metadata: "m", Enabled: true,
			Media: []streaming.Medium{{Mid: "a", Type: "audio", Label: "l", MSID: "x y", Age: 12}},
		}},
	},
	"info": {
		func(ctx context.Context, h *streaming.Handle) (any, error) {
			return h.Info(ctx, streaming.ManageRequest{ID: id, Secret: "s"})
		},
		`{"request":"info","id":9007199254740993,"secret":"s"}`,
		`{"streaming":"info","info":{"id":9007199254740993,"name":"n","description":"d","secret":"s","pin":"p","enabled":true,` +
			`"viewers":3,"type":"live","media":[{"mid":"a","mindex":0,"type":"audio","pt":111,"codec":"opus","port":5002,"recording":"/r/a.mjr"}]}}`,
		&streaming.Info{
			Mountpoint: streaming.Mountpoint{
				ID: id, Type: "live", Description: "d", Enabled: true,
				Media: []streaming.Medium{{Mid: "a", Type: "audio", PayloadType: 111, Codec: "opus", Port: 5002, Recording: "/r/a.mjr"}},
			},
			Name: "n", Viewers: 3, Secret: "s", PIN: "p",
		},
	},
	"enable": {
		func(ctx context.Context, h *streaming.Handle) (any, error) {
			return nil, h.Enable(ctx, streaming.ManageRequest{ID: id})
		},
		`{"request":"enable","id":9007199254740993}`, `{"streaming":"ok"}`, nil,
	},
	"disable": {
		func(ctx context.Context, h *streaming.Handle) (any, error) {
			return nil, h.Disable(ctx, streaming.DisableRequest{ID: id})
		},
		`{"request":"disable","id":9007199254740993,"stop_recording":false}`, `{"streaming":"ok"}`, nil,
	},
	"recording start": {
		func(ctx context.Context, h *streaming.Handle) (any, error) {
			return nil, h.StartRecording(ctx, streaming.RecordRequest{
				ID: id, Secret: "s", Media: []streaming.RecordMedia{{Mid: "a", Filename: "/r/a"}},
			})
		},
		`{"request":"recording","action":"start","id":9007199254740993,"secret":"s","media":[{"mid":"a","filename":"/r/a"}]}`, `{"streaming":"ok"}`, nil,
	},
	"recording stop": {
		func(ctx context.Context, h *streaming.Handle) (any, error) {
			return nil, h.StopRecording(ctx, streaming.StopRequest{ID: id, Media: []string{"a", "b"}})
		},
		`{"request":"recording","action":"stop","id":9007199254740993,"media":[{"mid":"a"},{"mid":"b"}]}`, `{"streaming":"ok"}`, nil,
	},
}

func TestRequests(t *testing.T) {
	for name, request := range requests {
		t.Run(name, func(t *testing.T) {
			server := janustest.NewServer(janustest.WithPlugin(streaming.Plugin, func(_ string, body json.RawMessage) any {
				// as members, since a number read as a float is not what was sent
				var want, sent map[string]json.RawMessage
				assert.NoError(t, json.Unmarshal([]byte(request.sent), &want))
				assert.NoError(t, json.Unmarshal(body, &sent))
				assert.Equal(t, want, sent)
				return json.RawMessage(request.answer)
			}))
			t.Cleanup(server.Close)
			got, err := request.do(t.Context(), attach(t, server.URL))
			require.NoError(t, err)
			require.Equal(t, request.want, got)
		})
	}
}

func TestRefusals(t *testing.T) {
	server := janustest.NewServer(janustest.WithPlugin(streaming.Plugin, func(request string, _ json.RawMessage) any {
		if request == "info" {
			return map[string]any{"streaming": "info", "info": []int{1}}
		}
		return map[string]any{"streaming": "event", "error_code": streaming.CodeNoSuchMountpoint, "error": "No such mountpoint/stream 1"}
	}))
	t.Cleanup(server.Close)
	h := attach(t, server.URL)
	for name, request := range requests {
		_, err := request.do(t.Context(), h)
		if name == "info" {
			require.ErrorContains(t, err, "janus.plugin.streaming: answer to info")
			continue
		}
		require.True(t, streaming.HasCode(err, streaming.CodeNoSuchMountpoint), "%s: %v", name, err)
	}
}

// The same with Debian's Janus: what it says of the mountpoint afterwards, and
// the file that it writes.
func TestRealStreaming(t *testing.T) {
	if _, err := exec.LookPath("janus"); err != nil {
		t.Skip("no real Janus here")
	}
	janus, err := realjanus.Start(t.TempDir(), realjanus.Config{Plugins: "libjanus_streaming.so"})
	require.NoError(t, err)
	t.Cleanup(janus.Kill)
	ctx, h := t.Context(), attach(t, janus.URL)
	id := janusclient.NumberID(4711)
	request := streaming.CreateRequest{
		ID: id, Type: streaming.TypeRTP, Name: "one", Description: "one", Secret: "geheim",
		Media: []streaming.MediaRequest{{Type: "audio", Mid: "a", Interface: "127.0.0.1", PayloadType: 0, Codec: "pcmu"}},
	}
	created, err := h.Create(ctx, request)
	require.NoError(t, err)
	require.Equal(t, id, created.ID)
	require.Len(t, created.Ports, 1)
	require.Positive(t, created.Ports[0].Port)
	_, err = h.Create(ctx, request)
	require.True(t, streaming.HasCode(err, streaming.CodeCantCreate), "%v", err)
	require.NoError(t, h.Edit(ctx, streaming.EditRequest{ID: id, Secret: "geheim", Description: "two"}))
	list, err := h.List(ctx, "")
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, "two", list[0].Description)
	require.Equal(t, "audio", list[0].Media[0].Type)

	base := filepath.Join(t.TempDir(), "tone")
	record := streaming.RecordRequest{ID: id, Media: []streaming.RecordMedia{{Mid: "a", Filename: base}}}
	err = h.StartRecording(ctx, record)
	require.True(t, streaming.HasCode(err, streaming.CodeMissingElement), "%v", err)
	record.Secret = "geheim"
	require.NoError(t, h.StartRecording(ctx, record))
	manage := streaming.ManageRequest{ID: id, Secret: "geheim"}
	info := feed(t, h, created.Ports[0].Port, manage)
	require.Equal(t, "tone.mjr", info.Media[0].Recording)
	require.Equal(t, "geheim", info.Secret)
	require.Zero(t, info.Viewers)
	require.NoError(t, h.StopRecording(ctx, streaming.StopRequest{ID: id, Secret: "geheim", Media: []string{"a"}}))
	info, err = h.Info(ctx, manage)
	require.NoError(t, err)
	require.Empty(t, info.Media[0].Recording)
	require.FileExists(t, base+".mjr")

	require.NoError(t, h.Disable(ctx, streaming.DisableRequest{ID: id, Secret: "geheim"}))
	info, err = h.Info(ctx, streaming.ManageRequest{ID: id})
	require.NoError(t, err)
	require.False(t, info.Enabled)
	require.Empty(t, info.Secret, "not without it")
	require.NoError(t, h.Enable(ctx, manage))
	require.NoError(t, h.Destroy(ctx, streaming.DestroyRequest{ID: id, Secret: "geheim"}))
	_, err = h.Info(ctx, manage)
	require.True(t, streaming.HasCode(err, streaming.CodeNoSuchMountpoint), "%v", err)
}

// feed sends RTP until Janus says that some has come, and returns what it says.
func feed(t *testing.T, h *streaming.Handle, port int, manage streaming.ManageRequest) *streaming.Info {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "udp", fmt.Sprintf("127.0.0.1:%d", port))
	require.NoError(t, err)
	defer conn.Close()
	var info *streaming.Info
	var sequence uint16
	require.Eventually(t, func() bool {
		sequence++
		packet := &rtp.Packet{
			Header:  rtp.Header{Version: 2, SequenceNumber: sequence, Timestamp: 160 * uint32(sequence), SSRC: 7},
			Payload: make([]byte, 160),
		}
		raw, err := packet.Marshal()
		if err != nil {
			return false
		}
		_, err = conn.Write(raw)
		if err != nil {
			return false
		}
		info, err = h.Info(t.Context(), manage)
		return err == nil && len(info.Media) == 1 && info.Media[0].Age > 0 && info.Media[0].Recording != ""
	}, 5*time.Second, 20*time.Millisecond)
	return info
}
