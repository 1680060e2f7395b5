// SPDX-License-Identifier: MPL-2.0

package mediapeer

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
	"github.com/pion/transport/v5/packetio"
)

// silence is how long a peer may hear nothing at all before it is gone.
const silence = 10 * time.Second

// peer is the far end of one call.
type peer struct {
	server     *Server
	number     int
	offer      offer
	echo       bool
	ufrag, pwd string
	tieBreaker uint64
	payload    uint8
	ctx        context.Context // ends with the peer
	close      context.CancelFunc
	remote     atomic.Pointer[netip.AddrPort] // nil until it has checked
	checked    chan struct{}                  // has a value after a check
	heardAt    atomic.Int64                   // when anything came last, in Unix nanoseconds
	dtls       *packetio.Buffer
	in         *srtp.Context // the reader's, once ready is closed
	ready      chan struct{} // closed when there are keys

	mu        sync.Mutex
	out       *srtp.Context
	header    rtp.Header
	encrypted []byte

	sent sentTimes
	ear  ear
}

func newPeer(s *Server, number int, o offer) *peer {
	p := &peer{
		server: s, number: number, offer: o, echo: s.cfg.Echo != nil && s.cfg.Echo(number),
		ufrag: rand.Text()[:8], pwd: rand.Text(), tieBreaker: mathrand.Uint64(), // #nosec G404 -- no secret
		checked: make(chan struct{}, 1), dtls: packetio.NewBuffer(), ready: make(chan struct{}),
	}
	if payload, err := strconv.ParseUint(o.payload, 10, 7); err == nil {
		p.payload = uint8(payload)
	}
	p.header = rtp.Header{Version: 2, PayloadType: p.payload, SSRC: mathrand.Uint32()} // #nosec G404 -- no secret
	p.ctx, p.close = context.WithCancel(context.Background())
	p.ear.server, p.ear.number = s, number
	p.alive()
	return p
}

func (p *peer) alive() { p.heardAt.Store(time.Now().UnixNano()) }

// up says whether there are keys, and the peer is not gone.
func (p *peer) up() bool {
	select {
	case <-p.ready:
		return p.ctx.Err() == nil
	default:
		return false
	}
}

// connect is the peer's life: checks, DTLS, and checks again until it is gone.
func (p *peer) connect() {
	defer p.server.drop(p)
	defer p.dtls.Close()
	defer p.close()
	first := time.NewTicker(firstChecks)
	defer first.Stop()
	for p.remote.Load() == nil {
		p.check()
		select {
		case <-first.C:
		case <-p.checked:
		case <-p.ctx.Done():
			return
		}
		if p.lost() {
			return
		}
	}
	p.check() // some want one from the address that is now known
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer p.close()
		if conn, err := p.handshake(); err == nil {
			_, _ = conn.Read(make([]byte, 1500)) // until close_notify, or dtls is closed
			_ = conn.Close()
		}
	}()
	defer func() {
		p.dtls.Close()
		<-ended
	}()
	next := firstChecks
	for {
		select {
		case <-time.After(next):
		case <-p.ctx.Done():
			return
		}
		if p.lost() {
			return
		}
		if p.up() {
			next = laterChecks
		}
		p.check()
	}
}

func (p *peer) lost() bool { return time.Now().UnixNano()-p.heardAt.Load() > int64(silence) }

var errNoProfile = errors.New("no SRTP profile")

// handshake runs DTLS and makes the keys. It trusts whom it meets.
func (p *peer) handshake() (*dtls.Conn, error) {
	conn, err := p.dial()
	if err != nil {
		return nil, err
	}
	if err := conn.HandshakeContext(p.ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	if err := p.keys(conn); err != nil {
		_ = conn.Close()
		return nil, err
	}
	close(p.ready)
	return conn, nil
}

func (p *peer) dial() (*dtls.Conn, error) {
	profiles := dtls.WithSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80)
	wire := &wire{Buffer: p.dtls, peer: p}
	remote := net.UDPAddrFromAddrPort(*p.remote.Load())
	if p.offer.active {
		return dtls.ServerWithOptions(wire, remote, profiles, dtls.WithCertificates(p.server.cert),
			dtls.WithClientAuth(dtls.RequireAnyClientCert), dtls.WithInsecureSkipVerify(true), dtls.WithFlightInterval(100*time.Millisecond))
	}
	return dtls.ClientWithOptions(wire, remote, profiles, dtls.WithCertificates(p.server.cert),
		dtls.WithInsecureSkipVerify(true), dtls.WithFlightInterval(100*time.Millisecond))
}

func (p *peer) keys(conn *dtls.Conn) error {
	profile, ok := conn.SelectedSRTPProtectionProfile()
	state, known := conn.ConnectionState()
	if !ok || !known {
		return errNoProfile
	}
	cfg := srtp.Config{Profile: srtp.ProtectionProfile(profile)}
	if err := cfg.ExtractSessionKeysFromDTLS(&state, !p.offer.active); err != nil {
		return fmt.Errorf("SRTP keys: %w", err)
	}
	var err error
	if p.out, err = srtp.CreateContext(cfg.Keys.LocalMasterKey, cfg.Keys.LocalMasterSalt, cfg.Profile); err != nil {
		return err
	}
	p.in, err = srtp.CreateContext(cfg.Keys.RemoteMasterKey, cfg.Keys.RemoteMasterSalt, cfg.Profile)
	return err
}

// wire is a peer's share of the socket, for pion/dtls.
type wire struct {
	*packetio.Buffer
	peer *peer
}

// ReadFrom takes the next packet of DTLS.
func (w *wire) ReadFrom(b []byte) (int, net.Addr, error) {
	n, _, err := w.Read(b, nil)
	return n, net.UDPAddrFromAddrPort(*w.peer.remote.Load()), err
}

// WriteTo sends one to where the peer is by now.
func (w *wire) WriteTo(b []byte, _ net.Addr) (int, error) {
	return w.peer.server.socket.WriteToUDPAddrPort(b, *w.peer.remote.Load())
}

// LocalAddr is that of the socket.
func (w *wire) LocalAddr() net.Addr { return w.peer.server.socket.LocalAddr() }

// SetDeadline is for reads: sends do not block.
func (w *wire) SetDeadline(t time.Time) error { return w.SetReadDeadline(t) }

// SetWriteDeadline is not needed.
func (w *wire) SetWriteDeadline(time.Time) error { return nil }
