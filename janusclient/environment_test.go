// SPDX-License-Identifier: MPL-2.0

package janusclient_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/janustest"
)

// authority is a CA, and what it has signed for Janus and its client, on disk.
type authority struct{ ca, cert, key string }

// issue makes a new authority in a folder, over the one that was there.
func issue(t *testing.T, dir string) authority {
	t.Helper()
	a := authority{filepath.Join(dir, "ca.pem"), filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")}
	template := func(name string) *x509.Certificate {
		return &x509.Certificate{
			SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), BasicConstraintsValid: true,
		}
	}
	ca, leaf := template("authority"), template("leaf")
	ca.IsCA, ca.KeyUsage = true, x509.KeyUsageCertSign
	leaf.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	leaf.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	write := func(file, kind string, der []byte) {
		require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
	}
	der, err := x509.CreateCertificate(rand.Reader, ca, ca, key.Public(), key)
	require.NoError(t, err)
	write(a.ca, "CERTIFICATE", der)
	der, err = x509.CreateCertificate(rand.Reader, leaf, ca, key.Public(), key)
	require.NoError(t, err)
	write(a.cert, "CERTIFICATE", der)
	write(a.key, "PRIVATE KEY", private)
	return a
}

// server is how a Janus is secured that reads these files for each connection.
func (a authority) server() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		pair, err := tls.LoadX509KeyPair(a.cert, a.key)
		if err != nil {
			return nil, err
		}
		text, err := os.ReadFile(a.ca)
		clients := x509.NewCertPool()
		clients.AppendCertsFromPEM(text)
		return &tls.Config{
			MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}, ClientCAs: clients, ClientAuth: tls.RequireAndVerifyClientCert,
		}, err
	}}
}

func (a authority) options() janusclient.TLSOptions {
	return janusclient.TLSOptions{CAFile: a.ca, CertFile: a.cert, KeyFile: a.key}
}

// TestRenewedCertificates: what is on disk when a connection is made counts; what
// cannot be read then does not end what worked.
func TestRenewedCertificates(t *testing.T) { overBoth(t, testRenewedCertificates) }

func testRenewedCertificates(t *testing.T, over transport) {
	janus, own := t.TempDir(), t.TempDir()
	far, near := issue(t, janus), authority{filepath.Join(own, "ca.pem"), filepath.Join(own, "cert.pem"), filepath.Join(own, "key.pem")}
	installed := func() {
		for _, name := range []string{"ca.pem", "cert.pem", "key.pem"} {
			text, err := os.ReadFile(filepath.Join(janus, name))
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(own, name), text, 0o600))
		}
	}
	installed()
	var told log
	server := over.server(t, janustest.WithTLS(far.server()))
	client := newClient(t, server, func(c *janusclient.Config) {
		c.TLSFunc = func() (*tls.Config, error) { return janusclient.TLSConfig(near.options()) }
		c.Logger = hclog.New(&hclog.LoggerOptions{Output: &told, Level: hclog.Warn})
	})
	_, err := client.Info(t.Context())
	require.NoError(t, err)

	issue(t, janus) // another authority
	server.BreakConnections()
	eventually(t, "no connection", func() bool { return server.Sockets() == 0 })
	_, err = client.Info(t.Context())
	require.ErrorContains(t, err, "certificate")
	installed()
	_, err = client.Info(t.Context())
	require.NoError(t, err)

	require.NoError(t, os.WriteFile(near.ca, []byte("half of i"), 0o600))
	server.BreakConnections()
	eventually(t, "no connection", func() bool { return server.Sockets() == 0 })
	_, err = client.Info(t.Context())
	require.NoError(t, err)
	require.NotZero(t, told.count("the certificates from before are used"))
}

// way is a proxy that notes what it was asked for.
type way struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string
}

func (w *way) count(part string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, line := range w.asked {
		if strings.Contains(line, part) {
			n++
		}
	}
	return n
}

// newWay starts one that wants a user, me, with the password geheim.
func newWay(t *testing.T) *way {
	t.Helper()
	w := &way{}
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.Out.Header.Del("Proxy-Authorization") }}
	forward.ErrorLog = hclog.NewNullLogger().StandardLogger(nil)
	w.Server = httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.asked = append(w.asked, r.Method+" "+r.RequestURI+" "+r.UserAgent())
		w.mu.Unlock()
		if r.Header.Get("Proxy-Authorization") != "Basic bWU6Z2VoZWlt" {
			out.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		if r.Method != http.MethodConnect {
			forward.ServeHTTP(out, r)
			return
		}
		far, err := new(net.Dialer).DialContext(r.Context(), "tcp", r.Host)
		if err != nil {
			out.WriteHeader(http.StatusBadGateway)
			return
		}
		near, _, err := http.NewResponseController(out).Hijack()
		if err != nil {
			return
		}
		_, _ = near.Write([]byte("HTTP/1.1 200 Connection established\r\n\r\n"))
		var both sync.WaitGroup
		both.Go(func() { _, _ = io.Copy(far, near); _ = far.Close() })
		both.Go(func() { _, _ = io.Copy(near, far); _ = near.Close() })
		both.Wait()
	}))
	t.Cleanup(w.Close)
	return w
}

