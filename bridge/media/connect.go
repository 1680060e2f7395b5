// SPDX-License-Identifier: MPL-2.0

package media

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/srtp/v3"
)

// flightInterval is when a DTLS flight is sent again; on a network where it
// was lost, 100 ms instead of the 1 s of RFC 6347 4.2.4.1 are soon made up for.
const flightInterval = 100 * time.Millisecond

// connect brings the leg up: ICE, DTLS, keys; then the media loop takes over.
func (l *Leg) connect(r *route) {
	defer l.work.Done()
	defer l.rescue(nil)
	ctx, cancel := context.WithTimeout(l.ctx, l.cfg.ICETimeout)
	defer cancel()
	err := l.establish(ctx, r)
	if err == nil || l.ctx.Err() != nil {
		return
	}
	if ctx.Err() != nil {
		err = fmt.Errorf("%w (%s): %w", ErrTimeout, l.cfg.ICETimeout, err)
	}
	l.states.tell(StateFailed, err)
}

func (l *Leg) establish(ctx context.Context, r *route) error {
	began := time.Now()
	if err := r.connect(ctx); err != nil {
		return fmt.Errorf("ICE: %w", err)
	}
	connected := time.Now()
	l.timings.ice.Store(int64(connected.Sub(began)))
	conn, err := l.handshake(ctx, r)
	if err != nil {
		if errors.Is(err, ErrFingerprint) {
			return ErrFingerprint
		}
		return fmt.Errorf("%w: %w", ErrDTLS, err)
	}
	protect, unprotect, err := srtpContexts(conn, r.remote.active)
	if err != nil {
		_ = conn.Close()
		return err
	}
	p, err := r.take()
	if err != nil {
		_ = conn.Close()
		return err
	}
	l.timings.dtls.Store(int64(time.Since(connected)))
	l.takeOver(conn, newStream(l, r.remote.codec, p, protect, unprotect))
	return nil
}

// takeOver gives the leg to a media loop, unless it was closed meanwhile.
func (l *Leg) takeOver(conn *dtls.Conn, st *stream) {
	l.serving.Lock()
	l.stream = st
	l.serving.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || !l.dtls.begin(conn) {
		_ = conn.Close()
		return
	}
	l.up = true
	l.loop = l.engine.assign(l)
	l.states.tell(StateUp, nil)
	l.work.Add(1)
	go func() {
		defer l.work.Done()
		defer l.rescue(nil)
		l.dtls.watch(conn)
	}()
}

// handshake runs DTLS (RFC 5763) in the role that the answer leaves to us and
// checks the peer's certificate against the fingerprints of its SDP.
func (l *Leg) handshake(ctx context.Context, r *route) (*dtls.Conn, error) {
	shared := []dtls.Option{
		dtls.WithCertificates(l.engine.cert.tls),
		dtls.WithSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80),
		dtls.WithExtendedMasterSecret(dtls.RequestExtendedMasterSecret),
		dtls.WithInsecureSkipVerify(true), // self-signed; the fingerprint is what counts
		dtls.WithVerifyPeerCertificate(func(raw [][]byte, _ [][]*x509.Certificate) error {
			return verifyPeer(raw, r.remote.fingerprints)
		}),
		dtls.WithFlightInterval(flightInterval),
		dtls.WithLoggerFactory(pionLogs{l.log}),
	}
	conn, err := l.newDTLS(net.UDPAddrFromAddrPort(*r.peer.Load()), r.remote.active, shared)
	if err != nil {
		return nil, err
	}
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

func (l *Leg) newDTLS(remote net.Addr, server bool, shared []dtls.Option) (*dtls.Conn, error) {
	if server { // the peer is the client
		options := []dtls.ServerOption{dtls.WithClientAuth(dtls.RequireAnyClientCert)}
		for _, option := range shared {
			options = append(options, option)
		}
		return dtls.ServerWithOptions(l.dtls.queue, remote, options...)
	}
	var options []dtls.ClientOption
	for _, option := range shared {
		options = append(options, option)
	}
	return dtls.ClientWithOptions(l.dtls.queue, remote, options...)
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
