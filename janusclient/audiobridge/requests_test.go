// SPDX-License-Identifier: MPL-2.0

package audiobridge_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/janustest"
)

// script answers messages in the plugin's place, with what Janus's source says
// it answers; all else goes to the fake. It remembers the latest body.
type script struct {
	mu    sync.Mutex
	reply string
	body  string
}

// RoundTrip implements http.RoundTripper.
func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodPost {
		return http.DefaultTransport.RoundTrip(r)
	}
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	var message struct {
		Janus, Transaction string
		Body               json.RawMessage
	}
	if json.Unmarshal(raw, &message) != nil || message.Janus != "message" {
		r.Body = io.NopCloser(bytes.NewReader(raw))
		return http.DefaultTransport.RoundTrip(r)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.body = string(message.Body)
	answer := fmt.Sprintf(`{"janus":"success","transaction":%q,"plugindata":{"plugin":%q,"data":%s}}`,
		message.Transaction, audiobridge.Plugin, s.reply)
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(bytes.NewReader([]byte(answer))), Request: r,
	}, nil
}

// answers sets what the next messages are answered with.
func (s *script) answers(data string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reply = data
}

// scripted returns a handle whose messages the script answers.
func scripted(t *testing.T) (*audiobridge.Handle, *script) {
	t.Helper()
	server := janustest.NewServer()
	t.Cleanup(server.Close)
	s := &script{}
	client, err := janusclient.New(janusclient.Config{URL: server.URL, RoundTripper: s})
	require.NoError(t, err)
	t.Cleanup(func() {
		client.Close()
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	})
	session, err := client.Create(t.Context(), janusclient.SessionOptions{})
	require.NoError(t, err)
	return attach(t, session).Handle, s
}

// request is a row: what is called, what must be sent, what is answered, and
// what must come of it.
type request struct {
	call   func(context.Context, *audiobridge.Handle) (any, error)
	body   string
	reply  string
	result any
}

var (
	room = janusclient.NumberID(1<<53 + 1)
	who  = audiobridge.ManageRequest{Room: room, ID: janusclient.NumberID(7), Secret: "s"}
	all  = audiobridge.ManageRequest{Room: room, Secret: "s"}
)

const (
	done    = `{"audiobridge":"success"}`
	pairing = `"room":9007199254740993,"secret":"s"`
)

// plain is a call without a result of its own.
func plain(call func(*audiobridge.Handle, context.Context, audiobridge.ManageRequest) error, r audiobridge.ManageRequest,
) func(context.Context, *audiobridge.Handle) (any, error) {
	return func(ctx context.Context, h *audiobridge.Handle) (any, error) { return nil, call(h, ctx, r) }
}

