// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/call"
	"mod_janus/bridge/host"
	"mod_janus/bridge/host/hosttest"
	"mod_janus/janusclient/janustest"
)

// reconfigure changes what the host hands over as configuration.
func (l *lab) reconfigure(edit func(string) string) {
	l.host.Mu.Lock()
	defer l.host.Mu.Unlock()
	l.host.XML = edit(l.host.XML)
}

func replacing(pairs ...string) func(string) string { return strings.NewReplacer(pairs...).Replace }

// Servers are added, changed, disabled and removed under a call, which stays.
func TestReload(t *testing.T) {
	l := newLab(t, `<param name="codec-string" value="opus"/>`)
	other := janustest.NewServer(janustest.WithRoom("1234"))
	defer other.Close()
	other.Answer = l.peers.answer
	c, uuid := l.call("demo/First@1234", existing)
	l.up(uuid)
	const same = "+OK\nadded|\nchanged|\nremoved|\n"
	require.Equal(t, same, l.engine.Command("reload"))
	session := l.host.Variable(uuid, host.VarSessionID)

	l.reconfigure(replacing("</configuration>", `<server name="two"><param name="url" value="`+other.URL+`"/><param name="enabled" value="true"/>`+
		`<param name="rtp-ip" value="127.0.0.1"/></server></configuration>`))
	require.Equal(t, "+OK\nadded|two\nchanged|\nremoved|\n", l.engine.Command("reload"))
	d, second := l.call("two/Second@1234", existing)
	l.up(second)

	l.reconfigure(replacing(`value="opus"`, `value="PCMU"`))
	require.Equal(t, "+OK\nadded|\nchanged|demo\nremoved|\n", l.engine.Command("reload"))
	e, third := l.call("demo/Third@1234", existing)
	l.up(third)
	require.Equal(t, "PCMU", l.host.Variable(third, host.VarCodec))
	require.Equal(t, session, l.host.Variable(third, host.VarSessionID), "the connection is as it was")
	l.end(e, host.CauseNormalClearing)

	// another connection: the call that is up keeps the old one, and is counted with the new
	l.reconfigure(replacing(`</server><server name="two">`, `<param name="cmd-timeout" value="4000"/></server><server name="two">`))
	require.Equal(t, "+OK\nadded|\nchanged|demo\nremoved|\n", l.engine.Command("reload"))
	e, third = l.call("demo/Fourth@1234", existing)
	l.up(third)
	require.NotEqual(t, session, l.host.Variable(third, host.VarSessionID))
	require.Contains(t, l.engine.Command("list"), "demo|true|3|2|")
	l.end(e, host.CauseNormalClearing)
	l.eventually("the call from before is alone", func() bool { return l.janus.Participants("1234") == 1 })

	// disabled, then gone
	l.reconfigure(func(text string) string {
		i := strings.LastIndex(text, `<param name="enabled" value="true"/>`)
		return text[:i] + strings.Replace(text[i:], "true", "false", 1)
	})
	require.Equal(t, "+OK\nadded|\nchanged|two\nremoved|\n", l.engine.Command("reload"))
	_, cause := l.engine.Dial(&call.Request{Destination: "two/x@1234"})
	require.Equal(t, host.CauseOutgoingCallBarred, cause)
	l.reconfigure(func(text string) string {
		one, _, _ := strings.Cut(text, `<server name="two">`)
		return one + "</configuration>"
	})
	require.JSONEq(t, `{"added":[],"changed":[],"removed":["two"]}`, l.engine.Command("reload as json"))
	_, cause = l.engine.Dial(&call.Request{Destination: "two/x@1234"})
	require.Equal(t, host.CauseNoRouteDestination, cause)
	require.Equal(t, 1, other.Participants("1234"), "the call on it goes on")
	require.Contains(t, l.engine.Command("status"), "\n4|2|")
	l.end(d, host.CauseNormalClearing)
	l.eventually("the session of the removed server is gone", func() bool { return other.Sessions() == 0 })

	for text, want := range map[string]string{"": "is empty", "<x/>": "root element", "missing": "no such file"} {
		l.reconfigure(func(string) string { return text })
		out := l.engine.Command("reload")
		require.True(t, strings.HasPrefix(out, "-ERR the configuration stays as it was: "), out)
		require.Contains(t, out, want)
		require.Equal(t, []string{"demo"}, l.engine.Servers())
	}
	require.Equal(t, 1, l.janus.Participants("1234"), "the first call never noticed")
	l.end(c, host.CauseNormalClearing)
	l.clean(4)
	l.eventually("the replaced connection ends with its last call", func() bool { return l.janus.Sessions() == 1 })
}

