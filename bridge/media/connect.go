// SPDX-License-Identifier: MPL-2.0

package media

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/ice/v4"
	"github.com/pion/srtp/v3"
)

// flightInterval is when a DTLS flight is sent again; on a network where it
// was lost, 100 ms instead of the 1 s of RFC 6347 4.2.4.1 are soon made up for.
const flightInterval = 100 * time.Millisecond

// connect brings the leg up: ICE, DTLS, keys; then the media loop takes over.
func (l *Leg) connect() {
	defer l.work.Done()
	ctx, cancel := context.WithTimeout(l.ctx, l.cfg.ICETimeout)
	defer cancel()
	err := l.establish(ctx)
	if err == nil || l.ctx.Err() != nil {
		return
	}
	if ctx.Err() != nil {
		err = fmt.Errorf("%w (%s): %w", ErrTimeout, l.cfg.ICETimeout, err)
	}
	l.states.tell(StateFailed, err)
}

func (l *Leg) establish(ctx context.Context) error {
	direct, remote, err := l.connectICE(ctx)
	if err != nil {
		return fmt.Errorf("ICE: %w", err)
	}
	conn, err := l.handshake(ctx, remote)
	if err != nil {
		if errors.Is(err, ErrFingerprint) {
			return ErrFingerprint
		}
		return fmt.Errorf("%w: %w", ErrDTLS, err)
	}
	protect, unprotect, err := srtpContexts(conn, l.remote.active)
	if err != nil {
		_ = conn.Close()
		return err
	}
	l.peer.Store(&remote)
	if direct == nil {
		l.takeOver(conn, newStream(l, l.relay.Load(), protect, unprotect))
		return nil
	}
	if err := direct.connect(remote); err != nil {
		_ = conn.Close()
		return fmt.Errorf("%w: %w", errConnectionBroken, err)
	}
	direct.stopReader()
	direct.pacer.stop()
	l.takeOver(conn, newStream(l, direct, protect, unprotect))
	return nil
}

// takeOver gives the leg to a media loop, unless it was closed meanwhile.
func (l *Leg) takeOver(conn *dtls.Conn, st *stream) {
	l.serving.Lock()
	l.stream = st
	l.serving.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		_ = conn.Close()
		return
	}
	l.conn, l.up = conn, true
	l.loop = l.engine.assign(l)
	l.states.tell(StateUp, nil)
	l.work.Add(1)
	go l.watchDTLS(conn)
}

// watchDTLS waits for the peer's close_notify. It ends no call: Janus also says
// by its API why it hangs up, and that is the better reason.
func (l *Leg) watchDTLS(conn *dtls.Conn) {
	defer l.work.Done()
	buf := make([]byte, receiveMTU)
	for {
		if _, err := conn.Read(buf); err != nil {
			if l.ctx.Err() == nil {
				l.log.Debug("DTLS has ended", "error", err)
				l.states.tell(StateSilent, nil)
			}
			return
		}
	}
}

// connectICE returns the socket and the remote address of the selected pair;
// no socket where the pair is not one of ours: a relay.
func (l *Leg) connectICE(ctx context.Context) (*socket, netip.AddrPort, error) {
	conn, err := l.agent.Dial(ctx, l.remote.ufrag, l.remote.pwd)
	if err != nil {
		return nil, netip.AddrPort{}, err
	}
	pair, err := l.agent.GetSelectedCandidatePair()
	if err != nil || pair == nil {
		return nil, netip.AddrPort{}, fmt.Errorf("%w: no candidate pair", ErrICEFailed)
	}
	remote, err := addrOf(pair.Remote)
	if err != nil {
		return nil, netip.AddrPort{}, err
	}
	if pair.Local.Type() != ice.CandidateTypeHost {
		relay := newRelayPath(conn, remote, l.dtls)
		l.relay.Store(relay)
		l.work.Go(relay.read)
		l.log.Debug("media goes through a relay", "local", pair.Local.String())
		return nil, remote, nil
	}
	local, err := addrOf(pair.Local)
	if err != nil {
		return nil, netip.AddrPort{}, err
	}
	for _, s := range l.sockets {
		if s.local == local {
			return s, remote, nil
		}
	}
	return l.sockets[0], remote, nil
}

