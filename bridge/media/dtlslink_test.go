// SPDX-License-Identifier: MPL-2.0

package media

import (
	"context"
	"io"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/pion/dtls/v3"
	"github.com/stretchr/testify/require"
)

// securedLink is a leg's DTLS after the handshake, and its far end.
type securedLink struct {
	*dtlsLink
	far    *dtls.Conn
	sent   atomic.Int32 // packets to the far end
	silent chan struct{}
}

var farAddr = netip.MustParseAddrPort("192.0.2.1:5000")

func newSecuredLink(t *testing.T, server bool) *securedLink {
	t.Helper()
	s := &securedLink{silent: make(chan struct{}, 8)}
	l := &Leg{log: hclog.NewNullLogger()}
	l.ctx, l.cancel = context.WithCancel(t.Context())
	l.states = notifier{busy: &l.gathering, call: func(state State, _ error) {
		if state == StateSilent {
			s.silent <- struct{}{}
		}
	}}
	s.dtlsLink = newDTLSLink(l)
	l.dtls = s.dtlsLink
	s.restAfter = 20 * time.Millisecond
	farQueue := newPacketQueue(farAddr, func(b []byte, _ netip.AddrPort) (int, error) {
		s.put(b, farAddr)
		return len(b), nil
	})
	s.send = func(b []byte) (int, error) {
		s.sent.Add(1)
		farQueue.put(b, netip.AddrPort{})
		return len(b), nil
	}
	s.accept = func(from netip.AddrPort) bool { return from == farAddr }
	s.queue.accept = s.accept
	cert, err := newCertificate()
	require.NoError(t, err)
	options := []dtls.Option{dtls.WithCertificates(cert.tls), dtls.WithInsecureSkipVerify(true)}
	l.engine = &Engine{cert: cert}
	near, err := l.newDTLS(net.UDPAddrFromAddrPort(farAddr), server, options)
	require.NoError(t, err)
	if server {
		s.far, err = dtls.ClientWithOptions(farQueue, &net.UDPAddr{}, dtls.WithCertificates(cert.tls), dtls.WithInsecureSkipVerify(true))
	} else {
		s.far, err = dtls.ServerWithOptions(farQueue, &net.UDPAddr{}, dtls.WithCertificates(cert.tls), dtls.WithInsecureSkipVerify(true))
	}
	require.NoError(t, err)
	shaken := make(chan error, 1)
	go func() { shaken <- s.far.HandshakeContext(t.Context()) }()
	require.NoError(t, near.HandshakeContext(t.Context()))
	require.NoError(t, <-shaken)
	require.True(t, s.begin(near))
	l.work.Go(func() { s.watch(near) })
	t.Cleanup(func() {
		l.cancel()
		s.close()
		l.work.Wait()
		_ = s.far.Close()
		l.gathering.Wait()
	})
	return s
}

// rests says whether nothing is left of the connection but its keys.
func (s *securedLink) rests() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kept != nil && s.conn == nil && s.queue == nil
}

// layToRest waits until the connection rests, now that media comes.
func (s *securedLink) layToRest(t *testing.T) {
	t.Helper()
	s.leg.counts.packetsIn.Store(1)
	require.Eventually(t, s.rests, patience, time.Millisecond)
}

func bothRoles(t *testing.T, test func(*testing.T, bool)) {
	t.Helper()
	for name, server := range map[string]bool{"server": true, "client": false} {
		t.Run(name, func(t *testing.T) { test(t, server) })
	}
}

// A DTLS connection that rests has told the far end nothing, and bids it farewell all the same
// when the leg closes.
func TestDTLSRestsAndCloses(t *testing.T) {
	bothRoles(t, func(t *testing.T, server bool) {
		s := newSecuredLink(t, server)
		before := s.sent.Load()
		s.layToRest(t)
		require.Equal(t, before, s.sent.Load(), "nothing was sent")
		s.leg.cancel()
		s.close()
		require.Equal(t, before+1, s.sent.Load())
		_, err := s.far.Read(make([]byte, 100))
		require.ErrorIs(t, err, io.EOF, "the far end has understood the close_notify")
	})
}

// Where no media has come yet, the far end may still need the last flight again.
func TestDTLSWaitsForMedia(t *testing.T) {
	s := newSecuredLink(t, true)
	require.Never(t, s.rests, 5*s.restAfter, time.Millisecond)
	s.layToRest(t)
}

// The close_notify of the far end is understood by a connection that rests.
func TestDTLSRestsAndHearsTheEnd(t *testing.T) {
	bothRoles(t, func(t *testing.T, server bool) {
		s := newSecuredLink(t, server)
		s.layToRest(t)
		require.NoError(t, s.far.Close())
		select {
		case <-s.silent:
		case <-time.After(patience):
			require.Fail(t, "the end was not heard")
		}
	})
}

// What is no end, of the far end or forged, wakes the connection for a while.
func TestDTLSRestsAgain(t *testing.T) {
	bothRoles(t, func(t *testing.T, server bool) {
		s := newSecuredLink(t, server)
		s.layToRest(t)
		forged := []byte{alertRecord, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9, 0, 26, 23: 1, 38: 1}
		for name, disturb := range map[string]func(){
			"data":          func() { _, _ = s.far.Write([]byte("data")) },
			"forged alert":  func() { s.put(forged, farAddr) },
			"from nowhere":  func() { s.put(forged, netip.MustParseAddrPort("192.0.2.2:5000")) },
			"half a packet": func() { s.put(forged[:5], farAddr) },
		} {
			disturb()
			s.mu.Lock()
			resumed := s.queue != nil
			s.mu.Unlock()
			require.True(t, resumed || s.rests(), name)
			require.Eventually(t, s.rests, patience, time.Millisecond, name)
		}
		require.Empty(t, s.silent)
		s.leg.cancel()
		s.close()
		_, err := s.far.Read(make([]byte, 100))
		require.ErrorIs(t, err, io.EOF, "the far end has understood the close_notify")
	})
}