func managing() map[string]request {
	yes, no, none := true, false, ""
	return map[string]request{
		"kick":        {plain((*audiobridge.Handle).Kick, who), `{"request":"kick","id":7,` + pairing + `}`, done, nil},
		"kick_all":    {plain((*audiobridge.Handle).KickAll, all), `{"request":"kick_all",` + pairing + `}`, done, nil},
		"mute":        {plain((*audiobridge.Handle).Mute, who), `{"request":"mute","id":7,` + pairing + `}`, done, nil},
		"unmute":      {plain((*audiobridge.Handle).Unmute, who), `{"request":"unmute","id":7,` + pairing + `}`, done, nil},
		"mute_room":   {plain((*audiobridge.Handle).MuteRoom, all), `{"request":"mute_room",` + pairing + `}`, done, nil},
		"unmute_room": {plain((*audiobridge.Handle).UnmuteRoom, all), `{"request":"unmute_room",` + pairing + `}`, done, nil},
		"resetdecoder": {plain(func(h *audiobridge.Handle, ctx context.Context, _ audiobridge.ManageRequest) error {
			return h.ResetDecoder(ctx)
		}, all), `{"request":"resetdecoder"}`, done, nil},
		"hangup": {plain(func(h *audiobridge.Handle, ctx context.Context, _ audiobridge.ManageRequest) error {
			return h.HangUp(ctx)
		}, all), `{"request":"hangup"}`, `{"audiobridge":"hangingup"}`, nil},
		"suspend": {func(ctx context.Context, h *audiobridge.Handle) (any, error) {
			return nil, h.Suspend(ctx, audiobridge.SuspendRequest{ManageRequest: who, PauseEvents: &yes, StopRecord: &no})
		}, `{"request":"suspend","id":7,"pause_events":true,"stop_record":false,` + pairing + `}`, done, nil},
		"resume": {func(ctx context.Context, h *audiobridge.Handle) (any, error) {
			return nil, h.Resume(ctx, audiobridge.ResumeRequest{ManageRequest: who, Record: &yes, Filename: "f"})
		}, `{"request":"resume","id":7,"record":true,"filename":"f",` + pairing + `}`, done, nil},
		"denoise_enable": {func(ctx context.Context, h *audiobridge.Handle) (any, error) {
			return nil, h.Denoise(ctx, who, true)
		}, `{"request":"denoise_enable","id":7,` + pairing + `}`, done, nil},
		"denoise_disable": {func(ctx context.Context, h *audiobridge.Handle) (any, error) {
			return nil, h.Denoise(ctx, who, false)
		}, `{"request":"denoise_disable","id":7,` + pairing + `}`, done, nil},
		"edit": {func(ctx context.Context, h *audiobridge.Handle) (any, error) {
			return h.Edit(ctx, audiobridge.EditRequest{Room: room, Secret: "s", Description: "d", NewSecret: "t", NewPIN: &none,
				Private: &no, RecordDir: "/r", MJRsDir: "/m", Permanent: true})
		}, `{"request":"edit","new_description":"d","new_secret":"t","new_pin":"","new_is_private":false,"new_record_dir":"/r","new_mjrs_dir":"/m","permanent":true,` + pairing + `}`,
			`{"audiobridge":"edited","room":9007199254740993,"permanent":true}`, true},
		"enable_recording": {func(ctx context.Context, h *audiobridge.Handle) (any, error) {
			return h.EnableRecording(ctx, audiobridge.RecordingRequest{Room: room, Secret: "s", Record: true, File: "f.wav", Dir: "/r"})
		}, `{"request":"enable_recording","record":true,"record_file":"f.wav","record_dir":"/r",` + pairing + `}`,
			`{"audiobridge":"success","record":true}`, true},
		"enable_mjrs": {func(ctx context.Context, h *audiobridge.Handle) (any, error) {
			return h.EnableMJRs(ctx, audiobridge.MJRsRequest{Room: room, Secret: "s", Dir: "/m"})
		}, `{"request":"enable_mjrs","mjrs":false,"mjrs_dir":"/m",` + pairing + `}`, `{"audiobridge":"success","mjrs":false}`, false},
	}
}

