// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// natted is a switch behind a NAT, and a Janus and a TURN server outside.
type natted struct {
	nat  *lab.NAT
	j    *realjanus.Janus
	turn *realjanus.Turn
	s    *lab.Switch
	dir  string
}

// behindNAT starts one; params may name the TURN server as ${turn}, its user
// as ${user}, its password as ${password}.
func behindNAT(t *testing.T, params string) *natted {
	t.Helper()
	n := &natted{dir: t.TempDir()}
	var err error
	n.nat, err = lab.NewNAT()
	require.NoError(t, err)
	t.Cleanup(n.nat.Close)
	n.turn, err = realjanus.StartTurn(t.TempDir(), n.nat.Outside, lab.NATTurn)
	require.NoError(t, err)
	t.Cleanup(n.turn.Stop)
	// its ports are free here; outside somebody may have one of them
	for range 2 {
		if n.j, err = realjanus.Start(t.TempDir(), realjanus.Config{Namespace: n.nat.Outside, Address: lab.NATJanus}); err == nil {
			break
		}
	}
	require.NoError(t, err)
	t.Cleanup(n.j.Kill)
	params = strings.NewReplacer("${turn}", n.turn.Address, "${tls}", n.turn.TLSAddress, "${user}", n.turn.Username,
		"${password}", n.turn.Password, "${ca}", n.turn.Certs.CA).Replace(params)
	conf := strings.ReplaceAll(lab.ConfOf(n.j, params), fmt.Sprintf(`"rtp-ip" value=%q`, lab.Address()), fmt.Sprintf(`"rtp-ip" value=%q`, lab.NATInside))
	n.s, err = startSwitch(filepath.Join(n.dir, "switch"), conf)
	require.NoError(t, err)
	t.Cleanup(n.s.Stop)
	api(t, n.s, "janus debug true")
	return n
}

// speaks asserts that what one leg plays another hears, and how its media goes.
func (n *natted) speaks(t *testing.T) {
	t.Helper()
	speaker := originate(t, n.s, "%s", tone("x=y", "janus/demo/Speaker@8700", 440))
	listener := originate(t, n.s, "janus/demo/Listener@8700 &park()")
	a := ask(t, n.j)
	eventually(t, "media is up", func() bool { return a.ready(janusclient.NumberID(8700), 2) })
	thrice(t, func(try testingT) { requireTone(try, hearOn(t, n.s, 2, 48000, listener)[0], 440) })
	hangup(t, n.s, speaker, listener)
}

func candidate(address, kind string) *regexp.Regexp {
	return regexp.MustCompile(`candidate:\S+ 1 (udp|UDP) \d+ ` + regexp.QuoteMeta(address) + ` \d+ typ ` + kind)
}

// A call across a NAT: with the address that the NAT has outside, with one that
// a STUN server tells, and with none at all, when Janus learns it from the
// checks (RFC 8445 7.3.1.3: peer-reflexive).
func TestCallAcrossNAT(t *testing.T) {
	for name, tt := range map[string]struct{ params, address, kind string }{
		"ext-rtp-ip":       {param("ext-rtp-ip", lab.NATOutside), lab.NATOutside, "host"},
		"ext-rtp-ip stun":  {param("ext-rtp-ip", "stun:${turn}"), lab.NATOutside, "host"},
		"stun-server":      {param("stun-server", "stun:${turn}"), lab.NATOutside, "srflx"},
		"nothing":          {"", lab.NATInside, "host"},
		"local to the ACL": {param("ext-rtp-ip", lab.NATOutside) + param("local-network-acl", "198.51.100.0/24"), lab.NATInside, "host"},
	} {
		t.Run(name, func(t *testing.T) {
			n := behindNAT(t, tt.params)
			n.speaks(t)
			require.Regexp(t, candidate(tt.address, tt.kind), n.s.Log())
			if tt.address == lab.NATInside {
				require.NotRegexp(t, candidate(lab.NATOutside, "host"), n.s.Log())
			}
		})
	}
}

// No UDP passes between switch and Janus but through a TURN server: over UDP,
// TCP and TLS the call goes through its relay, and with a wrong password not
// at all.
func TestCallThroughTURN(t *testing.T) {
	login := param("turn-username", "${user}") + param("turn-password", "${password}")
	for name, params := range map[string]string{
		"udp": param("turn-server", "turn:${turn}") + login,
		"tcp": param("turn-server", "turn:${turn}?transport=tcp") + login,
	} {
		t.Run(name, func(t *testing.T) {
			n := behindNAT(t, params)
			require.NoError(t, n.nat.Block(lab.NATJanus))
			n.speaks(t)
			require.Regexp(t, candidate(lab.NATTurn, "relay"), n.s.Log())
			require.Contains(t, n.s.Log(), "media goes through a relay")
			require.NotContains(t, n.s.Log(), n.turn.Password)
			require.Contains(t, n.turn.Log(), "ALLOCATE processed, success")
		})
	}
	t.Run("wrong password", func(t *testing.T) {
		n := behindNAT(t, param("turn-server", "turn:${turn}")+param("turn-username", "${user}")+param("turn-password", "wrong-password"))
		require.NoError(t, n.nat.Block(lab.NATJanus))
		uuid := originate(t, n.s, "janus/demo/x@8700 &park()")
		logged(t, n.s, `no candidate came of an ICE server.*turn:`+regexp.QuoteMeta(n.turn.Address))
		logged(t, n.s, uuid+`.*ends \[MEDIA_TIMEOUT\]`)
		require.NotContains(t, n.s.Log(), "wrong-password")
	})
}
