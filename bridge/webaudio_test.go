// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/pion/webrtc/v4"
	"github.com/stretchr/testify/require"

	"mod_janus/janusclient/janustest"
)

// offer is a browser that wants to listen, and what it posts.
func offer(t *testing.T) (*webrtc.PeerConnection, string) {
	t.Helper()
	var settings webrtc.SettingEngine
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	conn, err := webrtc.NewAPI(webrtc.WithSettingEngine(settings)).NewPeerConnection(webrtc.Configuration{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.GracefulClose() })
	_, err = conn.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio)
	require.NoError(t, err)
	made, err := conn.CreateOffer(nil)
	require.NoError(t, err)
	gathered := webrtc.GatheringCompletePromise(conn)
	require.NoError(t, conn.SetLocalDescription(made))
	<-gathered
	return conn, conn.LocalDescription().SDP
}

// A browser comes into a room by the page, and goes with it.
func TestBrowserJoins(t *testing.T) {
	s := openSite(t, newLab(t, ""))
	as := s.withUsers()
	join := func(f *follower, sdp string, change ...func(*http.Request)) (int, string, http.Header) {
		return s.ask("POST", "/api/rooms/demo/1234/audio", "application/sdp", sdp,
			append(change, as("ops"), func(r *http.Request) { r.Header.Set("Janus-Page", f.id) })...)
	}
	f := s.follow("?room=demo/1234", as("ops"))
	conn, sdp := offer(t)
	up := make(chan struct{})
	conn.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		if state == webrtc.PeerConnectionStateConnected {
			close(up)
		}
	})
	status, answered, header := join(f, sdp)
	require.Equal(t, 201, status, answered)
	require.Equal(t, "application/sdp", header.Get("Content-Type"))
	require.NoError(t, conn.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answered}))
	<-up
	var people []struct {
		ID      json.Number
		Display string
		Muted   bool
	}
	s.getAs("/api/room/demo/1234", &people, as("ops"))
	require.Len(t, people, 1)
	require.Equal(t, "operator ops", people[0].Display)
	require.Equal(t, header.Get("Janus-Participant"), people[0].ID.String())
	require.True(t, people[0].Muted)
	place := header.Get("Location")
	status, text, _ := s.ask("PATCH", place, "application/json", `{"muted":false}`, as("ops"))
	require.Equal(t, 204, status, text)
	s.getAs("/api/room/demo/1234", &people, as("ops"))
	require.False(t, people[0].Muted)
	status, _, _ = s.ask("DELETE", place, "", "", as("ops"))
	require.Equal(t, 204, status)
	s.eventually("left", func() bool { return s.janus.Handles() == 0 })
	_, sdp = offer(t)
	status, _, _ = join(f, sdp)
	require.Equal(t, 201, status)
	f.close() // the page goes, without a word
	s.eventually("left", func() bool { return s.janus.Handles() == 0 })
	s.eventually("the session is not kept for it", func() bool { status, _, _ := join(f, sdp); return status == 404 })
	s.host.Mu.Lock()
	defer s.host.Mu.Unlock()
	require.True(t, s.host.Logged("5 ", "HTTP: ops: listen in room 1234 of demo: done"))
	require.True(t, s.host.Logged("5 ", "HTTP: ops: talks in the room"))
}

// What Janus, or an operator, ends is over for the page too.
func TestBrowserIsThrownOut(t *testing.T) {
	s := openSite(t, newLab(t, "", janustest.WithRoom("77")))
	f := s.follow("")
	page := func(r *http.Request) { r.Header.Set("Janus-Page", f.id) }
	_, sdp := offer(t)
	status, text, header := s.ask("POST", "/api/rooms/demo/1234/audio", "application/sdp", sdp, page)
	require.Equal(t, 201, status, text)
	_, text = s.do(`{"verb":"room","server":"demo","room":"1234","args":["kick","` + header.Get("Janus-Participant") + `"]}`)
	require.Contains(t, text, `"ok":true`)
	f.wait("audio", "kicked out of the room")
	s.eventually("nothing is left of it", func() bool { return s.janus.Handles() == 0 })
	status, text, _ = s.ask("POST", "/api/rooms/demo/4711/audio", "application/sdp", sdp, page)
	require.Equal(t, 502, status)
	require.Contains(t, text, "No such room")
	status, _, _ = s.ask("POST", "/api/rooms/nothing/1/audio", "application/sdp", sdp, page)
	require.Equal(t, 404, status)
	status, _, _ = s.ask("POST", "/api/rooms/demo/1234/audio", "application/json", sdp, page)
	require.Equal(t, 415, status)
	status, _, _ = s.ask("POST", "/api/rooms/demo/1234/audio", "application/sdp", strings.Repeat("x", 100<<10), page)
	require.Equal(t, 413, status)
	s.eventually("nothing is left of them", func() bool { return s.janus.Handles() == 0 })
	require.Zero(t, s.engine.server("demo").Remembered().Detaches)
}

// A room with a PIN says so, and lets in who gives it. The PIN is in no log.
func TestBrowserGivesAPIN(t *testing.T) {
	s := openSite(t, newLab(t, ""))
	require.Contains(t, s.engine.Command("room demo 99 create pin=pinhush"), "+OK")
	f := s.follow("")
	_, sdp := offer(t)
	for pin, want := range map[string]int{"": 403, "wronghush": 403, "pinhush": 201} {
		status, text, _ := s.ask("POST", "/api/rooms/demo/99/audio", "application/sdp", sdp, func(r *http.Request) {
			r.Header.Set("Janus-Page", f.id)
			if pin != "" {
				r.Header.Set("Janus-Room-PIN", pin)
			}
		})
		require.Equal(t, want, status, "%q: %s", pin, text)
	}
	s.host.Mu.Lock()
	defer s.host.Mu.Unlock()
	require.NotContains(t, strings.Join(s.host.Lines, "\n"), "hush")
}