func playing() map[string]request {
	yes := true
	file := audiobridge.FileRequest{Room: room, Secret: "s", AdminKey: "k", FileID: "f"}
	return map[string]request{
		"play_file": {func(ctx context.Context, h *audiobridge.Handle) (any, error) {
			return h.PlayFile(ctx, audiobridge.PlayFileRequest{Room: room, Secret: "s", AdminKey: "k", Group: "g", Filename: "/a.opus", Loop: &yes})
		}, `{"request":"play_file","admin_key":"k","group":"g","filename":"/a.opus","loop":true,` + pairing + `}`,
			`{"audiobridge":"success","room":9007199254740993,"file_id":"f"}`, "f"},
		"is_playing": {func(ctx context.Context, h *audiobridge.Handle) (any, error) { return h.IsPlaying(ctx, file) },
			`{"request":"is_playing","admin_key":"k","file_id":"f",` + pairing + `}`,
			`{"audiobridge":"success","room":9007199254740993,"file_id":"f","playing":true}`, true},
		"stop_file": {func(ctx context.Context, h *audiobridge.Handle) (any, error) { return nil, h.StopFile(ctx, file) },
			`{"request":"stop_file","admin_key":"k","file_id":"f",` + pairing + `}`, done, nil},
		"stop_all_files": {func(ctx context.Context, h *audiobridge.Handle) (any, error) {
			return h.StopAllFiles(ctx, audiobridge.StopAllFilesRequest{Room: room, Secret: "s", AdminKey: "k"})
		}, `{"request":"stop_all_files","admin_key":"k",` + pairing + `}`,
			`{"audiobridge":"success","room":9007199254740993,"file_id_list":["f","g"]}`, []string{"f", "g"}},
		"listannouncements": {func(ctx context.Context, h *audiobridge.Handle) (any, error) { return h.ListAnnouncements(ctx, all) },
			`{"request":"listannouncements",` + pairing + `}`,
			`{"audiobridge":"announcements","room":9007199254740993,"announcements":[{"file_id":"f","filename":"/a.opus","playing":true,"loop":false}]}`,
			[]audiobridge.File{{FileID: "f", Filename: "/a.opus", Playing: true}}},
		"rtp_forward": {func(ctx context.Context, h *audiobridge.Handle) (any, error) {
			return h.RTPForward(ctx, audiobridge.RTPForwardRequest{Room: room, Secret: "s", AdminKey: "k", Group: "g", Host: "h", HostFamily: "ipv4",
				Port: 5000, SSRC: 1<<32 - 1, Codec: "pcma", PType: 100, SRTPSuite: 80, SRTPCrypto: "c", AlwaysOn: &yes})
		}, `{"request":"rtp_forward","admin_key":"k","group":"g","host":"h","host_family":"ipv4","port":5000,"ssrc":4294967295,"codec":"pcma","ptype":100,"srtp_suite":80,"srtp_crypto":"c","always_on":true,` + pairing + `}`,
			`{"audiobridge":"success","room":9007199254740993,"stream_id":4294967294,"host":"h","port":5000}`, uint32(4294967294)},
		"stop_rtp_forward": {func(ctx context.Context, h *audiobridge.Handle) (any, error) {
			return nil, h.StopRTPForward(ctx, audiobridge.StopRTPForwardRequest{Room: room, Secret: "s", AdminKey: "k", StreamID: 9})
		}, `{"request":"stop_rtp_forward","admin_key":"k","stream_id":9,` + pairing + `}`, done, nil},
		"listforwarders": {func(ctx context.Context, h *audiobridge.Handle) (any, error) { return h.ListForwarders(ctx, all) },
			`{"request":"listforwarders",` + pairing + `}`,
			`{"audiobridge":"forwarders","room":1,"rtp_forwarders":[{"stream_id":9,"group":"g","ip":"192.0.2.1","port":5000,"ssrc":9,"codec":"opus","ptype":100,"srtp":true,"always_on":true}]}`,
			[]audiobridge.Forwarder{{StreamID: 9, Group: "g", IP: "192.0.2.1", Port: 5000, SSRC: 9, Codec: "opus", PType: 100, SRTP: true, AlwaysOn: true}}},
		"listparticipants": {func(ctx context.Context, h *audiobridge.Handle) (any, error) { return h.ListParticipants(ctx, room) },
			`{"request":"listparticipants","room":9007199254740993}`,
			`{"audiobridge":"participants","room":1,"participants":[{"id":7,"display":"d","setup":true,"muted":true,"talking":true,"spatial_position":100,"suspended":true}]}`,
			[]audiobridge.Participant{{ID: janusclient.NumberID(7), Display: "d", Setup: true, Muted: true, Talking: true, Suspended: true, SpatialPosition: new(100)}}},
	}
}

