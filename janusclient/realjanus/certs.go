// SPDX-License-Identifier: MPL-2.0

package realjanus

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Certs are the PEM files of a lab: an authority, and what it has signed for a
// server on this machine and for a client.
type Certs struct {
	CA, Server, ServerKey, Client, ClientKey string // paths
}

// NewCerts writes them to dir. The server's is for 127.0.0.1, localhost and the
// further addresses.
func NewCerts(dir string, addresses ...string) (*Certs, error) {
	path := func(name string) string { return filepath.Join(dir, name) }
	c := &Certs{path("ca.pem"), path("server.pem"), path("server.key"), path("client.pem"), path("client.key")}
	now := time.Now()
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mod_janus lab"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	if err := writeCert(c.CA, "", ca, ca, caKey, caKey); err != nil {
		return nil, err
	}
	ips := []net.IP{net.IPv4(127, 0, 0, 1)}
	for _, address := range addresses {
		ips = append(ips, net.ParseIP(address))
	}
	for serial, leaf := range []struct {
		file, key string
		usage     x509.ExtKeyUsage
	}{{c.Server, c.ServerKey, x509.ExtKeyUsageServerAuth}, {c.Client, c.ClientKey, x509.ExtKeyUsageClientAuth}} {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, err
		}
		template := &x509.Certificate{
			SerialNumber: big.NewInt(int64(serial) + 2), Subject: pkix.Name{CommonName: "localhost"},
			NotBefore: ca.NotBefore, NotAfter: ca.NotAfter, KeyUsage: x509.KeyUsageDigitalSignature,
			ExtKeyUsage: []x509.ExtKeyUsage{leaf.usage}, DNSNames: []string{"localhost"}, IPAddresses: ips,
		}
		if err := writeCert(leaf.file, leaf.key, template, ca, key, caKey); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// writeCert signs a certificate for key and writes it, and the key where a
// file is given.
func writeCert(file, keyFile string, template, parent *x509.Certificate, key, parentKey *ecdsa.PrivateKey) error {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, parentKey)
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil || keyFile == "" {
		return err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600)
}
