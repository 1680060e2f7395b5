// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// speaksBesideJanus has two legs in room 1234 of a Janus, one of which hears the other's tone.
func speaksBesideJanus(t *testing.T, cfg realjanus.Config, address string) {
	t.Helper()
	j, err := realjanus.Start(t.TempDir(), cfg)
	require.NoError(t, err)
	defer j.Kill()
	conf := strings.ReplaceAll(lab.ConfOf(j, ""), `"rtp-ip" value="`+lab.Address(), `"rtp-ip" value="`+address)
	s, err := startSwitch(filepath.Join(t.TempDir(), "switch"), conf)
	require.NoError(t, err)
	defer s.Stop()
	room := janusclient.NumberID(1234)
	if cfg.StringIDs {
		room = janusclient.StringID("1234")
	}
	speaker := originate(t, s, "%s", tone("janus-use-existing-room=true", "janus/demo/Speaker@1234", 440))
	listener := originate(t, s, "%sjanus/demo/Listener@1234 &park()", existing)
	a := ask(t, j)
	eventually(t, "media is up", func() bool { return a.ready(room, 2) })
	thrice(t, func(try testingT) { requireHeard(try, hearOn(t, s, 2, 48000, listener)[0], 440) })
	require.NotContains(t, s.Log(), "joining again")
	require.NotContains(t, s.Log(), "has lost its session")
	hangup(t, s, speaker, listener)
	a.empty(room)
}

// Janus as it is configured where people install it: each way to write JSON over each transport,
// both kinds of ids, trickling candidates, and a Janus that only answers checks.
func TestConfigurationsOfJanus(t *testing.T) {
	for name, cfg := range map[string]realjanus.Config{
		"as shipped, ws":       {Transport: "ws"},
		"as shipped, http":     {Transport: "http"},
		"indented, ws":         {Transport: "ws", JSON: "indented"},
		"plain, http":          {Transport: "http", JSON: "plain"},
		"compact, ws":          {Transport: "ws", JSON: "compact"},
		"string_ids, ws":       {Transport: "ws", StringIDs: true},
		"full_trickle, ws":     {Transport: "ws", NAT: "full_trickle = true"},
		"full_trickle, http":   {Transport: "http", NAT: "full_trickle = true"},
		"ice_lite":             {NAT: "ice_lite = true"},
		"ice_lite, trickle":    {NAT: "ice_lite = true full_trickle = true"},
		"small DTLS fragments": {Media: "dtls_mtu = 400"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // each has a Janus and a switch of its own
			speaksBesideJanus(t, cfg, lab.Address())
		})
	}
}

// A Janus whose API and media have IPv6 alone.
func TestJanusWithIPv6Only(t *testing.T) {
	network, err := lab.NewIPv6()
	if err != nil {
		t.Skipf("an IPv6 network takes root and a kernel that has it: %v", err)
	}
	defer network.Close()
	for _, transport := range []string{"http", "ws"} {
		t.Run(transport, func(t *testing.T) {
			speaksBesideJanus(t, realjanus.Config{Transport: transport, Namespace: network, Address: lab.IPv6Janus, Media: "ipv6 = true"}, lab.IPv6Here)
		})
	}
}
