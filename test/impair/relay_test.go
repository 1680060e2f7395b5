// SPDX-License-Identifier: MPL-2.0

package impair_test

import (
	"encoding/binary"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/test/impair"
)

// ends are the two sockets of a conversation through a relay.
type ends struct {
	t           *testing.T
	relay       *impair.Relay
	near, far   *net.UDPConn
	buf         [1500]byte
	numbersSent uint32
}

func newEnds(t *testing.T, cfg impair.Config) *ends {
	t.Helper()
	listen := func() *net.UDPConn {
		conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		require.NoError(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		return conn
	}
	e := &ends{t: t, near: listen(), far: listen()}
	cfg.Target = netip.MustParseAddrPort(e.far.LocalAddr().String())
	var err error
	e.relay, err = impair.NewRelay(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.relay.Close()) })
	return e
}

func (e *ends) send(conn *net.UDPConn, to netip.AddrPort) {
	e.numbersSent++
	_, err := conn.WriteToUDPAddrPort(binary.BigEndian.AppendUint32(nil, e.numbersSent), to)
	require.NoError(e.t, err)
}

// receive returns the number of the next packet and where it is from, 0 when
// none comes.
func (e *ends) receive(conn *net.UDPConn) (uint32, netip.AddrPort) {
	require.NoError(e.t, conn.SetReadDeadline(time.Now().Add(patience)))
	n, from, err := conn.ReadFromUDPAddrPort(e.buf[:])
	if err != nil {
		require.ErrorContains(e.t, err, "timeout")
		return 0, from
	}
	return binary.BigEndian.Uint32(e.buf[:n]), netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
}

const patience = 5 * time.Second

func TestRelayBothWays(t *testing.T) {
	e := newEnds(t, impair.Config{})
	e.send(e.near, e.relay.Addr())
	number, from := e.receive(e.far)
	require.Equal(t, uint32(1), number)
	require.Equal(t, e.relay.FarAddr(), from)
	e.send(e.far, e.relay.FarAddr())
	number, from = e.receive(e.near)
	require.Equal(t, uint32(2), number)
	require.Equal(t, e.relay.Addr(), from, "the near end hears from where it sends to")
}

func TestRelayDelays(t *testing.T) {
	e := newEnds(t, impair.Config{ToTarget: impair.Link{Delay: 80 * time.Millisecond}})
	began := time.Now()
	e.send(e.near, e.relay.Addr())
	number, _ := e.receive(e.far)
	require.Equal(t, uint32(1), number)
	require.GreaterOrEqual(t, time.Since(began), 80*time.Millisecond)
}

// The same packets are lost as in a channel of the same seed.
func TestRelayIsItsChannel(t *testing.T) {
	const packets = 300
	link := impair.Link{Loss: 0.2, Duplicate: 0.1}
	channel, err := impair.NewChannel(link, 11)
	require.NoError(t, err)
	var want []uint32
	for i := range uint32(packets) {
		copies, _ := channel.Send(time.Unix(0, 0), 4)
		for range copies {
			want = append(want, i+1)
		}
	}
	e := newEnds(t, impair.Config{ToTarget: link, Seed: 11})
	var got []uint32
	for range packets { // one at a time: no socket buffer overflows
		e.send(e.near, e.relay.Addr())
		require.Eventually(t, func() bool {
			to, _ := e.relay.Stats()
			return to.Packets == uint64(e.numbersSent)
		}, patience, 50*time.Microsecond)
		for len(got) < len(want) && want[len(got)] == e.numbersSent {
			number, _ := e.receive(e.far)
			got = append(got, number)
		}
	}
	require.Equal(t, want, got)
	to, _ := e.relay.Stats()
	require.Equal(t, channel.Stats(), to)
}

func TestRelayDownAndUp(t *testing.T) {
	e := newEnds(t, impair.Config{})
	e.send(e.near, e.relay.Addr())
	number, _ := e.receive(e.far)
	require.Equal(t, uint32(1), number)
	require.NoError(t, e.relay.SetLinks(impair.Link{Down: true}, impair.Link{Down: true}))
	e.send(e.near, e.relay.Addr())
	require.Eventually(t, func() bool { to, _ := e.relay.Stats(); return to.Lost == 1 }, patience, time.Millisecond)
	require.NoError(t, e.relay.SetLinks(impair.Link{}, impair.Link{}))
	e.send(e.near, e.relay.Addr())
	number, _ = e.receive(e.far)
	require.Equal(t, uint32(3), number, "2 was lost")
	require.ErrorIs(t, e.relay.SetLinks(impair.Link{Loss: 2}, impair.Link{}), impair.ErrLink)
}

func TestRelayRefuses(t *testing.T) {
	_, err := impair.NewRelay(impair.Config{})
	require.ErrorContains(t, err, "no target")
	_, err = impair.NewRelay(impair.Config{Target: netip.MustParseAddrPort("127.0.0.1:9"), ToTarget: impair.Link{Rate: -1}})
	require.ErrorIs(t, err, impair.ErrLink)
	_, err = impair.NewRelay(impair.Config{
		Target: netip.MustParseAddrPort("127.0.0.1:9"), Listen: netip.MustParseAddrPort("192.0.2.1:0"),
	})
	require.ErrorContains(t, err, "near side")
}
