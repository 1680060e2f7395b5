// SPDX-License-Identifier: MPL-2.0

package config

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// parsePools reads two servers and what follows, and puts the servers into the pools.
func parsePools(t *testing.T, text string) ([]PoolConfig, string) {
	t.Helper()
	servers := `<server name="j1"><param name="url" value="http://a/"/></server><server name="j2"><param name="url" value="http://b/"/></server>`
	cfg, problems := parseText(t, "<configuration>"+servers+text+"</configuration>")
	for _, p := range cfg.FillPools() {
		problems += p.Text + "\n"
	}
	return cfg.Pools, problems
}

func TestPools(t *testing.T) {
	pools, problems := parsePools(t, `<pool name="eu"><param name="servers" value="j2, j1"/><param name="failover-after" value="12s"/></pool>`)
	require.Empty(t, problems)
	require.Equal(t, []PoolConfig{{Name: "eu", Servers: []string{"j2", "j1"}, FailoverAfter: 12 * time.Second}}, pools)
	pools, problems = parsePools(t, `<server name="j3"><param name="url" value="http://c/"/><param name="pool" value="us"/><param name="weight" value="2.5"/>
		<param name="max-participants" value="300"/><param name="public-url" value="wss://j3.example.org/"/></server>`)
	require.Empty(t, problems)
	require.Equal(t, []PoolConfig{{Name: "us", Servers: []string{"j3"}, FailoverAfter: 5 * time.Second}}, pools)
	pools, problems = parsePools(t, `<pool name="eu"><param name="servers" value="j1"/><param name="failover-after" value="0"/></pool>`)
	require.Empty(t, problems)
	require.Zero(t, pools[0].FailoverAfter)
}

// Each thing that is wrong is named, with what would be right, and the rest counts.
func TestPoolsBad(t *testing.T) {
	const servers = `<param name="servers" value="j1,j2"/>`
	for text, want := range map[string]string{
		`<pool><param name="servers" value="j1"/></pool>`:                                                 `pool number 1 has no name`,
		`<pool name="a/b">` + servers + `</pool>`:                                                         `pool "a/b" is ignored: its name would not fit a dial string`,
		`<pool name="j1">` + servers + `</pool>`:                                                          `pool "j1" is ignored: a server has the same name`,
		`<pool name="eu"/>`:                                                                               `pool "eu" is ignored: there is no server in it; want the param servers`,
		`<pool name="eu"><param name="servers" value="j1,j9"/></pool>`:                                    `pool "eu": there is no server "j9"`,
		`<pool name="eu"><param name="servers" value="j1,j1"/></pool>`:                                    `param servers: server "j1" stands there twice`,
		`<pool name="eu">` + servers + `<param name="failover-after" value="soon"/></pool>`:               `param failover-after: "soon" is not a whole number of seconds`,
		`<pool name="eu">` + servers + `<param name="colour" value="red"/></pool>`:                        `pool "eu": unknown param "colour"`,
		`<pool name="eu">` + servers + `</pool><pool name="us"><param name="servers" value="j2"/></pool>`: `pool "us": server "j2" is in pool "eu" already`,
		`<pool name="eu">` + servers + `</pool><pool name="eu">` + servers + `</pool>`:                    `pool "eu" is configured twice`,
		`<server name="j3"><param name="url" value="http://c/"/><param name="plugin" value="janus.plugin.cm.audioroom"/></server>
		 <pool name="eu"><param name="servers" value="j1,j3"/></pool>`: `server "j3" has the plugin janus.plugin.cm.audioroom, and server "j1" has janus.plugin.audiobridge`,
	} {
		_, problems := parsePools(t, text)
		require.Contains(t, problems, want, text)
	}
	for param, want := range map[string]string{
		`<param name="weight" value="-1"/>`:                        `param weight: "-1" is not a number from 0 to 1000`,
		`<param name="weight" value="NaN"/>`:                       `param weight: "NaN" is not a number`,
		`<param name="max-participants" value="0"/>`:               `param max-participants: "0" is not a whole number from 1 on`,
		`<param name="public-url" value="wss://u:verysecret@h/"/>`: `param public-url: it has a user or a password`,
		`<param name="public-url" value="sip:x"/>`:                 `param public-url: its scheme is "sip"`,
		`<param name="pool" value="a b"/>`:                         `param pool: "a b" would not fit a dial string`,
	} {
		cfg, problems := parseText(t, oneServer(param))
		require.Contains(t, problems, want)
		require.NotContains(t, problems, "verysecret")
		require.Equal(t, 1.0, cfg.Servers[0].Weight)
	}
	require.NotContains(t, strings.Join(names(PoolParams), ","), " ")
}

func names(params []Param[PoolConfig]) (names []string) {
	for _, p := range params {
		names = append(names, p.Name)
	}
	return names
}
