// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
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

// secured has a transport read how its connections are secured whenever it makes
// one: certificates on disk are renewed while a program runs. Where that fails,
// in the middle of a renewal say, what was read before is used.
func secured(t *http.Transport, cfg Config) {
	var mu sync.Mutex
	latest := cfg.TLSConfig
	current := func() (*tls.Config, error) {
		if cfg.TLSFunc == nil {
			return latest, nil
		}
		mu.Lock()
		defer mu.Unlock()
		fresh, err := cfg.TLSFunc()
		switch {
		case err == nil:
			latest = fresh
		case latest == nil:
			return nil, err
		default:
			cfg.Logger.Warn("the certificates from before are used", "error", err)
		}
		return latest, nil
	}
	dial := t.DialContext
	t.DialTLSContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, cfg.CmdTimeout)
		defer cancel()
		config, err := current()
		if err != nil {
			return nil, err
		}
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		client := tls.Client(conn, clientTLS(config, addr))
		if err := client.HandshakeContext(ctx); err != nil {
			_ = conn.Close()
			return nil, err
		}
		return client, nil
	}
}

// clientTLS is what net/http would make of a configuration for an address.
func clientTLS(config *tls.Config, addr string) *tls.Config {
	own := &tls.Config{MinVersion: tls.VersionTLS12}
	if config != nil {
		own = config.Clone()
	}
	if own.ServerName == "" {
		if host, _, err := net.SplitHostPort(addr); err == nil {
			own.ServerName = host
		}
	}
	own.NextProtos = []string{"http/1.1"}
	return own
}
