// SPDX-License-Identifier: MPL-2.0

package media

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	_ "crypto/sha256" // fingerprints
	_ "crypto/sha512" // fingerprints
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/pion/dtls/v3/pkg/crypto/fingerprint"
)

// certificate is the engine's, one per module load: making one costs more than the rest of a call's
// set-up, and calls to the same Janus need no secrets from each other.
type certificate struct {
	tls         tls.Certificate
	fingerprint string // "sha-256 AB:CD:…", as in a=fingerprint
}

// newCertificate makes a self-signed ECDSA P-256 certificate. What vouches for it is the
// fingerprint in SDP (RFC 8122), so names and dates mean nothing;
// the dates are wide because clocks differ.
func newCertificate() (*certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("certificate key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, fmt.Errorf("certificate serial: %w", err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "mod_janus"},
		NotBefore:    now.AddDate(0, 0, -1),
		NotAfter:     now.AddDate(10, 0, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	sum, err := fingerprint.Fingerprint(leaf, crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("certificate fingerprint: %w", err)
	}
	return &certificate{
		tls:         tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf},
		fingerprint: "sha-256 " + strings.ToUpper(sum),
	}, nil
}

// peerFingerprint is one a=fingerprint of the answer that we are able to check.
type peerFingerprint struct {
	hash crypto.Hash
	sum  string // upper case, with colons
}

// parseFingerprint reads the value of an a=fingerprint line,
// and says false for hashes that are not known here.
func parseFingerprint(value string) (peerFingerprint, bool) {
	name, sum, ok := strings.Cut(strings.TrimSpace(value), " ")
	if !ok {
		return peerFingerprint{}, false
	}
	hash, err := fingerprint.HashFromString(strings.ToLower(name))
	if err != nil || !hash.Available() {
		return peerFingerprint{}, false
	}
	sum = strings.ToUpper(strings.TrimSpace(sum))
	if len(sum) != hash.Size()*3-1 {
		return peerFingerprint{}, false
	}
	return peerFingerprint{hash: hash, sum: sum}, true
}

// verifyPeer accepts a certificate that one of the fingerprints belongs to (RFC 8122 5).
func verifyPeer(raw [][]byte, fingerprints []peerFingerprint) error {
	if len(raw) == 0 {
		return fmt.Errorf("%w: no certificate", ErrFingerprint)
	}
	leaf, err := x509.ParseCertificate(raw[0])
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFingerprint, err)
	}
	for _, want := range fingerprints {
		if sum, err := fingerprint.Fingerprint(leaf, want.hash); err == nil && strings.EqualFold(sum, want.sum) {
			return nil
		}
	}
	return ErrFingerprint
}
