// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// secured are the API's secured URLs.
func secured(j *realjanus.Janus) map[string]string {
	return map[string]string{"https": j.HTTPS, "wss": j.WSS}
}

// requireCall places a call to a server that must come into the room, which
// nobody else uses.
func requireCall(t *testing.T, s *lab.Switch, server string, room uint64) {
	t.Helper()
	id := janusclient.NumberID(room)
	uuid := originate(t, s, "janus/%s/%s@%s &park()", server, server, id)
	people := ask(t, janus).participants(id)
	require.Len(t, people, 1)
	require.Equal(t, server, people[0].Display)
	hangup(t, s, uuid)
	ask(t, janus).empty(id)
}

// Janus's certificate is verified: by the configured CA, or not at all where
// the operator says so; never by accident.
func TestTLS(t *testing.T) {
	t.Parallel()                                     // a refused call waits
	stranger, err := realjanus.NewCerts(t.TempDir()) // an authority that has signed nothing here
	require.NoError(t, err)
	conf := lab.JanusConf(janus.HTTP, "")
	for scheme, url := range secured(janus) {
		conf = withServer(conf, serverXML("trusted-"+scheme, url, param("tls-ca-file", janus.Certs.CA)))
		conf = withServer(conf, serverXML("named-"+scheme, strings.Replace(url, "127.0.0.1", "localhost", 1), param("tls-ca-file", janus.Certs.CA)))
		conf = withServer(conf, serverXML("careless-"+scheme, url, param("tls-verify", "false")))
		conf = withServer(conf, serverXML("unknown-"+scheme, url, ""))
		conf = withServer(conf, serverXML("stranger-"+scheme, url, param("tls-ca-file", stranger.CA)))
	}
	s, err := startSwitch(t.TempDir(), conf)
	require.NoError(t, err)
	defer s.Stop()
	for scheme, url := range secured(janus) {
		t.Run(scheme, func(t *testing.T) {
			requireCall(t, s, "trusted-"+scheme, 8610)
			requireCall(t, s, "named-"+scheme, 8610)
			requireCall(t, s, "careless-"+scheme, 8610)
			require.Regexp(t, `\[WARNING\].*careless-`+scheme+`.*tls-verify is false.*`+regexp.QuoteMeta(url), s.Log())
			for _, server := range []string{"unknown-", "stranger-"} {
				line := requireFailure(t, s, "DESTINATION_OUT_OF_ORDER", "%sjanus/%s/x@1234 &park()", existing, server+scheme)
				require.Regexp(t, `certificate.*(not trusted|unknown authority)`, line)
			}
		})
	}
}

