// SPDX-License-Identifier: MPL-2.0

package web

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"os"
	"sync"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
)

// access says who may use a port.
type access struct {
	file  string          // http-users
	users map[string]user // nil: whoever reaches the port
	tls   *tls.Config     // nil: plain HTTP

	ctx context.Context // of the streams that were begun under these rules
	end context.CancelFunc

	known credentials // that were right
}

// newAccess makes the rules of a configuration. The error is for a port that must not be opened so.
func newAccess(ctx context.Context, cfg config.HTTP, logf func(host.Level, string, ...any)) (*access, error) {
	a := &access{file: cfg.Users}
	var err error
	if cfg.Users != "" {
		var problems []string
		a.users, problems, err = readUsers(cfg.Users)
		for _, problem := range problems {
			logf(host.LevelError, "janus.conf: settings: param http-users: %s: %s", cfg.Users, problem)
		}
		if err != nil {
			return nil, err
		}
	}
	if a.tls, err = secured(cfg, logf); err != nil {
		return nil, err
	}
	if a.users == nil && cfg.ClientCA == "" && !cfg.Loopback() {
		return nil, errors.New("everybody could reach it: an address that is not a loopback one needs http-users, or http-tls-client-ca")
	}
	a.ctx, a.end = context.WithCancel(ctx)
	return a, nil
}

// same tells whether other rules let in the same users.
func (a *access) same(other *access) bool { return maps.Equal(a.users, other.users) }

// secured is the TLS of a configuration; nil for none.
func secured(cfg config.HTTP, logf func(host.Level, string, ...any)) (*tls.Config, error) {
	switch {
	case cfg.TLSCert == "" && cfg.TLSKey == "" && cfg.ClientCA == "":
		return nil, nil
	case cfg.TLSCert == "":
		return nil, errors.New("http-tls-key and http-tls-client-ca need http-tls-cert")
	case cfg.TLSKey == "":
		return nil, errors.New("http-tls-cert needs http-tls-key")
	}
	shown := &renewed{cert: cfg.TLSCert, key: cfg.TLSKey, logf: logf}
	if _, err := shown.load(); err != nil {
		return nil, err
	}
	secured := &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return shown.current(), nil },
	}
	if cfg.ClientCA != "" {
		text, err := os.ReadFile(cfg.ClientCA)
		if err != nil {
			return nil, fmt.Errorf("http-tls-client-ca: %w", err)
		}
		secured.ClientCAs, secured.ClientAuth = x509.NewCertPool(), tls.RequireAndVerifyClientCert
		if !secured.ClientCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("http-tls-client-ca: there is no certificate in %s", cfg.ClientCA)
		}
	}
	return secured, nil
}

// renewed is a certificate that is read again for each connection, since its files may be renewed.
type renewed struct {
	cert, key string
	logf      func(host.Level, string, ...any)

	mu   sync.Mutex
	last *tls.Certificate
	told string // of what was wrong with the files
}

func (r *renewed) load() (*tls.Certificate, error) {
	loaded, err := tls.LoadX509KeyPair(r.cert, r.key)
	if err != nil {
		return nil, fmt.Errorf("http-tls-cert and http-tls-key: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last, r.told = &loaded, ""
	return r.last, nil
}

// current is the certificate in the files or, while they are wrong, the one before.
func (r *renewed) current() *tls.Certificate {
	loaded, err := r.load()
	if err == nil {
		return loaded
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.told != err.Error() {
		r.told = err.Error()
		r.logf(host.LevelWarning, "HTTP: the certificate from before is shown: %s", err)
	}
	return r.last
}
