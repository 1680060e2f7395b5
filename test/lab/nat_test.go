// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"net"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient/realjanus"
)

// asNetnsDoes skips a test that cannot make networks here.
func asNetnsDoes(t *testing.T) {
	t.Helper()
	if os.Getenv("MOD_JANUS_ICE_IP") == "" || os.Getuid() != 0 {
		t.Skip(realjanus.ErrNoNamespace)
	}
}

// What a NAT is: the outside sees the router, and a blocked address nobody.
func TestNAT(t *testing.T) {
	asNetnsDoes(t)
	for range 2 { // what one leaves does not disturb the next
		n, err := NewNAT()
		require.NoError(t, err)
		defer n.Close()
		turn, err := realjanus.StartTurn(t.TempDir(), n.Outside, NATTurn)
		require.NoError(t, err)
		defer turn.Stop()
		require.NoError(t, realjanus.Until(realjanus.StartLimit, "the server sees the router", func() bool { return mapped(t, turn) == NATOutside }))
		require.NoError(t, n.Block(NATTurn))
		require.Empty(t, mapped(t, turn), "no UDP")
		conn, err := net.DialTimeout("tcp", turn.Address, time.Second)
		require.NoError(t, err, "TCP passes")
		conn.Close()
		turn.Stop()
		n.Close()
	}
}

// mapped asks a STUN server (RFC 8489) for this process's address as the
// server sees it; "" when it does not answer.
func mapped(t *testing.T, server *realjanus.Turn) string {
	t.Helper()
	conn, err := net.Dial("udp", server.Address)
	require.NoError(t, err)
	defer conn.Close()
	request := append([]byte{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42}, "lab-nat-test"...)
	_, err = conn.Write(request)
	require.NoError(t, err)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(time.Second)))
	answer := make([]byte, 1500)
	n, err := conn.Read(answer)
	if err != nil {
		return ""
	}
	for at := 20; at+12 <= n; at += 4 + (int(answer[at+3])+3)&^3 {
		if answer[at] == 0 && answer[at+1] == 0x20 { // XOR-MAPPED-ADDRESS
			a := answer[at+8 : at+12]
			return net.IPv4(a[0]^0x21, a[1]^0x12, a[2]^0xa4, a[3]^0x42).String()
		}
	}
	return ""
}