// remoteAddr is the address of the selected pair, for packets of a connected socket.
func (l *Leg) remoteAddr() netip.AddrPort { return *l.peer.Load() }

func addrOf(c ice.Candidate) (netip.AddrPort, error) {
	addr, err := netip.ParseAddr(c.Address())
	return netip.AddrPortFrom(addr.Unmap(), uint16(c.Port())), err // #nosec G115 -- a port
}

// writeDTLS sends a DTLS packet from the socket that can reach its address.
func (l *Leg) writeDTLS(b []byte, to netip.AddrPort) (int, error) {
	if relay := l.relay.Load(); relay != nil {
		return relay.conn.Write(b)
	}
	for _, s := range l.sockets {
		if s.local.Addr().Is4() == to.Addr().Unmap().Is4() {
			return s.writeTo(b, to)
		}
	}
	return 0, net.ErrClosed
}

// handshake runs DTLS (RFC 5763) in the role that the answer leaves to us and
// checks the peer's certificate against the fingerprints of its SDP.
func (l *Leg) handshake(ctx context.Context, remote netip.AddrPort) (*dtls.Conn, error) {
	l.dtls.accept = func(from netip.AddrPort) bool { return from == remote }
	shared := []dtls.Option{
		dtls.WithCertificates(l.engine.cert.tls),
		dtls.WithSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80),
		dtls.WithExtendedMasterSecret(dtls.RequestExtendedMasterSecret),
		dtls.WithInsecureSkipVerify(true), // self-signed; the fingerprint is what counts
		dtls.WithVerifyPeerCertificate(func(raw [][]byte, _ [][]*x509.Certificate) error {
			return verifyPeer(raw, l.remote.fingerprints)
		}),
		dtls.WithFlightInterval(flightInterval),
		dtls.WithLoggerFactory(pionLogs{l.log}),
	}
	conn, err := l.newDTLS(net.UDPAddrFromAddrPort(remote), shared)
	if err != nil {
		return nil, err
	}
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

func (l *Leg) newDTLS(remote net.Addr, shared []dtls.Option) (*dtls.Conn, error) {
	if l.remote.active { // the peer is the client
		options := []dtls.ServerOption{dtls.WithClientAuth(dtls.RequireAnyClientCert)}
		for _, option := range shared {
			options = append(options, option)
		}
		return dtls.ServerWithOptions(l.dtls, remote, options...)
	}
	var options []dtls.ClientOption
	for _, option := range shared {
		options = append(options, option)
	}
	return dtls.ClientWithOptions(l.dtls, remote, options...)
}

// srtpContexts derives the keys (RFC 5764 4.2).
func srtpContexts(conn *dtls.Conn, server bool) (protect, unprotect *srtp.Context, err error) {
	profile, ok := conn.SelectedSRTPProtectionProfile()
	if !ok {
		return nil, nil, ErrNoSRTPProfile
	}
	state, ok := conn.ConnectionState()
	if !ok {
		return nil, nil, fmt.Errorf("%w: no keys", ErrDTLS)
	}
	cfg := srtp.Config{Profile: srtp.ProtectionProfile(profile)}
	if err := cfg.ExtractSessionKeysFromDTLS(&state, !server); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrDTLS, err)
	}
	protect, err = srtp.CreateContext(cfg.Keys.LocalMasterKey, cfg.Keys.LocalMasterSalt, cfg.Profile)
	if err != nil {
		return nil, nil, fmt.Errorf("SRTP: %w", err)
	}
	unprotect, err = srtp.CreateContext(cfg.Keys.RemoteMasterKey, cfg.Keys.RemoteMasterSalt, cfg.Profile,
		srtp.SRTPReplayProtection(128), srtp.SRTCPReplayProtection(64))
	if err != nil {
		return nil, nil, fmt.Errorf("SRTP: %w", err)
	}
	return protect, unprotect, nil
}