// front is a server with TLS of its own before one of Janus's: what operators
// put there for what Janus itself cannot, client certificates among it.
func front(t *testing.T, target string, config *tls.Config) (address string) {
	t.Helper()
	proxy := before(t, strings.Replace(target, "ws:", "http:", 1))
	server := httptest.NewUnstartedServer(proxy)
	server.TLS, server.Config.ErrorLog = config, proxy.ErrorLog
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// fronts are both APIs behind one kind of TLS.
func fronts(t *testing.T, config *tls.Config) map[string]string {
	t.Helper()
	return map[string]string{
		"https": "https://" + front(t, janus.HTTP, config.Clone()) + "/janus",
		"wss":   "wss://" + front(t, janus.WS, config.Clone()) + "/",
	}
}

// ofTheLab is a configuration with the certificate that Janus itself has.
func ofTheLab(t *testing.T) *tls.Config {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(janus.Certs.Server, janus.Certs.ServerKey)
	require.NoError(t, err)
	return &tls.Config{Certificates: []tls.Certificate{pair}}
}

// A server that wants to know who calls. (Janus 1.1.2 has no setting for it in
// either transport, so it is a server before it.)
func TestClientCertificate(t *testing.T) {
	t.Parallel() // a refused call waits
	ca, err := os.ReadFile(janus.Certs.CA)
	require.NoError(t, err)
	config := ofTheLab(t)
	config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
	require.True(t, config.ClientCAs.AppendCertsFromPEM(ca))
	stranger, err := realjanus.NewCerts(t.TempDir())
	require.NoError(t, err)
	urls := fronts(t, config)
	conf := lab.JanusConf(janus.HTTP, "")
	for scheme, url := range urls {
		trust := param("tls-ca-file", janus.Certs.CA)
		conf = withServer(conf, serverXML("known-"+scheme, url, trust+param("tls-cert-file", janus.Certs.Client)+param("tls-key-file", janus.Certs.ClientKey)))
		conf = withServer(conf, serverXML("nobody-"+scheme, url, trust))
		conf = withServer(conf, serverXML("stranger-"+scheme, url, trust+param("tls-cert-file", stranger.Client)+param("tls-key-file", stranger.ClientKey)))
	}
	s, err := startSwitch(t.TempDir(), conf)
	require.NoError(t, err)
	defer s.Stop()
	for scheme := range urls {
		t.Run(scheme, func(t *testing.T) {
			requireCall(t, s, "known-"+scheme, 8611)
			for _, server := range []string{"nobody-", "stranger-"} {
				line := requireFailure(t, s, "DESTINATION_OUT_OF_ORDER", "%sjanus/%s/x@1234 &park()", existing, server+scheme)
				require.Regexp(t, `certificate|unknown_ca|unknown authority`, line)
			}
		})
	}
}

// TLS 1.1 and what is older are not spoken (RFC 8996).
func TestOldTLS(t *testing.T) {
	t.Parallel() // a refused call waits
	config := ofTheLab(t)
	config.MinVersion, config.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	urls := fronts(t, config)
	conf := lab.JanusConf(janus.HTTP, "")
	for scheme, url := range urls {
		conf = withServer(conf, serverXML(scheme, url, param("tls-verify", "false")))
	}
	s, err := startSwitch(t.TempDir(), conf)
	require.NoError(t, err)
	defer s.Stop()
	for scheme := range urls {
		line := requireFailure(t, s, "DESTINATION_OUT_OF_ORDER", "%sjanus/%s/x@1234 &park()", existing, scheme)
		require.Contains(t, line, "version")
	}
}

// Files that cannot be used are named, and the server is not used without them.
func TestTLSFiles(t *testing.T) {
	t.Parallel() // a refused call waits
	dir := t.TempDir()
	text, none := filepath.Join(dir, "text.pem"), filepath.Join(dir, "none.pem")
	require.NoError(t, os.WriteFile(text, []byte("no certificate"), 0o600))
	certs := janus.Certs
	servers := map[string]struct{ params, file string }{
		"no-ca":     {param("tls-ca-file", none), none},
		"text-ca":   {param("tls-ca-file", text), text},
		"no-cert":   {param("tls-ca-file", certs.CA) + param("tls-cert-file", none) + param("tls-key-file", certs.ClientKey), none},
		"wrong-key": {param("tls-ca-file", certs.CA) + param("tls-cert-file", certs.Client) + param("tls-key-file", certs.ServerKey), certs.ServerKey},
	}
	conf := lab.JanusConf(janus.HTTP, "")
	for name, server := range servers {
		conf = withServer(conf, serverXML(name, janus.HTTPS, server.params))
	}
	s, err := startSwitch(filepath.Join(dir, "switch"), conf)
	require.NoError(t, err)
	defer s.Stop()
	for name, server := range servers {
		logged(t, s, `\[(WARNING|ERR)\].*`+name+`.*`+regexp.QuoteMeta(server.file))
		require.Contains(t, api(t, s, "originate %sjanus/%s/x@1234 &park()", existing, name), "-ERR ")
	}
	requireCall(t, s, "demo", 8612)
}

// A redirect would carry secrets to a place that nobody has configured.
func TestRedirectIsRefused(t *testing.T) {
	t.Parallel() // a refused call waits
	targets := map[string]string{"http": janus.HTTP, "ws": janus.WS}
	conf := lab.JanusConf(janus.HTTP, "")
	for scheme, target := range targets {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, strings.Replace(target, "ws:", "http:", 1), http.StatusTemporaryRedirect)
		}))
		t.Cleanup(server.Close)
		conf = withServer(conf, serverXML(scheme, strings.Replace(server.URL, "http", scheme, 1)+"/janus", param("secret", "not-for-all")))
	}
	s, err := startSwitch(t.TempDir(), conf)
	require.NoError(t, err)
	defer s.Stop()
	for scheme := range targets {
		line := requireFailure(t, s, "DESTINATION_OUT_OF_ORDER", "%sjanus/%s/x@1234 &park()", existing, scheme)
		require.Contains(t, line, "redirect")
	}
	require.NotContains(t, s.Log(), "not-for-all")
}