func TestCommandOutputs(t *testing.T) {
	l := newLab(t, `<param name="secret" value="hush"/><param name="tls-verify" value="false"/>`)
	c, uuid := l.call("demo/My|Name%25@1234", existing)
	l.up(uuid)
	require.Regexp(t, `^totalCalls\|callsInProgress\|started\n1\|1\|\d{16}\n$`, l.engine.Command("status"))
	require.Regexp(t, `^\{"totalCalls":1,"callsInProgress":1,"started":\d{16}\}\n$`, l.engine.Command("status as json"))
	require.Regexp(t, `^name\|enabled\|totalCalls\|callsInProgress\|started\|id\ndemo\|true\|1\|1\|\d{16}\|\d+\n$`, l.engine.Command("list"))
	require.Regexp(t, `^uuid\|server\|room\|display\|participant\|codec\|state\|seconds\|loss\|jitter\|rtt\n`+
		uuid+`\|demo\|1234\|My%7CName%25\|\d+\|opus\|up\|\d\|\d+\|\d+\.\d\|\d+\.\d\n$`, l.engine.Command("calls"))
	var calls []struct {
		UUID, Server, Room, Display, Participant, Codec, State string
		Seconds, Loss                                          int
		Jitter, RTT                                            float64
	}
	require.NoError(t, json.Unmarshal([]byte(l.engine.Command("calls as json")), &calls))
	require.Equal(t, "My|Name%", calls[0].Display)
	l.eventually("the version is known", func() bool { return !strings.Contains(l.engine.Command("server demo"), "version|\n") })
	require.Regexp(t, `^name\|demo\nstate\|connected\nenabled\|true\nurl\|(http|ws)://127.0.0.1:\d+/(janus)?\notherUrls\|\nplugin\|janus.plugin.audiobridge\n`+
		`id\|\d+\nstarted\|\d{16}\nroundTripMs\|[\d.]+\nversion\|.+\ntransports\|.*\nstringIds\|auto\ntotalCalls\|1\ncallsInProgress\|1\nlastError\|\n$`,
		l.engine.Command("server demo"))
	var server map[string]any
	require.NoError(t, json.Unmarshal([]byte(l.engine.Command("server demo as json")), &server))
	require.Equal(t, "connected", server["state"])
	require.Equal(t, "+OK\n", l.engine.Command("debug true"))
	for line, usage := range map[string]string{
		"": "janus debug", "x": "janus debug", "debug": "janus debug true|false\n", "debug perhaps": "janus debug true|false\n",
		"list as xml": "janus list [as json]\n", "status now": "janus status [as json]\n", "calls 1 2": "janus calls [<uuid>] [as json]\n",
		"server": "janus server <name>", "server demo explode": "janus server <name>", "reload it": "janus reload [as json]\n",
	} {
		out := l.engine.Command(line)
		require.True(t, strings.HasPrefix(out, "-ERR usage: "+usage), "%q: %q", line, out)
	}
	require.Equal(t, "-ERR no server \"nowhere\" is configured\n", l.engine.Command("server nowhere enable"))
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
	require.Equal(t, "[]\n", l.engine.Command("calls as json"))
}

// A range of ports within the switch's own is a warning.
func TestPortRangeOverlaps(t *testing.T) {
	for value, overlaps := range map[string]bool{"9000-10000": true, "20000-20100": true, "29998-30010": true, "9000-9998": false, "30000-30010": false} {
		host := hosttest.New(`<configuration><server name="demo"><param name="url" value="http://127.0.0.1:1/janus"/><param name="rtp-port-range" value="` +
			value + `"/></server></configuration>`)
		engine, err := Start(host)
		require.NoError(t, err)
		require.Zero(t, engine.Stop(hosttest.Patience))
		require.Equal(t, overlaps, host.Logged("4 ", `server "demo"`, "rtp-port-range "+value, "10000-29998"), value)
	}
}

// What an operator has said on the console outlives a reload, also one that
// connects the server anew, and whatever the configuration says of it.
func TestReloadKeepsAnOperatorsWord(t *testing.T) {
	barred := func(l *lab) {
		l.t.Helper()
		_, cause := l.engine.Dial(&call.Request{Destination: "demo/x@1234"})
		require.Equal(t, host.CauseOutgoingCallBarred, cause)
	}
	draining := func(l *lab, servers int) { // the one of before and the one that has replaced it
		l.t.Helper()
		l.host.Wait(l.t, "the drain is told of", func() bool {
			return strings.Count(strings.Join(l.host.Lines, "\n"), "Server demo is draining: 1 calls in progress") == servers
		})
	}
	for _, word := range []string{"server demo disable", "drain demo"} {
		l := newLab(t, "")
		c, _ := l.joined()
		l.engine.Command(word)
		if word == "drain demo" {
			draining(l, 1)
		}
		require.Equal(t, "+OK\nadded|\nchanged|\nremoved|\n", l.engine.Command("reload"))
		barred(l)
		l.host.Wait(t, "it is told", func() bool { return l.host.Logged("5 ", "Server demo stays disabled, as was said on the console") })
		l.reconfigure(replacing(`</server>`, `<param name="codec-string" value="PCMU,opus"/></server>`))
		require.Contains(t, l.engine.Command("reload"), "changed|demo")
		barred(l)
		l.reconfigure(replacing(`</server>`, `<param name="send-timeout" value="4999"/></server>`))
		require.Contains(t, l.engine.Command("reload"), "changed|demo")
		barred(l)
		if word == "drain demo" {
			require.Equal(t, "1", lines(t, l.engine.Command("drain demo"))["callsAtStart"], "it is the same drain")
			draining(l, 2)
			l.end(c, host.CauseNormalClearing)
			l.toldOfDrain("drained", "0")
			require.NotContains(t, l.log(), "not drained any more")
			require.Equal(t, "+OK\n", l.engine.Command("drain demo stop"))
		} else {
			l.end(c, host.CauseNormalClearing)
			require.Equal(t, "+OK\n", l.engine.Command("server demo enable"))
		}
		// enabled on the console, and not by the configuration
		l.reconfigure(replacing(`name="enabled" value="true"`, `name="enabled" value="false"`))
		l.engine.Command("reload")
		c, uuid := l.call("demo/x@1234", existing)
		l.up(uuid)
		l.end(c, host.CauseNormalClearing)
	}
}
