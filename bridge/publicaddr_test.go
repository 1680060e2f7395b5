// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/pion/stun/v4"
	"github.com/stretchr/testify/require"

	"mod_janus/bridge/config"
)

// silentSTUN takes requests, counts them, each once, and does not answer.
func silentSTUN(t *testing.T) (server string, asked func() int) {
	t.Helper()
	conn, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp4", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	var mu sync.Mutex
	seen := map[[stun.TransactionIDSize]byte]bool{}
	go func() {
		buf := make([]byte, 1500)
		for {
			n, _, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			request := &stun.Message{Raw: append([]byte(nil), buf[:n]...)}
			if request.Decode() == nil {
				mu.Lock()
				seen[request.TransactionID] = true
				mu.Unlock()
			}
		}
	}()
	return conn.LocalAddr().String(), func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(seen)
	}
}

// A STUN server that does not answer is asked once for all calls, which wait side
// by side; the failure is remembered, and whoever hangs up waits no more.
func TestSTUNThatDoesNotAnswer(t *testing.T) {
	l := newLab(t, "")
	server, asked := silentSTUN(t)
	rule, local := "stun:"+server, netip.MustParseAddr("127.0.0.1")
	began := time.Now()
	hung, hangUp := context.WithCancel(t.Context())
	gone := make(chan error)
	go func() {
		_, err := l.engine.public.find(hung, rule, local)
		gone <- err
	}()
	l.eventually("it is asked", func() bool { return asked() == 1 })
	var wg sync.WaitGroup
	errs := make([]error, 20)
	for i := range errs {
		wg.Go(func() { _, errs[i] = l.engine.public.find(t.Context(), rule, local) })
	}
	hangUp() // who has asked first
	require.ErrorIs(t, <-gone, context.Canceled)
	wg.Wait()
	require.Less(t, time.Since(began), 10*config.PublicAddrLimit, "the others wait side by side")
	for _, err := range errs {
		require.ErrorContains(t, err, "no answer within 3s")
	}
	for range 20 {
		_, err := l.engine.public.find(t.Context(), rule, local)
		require.ErrorContains(t, err, "no answer within 3s")
	}
	require.Equal(t, 1, asked())
}

// The address that was found last stays while nobody answers any more.
func TestLastGoodAddressStays(t *testing.T) {
	l := newLab(t, "")
	good, local := netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("127.0.0.1")
	var mu sync.Mutex
	answer, tries := good, 0
	before := resolve
	defer func() { resolve = before }()
	resolve = func(ctx context.Context, name string) ([]netip.Addr, error) {
		mu.Lock()
		defer mu.Unlock()
		tries++
		if !answer.IsValid() {
			return nil, errors.New("no such host")
		}
		return []netip.Addr{answer}, nil
	}
	set := func(addr netip.Addr) {
		mu.Lock()
		defer mu.Unlock()
		answer = addr
		l.engine.public.mu.Lock()
		defer l.engine.public.mu.Unlock()
		for _, a := range l.engine.public.known {
			a.until = time.Time{} // time to ask again
		}
	}
	find := func(want netip.Addr) {
		t.Helper()
		addr, err := l.engine.public.find(t.Context(), "host:sbc.example.org", local)
		require.NoError(t, err)
		require.Equal(t, want, addr)
	}
	find(good)
	find(good)
	set(netip.Addr{})
	find(good)
	find(good)
	require.Equal(t, 2, tries, "a failure is remembered")
	l.host.Wait(t, "it is told", func() bool {
		return l.host.Logged("4 ", "host:sbc.example.org: no such host; the address from before, 192.0.2.7, stays")
	})
	set(netip.MustParseAddr("192.0.2.8"))
	find(netip.MustParseAddr("192.0.2.8"))
}
