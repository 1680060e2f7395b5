// SPDX-License-Identifier: MPL-2.0

package config

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestURLsWithQuery(t *testing.T) {
	cfg, problems := parseText(t, strings.Replace(oneServer(""), `"url" value="`, `"url" value="janusws://u:pw@my_janus_host:80/janus?room=abcd&amp;token=hush"/><param name="colour" value="`, 1))
	require.NotContains(t, problems, "hush")
	require.Equal(t, "ws://u:pw@my_janus_host:80/janus?room=abcd&token=hush", cfg.Servers[0].URL)
	require.Equal(t, "ws://u:xxxxx@my_janus_host:80/janus?room=abcd&token=***", Mask(cfg.Servers[0].URL))
}

// A server may have several URLs; one that is wrong, or there twice, is left out.
func TestSeveralURLs(t *testing.T) {
	cfg, problems := parseText(t, oneServer(`<param name="url" value="wss://u:hush@other:8989/"/><param name="url" value="ftp://u:hush@h/"/>`+
		`<param name="url" value="wss://u:hush@other:8989/"/><param name="url" value="janusws://third:8188/"/><param name="tls-verify" value="false"/>`))
	server := cfg.Servers[0]
	require.Equal(t, []string{"http://127.0.0.1:8088/janus", "wss://u:hush@other:8989/", "ws://third:8188/"}, server.URLs())
	require.Contains(t, problems, `param url: URL number 3: its scheme is "ftp"`)
	require.Contains(t, problems, "URL number 3 is there already: wss://u:xxxxx@other:8989/")
	require.Contains(t, problems, "whoever answers at wss://u:xxxxx@other:8989/ is taken for Janus")
	require.NotContains(t, problems, "hush")
	require.Equal(t, []string{"ws://third:8188/"}, server.At("ws://third:8188/").URLs())
}
