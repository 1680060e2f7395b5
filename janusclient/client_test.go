// SPDX-License-Identifier: MPL-2.0

package janusclient_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/admin"
	"mod_janus/janusclient/janustest"
)

func TestNewRefusesURLs(t *testing.T) {
	for url, wanted := range map[string]string{
		"":                             "no scheme",
		"127.0.0.1:8088":               "does not parse",
		"//host/janus":                 "no scheme",
		"ftp://host/janus":             `"ftp"`,
		"ws://:8188/":                  "no host",
		"wss://host:8188/#x":           "no #",
		"http:///janus":                "no host",
		"http://:8088/janus":           "no host",
		"janusws:///janus":             "no host",
		"http://me:geheim@host:bad/":   "does not parse",
		"http://me:geheim@host/ j\x7f": "does not parse",
	} {
		_, err := janusclient.New(janusclient.Config{URL: url})
		require.ErrorContains(t, err, wanted, url)
		require.ErrorContains(t, err, "http://HOST:8088/janus", url)
		require.NotContains(t, err.Error(), "geheim")
	}
}

func TestInfo(t *testing.T) { overBoth(t, testInfo) }

func testInfo(t *testing.T, over transport) {
	server := over.server(t, janustest.WithAPISecret("s3cret"))
	info, err := newClient(t, server, nil).Info(t.Context())
	require.NoError(t, err)
	require.Equal(t, "1.1.2", info.VersionString)
	require.True(t, bool(info.APISecret))
	require.Equal(t, 60, info.SessionTimeout)
	require.Contains(t, info.Plugins, plugin)
	require.Equal(t, janusclient.DefaultServerName, info.ServerName)
	require.True(t, bool(info.AcceptingNewSessions))
}

// What a cluster goes by: which Janus it is, and whether it takes newcomers.
func TestInfoTellsNameAndDrain(t *testing.T) { overBoth(t, testInfoTellsNameAndDrain) }

func testInfoTellsNameAndDrain(t *testing.T, over transport) {
	server := over.server(t, janustest.WithServerName("janus-0"))
	client := newClient(t, server, nil)
	operator, err := admin.New(admin.Config{URL: server.Admin})
	require.NoError(t, err)
	t.Cleanup(operator.Close)
	for _, accept := range []bool{false, true} {
		_, err := operator.AcceptNewSessions(t.Context(), accept)
		require.NoError(t, err)
		info, err := client.Info(t.Context())
		require.NoError(t, err)
		require.Equal(t, "janus-0", info.ServerName)
		require.Equal(t, accept, bool(info.AcceptingNewSessions))
	}
	server.Rename("janus-1")
	info, err := client.Info(t.Context())
	require.NoError(t, err)
	require.Equal(t, "janus-1", info.ServerName)
}

func TestBasicAuthIsSentAndNeverShown(t *testing.T) {
	var seen atomic.Value
	refuse := roundTripper(func(r *http.Request) (*http.Response, error) {
		user, password, _ := r.BasicAuth()
		seen.Store(user + ":" + password + " " + r.URL.String())
		return nil, errors.New("cable cut")
	})
	client, err := janusclient.New(janusclient.Config{URL: "http://me:geheim@host/janus/", RoundTripper: refuse})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	_, err = client.Info(t.Context())
	require.ErrorContains(t, err, "cable cut")
	require.NotContains(t, err.Error(), "geheim")
	require.Equal(t, "me:geheim http://host/janus/info", seen.Load())
}

func TestAuthentication(t *testing.T) { overBoth(t, testAuthentication) }

func testAuthentication(t *testing.T, over transport) {
	var turn atomic.Int64
	good := janustest.WithTokenCheck(func(token string) bool { return strings.HasPrefix(token, "fresh-") })
	fresh := func() string { return fmt.Sprintf("fresh-%d", turn.Add(1)) }
	for name, test := range map[string]struct {
		option janustest.Option
		config janusclient.Config
		code   int
	}{
		"secret":       {janustest.WithAPISecret("s3cret"), janusclient.Config{Secret: "s3cret"}, 0},
		"wrong secret": {janustest.WithAPISecret("s3cret"), janusclient.Config{Secret: "other"}, janusclient.CodeUnauthorized},
		"no secret":    {janustest.WithAPISecret("s3cret"), janusclient.Config{}, janusclient.CodeUnauthorized},
		"token":        {janustest.WithToken("tok"), janusclient.Config{Token: "tok"}, 0},
		"token func":   {good, janusclient.Config{Token: "stale", TokenFunc: fresh}, 0},
		"stale token":  {good, janusclient.Config{Token: "stale"}, janusclient.CodeUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			server := over.server(t, test.option)
			client := newClient(t, server, func(c *janusclient.Config) {
				c.Secret, c.Token, c.TokenFunc = test.config.Secret, test.config.Token, test.config.TokenFunc
			})
			session, err := client.Create(t.Context(), janusclient.SessionOptions{})
			if test.code != 0 {
				var refusal *janusclient.Error
				require.ErrorAs(t, err, &refusal)
				require.Equal(t, test.code, refusal.Code)
				return
			}
			require.NoError(t, err)
			if over == overHTTP {
				eventually(t, "a poll that is let in", func() bool { return server.Polls() == 1 })
			}
			require.NoError(t, session.KeepAlive(t.Context()))
			require.NoError(t, session.Destroy(t.Context()))
		})
	}
	require.Greater(t, turn.Load(), int64(2), "a token for each request")
}

