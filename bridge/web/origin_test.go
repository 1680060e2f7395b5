// SPDX-License-Identifier: MPL-2.0

package web

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/config"
)

func TestOtherOrigins(t *testing.T) {
	l := newLab(t)
	l.Use(local)
	for _, c := range []struct {
		name, value string
		want        int
	}{
		{"Origin", "http://evil.example", 403}, {"Origin", "null", 403}, {"Origin", "http://127.0.0.1:1", 403}, {"Origin", "http://" + l.Addr(), 200},
		{"Sec-Fetch-Site", "cross-site", 403}, {"Sec-Fetch-Site", "same-site", 403}, {"Sec-Fetch-Site", "same-origin", 200}, {"X-Nothing", "", 200},
	} {
		status, body, header := l.request("POST", "/done", with(c.name, c.value))
		require.Equal(t, c.want, status, "%s: %s: %s", c.name, c.value, body)
		require.Empty(t, header.Get("Access-Control-Allow-Origin"))
	}
}

// A name that leads to this machine does not make a page of somebody else's ours, where no
// password is asked.
func TestRebinding(t *testing.T) {
	l := newLab(t)
	l.Use(local)
	host := func(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }
	for name, want := range map[string]int{
		"evil.example": 403, "evil.example:9127": 403, "localhost.evil.example": 403, "192.0.2.1": 403,
		"localhost:9127": 200, "LOCALHOST": 200, "[::1]:9127": 200, "127.0.0.1": 200,
	} {
		status, body, _ := l.request("GET", "/seen", host(name))
		require.Equal(t, want, status, "%s: %s", name, body)
	}
	l.Use(config.HTTP{Listen: "127.0.0.1:0", Users: users(t)})
	status, _, _ := l.request("GET", "/seen", host("pbx.example"), as("eve", "right"))
	require.Equal(t, 200, status)
}

// Where a proxy has asked who it is, it may say so.
func TestNameFromAProxy(t *testing.T) {
	l := newLab(t)
	l.Use(local)
	for value, want := range map[string]string{"anna": "anna", "": "127.0.0.1", "a\tb": "127.0.0.1"} {
		_, body, _ := l.request("GET", "/seen", with("X-Forwarded-User", value))
		require.Equal(t, want, body)
	}
	l.Use(config.HTTP{Listen: "127.0.0.1:0", Users: users(t)})
	_, body, _ := l.request("GET", "/seen", with("X-Forwarded-User", "ops"), as("eve", "right"))
	require.Equal(t, "eve", body, "a password proves more than a header")
}
