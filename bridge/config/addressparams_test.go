// SPDX-License-Identifier: MPL-2.0

package config

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRTPIPTwice(t *testing.T) {
	param := func(values ...string) string {
		text := ""
		for _, value := range values {
			text += `<param name="rtp-ip" value="` + value + `"/>`
		}
		return `<configuration><server name="x"><param name="url" value="http://h/"/>` + text + `</server></configuration>`
	}
	cfg, problems := parseText(t, param("192.0.2.1", "2001:db8::1"))
	require.Equal(t, []string{"192.0.2.1", "2001:db8::1"}, cfg.Servers[0].RTPIPs)
	require.Empty(t, problems)
	cfg, problems = parseText(t, param("192.0.2.1", "192.0.2.2"))
	require.Equal(t, []string{"192.0.2.1"}, cfg.Servers[0].RTPIPs)
	require.Contains(t, problems, `"192.0.2.1" and "192.0.2.2" are of the same family, want one for IPv4 and one for IPv6`)
	_, problems = parseText(t, param("auto", "interface:eth0", "::1"))
	require.Contains(t, problems, `"::1" is the third value`)
	cfg, _ = parseText(t, param(""))
	require.Empty(t, cfg.Servers[0].RTPIPs)
}
