// SPDX-License-Identifier: MPL-2.0

package config

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHTTPListen(t *testing.T) {
	for value, want := range map[string]string{
		"127.0.0.1:9127": "127.0.0.1:9127", "[::1]:9127": "[::1]:9127", "localhost:80": "127.0.0.1:80", ":9127": "[::]:9127", "": "",
	} {
		cfg, problems := parseText(t, `<configuration><settings><param name="http-listen" value="`+value+`"/><param name="db-dsn" value="x"/></settings></configuration>`)
		require.Empty(t, problems)
		require.Equal(t, want, cfg.HTTP.Listen)
	}
	for _, wrong := range []string{"9127", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:99999", "pbx.example:9127", "300.1.1.1:80", "x"} {
		cfg, problems := parseText(t, `<configuration><settings><param name="http-listen" value="`+wrong+`"/></settings></configuration>`)
		require.Contains(t, problems, `settings: param http-listen: "`+wrong+`" is not an address and a port, want for one 127.0.0.1:9127; the default`)
		require.Empty(t, cfg.HTTP.Listen)
	}
}

func TestLoopback(t *testing.T) {
	for listen, want := range map[string]bool{
		"127.0.0.1:9127": true, "127.9.9.9:1": true, "[::1]:1": true, "[::ffff:127.0.0.1]:1": true,
		"0.0.0.0:1": false, "[::]:1": false, "192.0.2.1:1": false, "": false,
	} {
		require.Equal(t, want, HTTP{Listen: listen}.Loopback(), listen)
	}
}
