// SPDX-License-Identifier: MPL-2.0

package config

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/media"
)

// parse returns the configuration and its problems in one text.
func parseText(t *testing.T, text string) (Config, string) {
	t.Helper()
	cfg, problems, err := ParseConfig(text)
	require.NoError(t, err)
	var all []string
	for _, p := range problems {
		all = append(all, p.Text)
	}
	return cfg, strings.Join(all, "\n")
}

func oneServer(params string) string {
	return `<configuration><server name="demo"><param name="url" value="http://127.0.0.1:8088/janus"/>` + params + `</server></configuration>`
}

func TestParseConfig(t *testing.T) {
	cfg, problems := parseText(t, `<configuration name="janus.conf"><settings><param name="debug" value="yes"/></settings>`+
		`<server name="demo"><param name="url" value="https://u:p@janus.example/janus"/><param name="secret" value="s"/>
		<param name="enabled" value="true"/><param name="rtp-ip" value="interface:ipv4/eth0"/><param name="ext-rtp-ip" value="autonat:192.0.2.1"/>
		<param name="apply-candidate-acl" value="a"/><param name="apply-candidate-acl" value="b"/><param name="codec-string" value="PCMA,opus@48000h"/>
		<param name="string-ids" value="true"/><param name="rtp-port-range" value="20000-20100"/><param name="cmd-timeout" value="1500"/></server></configuration>`)
	require.Empty(t, problems)
	require.True(t, cfg.Debug)
	require.Len(t, cfg.Servers, 1)
	s := cfg.Servers[0]
	require.True(t, s.Enabled)
	require.Equal(t, []string{"a", "b"}, s.CandidateACLs)
	require.Equal(t, []media.Codec{media.PCMA, media.Opus}, s.Codecs)
	require.Equal(t, IDString, s.StringIDs)
	require.Equal(t, []uint16{20000, 20100}, []uint16{s.PortMin, s.PortMax})
	require.Equal(t, 1500*time.Millisecond, s.CmdTimeout)
}

func TestShippedConfig(t *testing.T) {
	text, err := os.ReadFile("../../conf/janus.conf.xml")
	require.NoError(t, err)
	cfg, problems := parseText(t, string(text))
	require.Empty(t, problems)
	require.Len(t, cfg.Servers, 1)
	for _, name := range []string{"convert", "convert-program", "opus-decoder", "hep-server", "hep-id", "hep-password"} {
		require.Contains(t, string(text), `name="`+name+`"`)
	}
	// the params that are commented out are valid and show the defaults
	all := strings.NewReplacer("<!-- <param", "<param", "/> -->", "/>", `"auth-token" value="the-token"`, `"auth-token" value=""`).Replace(string(text))
	_, problems = parseText(t, all)
	require.Empty(t, problems)
	for _, param := range ServerParams {
		name := param.Name
		require.Contains(t, string(text), `name="`+name+`"`)
	}
	for _, param := range HTTPParams {
		require.Contains(t, string(text), `name="`+param.Name+`"`)
	}
}

// apply-candidate-acl as the C module reads it: none takes back what stands before it.
func TestCandidateACLNone(t *testing.T) {
	acl := func(values ...string) (params string) {
		for _, value := range values {
			params += `<param name="apply-candidate-acl" value="` + value + `"/>`
		}
		return params
	}
	for params, want := range map[string][]string{
		acl("none"): nil, acl("a", "none"): nil, acl("a", "None", "b", ""): {"b"},
	} {
		cfg, problems := parseText(t, oneServer(params))
		require.Empty(t, problems)
		require.Equal(t, want, cfg.Servers[0].CandidateACLs)
	}
}

func TestParseConfigWrongValues(t *testing.T) {
	for param, want := range map[string]string{
		`<param name="enabled" value="maybe"/>`:          `server "demo": param enabled: "maybe"`,
		`<param name="rtp-ip" value="300.1.1.1"/>`:       `param rtp-ip: "300.1.1.1"`,
		`<param name="ext-rtp-ip" value="nonsense"/>`:    `param ext-rtp-ip: "nonsense"`,
		`<param name="codec-string" value="G729"/>`:      `codec "G729" is not one of opus, PCMU, PCMA`,
		`<param name="codec-string" value=""/>`:          `no codec in it`,
		`<param name="string-ids" value="x"/>`:           `"x" is none of auto, true, false`,
		`<param name="rtp-port-range" value="9-5"/>`:     `"9-5" is not a range of ports`,
		`<param name="rtp-port-range" value="0-99999"/>`: `is not a range of ports`,
		`<param name="cmd-timeout" value="-1"/>`:         `"-1" is not a number of milliseconds`,
		`<param name="repeat-at-loss" value="101"/>`:     `"101" is not a whole number of percent, 0 to 100`,
		`<param name="max-message-size" value="5"/>`:     `"5" is not a number of bytes`,
		`<param name="max-message-chunks" value="0"/>`:   `"0" is not a number of chunks`,
		`<param name="raw-events" value="perhaps"/>`:     `"perhaps" is neither true nor false`,
		`<param name="colour" value="red"/>`:             `unknown param "colour"`,
	} {
		cfg, problems := parseText(t, oneServer(param))
		require.Contains(t, problems, want)
		require.Len(t, cfg.Servers, 1, param)
		require.Equal(t, DefaultServer("demo").CmdTimeout, cfg.Servers[0].CmdTimeout)
	}
}

func TestParseConfigBadServers(t *testing.T) {
	for text, want := range map[string]string{
		`<server><param name="url" value="http://a/"/></server>`: "server number 1 has no name",
		`<server name="a/b"/>`:  `server "a/b" is ignored`,
		`<server name="demo"/>`: "no usable param url",
		`<server name="demo"><param name="url" value="ftp://u:pw@a/"/></server>`: `its scheme is "ftp"`,
		`<server name="demo"><param name="url" value="http://"/></server>`:       "it names no host",
		`<settings><param name="debug" value="x"/></settings>`:                   "param debug",
		`<settings><param name="x" value="x"/></settings>`:                       `unknown param "x"`,
	} {
		cfg, problems := parseText(t, "<configuration>"+text+"</configuration>")
		require.Contains(t, problems, want)
		require.NotContains(t, problems, "pw@", "a password must not be quoted")
		require.Empty(t, cfg.Servers)
	}
}

func TestParseConfigRepeatedName(t *testing.T) {
	server := `<server name="demo"><param name="url" value="http://a/janus"/></server>`
	cfg, problems := parseText(t, "<configuration>"+server+server+"</configuration>")
	require.Contains(t, problems, `server "demo" is configured twice`)
	require.Len(t, cfg.Servers, 1)
}

func TestParseConfigNotXML(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "is empty",
		"  \n":                  "is empty",
		"hello":                 "no XML element",
		"<configuration>":       "not XML",
		"<document></document>": "root element is <document>",
	} {
		_, _, err := ParseConfig(text)
		require.ErrorContains(t, err, want)
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add(oneServer(`<param name="codec-string" value="opus"/>`))
	f.Add("<configuration><settings/></configuration>")
	f.Add("<a><b c=")
	f.Fuzz(func(t *testing.T, text string) {
		cfg, _, err := ParseConfig(text)
		if err != nil {
			return
		}
		for _, s := range cfg.Servers {
			if s.Name == "" || s.URL == "" || len(s.Codecs) == 0 {
				t.Fatalf("%q gave %+v", text, s)
			}
		}
	})
}
