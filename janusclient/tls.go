// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
)

// TLSOptions says how https and wss are secured. The zero value is right for
// most: the system's CAs, the server's name verified.
type TLSOptions struct {
	SkipVerify bool   // take any certificate: whoever answers is taken for Janus
	CAFile     string // PEM: these CAs instead of the system's
	CertFile   string // PEM: the client's certificate, with its chain; KeyFile goes with it
	KeyFile    string // PEM: its private key
}

// TLSConfig reads the files and returns a configuration for Config.TLSConfig,
// TLS 1.2 at least (RFC 9325 3.1.1). An error names the file.
func TLSConfig(options TLSOptions) (*tls.Config, error) {
	cfg := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: options.SkipVerify, // #nosec G402 -- the operator's explicit choice
	}
	if options.CAFile != "" {
		pem, err := os.ReadFile(options.CAFile)
		if err != nil {
			return nil, fmt.Errorf("the CA file cannot be read: %w", err)
		}
		cfg.RootCAs = x509.NewCertPool()
		if !cfg.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("the CA file %s holds no certificate in PEM", options.CAFile)
		}
	}
	if options.CertFile == "" && options.KeyFile == "" {
		return cfg, nil
	}
	if options.CertFile == "" || options.KeyFile == "" {
		return nil, errors.New("a client certificate needs both the certificate's file and the key's")
	}
	pair, err := tls.LoadX509KeyPair(options.CertFile, options.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("the client certificate %s with key %s cannot be used: %w", options.CertFile, options.KeyFile, err)
	}
	cfg.Certificates = []tls.Certificate{pair}
	return cfg, nil
}
