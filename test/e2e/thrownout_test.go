// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/admin"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// farAway is the API of a Janus at the end of a way that takes so long, in each
// direction. Media goes the short way.
func farAway(t *testing.T, j *realjanus.Janus, way time.Duration) string {
	t.Helper()
	proxy := before(t, j.HTTP)
	proxy.ModifyResponse = func(*http.Response) error { time.Sleep(way); return nil }
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(way)
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	at, err := url.Parse(j.HTTP)
	require.NoError(t, err)
	return server.URL + at.Path
}

// Callers who are thrown out over an API that is far away stay out, though the
// end of their media is here before Janus's word of it.
func TestThrownOutOverASlowAPI(t *testing.T) {
	const legs = 20
	j := janus
	s, err := startSwitch(filepath.Join(t.TempDir(), "switch"), lab.JanusConf(farAway(t, j, 80*time.Millisecond), ""))
	require.NoError(t, err)
	t.Cleanup(s.Stop)
	a, office := ask(t, j), adminOf(t, j)
	place := func(uuid string) (handle admin.Handle) {
		_, err := fmt.Sscan(api(t, s, "uuid_getvar %s janus_session_id", uuid)+" "+api(t, s, "uuid_getvar %s janus_handle_id", uuid), &handle.Session, &handle.ID)
		require.NoError(t, err)
		return handle
	}
	for i, tt := range []struct {
		what, reason string
		rounds       int
		one          func(janusclient.ID, string) error // of the participants
		all          func(janusclient.ID) error         // of the room
	}{
		{"kicked", "kicked from the room", 5, func(room janusclient.ID, uuid string) error {
			id, err := janusclient.ParseID(api(t, s, "uuid_getvar %s janus_participant_id", uuid))
			require.NoError(t, err)
			return a.Kick(t.Context(), audiobridge.ManageRequest{Room: room, ID: id})
		}, nil},
		{"destroyed", "the room was destroyed", 1, nil, func(room janusclient.ID) error {
			return a.Destroy(t.Context(), audiobridge.DestroyRequest{Room: room})
		}},
		{"hung up", "Admin API", 1, func(_ janusclient.ID, uuid string) error { return office.HangupWebRTC(t.Context(), place(uuid)) }, nil},
		{"detached", "(Janus has detached the handle|Detach|Janus API)", 1, func(_ janusclient.ID, uuid string) error {
			return office.DetachHandle(t.Context(), place(uuid))
		}, nil},
	} {
		t.Run(tt.what, func(t *testing.T) {
			for round := range tt.rounds {
				number := 9720 + 10*i + round
				room := janusclient.NumberID(uint64(number)) // #nosec G115 -- small
				var uuids []string
				var commands []string
				for leg := range legs {
					uuids = append(uuids, fmt.Sprintf("00000000-0000-4000-8000-%06d%06d", number, leg))
					commands = append(commands, fmt.Sprintf("originate {origination_uuid=%s}janus/demo/x%d@%d &park()", uuids[leg], leg, number))
				}
				_, err := s.Burst(commands)
				require.NoError(t, err)
				eventually(t, "all are in the room", func() bool { return a.ready(room, legs) })
				if tt.all != nil {
					require.NoError(t, tt.all(room))
				} else {
					for _, uuid := range uuids {
						require.NoError(t, tt.one(room, uuid))
					}
				}
				for _, uuid := range uuids {
					logged(t, s, uuid+`.*ends \[NORMAL_CLEARING\]: `+tt.reason)
				}
				gone(t, s)
				require.Empty(t, a.participants(room))
			}
		})
	}
	require.Zero(t, strings.Count(s.Log(), "joining again"), "who has come back")
}
