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
