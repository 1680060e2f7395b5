// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

// As libcurl reads the environment.
func TestEnvironmentProxy(t *testing.T) {
	for _, test := range []struct {
		target      string
		environment map[string]string
		want        string
	}{
		{"http://janus/janus", nil, ""},
		{"http://janus/janus", map[string]string{"http_proxy": "http://p:3128"}, "http://p:3128"},
		{"http://127.0.0.1/janus", map[string]string{"http_proxy": "http://p:3128"}, "http://p:3128"},
		{"http://janus/janus", map[string]string{"http_proxy": "p"}, "http://p:1080"},
		{"http://janus/janus", map[string]string{"HTTP_PROXY": "http://p:3128"}, ""},
		{"https://janus/janus", map[string]string{"http_proxy": "http://p:3128"}, ""},
		{"https://janus/janus", map[string]string{"HTTPS_PROXY": "https://p"}, "https://p:443"},
		{"ws://janus/", map[string]string{"http_proxy": "http://p:3128"}, "http://p:3128"},
		{"ws://janus/", map[string]string{"http_proxy": "http://p:3128", "ws_proxy": "http://w:1"}, "http://w:1"},
		{"wss://janus/", map[string]string{"https_proxy": "http://me:geheim@p:3128"}, "http://me:geheim@p:3128"},
		{"wss://janus/", map[string]string{"all_proxy": "socks5://p"}, "socks5://p:1080"},
		{"http://janus/", map[string]string{"ALL_PROXY": "socks5h://p:9"}, "socks5h://p:9"},
		{"http://janus/", map[string]string{"http_proxy": "http://p", "no_proxy": "*"}, ""},
		{"http://a.janus.example/", map[string]string{"http_proxy": "http://p", "NO_PROXY": "other, .Janus.example"}, ""},
		{"http://janus.example/", map[string]string{"http_proxy": "http://p:1", "no_proxy": "us.example"}, "http://p:1"},
		{"http://192.0.2.7/", map[string]string{"http_proxy": "http://p", "no_proxy": "10.0.0.0/8 192.0.2.0/24"}, ""},
		{"http://[2001:db8::7]:8088/", map[string]string{"http_proxy": "http://p", "no_proxy": "[2001:db8::7]"}, ""},
		{"http://192.0.2.7/", map[string]string{"http_proxy": "http://p:1", "no_proxy": "2.7,192.0.2"}, "http://p:1"},
	} {
		target, err := url.Parse(test.target)
		require.NoError(t, err)
		got, err := environmentProxy(target, func(name string) string { return test.environment[name] })
		require.NoError(t, err, test)
		if test.want == "" {
			require.Nil(t, got, "%v", test)
		} else {
			require.NotNil(t, got, "%v", test)
			require.Equal(t, test.want, got.String(), "%v", test)
		}
	}
	target := &url.URL{Scheme: "https", Host: "janus"}
	for value, want := range map[string]string{"http://me:geheim@[": "https_proxy is no URL", "socks4://geheim:1": `https_proxy has the scheme "socks4"`} {
		_, err := environmentProxy(target, func(name string) string { return map[string]string{"https_proxy": value}[name] })
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "geheim")
	}
}
