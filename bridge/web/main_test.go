// SPDX-License-Identifier: MPL-2.0

package web

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"golang.org/x/crypto/bcrypt"

	"mod_janus/bridge/background"
	"mod_janus/bridge/config"
	"mod_janus/bridge/host/hosttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// lab is the HTTP of an engine that is none.
type lab struct {
	*Web
	t       *testing.T
	host    *hosttest.Host
	unready []string
	client  *http.Client
}

// newLab has nothing open. Its port may be closed by a test already.
func newLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{t: t, host: hosttest.New(""), client: &http.Client{Transport: &http.Transport{}}}
	ctx, cancel := context.WithCancel(t.Context())
	work := background.NewGroup(l.host)
	l.Web = New(&Env{
		Context: ctx, Host: l.host, Work: work, Hub: NewHub(l.host), Version: "1.2.3", Alive: func() {}, Unready: func() []string { return l.unready },
	})
	l.Handle("GET /seen", View, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(rw, visitorOf(r).name) }))
	l.Handle("POST /done", Operate, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err != nil {
			refuse(rw, http.StatusRequestEntityTooLarge, err.Error())
		}
	}))
	l.Handle("GET /panic", View, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("a panic of the test") }))
	t.Cleanup(func() {
		l.client.CloseIdleConnections()
		l.Close()
		cancel()
		work.Wait()
	})
	return l
}

// local is a port of this machine alone.
var local = config.HTTP{Listen: "127.0.0.1:0"}

// users writes a file of users: eve may see, ops may act; the password of both is "right".
func users(t *testing.T) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte("right"), bcrypt.MinCost)
	require.NoError(t, err)
	return file(t, "users", "# who\neve:"+string(hash)+":view\nops:"+string(hash)+":operate\n")
}

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// request is one to the lab's port, changed as a test wants it.
func (l *lab) request(method, path string, change ...func(*http.Request)) (status int, body string, header http.Header) {
	l.t.Helper()
	r, err := http.NewRequestWithContext(l.t.Context(), method, "http://"+l.Addr()+path, nil)
	require.NoError(l.t, err)
	for _, do := range change {
		do(r)
	}
	resp, err := l.client.Do(r)
	require.NoError(l.t, err)
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(l.t, err)
	return resp.StatusCode, string(text), resp.Header
}

func as(name, password string) func(*http.Request) {
	return func(r *http.Request) { r.SetBasicAuth(name, password) }
}

func with(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func sending(text string) func(*http.Request) {
	return func(r *http.Request) {
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
	}
}

// logged tells whether a line of the switch's log has all these words.
func (l *lab) logged(words ...string) bool {
	l.host.Mu.Lock()
	defer l.host.Mu.Unlock()
	return l.host.Logged(words...)
}
