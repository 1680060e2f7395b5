// SPDX-License-Identifier: MPL-2.0

package audiobridge_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/janustest"
)

// wrong is a message that is refused, and how; %s in it is the id of a room that
// has a secret, a PIN and a group.
type wrong struct{ message, refusal string }

// wrongForAll is refused by each version. Where ids are strings, the number is
// the wrong one, and the other way round.
var wrongForAll = []wrong{
	{`{"body":{}}`, "483 Missing mandatory element (request)"},
	{`{"body":{"request":7}}`, "484 Invalid element type (request should be a string)"},
	{`{"body":{"request":"dance"}}`, "482 Unknown request 'dance'"},
	{`{}`, "core 456 Missing mandatory element (body)"},
	{`{"body":"list"}`, "core 467 Invalid element type (body should be an object)"},
	{`{"body":{"request":"join","room":%s},"jsep":7}`, "core 455 Invalid jsep object"},
	{`{"body":{"request":"join","room":%s},"jsep":{"sdp":"v=0"}}`, "core 456 JSEP error: missing mandatory element (type)"},
	{`{"body":{"request":"join","room":%s},"jsep":{"type":"offer"}}`, "core 456 JSEP error: missing mandatory element (sdp)"},
	{`{"body":{"request":"join","room":%s},"jsep":{"type":"offer","sdp":"v=0","trickle":"false"}}`, "core 467 JSEP error: invalid element type (trickle should be a boolean)"},
	{`{"body":{"request":"join"}}`, "483 Missing mandatory element (room)"},
	{`{"body":{"request":"join","room":true}}`, "484 Invalid element type (room should be KIND)"},
	{`{"body":{"request":"join","room":%s}}`, "483 Missing mandatory element (pin)"},
	{`{"body":{"request":"join","room":%s,"pin":7}}`, "484 Invalid element type (pin should be a string)"},
	{`{"body":{"request":"join","room":%s,"pin":"no"}}`, "489 Unauthorized (wrong pin)"},
	{`{"body":{"request":"join","room":%s,"pin":"p","secret":"no"}}`, "489 Unauthorized (wrong secret)"},
	{`{"body":{"request":"join","room":%s,"pin":"p"}}`, "483 Missing mandatory element (group)"},
	{`{"body":{"request":"join","room":%s,"pin":"p","group":"none"}}`, "494 No such group (none)"},
	{`{"body":{"request":"join","room":%s,"pin":"p","group":"red","quality":0}}`, "484 Invalid element (quality should be a positive integer between 1 and 10)"},
	{`{"body":{"request":"join","room":%s,"pin":"p","group":"red","expected_loss":21}}`, "484 Invalid element (expected_loss should be a positive integer between 0 and 20)"},
	{`{"body":{"request":"join","room":%s,"pin":"p","group":"red","codec":"g722"}}`, "484 Invalid element (codec must opus, pcmu or pcma)"},
	{`{"body":{"request":"join","room":%s,"pin":"p","group":"red","muted":"true"}}`, "484 Invalid element type (muted should be a boolean)"},
	{`{"body":{"request":"join","room":%s,"pin":"p","group":"red","volume":-1}}`, "484 Invalid element type (volume should be a positive integer)"},
	{`{"body":{"request":"join","room":%s,"pin":"p","group":"red","volume":1.5}}`, "484 Invalid element type (volume should be a positive integer)"},
	{`{"body":{"request":"join","room":%s,"pin":"p","group":"red","display":null}}`, "484 Invalid element type (display should be a string)"},
	{`{"body":{"request":"join","room":%s,"pin":"p","group":"red","rtp":{"ip":"127.0.0.1","port":5000}}}`, "489 Plain RTP participants not allowed in this room"},
	{`{"body":{"request":"configure","muted":true}}`, "487 Can't configure (not in a room)"},
	{`{"body":{"request":"leave"}}`, "487 Can't leave (not in a room)"},
	{`{"body":{"request":"kick","room":%s}}`, "483 Missing mandatory element (id)"},
	{`{"body":{"request":"mute","room":%s,"id":OTHER}}`, "483 Missing mandatory element (secret)"},
	{`{"body":{"request":"mute","room":%s,"id":OTHER,"secret":"s"}}`, "492 No such user 4711 in room ROOM"},
	{`{"body":{"request":"mute_room","room":%s,"secret":"no"}}`, "489 Unauthorized (wrong secret)"},
	{`{"body":{"request":"allowed","room":%s,"secret":"s"}}`, "483 Missing mandatory element (action)"},
	{`{"body":{"request":"allowed","room":%s,"secret":"s","action":"x"}}`, "484 Unsupported action 'x' (allowed)"},
	{`{"body":{"request":"enable_recording","room":%s,"secret":"s"}}`, "483 Missing mandatory element (record)"},
	{`{"body":{"request":"enable_recording","room":%s,"secret":"s","record":"true"}}`, "484 Invalid element type (record should be a boolean)"},
	{`{"body":{"request":"create","room":%s}}`, "486 Room ROOM already exists"},
	{`{"body":{"request":"create","allowed":["a",7]}}`, "484 Invalid element in the allowed array (not a string)"},
	{`{"body":{"request":"create","is_private":"yes"}}`, "484 Invalid element type (is_private should be a boolean)"},
	{`{"body":{"request":"rtp_forward","room":%s,"secret":"s","host":"127.0.0.1"}}`, "483 Missing mandatory element (port)"},
}

