// SPDX-License-Identifier: MPL-2.0

package media

import (
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// stallingRelay forwards TCP to a TURN server until it stalls:
// then it reads nothing more of what its clients send.
type stallingRelay struct {
	addr    string
	stalled chan struct{}
	stall   func()
}

func newStallingRelay(t *testing.T, server string) *stallingRelay {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	r := &stallingRelay{addr: listener.Addr().String(), stalled: make(chan struct{})}
	r.stall = sync.OnceFunc(func() { close(r.stalled) })
	var work sync.WaitGroup
	work.Go(func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			_ = near.(*net.TCPConn).SetReadBuffer(4 << 10)
			far, err := new(net.Dialer).Dial("tcp4", server)
			if err != nil {
				_ = near.Close()
				return
			}
			t.Cleanup(func() { _, _ = near.Close(), far.Close() })
			work.Go(func() { _, _ = io.Copy(near, far) })
			work.Go(func() { r.forward(far, near) })
		}
	})
	t.Cleanup(func() {
		r.stall()
		_ = listener.Close()
	})
	return r
}

func (r *stallingRelay) forward(to io.Writer, from io.Reader) {
	buf := make([]byte, 4<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		select {
		case <-r.stalled:
			return
		default:
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

// A TURN server that takes nothing more over TCP holds up its own leg alone,
// and that one can be closed.
func TestRelayStalls(t *testing.T) {
	relay := newStallingRelay(t, turnServer(t))
	server := ICEServer{URL: "turn:" + relay.addr + "?transport=tcp", Username: "caller", Password: "geheim"}
	p := newPair(t, pairOptions{config: func(c *LegConfig) { c.ICEServers, c.relayOnly = []ICEServer{server}, true }})
	require.NoError(t, p.wait(StateUp))
	require.NotNil(t, p.leg.current.Load().relay.Load())

	// another leg of the same loop, on a direct path
	other := &pair{t: t, engine: p.engine, rings: NewRings(), heard: p.heard}
	var err error
	other.leg, err = p.engine.NewLeg(t.Context(), LegConfig{
		Rings: other.rings, Codecs: []Codec{Opus}, LocalAddrs: []netip.Addr{loopback}, OnState: other.onState,
	})
	require.NoError(t, err)
	other.connect(pairOptions{})
	require.NoError(t, other.wait(StateUp))
	require.Same(t, p.leg.loop, other.leg.loop)

	relay.stall()
	for range 400 { // far more than kernels keep
		p.leg.current.Load().relay.Load().send([]byte(strings.Repeat("x", 1000)))
		time.Sleep(time.Millisecond)
	}
	worst, last := time.Duration(0), other.leg.Stats().PacketsOut
	for began, told := time.Now(), time.Now(); time.Since(began) < 3*time.Second; time.Sleep(tick) {
		p.leg.current.Load().relay.Load().send([]byte(strings.Repeat("x", 1000)))
		other.say(0, "still here")
		if out := other.leg.Stats().PacketsOut; out != last {
			last, told = out, time.Now()
		}
		worst = max(worst, time.Since(told))
	}
	require.Less(t, worst, time.Second, "the other leg stood still")

	began := time.Now()
	require.NoError(t, p.leg.Close())
	require.Less(t, time.Since(began), 5*time.Second)
}
