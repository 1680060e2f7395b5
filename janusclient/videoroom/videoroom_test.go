// SPDX-License-Identifier: MPL-2.0

package videoroom_test

import (
	"context"
	"encoding/json"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"mod_janus/janusclient"
	"mod_janus/janusclient/janustest"
	"mod_janus/janusclient/realjanus"
	"mod_janus/janusclient/videoroom"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func attach(t *testing.T, url string) *videoroom.Handle {
	t.Helper()
	client, err := janusclient.New(janusclient.Config{URL: url})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	session, err := client.Create(t.Context(), janusclient.SessionOptions{})
	require.NoError(t, err)
	h, err := videoroom.Attach(t.Context(), session, janusclient.AttachOptions{})
	require.NoError(t, err)
	return h
}

var room = janusclient.NumberID(9007199254740993) // above 2^53

// each request, what goes out for it, and the documented answer.
var requests = map[string]struct {
	do     func(context.Context, *videoroom.Handle) (any, error)
	sent   string
	answer string
	want   any
}{
	"create": {
		func(ctx context.Context, h *videoroom.Handle) (any, error) {
			id, permanent, err := h.Create(ctx, videoroom.CreateRequest{
				Room: room, Publishers: 12, Bitrate: 1500000, NotifyJoining: new(false), Record: new(true), LockRecord: new(true), Secret: "s",
			})
			return []any{id, permanent}, err
		},
		`{"request":"create","room":9007199254740993,"publishers":12,"bitrate":1500000,"notify_joining":false,"record":true,"lock_record":true,"secret":"s"}`,
		`{"videoroom":"created","room":9007199254740993,"permanent":true}`,
		[]any{room, true},
	},
	"edit": {
		func(ctx context.Context, h *videoroom.Handle) (any, error) {
			return nil, h.Edit(ctx, videoroom.EditRequest{Room: room, Secret: "s", Description: "d", Bitrate: new(0)})
		},
		`{"request":"edit","room":9007199254740993,"secret":"s","new_description":"d","new_bitrate":0}`,
		`{"videoroom":"edited","room":9007199254740993}`, nil,
	},
	"destroy": {
		func(ctx context.Context, h *videoroom.Handle) (any, error) {
			return nil, h.Destroy(ctx, videoroom.DestroyRequest{Room: room, Permanent: true})
		},
		`{"request":"destroy","room":9007199254740993,"permanent":true}`,
		`{"videoroom":"destroyed","room":9007199254740993,"permanent":true}`, nil,
	},
	"exists": {
		func(ctx context.Context, h *videoroom.Handle) (any, error) { return h.Exists(ctx, room) },
		`{"request":"exists","room":9007199254740993}`, `{"videoroom":"success","room":9007199254740993,"exists":true}`, true,
	},
	"list": {
		func(ctx context.Context, h *videoroom.Handle) (any, error) { return h.List(ctx, "key") },
		`{"request":"list","admin_key":"key"}`,
		`{"videoroom":"success","list":[{"room":"a","description":"A","pin_required":true,"max_publishers":6,"bitrate":128000,` +
			`"fir_freq":10,"audiocodec":"opus","videocodec":"vp8,h264","record":true,"rec_dir":"/r","lock_record":true,"num_participants":2}]}`,
		[]videoroom.Room{{
			Room: janusclient.StringID("a"), Description: "A", PINRequired: true, MaxPublishers: 6, Bitrate: 128000, FIRFrequency: 10,
			AudioCodecs: "opus", VideoCodecs: "vp8,h264", Record: true, RecordDir: "/r", LockRecord: true, NumParticipants: 2,
		}},
	},
	"listparticipants": {
		func(ctx context.Context, h *videoroom.Handle) (any, error) { return h.ListParticipants(ctx, room) },
		`{"request":"listparticipants","room":9007199254740993}`,
		`{"videoroom":"participants","room":9007199254740993,"participants":[{"id":7,"display":"Ann","publisher":true,"talking":true,"metadata":{"x":1}},{"id":8,"publisher":false}]}`,
		[]videoroom.Participant{
			{ID: janusclient.NumberID(7), Display: "Ann", Publisher: true, Talking: true, Metadata: json.RawMessage(`{"x":1}`)},
			{ID: janusclient.NumberID(8)},
		},
	},
	"enable_recording": {
		func(ctx context.Context, h *videoroom.Handle) (any, error) {
			return nil, h.EnableRecording(ctx, videoroom.RecordRequest{Room: room, Secret: "s", Record: false})
		},
		`{"request":"enable_recording","room":9007199254740993,"secret":"s","record":false}`, `{"videoroom":"success","record":false}`, nil,
	},
	"kick": {
		func(ctx context.Context, h *videoroom.Handle) (any, error) {
			return nil, h.Kick(ctx, videoroom.ManageRequest{Room: room, ID: janusclient.NumberID(7), Secret: "s"})
		},
		`{"request":"kick","room":9007199254740993,"id":7,"secret":"s"}`, `{"videoroom":"success"}`, nil,
	},
	"allowed": {
		func(ctx context.Context, h *videoroom.Handle) (any, error) {
			return h.Allow(ctx, videoroom.AllowedRequest{Room: room, Action: videoroom.ActionAdd, Allowed: []string{"t"}})
		},
		`{"request":"allowed","room":9007199254740993,"action":"add","allowed":["t"]}`,
		`{"videoroom":"success","room":9007199254740993,"allowed":["t","u"]}`, []string{"t", "u"},
	},
}

func TestRequests(t *testing.T) {
	for _, later := range []bool{false, true} {
		for name, request := range requests {
			t.Run(name, func(t *testing.T) {
				server := janustest.NewServer(janustest.WithPlugin(videoroom.Plugin, func(_ string, body json.RawMessage) any {
					if !assertJSON(t, request.sent, body) {
						return map[string]any{"error_code": 1, "error": "not so"}
					}
					if later {
						return janustest.Later{Data: json.RawMessage(request.answer)}
					}
					return json.RawMessage(request.answer)
				}))
				t.Cleanup(server.Close)
				got, err := request.do(t.Context(), attach(t, server.URL))
				require.NoError(t, err)
				require.Equal(t, request.want, got)
			})
		}
	}
}

func assertJSON(t *testing.T, want string, got json.RawMessage) bool {
	t.Helper()
	// as members, since a number read as a float is not what was sent
	var a, b map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(want), &a))
	return json.Unmarshal(got, &b) == nil && assert.Equal(t, a, b)
}

