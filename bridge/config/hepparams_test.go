// SPDX-License-Identifier: MPL-2.0

package config

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/hep"
)

func TestHEPParams(t *testing.T) {
	settings := func(params ...string) (hep.Config, string) {
		text := "<configuration><settings>"
		for _, p := range params {
			name, value, _ := strings.Cut(p, "=")
			text += `<param name="` + name + `" value="` + value + `"/>`
		}
		cfg, problems := parseText(t, text+`</settings><server name="a"><param name="url" value="ws://127.0.0.1:1/"/></server></configuration>`)
		return cfg.HEP, problems
	}
	cfg, problems := settings()
	require.Empty(t, problems)
	require.Equal(t, hep.Config{}, cfg)
	cfg, problems = settings("hep-server=udp:homer.example.org:9060", "hep-id=2001", "hep-password= my hep")
	require.Empty(t, problems)
	require.Equal(t, hep.Config{Server: "homer.example.org:9060", ID: 2001, Password: " my hep"}, cfg)
	cfg, problems = settings("hep-server=udp:[2001:db8::1]:9060")
	require.Empty(t, problems)
	require.Equal(t, "[2001:db8::1]:9060", cfg.Server)
	for _, bad := range []string{"homer:9060", "tcp:homer:9060", "udp:homer", "udp::9060", "udp:homer:0", "udp:homer:70000", "udp:homer:sip", "udp:2001:db8::1:9060", "udp:a b:9060"} {
		cfg, problems = settings("hep-server=" + bad)
		require.Equal(t, `settings: param hep-server: "`+bad+`" is not udp:HOST:PORT, such as udp:homer.example.org:9060; the default (–) stands`, problems)
		require.Empty(t, cfg.Server)
	}
	for _, bad := range []string{"-1", "x", "", "4294967296"} {
		_, problems = settings("hep-id=" + bad)
		require.Contains(t, problems, "param hep-id: ")
	}
	secret := strings.Repeat("s3cret", 50)
	cfg, problems = settings("hep-password=" + secret)
	require.Contains(t, problems, "param hep-password: it has 300 bytes, at most 255 are possible")
	require.NotContains(t, problems, "s3cret")
	require.Empty(t, cfg.Password)
}
