// SPDX-License-Identifier: MPL-2.0

package web

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/config"
)

// issue makes a certificate that has signed itself, and its key, and writes them to files.
func issue(t *testing.T, name string) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	of := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, of, of, &private.PublicKey, private)
	require.NoError(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	text := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	return file(t, "cert.pem", text("CERTIFICATE", der)), file(t, "key.pem", text("PRIVATE KEY", secret))
}

// httpsClient is a browser that trusts one certificate, and shows another one if there is one.
func httpsClient(t *testing.T, trusted string, own ...tls.Certificate) *http.Client {
	t.Helper()
	pool := x509.NewCertPool()
	text, err := os.ReadFile(trusted) // #nosec G304 -- a file of the test
	require.NoError(t, err)
	require.True(t, pool.AppendCertsFromPEM(text))
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, Certificates: own, MinVersion: tls.VersionTLS12}, DisableKeepAlives: true}
	return &http.Client{Transport: transport}
}

func TestHTTPS(t *testing.T) {
	l := newLab(t)
	cert, key := issue(t, "first")
	l.Use(config.HTTP{Listen: "127.0.0.1:0", TLSCert: cert, TLSKey: key})
	get := func(trusted string) (string, error) {
		resp, err := httpsClient(t, trusted).Get("https://" + l.Addr() + "/healthz") //nolint:noctx // a test's
		if err != nil {
			return "", err
		}
		return resp.TLS.PeerCertificates[0].Subject.CommonName, resp.Body.Close()
	}
	name, err := get(cert)
	require.NoError(t, err)
	require.Equal(t, "first", name)
	// files that are renewed count at once, and broken ones do not
	renewedCert, renewedKey := issue(t, "second")
	require.NoError(t, os.Rename(renewedCert, cert))
	_, err = get(cert)
	require.Error(t, err, "the key is not that of the certificate")
	require.True(t, l.logged("4 ", "the certificate from before is shown"))
	require.NoError(t, os.Rename(renewedKey, key))
	name, err = get(cert)
	require.NoError(t, err)
	require.Equal(t, "second", name)
}

func TestClientCertificates(t *testing.T) {
	l := newLab(t)
	cert, key := issue(t, "server")
	ownCert, ownKey := issue(t, "anna")
	l.Use(config.HTTP{Listen: "0.0.0.0:0", TLSCert: cert, TLSKey: key, ClientCA: ownCert})
	_, port, err := net.SplitHostPort(l.Addr())
	require.NoError(t, err)
	url := "https://127.0.0.1:" + port + "/seen"
	resp, err := httpsClient(t, cert).Get(url) //nolint:noctx,bodyclose // there is none
	require.Error(t, err, "%v", resp)
	own, err := tls.LoadX509KeyPair(ownCert, ownKey)
	require.NoError(t, err)
	resp, err = httpsClient(t, cert, own).Get(url) //nolint:noctx // a test's
	require.NoError(t, err)
	body := make([]byte, 10)
	n, _ := resp.Body.Read(body)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, "anna", string(body[:n]))
}

func TestWrongTLS(t *testing.T) {
	l := newLab(t)
	cert, key := issue(t, "server")
	for want, cfg := range map[string]config.HTTP{
		"http-tls-cert needs http-tls-key":                       {TLSCert: cert},
		"http-tls-key and http-tls-client-ca need http-tls-cert": {TLSKey: key},
		"http-tls-cert and http-tls-key: open /nonexistent":      {TLSCert: "/nonexistent", TLSKey: key},
		"http-tls-client-ca: there is no certificate in " + key:  {TLSCert: cert, TLSKey: key, ClientCA: key},
		"http-tls-client-ca: open /nonexistent: no such file":    {TLSCert: cert, TLSKey: key, ClientCA: "/nonexistent"},
	} {
		cfg.Listen = "127.0.0.1:0"
		l.Use(local)
		l.Use(cfg)
		require.Empty(t, l.Addr())
		require.True(t, l.logged("3 ", want), "%q", l.host.Lines)
	}
}
