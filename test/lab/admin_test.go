// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/admin"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/realjanus"
)

// Admin API of a real Janus about a PeerConnection that carries media, over both
// transports: figures that move, a pcap with packets in it, and a hangup.
func TestAdminAPIAndMedia(t *testing.T) {
	asNetnsDoes(t)
	folder := t.TempDir()
	janus, err := realjanus.Start(t.TempDir(), realjanus.Config{})
	require.NoError(t, err)
	defer janus.Kill()
	for name, url := range map[string]string{"http": janus.Admin, "ws": janus.AdminWS} {
		t.Run(name, func(t *testing.T) { testAdminAPIAndMedia(t, janus, url, folder) })
	}
}

func testAdminAPIAndMedia(t *testing.T, janus *realjanus.Janus, url, folder string) {
	ctx := t.Context()
	client, err := admin.New(admin.Config{URL: url, Secret: realjanus.AdminSecret})
	require.NoError(t, err)
	defer client.Close()
	browser, err := NewBrowser(ctx, janus.URL)
	require.NoError(t, err)
	defer browser.Close()
	// the first seconds of a Janus: no candidates yet
	require.NoError(t, realjanus.Until(realjanus.StartLimit, "the browser is in the room", func() bool {
		err = browser.Join(ctx, audiobridge.JoinRequest{Room: janusclient.NumberID(1234)}, false)
		return err == nil
	}), "%v", err)
	id := admin.Handle{Session: browser.Session().ID(), ID: browser.Handle.ID()}
	var info *admin.HandleInfo
	require.NoError(t, realjanus.Until(realjanus.StartLimit, "the PeerConnection is up", func() bool {
		info, err = client.HandleInfo(ctx, id)
		return err == nil && info.ICEState() == "ready" && info.DTLSState() == "connected"
	}))
	require.NoError(t, client.StartPCAP(ctx, id, admin.Capture{Folder: folder, Filename: name(t) + ".pcap"}))
	require.NoError(t, browser.Talk(ctx, 10, 500*time.Millisecond))
	require.NoError(t, realjanus.Until(realjanus.StartLimit, "packets both ways are counted", func() bool {
		info, err = client.HandleInfo(ctx, id)
		audio, found := info.Audio()
		return err == nil && found && audio.Stats.In.Packets >= 25 && audio.Stats.Out.Packets > 0
	}))
	require.Equal(t, filepath.Join(folder, name(t)+".pcap"), info.PCAPFile)
	if file := os.Getenv("JANUS_HANDLE_INFO"); file != "" { // to renew testdata of package admin
		require.NoError(t, os.WriteFile(file, info.Raw, 0o600))
	}
	require.NoError(t, client.StopPCAP(ctx, id))
	pcap, err := os.ReadFile(info.PCAPFile)
	require.NoError(t, err)
	require.Greater(t, bytes.Count(pcap, []byte{0x80, 0x00}), 20, "RTP with PCMU")
	require.NoError(t, client.HangupWebRTC(ctx, id))
	require.NoError(t, realjanus.Until(realjanus.StartLimit, "the PeerConnection is gone", func() bool {
		info, err = client.HandleInfo(ctx, id)
		return err == nil && info.WebRTC == nil
	}))
}

func name(t *testing.T) string {
	t.Helper()
	return filepath.Base(t.Name())
}
