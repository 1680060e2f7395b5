// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/host/hosttest"
)

// freePort is an address that nobody listens on just now.
func freePort(t *testing.T) string {
	t.Helper()
	var listening net.ListenConfig
	socket, err := listening.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, socket.Close()) }()
	return socket.Addr().String()
}

// configure changes the configuration, and reloads it.
func (l *lab) configure(change func(xml string) string) {
	l.t.Helper()
	l.host.Mu.Lock()
	l.host.XML = change(l.host.XML)
	l.host.Mu.Unlock()
	require.Contains(l.t, l.engine.Command("reload"), "+OK")
}

// listenOn sets http-listen.
func listenOn(addr string) func(string) string {
	return func(xml string) string {
		return strings.Replace(xml, "<configuration>", `<configuration><settings><param name="http-listen" value="`+addr+`"/></settings>`, 1)
	}
}

// get is what the module serves; status 0 where nobody listens.
func get(t *testing.T, addr, path string) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr+path, nil)
	require.NoError(t, err)
	r.Close = true
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(text)
}

func TestReadiness(t *testing.T) {
	l := newLab(t, "")
	addr := freePort(t)
	l.configure(listenOn(addr))
	l.session()
	status, body := get(t, addr, "/readyz")
	require.Equal(t, 200, status, body)
	l.engine.Command("server demo disable")
	l.eventually("not ready", func() bool { status, body = get(t, addr, "/readyz"); return status == 503 })
	require.JSONEq(t, `{"ready":false,"reasons":["server \"demo\" is disabled"]}`, body)
	l.engine.Command("server demo enable")
	l.eventually("ready", func() bool { status, _ = get(t, addr, "/readyz"); return status == 200 })
	status, _ = get(t, addr, "/healthz")
	require.Equal(t, 200, status)
	l.configure(func(xml string) string { return strings.Replace(xml, addr, "", 1) })
	status, _ = get(t, addr, "/healthz")
	require.Zero(t, status, "the reload has closed the port")
}

// While an unload waits for a call the module says that it is not ready, and afterwards nothing.
func TestReadinessOfAnUnload(t *testing.T) {
	l := newLab(t, "")
	addr := freePort(t)
	l.configure(listenOn(addr))
	c, uuid := l.call("demo/Anna@1234", nil)
	l.up(uuid)
	stopped := make(chan int)
	go func() { stopped <- l.engine.Stop(hosttest.Patience) }()
	l.eventually("not ready", func() bool {
		status, body := get(t, addr, "/readyz")
		return status == 503 && strings.Contains(body, "the module is being unloaded")
	})
	cause, _ := l.down(uuid)
	l.end(c, cause)
	require.Zero(t, <-stopped)
	status, _ := get(t, addr, "/readyz")
	require.Zero(t, status)
}

// A port that cannot be opened does not keep the module from being loaded.
func TestPortThatIsNotOpened(t *testing.T) {
	var listening net.ListenConfig
	taken, err := listening.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, taken.Close()) }()
	for addr, why := range map[string]string{taken.Addr().String(): "address already in use", "0.0.0.0:9127": "needs http-users"} {
		to := hosttest.New(listenOn(addr)(`<configuration><server name="demo"><param name="url" value="http://127.0.0.1:1/janus"/></server></configuration>`))
		engine, err := Start(to)
		require.NoError(t, err)
		require.Contains(t, engine.Command("list"), "\ndemo|false|")
		require.True(t, to.Logged("3 ", "http-listen", addr, why), "%q", to.Lines)
		require.Zero(t, engine.Stop(time.Minute))
	}
}
