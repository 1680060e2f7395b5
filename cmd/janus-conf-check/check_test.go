// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge"
	"mod_janus/bridge/host"
	"mod_janus/bridge/host/hosttest"
)

// folder is a configuration of FreeSWITCH with these files, by their names.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "autoload_configs"), 0o700))
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return dir
}

// said runs the command on the janus.conf.xml of a folder.
func said(t *testing.T, dir string, args ...string) (status int, lines []string) {
	t.Helper()
	var out, complaints bytes.Buffer
	file := filepath.Join(dir, "autoload_configs", "janus.conf.xml")
	status = run(append(args, file), &out, &complaints)
	require.Empty(t, complaints.String())
	for line := range strings.Lines(out.String()) {
		line, found := strings.CutPrefix(strings.TrimSuffix(line, "\n"), file+": ")
		require.True(t, found, line)
		lines = append(lines, line)
	}
	return status, lines
}

// conf is a janus.conf.xml with a server demo that has these params, and what stands before it.
func conf(before, params string) string {
	return `<configuration name="janus.conf" description="Janus Endpoint">` + before +
		`<server name="demo"><param name="url" value="http://127.0.0.1:1/janus"/>` + params + `</server></configuration>`
}

// loaded is what a load of this text logs of the configuration, as the command writes it.
func loaded(t *testing.T, text string) (lines []string) {
	t.Helper()
	h := hosttest.New(text)
	e, err := bridge.Start(h)
	require.NoError(t, err)
	e.Stop(0)
	words := map[host.Level]string{host.LevelError: "error", host.LevelWarning: "warning"}
	h.Mu.Lock()
	defer h.Mu.Unlock()
	for _, line := range h.Lines {
		for level, word := range words {
			if text, found := strings.CutPrefix(line, fmt.Sprintf("%d  janus.conf: ", level)); found {
				lines = append(lines, word+": "+text)
			}
			if text, found := strings.CutPrefix(line, fmt.Sprintf("%d  No configuration, no server: janus.conf: ", level)); found {
				lines = append(lines, word+": "+text)
			}
		}
	}
	return lines
}

// The command says what a load says, no more and no less.
func TestSaysWhatALoadSays(t *testing.T) {
	nowhere := filepath.Join(t.TempDir(), "nowhere")
	for name, text := range map[string]string{
		"right":          conf("", ""),
		"unknown param":  conf("", `<param name="colour" value="red"/>`),
		"wrong values":   conf("", `<param name="cmd-timeout" value="soon"/><param name="codec-string" value="mp3"/><param name="rtp-ip" value="here"/>`),
		"contradictions": conf("", `<param name="hmac-secret" value="a"/><param name="auth-token" value="b"/><param name="tls-cert-file" value="c"/>`),
		"no url":         `<configuration><server name="demo"/></configuration>`,
		"twice":          strings.Replace(conf("", ""), "</configuration>", `<server name="demo"><param name="url" value="ws://b"/></server></configuration>`, 1),
		"settings":       conf(`<settings><param name="debug" value="maybe"/><param name="color" value="1"/></settings>`, ""),
		"controls":       conf(`<caller-controls><group name="a"><control action="fly" digits="1"/></group></caller-controls>`, ""),
		"archive":        conf(`<archive><param name="archive-path" value="`+nowhere+`"/><param name="job-path" value="jobs"/></archive>`, ""),
		"pattern":        conf(`<archive><param name="job-pattern" value="job"/></archive>`, ""),
		"TLS":            conf("", `<param name="tls-ca-file" value="`+nowhere+`"/>`),
		"ports":          conf("", `<param name="rtp-port-range" value="100-65000"/>`),
		"pools": conf(`<pool name="eu"><param name="servers" value="demo,nobody"/><param name="store" value="redis://:hush@/x"/></pool>`+
			`<pool name="demo"/><pool name="us"><param name="colour" value="red"/></pool>`, ""),
		"pods":         conf(`<settings><param name="headless-service-url" value="janus"/><param name="registry-refresh-sec" value="soon"/></settings>`, ""),
		"not XML":      `<configuration><server></configuration>`,
		"another root": `<document/>`,
		"empty":        "",
	} {
		dir := folder(t, map[string]string{
			"autoload_configs/janus.conf.xml":  text,
			"autoload_configs/switch.conf.xml": switchConf(hosttest.New("").RTPPorts()),
		})
		want := loaded(t, text)
		status, got := said(t, dir)
		slices.Sort(want)
		slices.Sort(got)
		require.Equal(t, want, got, name)
		require.Equal(t, len(want) > 0, status == 1, name)
		require.Equal(t, name == "right", status == 0, name)
	}
}

