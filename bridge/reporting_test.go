// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/stretchr/testify/require"

	"mod_janus/bridge/background"
	"mod_janus/bridge/hep"
	"mod_janus/bridge/host/hosttest"
	"mod_janus/bridge/media"
)

// A reload takes another capture server into use, or none, also for calls in progress.
func TestReportsFollowAReload(t *testing.T) {
	to := hosttest.New("")
	ctx, cancel := context.WithCancel(t.Context())
	r := reporting{ctx: ctx, host: to, work: background.NewGroup(to)}
	defer r.work.Wait()
	defer cancel()
	report := media.RTCP{
		At: time.Now(), From: netip.MustParseAddrPort("127.0.0.1:1"), To: netip.MustParseAddrPort("127.0.0.1:2"), Packet: &rtcp.ReceiverReport{},
	}
	r.report("nowhere", report)
	var servers []net.PacketConn
	for range 2 {
		conn, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
		require.NoError(t, err)
		defer conn.Close()
		servers = append(servers, conn)
	}
	next := func(conn net.PacketConn) string {
		require.NoError(t, conn.SetReadDeadline(time.Now().Add(hosttest.Patience)))
		buf := make([]byte, 2000)
		n, _, err := conn.ReadFrom(buf)
		require.NoError(t, err)
		return string(buf[:n])
	}
	for i, callID := range []string{"first", "second"} {
		cfg := hep.Config{Server: servers[i].LocalAddr().String()}
		r.use(cfg)
		present := r.current.Load()
		r.use(cfg)
		require.Same(t, present, r.current.Load(), "nothing has changed")
		r.report(callID, report)
		require.Contains(t, next(servers[i]), callID)
	}
	r.use(hep.Config{})
	require.Nil(t, r.current.Load())
	r.report("nowhere", report)
	r.use(hep.Config{Server: servers[0].LocalAddr().String()})
	r.report("third", report)
	require.Contains(t, next(servers[0]), "third", "nothing came in between")
	r.use(hep.Config{Server: "nowhere.invalid:9060", Password: "s3cret"})
	r.report("nobody", report)
	to.Wait(t, "a warning", func() bool { return to.Logged("4 ", "HEP: nowhere.invalid:9060: ") })
	require.NotContains(t, strings.Join(to.Lines, "\n"), "s3cret")
}