// TestProxyOfTheEnvironment: REST and WebSocket, with TLS and without, go by the
// proxy that the environment names, except to the hosts that it excepts.
func TestProxyOfTheEnvironment(t *testing.T) { overBoth(t, testProxyOfTheEnvironment) }

func testProxyOfTheEnvironment(t *testing.T, over transport) {
	certs := issue(t, t.TempDir())
	for _, secure := range []bool{false, true} {
		w := newWay(t)
		by := strings.Replace(w.URL, "http://", "http://me:geheim@", 1)
		t.Setenv("http_proxy", by)
		t.Setenv("https_proxy", by)
		t.Setenv("no_proxy", "")
		var options []janustest.Option
		if secure {
			options = append(options, janustest.WithTLS(certs.server()))
		}
		server := over.server(t, append(options, janustest.WithRoom("1234"))...)
		call := func(agent string) error {
			client := newClient(t, server, func(c *janusclient.Config) {
				c.UserAgent = agent
				c.TLSFunc = func() (*tls.Config, error) { return janusclient.TLSConfig(certs.options()) }
			})
			defer client.Close()
			session, err := client.Create(t.Context(), janusclient.SessionOptions{})
			if err != nil {
				return err
			}
			handle, err := session.Attach(t.Context(), plugin, janusclient.AttachOptions{})
			if err != nil {
				return err
			}
			_, err = handle.Message(t.Context(), joinRequest, nil)
			return err
		}
		require.NoError(t, call("test/1"))
		host := strings.TrimPrefix(strings.TrimPrefix(server.REST, "http://"), "https://")
		host = strings.TrimSuffix(host, "/janus")
		if over == overHTTP && !secure {
			require.NotZero(t, w.count("POST http://"+host+"/janus test/1"))
		} else {
			require.NotZero(t, w.count("CONNECT "+host+" test/1"))
		}
		t.Setenv("no_proxy", "localhost,127.0.0.0/8")
		require.NoError(t, call("direct/1"))
		require.Zero(t, w.count("direct/1"))

		t.Setenv("no_proxy", "")
		t.Setenv("http_proxy", strings.Replace(by, "geheim", "falsch", 1))
		t.Setenv("https_proxy", strings.Replace(by, "geheim", "falsch", 1))
		err := call("test/1")
		require.ErrorContains(t, err, "407")
		require.NotContains(t, err.Error(), "falsch")

		t.Setenv("http_proxy", "http://me:geheim@127.0.0.1:bad")
		t.Setenv("https_proxy", "http://me:geheim@127.0.0.1:bad")
		_, err = janusclient.New(janusclient.Config{URL: server.URL})
		require.ErrorContains(t, err, "is no URL of a proxy")
		require.NotContains(t, err.Error(), "geheim")
	}
}

// TestQueryIsKept: OpenSIPS's own example has one.
func TestQueryIsKept(t *testing.T) { overBoth(t, testQueryIsKept) }

func testQueryIsKept(t *testing.T, over transport) {
	server := over.server(t, janustest.WithRoom("1234"))
	address := server.URL + "?room=abcd&token=geheim"
	if over == overWS {
		address = "janus" + server.URL + "janus?room=abcd&token=geheim"
	}
	client := newClient(t, server, func(c *janusclient.Config) { c.URL = address })
	session, err := client.Create(t.Context(), janusclient.SessionOptions{})
	require.NoError(t, err)
	_, err = client.Info(t.Context())
	require.NoError(t, err)
	require.NoError(t, session.Destroy(t.Context()))
	n := 0
	for _, r := range server.Requests() {
		if over == overHTTP || r.Janus == "upgrade" {
			require.Contains(t, r.Query, "room=abcd", r.Janus)
			n++
		}
	}
	require.NotZero(t, n)
	server.Close()
	_, err = client.Info(t.Context())
	require.Error(t, err)
	require.NotContains(t, err.Error(), "geheim")
}

// TestUserAgent: what the program calls itself.
func TestUserAgent(t *testing.T) {
	for _, scheme := range []string{"http", "ws"} {
		for agent, want := range map[string]string{"": "janusclient", "mod_janus/1.2": "mod_janus/1.2"} {
			seen := make(chan string, 4)
			client, err := janusclient.New(janusclient.Config{URL: scheme + "://host/", UserAgent: agent,
				RoundTripper: roundTripper(func(r *http.Request) (*http.Response, error) {
					seen <- r.UserAgent()
					return nil, errors.New("cable cut")
				})})
			require.NoError(t, err)
			_, err = client.Info(t.Context())
			require.Error(t, err)
			client.Close()
			require.Equal(t, want, <-seen)
		}
	}
}