// TestRequests: each request as it goes out, and its answer as it is read.
func TestRequests(t *testing.T) {
	h, s := scripted(t)
	for _, table := range []map[string]request{managing(), playing()} {
		for name, row := range table {
			t.Run(name, func(t *testing.T) {
				s.answers(row.reply)
				result, err := row.call(t.Context(), h)
				require.NoError(t, err)
				require.Equal(t, row.result, result)
				require.JSONEq(t, row.body, s.body)
				s.answers(`{"audiobridge":"event","error_code":494,"error":"No such group"}`)
				_, err = row.call(t.Context(), h)
				require.True(t, audiobridge.HasCode(err, audiobridge.CodeNoSuchGroup), "%v", err)
				require.Contains(t, err.Error(), name)
				s.answers(`[]`)
				if _, err = row.call(t.Context(), h); row.result != nil {
					require.ErrorContains(t, err, "audiobridge: answer to "+name)
				}
			})
		}
	}
}

// TestRequestFields: what create, join and their like can say, all of it.
func TestRequestFields(t *testing.T) {
	yes, n := true, 5
	for want, fields := range map[string]any{
		`{"room":"r","permanent":true,"description":"d","secret":"s","pin":"p","admin_key":"k","is_private":true,"allowed":["t"],"sampling_rate":48000,
		"spatial_audio":true,"audiolevel_ext":true,"audiolevel_event":true,"audio_active_packets":100,"audio_level_average":25,"default_prebuffering":5,
		"default_expectedloss":5,"default_bitrate":64000,"denoise":true,"record":true,"record_file":"f","record_dir":"/r","mjrs":true,"mjrs_dir":"/m",
		"allow_rtp_participants":true,"allow_ws_participants":true,"signed_tokens":true,"groups":["g"]}`: audiobridge.CreateRequest{
			Room: janusclient.StringID("r"), Permanent: true, Description: "d", Secret: "s", PIN: "p", AdminKey: "k", SignedTokens: &yes, Private: &yes,
			Allowed: []string{"t"}, SamplingRate: 48000, SpatialAudio: &yes, AudioLevelExt: &yes, AudioLevelEvent: &yes, AudioActivePackets: 100,
			AudioLevelAverage: 25, DefaultPrebuffering: &n, DefaultExpectedLoss: 5, DefaultBitrate: 64000, Denoise: &yes, Record: &yes, RecordFile: "f",
			RecordDir: "/r", MJRs: &yes, MJRsDir: "/m", AllowRTPParticipants: &yes, AllowWSParticipants: &yes, Groups: []string{"g"}},
		`{"room":7,"id":8,"pin":"p","token":"t","display":"d","group":"g","muted":true,"bitrate":5,"quality":5,"expected_loss":5,"volume":5,
		"spatial_position":5,"denoise":true,"codec":"pcmu","secret":"s","suspended":true,"pause_events":true,"audio_level_average":25,
		"audio_active_packets":100,"prebuffer":5,"record":true,"filename":"f","generate_offer":true,
		"rtp":{"ip":"192.0.2.1","port":5000,"payload_type":111,"audiolevel_ext":1,"fec":true}}`: audiobridge.JoinRequest{
			Room: janusclient.NumberID(7), ID: janusclient.NumberID(8), PIN: "p", Token: "t", Codec: "pcmu", Secret: "s", Suspended: &yes, PauseEvents: &yes,
			Media: audiobridge.Media{Display: "d", Group: "g", Muted: &yes, Bitrate: &n, Quality: &n, ExpectedLoss: &n, Volume: &n, SpatialPosition: &n, Denoise: &yes},
			RTP:   &audiobridge.RTP{IP: "192.0.2.1", Port: 5000, PayloadType: 111, AudioLevelExt: 1, FEC: &yes}, AudioLevelAverage: 25,
			AudioActivePackets: 100, Prebuffer: &n, Record: &yes, Filename: "f", GenerateOffer: &yes},
		`{}`: audiobridge.ConfigureRequest{},
	} {
		raw, err := json.Marshal(fields)
		require.NoError(t, err)
		require.JSONEq(t, want, string(raw))
	}
}