func switchConf(first, last uint16) string {
	return fmt.Sprintf(`<configuration name="switch.conf"><settings><param name="rtp-start-port" value="%d"/><param name="rtp-end-port" value="%d"/></settings></configuration>`, first, last)
}

// What is shipped is right.
func TestShippedConfiguration(t *testing.T) {
	text, err := os.ReadFile("../../conf/janus.conf.xml")
	require.NoError(t, err)
	status, lines := said(t, folder(t, map[string]string{"autoload_configs/janus.conf.xml": string(text)}))
	require.Zero(t, status, lines)
}

// Variables, includes and comments are FreeSWITCH's.
func TestReadsAsFreeSWITCHDoes(t *testing.T) {
	dir := folder(t, map[string]string{
		"vars.xml": `<include>` + "\n" + `<!-- <X-PRE-PROCESS cmd="set" data="wait=700"/> -->` + "\n" +
			`  <X-PRE-PROCESS cmd="set" data="host = 192.0.2.7"/>` + "\n" + `<X-PRE-PROCESS cmd="exec" data="date"/>` + "\n" +
			`<X-PRE-PROCESS cmd="stun-set" data="external=stun:stun.example.org"/>` + "\n</include>\n",
		"autoload_configs/janus.conf.xml": `<configuration name="janus.conf">` + "\n<!-- -- $${nobody} <server> -->\n" +
			`<X-PRE-PROCESS cmd="include" data="janus_servers/*.inc"/>` + "\n" + `<X-PRE-PROCESS cmd="exec" data="date"/>` + "\n</configuration>\n",
	})
	require.NoError(t, os.Mkdir(filepath.Join(dir, "autoload_configs", "janus_servers"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "autoload_configs", "janus_servers", "a.inc"), []byte(
		`<include><server name="demo">`+"\n"+`</include>`+"\n"+`<server name="demo">`+`<param name="url" value="http://$${host}/janus?a=1&b=2"/>`+
			`<param name="cmd-timeout" value="$${wait}"/><param name="rtp-ip" value="$${local_ip_v4}"/><param name="admin-key" value="$${key}"/><param name="ext-rtp-ip" value="$${external}"/>`+
			`<param name="ping-interval" value="$${unset}x"/></server>`), 0o600))
	unset := "is not set in " + filepath.Join(dir, "vars.xml") + " and counts as empty; where FreeSWITCH sets it itself: -set "
	status, lines := said(t, dir)
	require.Equal(t, 1, status)
	require.Equal(t, []string{
		"warning: line 4 has FreeSWITCH run a program, which is not done here",
		"warning: $${key} " + unset + "key=VALUE",
		"warning: $${unset} " + unset + "unset=VALUE",
		`warning: server "demo": param ping-interval: "x" is not a number of seconds above 0; the default stands`,
		"note: $${external} counts as empty, since FreeSWITCH itself finds it out: -set external=VALUE",
	}, lines)
	status, lines = said(t, dir, "-e", "-set", "key=k", "-set", "unset=1", "-set", "wait=never", "-set", "external=192.0.2.9")
	require.Zero(t, status, lines)
	require.Len(t, lines, 3)
	require.Contains(t, lines[1], `param cmd-timeout`)
}

// Who cannot be asked is a note, and no secret of it is told.
func TestDatabaseIsANote(t *testing.T) {
	text := `<configuration><settings><param name="db-dsn" value="odbc://dsn:user:hush"/></settings></configuration>`
	status, lines := said(t, folder(t, map[string]string{"autoload_configs/janus.conf.xml": text}))
	require.Zero(t, status)
	require.Len(t, lines, 1)
	require.Contains(t, lines[0], "note: the servers of table janus of the database")
	require.NotContains(t, lines[0], "hush")
}

func TestUsage(t *testing.T) {
	var out, complaints bytes.Buffer
	require.Equal(t, 2, run([]string{"-colour"}, &out, &complaints))
	require.Equal(t, 2, run([]string{"-set", "x"}, &out, &complaints))
	require.Contains(t, complaints.String(), "want NAME=VALUE")
	require.Empty(t, out.String())
	complaints.Reset()
	require.Equal(t, 0, run([]string{"-h"}, &out, &complaints))
	require.Contains(t, complaints.String(), "usage: janus-conf-check")
	require.Equal(t, 1, run([]string{filepath.Join(t.TempDir(), "x", "janus.conf.xml")}, &out, &complaints))
	require.Contains(t, out.String(), "janus.conf.xml: error: it cannot be read: no such file or directory\n")
}