// wrongForNumbers is for ids that are numbers: no room is 0, and what does not fit
// 63 bits cannot be read.
var wrongForNumbers = []wrong{
	{`{"body":{"request":"join","room":0}}`, "485 No such room (0)"},
	{`{"body":{"request":"join","room":-1}}`, "484 Invalid element type (room should be a positive integer)"},
	{`{"body":{"request":"join","room":9223372036854775807}}`, "485 No such room (9223372036854775807)"},
	{`{"body":{"request":"join","room":9223372036854775808}}`, "core 454 JSON error: on line"},
}

// TestConformStrict: what Janus refuses, with which code and words.
func TestConformStrict(t *testing.T) {
	all := targets(t)
	server := janustest.NewServer(janustest.WithVersion("1.4.1"), janustest.WithWebSocket())
	t.Cleanup(server.Close)
	all["fake 1.4.1"] = janusclient.Config{URL: server.URL}
	for name, config := range all {
		t.Run(name, func(t *testing.T) {
			client, err := janusclient.New(config)
			require.NoError(t, err)
			t.Cleanup(client.Close)
			info, err := client.Info(t.Context())
			require.NoError(t, err)
			session, err := client.Create(t.Context(), janusclient.SessionOptions{})
			require.NoError(t, err)
			h := attach(t, session)
			room, _, err := h.Create(t.Context(), audiobridge.CreateRequest{PIN: "p", Secret: "s", Groups: []string{"red"}})
			require.NoError(t, err)
			kind, other := "a positive integer", "4711"
			steps := append([]wrong{}, wrongForAll...)
			if room.IsNumber() {
				steps = append(steps, wrongForNumbers...)
			} else {
				kind, other = "a string", `"4711"`
			}
			since := wrong{`{"body":{"request":"suspend","room":%s,"id":OTHER}}`, "492 No such user 4711 in room ROOM"}
			if info.Before("1.2.1") {
				since.refusal = "482 Unknown request 'suspend'"
			}
			id, err := json.Marshal(room)
			require.NoError(t, err)
			for _, step := range append(steps, since) {
				message := strings.ReplaceAll(strings.ReplaceAll(step.message, "%s", string(id)), "OTHER", other)
				want := strings.ReplaceAll(strings.ReplaceAll(step.refusal, "ROOM", room.String()), "KIND", kind)
				require.Contains(t, refusal(t, session, h, message), want, message)
			}
			require.NoError(t, h.Destroy(t.Context(), audiobridge.DestroyRequest{Room: room, Secret: "s"}))
			require.NoError(t, session.Destroy(t.Context()))
		})
	}
}

// refusal sends a message as it is and tells the code and words that came.
func refusal(t *testing.T, session *janusclient.Session, h *peer, message string) string {
	t.Helper()
	request, rest, err := janusclient.ParseRequest(fmt.Sprintf(`{"janus":"message","handle_id":%d,%s`, h.ID(), strings.TrimPrefix(message, "{")), 1<<16)
	if message == "{}" {
		request, rest, err = janusclient.ParseRequest(fmt.Sprintf(`{"janus":"message","handle_id":%d}`, h.ID()), 1<<16)
	}
	require.NoError(t, err)
	require.Empty(t, rest)
	raw, err := session.Send(t.Context(), request, false)
	if errors.Is(err, janusclient.ErrTimeout) && strings.Contains(message, "9223372036854775808") {
		return "core 454 JSON error: on line" // without a transaction: over a WebSocket nobody knows whom it is for
	}
	var refused *janusclient.Error
	if errors.As(err, &refused) {
		return fmt.Sprintf("core %d %s", refused.Code, refused.Reason)
	}
	require.NoError(t, err, message)
	var answer struct {
		Error struct {
			Code   int    `json:"code"`
			Reason string `json:"reason"`
		} `json:"error"`
		PluginData struct {
			Data struct {
				Code   int    `json:"error_code"`
				Reason string `json:"error"`
			} `json:"data"`
		} `json:"plugindata"`
	}
	require.NoError(t, json.Unmarshal(raw, &answer))
	if answer.Error.Code != 0 {
		return fmt.Sprintf("core %d %s", answer.Error.Code, answer.Error.Reason)
	}
	return fmt.Sprintf("%d %s", answer.PluginData.Data.Code, answer.PluginData.Data.Reason)
}