func TestSecretsStayOutOfLogsAndErrors(t *testing.T) { overBoth(t, testSecretsStayOutOfLogsAndErrors) }

func testSecretsStayOutOfLogsAndErrors(t *testing.T, over transport) {
	r := over.rig(t, func(c *janusclient.Config) { c.Secret, c.Token = "s3cret", "t0ken" },
		janustest.WithAPISecret("s3cret"), janustest.WithPollTimeout(10*time.Millisecond))
	_, err := r.message(t, body{"request": "join", "room": 1234, "pin": "p1n", "secret": "r00m"})
	require.NoError(t, err)
	r.server.Fault(janustest.Match{}, janustest.Status(http.StatusBadGateway))
	eventually(t, "a failing poll", func() bool { _, err := r.states.get(); return err != nil })
	_, fault := r.states.get()
	_, err = r.message(t, body{"request": "list", "pin": "p1n"})
	require.Error(t, err)
	r.client.Close()
	all := fault.Error() + err.Error() + r.wire.String()
	for _, secret := range []string{"s3cret", "t0ken", "p1n", "r00m"} {
		require.NotContains(t, all, secret)
	}
	require.Contains(t, all, `"pin":"***"`)
}

func TestRedirectsAreNotFollowed(t *testing.T) { overBoth(t, testRedirectsAreNotFollowed) }

func testRedirectsAreNotFollowed(t *testing.T, over transport) {
	server := over.server(t)
	server.Fault(janustest.Match{}, janustest.Status(http.StatusTemporaryRedirect))
	_, err := newClient(t, server, nil).Create(t.Context(), janusclient.SessionOptions{})
	var fault *janusclient.TransportError
	require.ErrorAs(t, err, &fault)
	require.Equal(t, http.StatusTemporaryRedirect, fault.Status)
	require.ErrorContains(t, err, "redirects are not followed")
}

func TestWrongPathIsNamed(t *testing.T) {
	server := janustest.NewServer()
	t.Cleanup(server.Close)
	client := newClient(t, server, func(c *janusclient.Config) { c.URL = strings.Replace(c.URL, "/janus", "/other", 1) })
	_, err := client.Create(t.Context(), janusclient.SessionOptions{})
	require.ErrorContains(t, err, "is the path of the URL right")
}

func TestManyAtOnce(t *testing.T) { overBoth(t, testManyAtOnce) }

func testManyAtOnce(t *testing.T, over transport) {
	r := over.rig(t, nil)
	const calls = 100
	// Each is held for a while: were they to queue, it would take calls times as long.
	const held = 200 * time.Millisecond
	r.server.Fault(janustest.Match{Janus: "message"}, janustest.Delay(held))
	started := time.Now()
	var group sync.WaitGroup
	for i := range calls {
		group.Go(func() {
			request := body{"request": "exists", "room": 1234}
			if i%2 == 1 {
				request = body{"request": "leave"} // answered by an event
			}
			_, err := r.message(t, request)
			var refusal *janusclient.PluginError
			if i%2 == 1 {
				assert.ErrorAs(t, err, &refusal)
			} else {
				assert.NoError(t, err)
			}
		})
	}
	group.Wait()
	require.Less(t, time.Since(started), calls*held/2)
}

func TestCloseEndsEverything(t *testing.T) { overBoth(t, testCloseEndsEverything) }

func testCloseEndsEverything(t *testing.T, over transport) {
	r := over.rig(t, nil)
	r.server.Pause()
	outcome := make(chan error, 1)
	go func() {
		_, err := r.handle.Message(context.Background(), body{"request": "list"}, nil)
		outcome <- err
	}()
	eventually(t, "the request is under way", func() bool {
		// not the last one: the session's first poll may come after it
		return slices.ContainsFunc(r.server.Requests(), func(q janustest.Request) bool { return q.Janus == "message" })
	})
	r.client.Close()
	require.ErrorIs(t, <-outcome, janusclient.ErrClosed)
	require.ErrorIs(t, r.session.Err(), janusclient.ErrClosed)
	_, err := r.client.Create(t.Context(), janusclient.SessionOptions{})
	require.ErrorIs(t, err, janusclient.ErrClosed)
}
