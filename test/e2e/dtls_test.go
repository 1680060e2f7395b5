// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient/realjanus"
	"mod_janus/test/impair"
	"mod_janus/test/lab"
)

// bigCertificate is one with an RSA key of 4096 bits, in files.
func bigCertificate(t *testing.T, dir string) (cert, key string) {
	t.Helper()
	secret, err := rsa.GenerateKey(rand.Reader, 4096)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "janus"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &secret.PublicKey, secret)
	require.NoError(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(secret)
	require.NoError(t, err)
	cert, key = filepath.Join(dir, "dtls.pem"), filepath.Join(dir, "dtls.key")
	require.NoError(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), 0o600))
	return cert, key
}

// A handshake of many small fragments, of which each tenth is lost, comes to its end,
// call after call.
func TestDTLSInFragments(t *testing.T) {
	dir := t.TempDir()
	cert, key := bigCertificate(t, dir)
	j, err := realjanus.Start(dir, realjanus.Config{Cert: cert, Key: key, Media: "dtls_mtu = 400"})
	require.NoError(t, err)
	t.Cleanup(func() { j.Kill() })
	network, err := lab.NewBadNetwork(j.HTTP, 11)
	require.NoError(t, err)
	t.Cleanup(func() { _ = network.Close() })
	s, err := startSwitch(t.TempDir(), lab.JanusConf(network.URL, ""))
	require.NoError(t, err)
	t.Cleanup(s.Stop)
	lossy := impair.Link{Loss: 0.1}
	network.Begin(lossy, lossy)
	for i := range 10 {
		began := time.Now()
		uuid := originate(t, s, "%sjanus/demo/x@1234 &park", existing)
		require.NoError(t, network.Flows(i+1), "%s", tail(s.Log(), 20))
		t.Logf("media flows after %s", time.Since(began).Round(time.Millisecond))
		hangup(t, s, uuid)
	}
}
