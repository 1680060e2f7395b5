// SPDX-License-Identifier: MPL-2.0

package mediapeer

import (
	"crypto"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/pion/dtls/v3/pkg/crypto/fingerprint"
	"github.com/pion/dtls/v3/pkg/crypto/selfsign"
	"golang.org/x/net/ipv4"
	"golang.org/x/sys/unix"

	"mod_janus/janusclient/janustest"
)

// Config says where the media is, and who echoes.
type Config struct {
	// Address of the media, IPv4; the zero value is 127.0.0.1.
	Address netip.Addr
	// Echo says which peers echo, by their number in order of their joins from 0 on;
	// the others talk. nil: none.
	Echo func(n int) bool
	// Options are further ones of the API.
	Options []janustest.Option
}

// Server is an API and its peers. Its methods are for any goroutine.
type Server struct {
	*janustest.Server

	cfg         Config
	cert        tls.Certificate
	fingerprint string // of cert, SHA-256
	socket      *net.UDPConn
	packets     *ipv4.PacketConn
	address     netip.AddrPort
	work        sync.WaitGroup
	done        chan struct{}

	mu     sync.RWMutex
	peers  []*peer // in order of their joins, those that are gone included
	byName map[string]*peer
	byAddr map[netip.AddrPort]*peer
	closed bool
}

// receiveBuffer is the socket's, in bytes: some 100 ms of 1000 peers.
const receiveBuffer = 4 << 20

// New starts a server. Close ends it.
func New(cfg Config) (*Server, error) {
	if !cfg.Address.IsValid() {
		cfg.Address = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	s := &Server{cfg: cfg, done: make(chan struct{}), byName: map[string]*peer{}, byAddr: map[netip.AddrPort]*peer{}}
	var err error
	if s.cert, err = selfsign.GenerateSelfSigned(); err != nil {
		return nil, err
	}
	sum, err := fingerprint.Fingerprint(s.cert.Leaf, crypto.SHA256)
	if err != nil {
		return nil, err
	}
	s.fingerprint = strings.ToUpper(sum)
	if s.socket, err = net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(cfg.Address, 0))); err != nil {
		return nil, err
	}
	if err := prepare(s.socket); err != nil {
		s.socket.Close()
		return nil, fmt.Errorf("media socket: %w", err)
	}
	s.packets = ipv4.NewPacketConn(s.socket)
	s.address = s.socket.LocalAddr().(*net.UDPAddr).AddrPort()
	options := append([]janustest.Option{janustest.WithStringIDs(), janustest.WithAutoWebRTCUp()}, cfg.Options...)
	s.Server = janustest.NewServer(options...)
	s.Answer = s.answer
	s.work.Go(s.receive)
	s.work.Go(s.send)
	return s, nil
}

// prepare sets a large queue, by force where we may, and timestamps.
func prepare(socket *net.UDPConn) error {
	raw, err := socket.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		if unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveBuffer) != nil {
			failed = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, receiveBuffer)
		}
		failed = errors.Join(failed, unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1))
	})
	return errors.Join(err, failed)
}

// Close ends API and peers. No goroutine is left when it returns.
func (s *Server) Close() {
	s.Server.Close()
	s.mu.Lock()
	s.closed = true
	peers := s.peers
	s.mu.Unlock()
	for _, p := range peers {
		p.close()
	}
	close(s.done)
	_ = s.socket.SetReadDeadline(time.Now())
	s.work.Wait()
	_ = s.socket.Close()
}

// add makes the next peer.
func (s *Server) add(o offer) (*peer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, net.ErrClosed
	}
	p := newPeer(s, len(s.peers), o)
	s.peers = append(s.peers, p)
	s.byName[p.ufrag] = p
	s.work.Go(p.connect)
	return p, nil
}

// drop forgets where a peer is; what it has counted stays.
func (s *Server) drop(p *peer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byName, p.ufrag)
	if remote := p.remote.Load(); remote != nil && s.byAddr[*remote] == p {
		delete(s.byAddr, *remote)
	}
}

// all returns the peers so far.
func (s *Server) all() []*peer {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.peers
}

// Up counts the peers whose media is up.
func (s *Server) Up() int {
	n := 0
	for _, p := range s.all() {
		if p.up() {
			n++
		}
	}
	return n
}

// Streams are what the peers whose media is up have heard since Reset.
func (s *Server) Streams() []Stream {
	var all []Stream
	for _, p := range s.all() {
		if p.up() {
			s := p.ear.stream()
			s.Quiet = p.ear.quiet()
			all = append(all, s)
		}
	}
	return all
}

// Reset starts all counts and times anew.
func (s *Server) Reset() {
	for _, p := range s.all() {
		p.ear.reset()
		p.sent.longest.Store(0)
	}
}