func TestRefusals(t *testing.T) {
	server := janustest.NewServer(janustest.WithPlugin(videoroom.Plugin, func(request string, _ json.RawMessage) any {
		if request == "exists" {
			return map[string]any{"videoroom": "success", "exists": "perhaps"}
		}
		return map[string]any{"videoroom": "event", "error_code": videoroom.CodeNoSuchRoom, "error": "No such room (1)"}
	}))
	t.Cleanup(server.Close)
	h := attach(t, server.URL)
	for name, request := range requests {
		_, err := request.do(t.Context(), h)
		if name == "exists" {
			require.ErrorContains(t, err, "janus.plugin.videoroom: answer to exists")
			continue
		}
		require.True(t, videoroom.HasCode(err, videoroom.CodeNoSuchRoom), "%s: %v", name, err)
	}
}

// The same with Debian's Janus: what it says of the room afterwards.
func TestRealVideoRoom(t *testing.T) {
	if _, err := exec.LookPath("janus"); err != nil {
		t.Skip("no real Janus here")
	}
	janus, err := realjanus.Start(t.TempDir(), realjanus.Config{Plugins: "libjanus_videoroom.so"})
	require.NoError(t, err)
	t.Cleanup(janus.Kill)
	ctx, h := t.Context(), attach(t, janus.URL)
	room := janusclient.NumberID(4711)
	_, _, err = h.Create(ctx, videoroom.CreateRequest{Room: room, Description: "one", Publishers: 12, Secret: "geheim", RecordDir: t.TempDir()})
	require.NoError(t, err)
	_, _, err = h.Create(ctx, videoroom.CreateRequest{Room: room})
	require.True(t, videoroom.HasCode(err, videoroom.CodeRoomExists), "%v", err)
	exists, err := h.Exists(ctx, room)
	require.NoError(t, err)
	require.True(t, exists)
	err = h.EnableRecording(ctx, videoroom.RecordRequest{Room: room, Record: true})
	require.True(t, videoroom.HasCode(err, videoroom.CodeMissingElement), "%v", err)
	require.NoError(t, h.EnableRecording(ctx, videoroom.RecordRequest{Room: room, Secret: "geheim", Record: true}))
	require.NoError(t, h.Edit(ctx, videoroom.EditRequest{Room: room, Secret: "geheim", Description: "two", Publishers: 5}))
	found := func() (videoroom.Room, bool) {
		rooms, err := h.List(ctx, "")
		require.NoError(t, err)
		for _, r := range rooms {
			if r.Room == room {
				return r, true
			}
		}
		return videoroom.Room{}, false
	}
	listed, there := found()
	require.True(t, there)
	require.Equal(t, "two", listed.Description)
	require.Equal(t, 5, listed.MaxPublishers)
	require.True(t, listed.Record)

	// Somebody joins: a request for which there is no method.
	joined, err := h.Start(ctx, map[string]any{"request": "join", "ptype": "publisher", "room": room, "display": "Ann"}, nil)
	require.NoError(t, err)
	defer joined.Close()
	limited, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	_, err = joined.Next(limited)
	require.NoError(t, err)
	people, err := h.ListParticipants(ctx, room)
	require.NoError(t, err)
	require.Len(t, people, 1)
	require.Equal(t, "Ann", people[0].Display)
	require.False(t, people[0].Publisher)
	require.NoError(t, h.Kick(ctx, videoroom.ManageRequest{Room: room, ID: people[0].ID, Secret: "geheim"}))
	require.Eventually(t, func() bool {
		people, err := h.ListParticipants(ctx, room)
		return err == nil && len(people) == 0
	}, 5*time.Second, 10*time.Millisecond)
	tokens, err := h.Allow(ctx, videoroom.AllowedRequest{Room: room, Secret: "geheim", Action: videoroom.ActionAdd, Allowed: []string{"tok"}})
	require.NoError(t, err)
	require.Equal(t, []string{"tok"}, tokens)
	require.NoError(t, h.Destroy(ctx, videoroom.DestroyRequest{Room: room, Secret: "geheim"}))
	_, there = found()
	require.False(t, there)
}
