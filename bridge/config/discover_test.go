// SPDX-License-Identifier: MPL-2.0

package config

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func poolText(params string) string {
	return `<configuration><server name="template"><param name="url" value="wss://me:hush@h:8989/?token=hush"/><param name="public-url" value="wss://{name}.example.org/"/>
		<param name="admin-url" value="http://h:7088/admin"/></server><pool name="eu">` + params + `</pool></configuration>`
}

func TestDiscover(t *testing.T) {
	cfg, problems := parseText(t, poolText(`<param name="discover" value="srv:_janus-ws._tcp.media.svc."/><param name="template" value="template"/><param name="refresh" value="7s"/>`))
	require.Empty(t, problems)
	require.Empty(t, cfg.FillPools())
	p := cfg.Pools[0]
	require.Equal(t, &Discovery{Text: "srv:_janus-ws._tcp.media.svc.", Name: "_janus-ws._tcp.media.svc", SRV: true, Every: 7 * time.Second}, p.Discover)
	require.Equal(t, "wss://template.example.org/", cfg.Servers[0].PublicURL)
	found := cfg.Servers[0].Discovered(p.Discover, "janus-0", "janus-0.media:9989", "")
	require.Equal(t, "janus-0", found.Name)
	require.Equal(t, "janus-0", found.Identity)
	require.True(t, found.Enabled)
	require.Equal(t, "wss://me:hush@janus-0.media:9989/?token=hush", found.URL)
	require.Equal(t, "http://janus-0.media:7088/admin", found.AdminURL)
	require.Equal(t, "wss://janus-0.example.org/", found.PublicURL)

	cfg, _ = parseText(t, poolText(`<param name="discover" value="dns:media.svc:8989"/>`))
	require.Equal(t, &Discovery{Text: "dns:media.svc:8989", Name: "media.svc", Port: "8989", Every: 5 * time.Second}, cfg.Pools[0].Discover)
	found = cfg.Servers[0].Discovered(cfg.Pools[0].Discover, "janus-0", "[fd00::1]:8989", "media.svc")
	require.Equal(t, "wss://me:hush@[fd00::1]:8989/?token=hush", found.URL)
	secured, err := found.TLSConfig()
	require.NoError(t, err)
	require.Equal(t, "media.svc", secured.ServerName)
	none := DefaultServer("")
	plain := none.Discovered(cfg.Pools[0].Discover, "janus-0", "10.0.0.1:8989", "")
	require.Equal(t, "ws://10.0.0.1:8989/", plain.URL, "without a template")
}

func TestBadDiscover(t *testing.T) {
	for value, words := range map[string]string{
		"media.svc:8188":                         "begins neither with dns: nor with srv:",
		"dns:media.svc":                          `"dns:media.svc" has no host and port; right is dns:HOST:PORT`,
		"dns:10.0.0.1:8188":                      "has no host and port",
		"dns:media:0":                            "has no host and port",
		"dns:http://me:hush@10.0.0.1:8088/janus": "its host is no name in the DNS",
		"dns:ftp://me:hush@media:8088/janus":     `its scheme is "ftp"`,
		"srv:media.svc":                          `"srv:media.svc" is not the name of SRV records`,
		"srv:_janus-ws._tcp":                     "is not the name of SRV records",
		"srv:_janus-ws._tcp.me dia":              "is not the name of SRV records",
	} {
		cfg, problems := parseText(t, poolText(`<param name="discover" value="`+value+`"/>`))
		require.Contains(t, problems, words, value)
		require.NotContains(t, problems, "hush")
		require.Nil(t, cfg.Pools[0].Discover)
	}
	cfg, problems := parseText(t, poolText(`<param name="discover" value="dns:media:1"/><param name="template" value="other"/><param name="refresh" value="0"/>`))
	require.Contains(t, problems, `param refresh: "0" is not a whole number of seconds above 0`)
	require.Contains(t, cfg.FillPools()[0].Text, `template "other" is no <server>`)
	_, problems = parseText(t, poolText(`<param name="servers" value="template"/><param name="template" value="template"/>`))
	require.Contains(t, problems, "template has no effect without discover")
}

// The C module's params, as it reads them.
func TestPodsOfTheCModule(t *testing.T) {
	text := func(params string) string {
		return `<configuration><settings>` + params + `</settings><server name="demo"><param name="url" value="http://h/janus"/></server></configuration>`
	}
	cfg, problems := parseText(t, text(`<param name="headless-service-url" value="http://janus-headless.media.svc.cluster.local:8088/janus"/>`))
	require.Empty(t, problems)
	const name = "janus-headless.media.svc.cluster.local"
	require.Equal(t, &Discovery{Text: "dns:http://" + name + ":8088/janus", Name: name, Port: "8088", URL: "http://" + name + ":8088/janus",
		Every: 30 * time.Second, FailMax: 12}, cfg.Pods)
	found := cfg.Servers[0].Discovered(cfg.Pods, "janus-0", "10.0.0.1:8088", name)
	require.Equal(t, "http://10.0.0.1:8088/janus", found.URL)

	cfg, problems = parseText(t, text(`<param name="pod-url-template" value="https://{pod}.media.svc"/><param name="registry-refresh-sec" value="10"/><param name="pod-server-fail-max" value="0"/>`))
	require.Contains(t, problems, "{pod} is left out, the pods are found in the DNS: https://media.svc")
	require.Equal(t, &Discovery{Text: "dns:https://media.svc/janus", Name: "media.svc", Port: "443", URL: "https://media.svc/janus", Every: 10 * time.Second, FailMax: 12}, cfg.Pods)

	cfg, problems = parseText(t, text(`<param name="headless-service-url" value="ws://me:hush@media.svc:8188/"/><param name="registry-refresh-sec" value="soon"/>`))
	require.Contains(t, problems, `param registry-refresh-sec: "soon" is not a whole number; the default (30 s) stands`)
	require.Equal(t, 30*time.Second, cfg.Pods.Every)
	require.NotContains(t, cfg.Pods.Text, "hush")

	cfg, problems = parseText(t, text(`<param name="headless-service-url" value="media.svc:8088"/><param name="registry-refresh-sec" value="10"/>`))
	require.Contains(t, problems, "param headless-service-url")
	require.Nil(t, cfg.Pods)
}
