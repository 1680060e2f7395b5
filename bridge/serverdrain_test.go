// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/call"
	"mod_janus/bridge/host"
	"mod_janus/bridge/host/hosttest"
	"mod_janus/janusclient"
)

// Two calls go on while new ones are barred, here and there; each end is told.
func TestDrain(t *testing.T) {
	l := newAdminLab(t)
	first, _ := l.joined()
	second, uuid := l.joined()
	progress := lines(t, l.engine.Command("drain demo"))
	require.Equal(t, "draining", progress["state"])
	require.Equal(t, "2", progress["calls"])
	require.Equal(t, "2", progress["callsAtStart"])
	require.Equal(t, "false", progress["janusAccepts"])
	_, cause := l.engine.Dial(&call.Request{Destination: "demo/x@1234"})
	require.Equal(t, host.CauseOutgoingCallBarred, cause)
	user, err := janusclient.New(janusclient.Config{URL: l.janus.URL})
	require.NoError(t, err)
	defer user.Close()
	_, err = user.Create(t.Context(), janusclient.SessionOptions{})
	require.ErrorContains(t, err, "not accepting")

	l.end(first, host.CauseNormalClearing)
	l.toldOfDrain("draining", "1")
	require.Equal(t, "up", lines(t, l.engine.Command("calls "+uuid))["state"])
	progress = lines(t, l.engine.Command("drain demo"))
	require.Equal(t, "1", progress["calls"])
	require.Equal(t, "2", progress["callsAtStart"], "of the first time")
	l.end(second, host.CauseNormalClearing)
	l.toldOfDrain("drained", "0")
	require.Equal(t, "drained", lines(t, l.engine.Command("drain demo"))["state"])
	l.eventually("the session is gone", func() bool { return l.janus.Sessions() == 0 })

	require.Equal(t, "+OK\n", l.engine.Command("drain demo stop"))
	l.connected()
	third, _ := l.joined()
	l.end(third, host.CauseNormalClearing)
}

// toldOfDrain waits for a janus::server event of a drain.
func (l *lab) toldOfDrain(action, calls string) {
	l.t.Helper()
	l.host.Wait(l.t, action+" "+calls, func() bool {
		for _, event := range l.host.Events {
			headers := map[string]string{}
			for _, header := range event.Headers {
				headers[header[0]] = header[1]
			}
			if event.Subclass == "janus::server" && headers["Action"] == action && headers["Janus-Calls"] == calls && headers["Janus-Server"] == "demo" {
				return true
			}
		}
		return false
	})
}

// A server that nobody uses is drained at once, and can be more than once.
func TestDrainOfAnIdleServer(t *testing.T) {
	l := newAdminLab(t)
	for range 3 {
		require.Equal(t, "drained", lines(t, l.engine.Command("drain demo"))["state"])
		l.toldOfDrain("drained", "0")
		require.JSONEq(t, `{"result":"ok"}`, l.engine.Command("drain demo stop as json"))
	}
}

// Enabled by other means a server is not drained any more.
func TestDrainGivenUp(t *testing.T) {
	for _, command := range []string{"server demo enable"} {
		l := newAdminLab(t)
		c, _ := l.joined()
		require.Equal(t, "draining", lines(t, l.engine.Command("drain demo"))["state"])
		l.engine.Command(command)
		l.host.Wait(t, command, func() bool { return l.host.Logged("not drained any more") })
		require.Equal(t, "1", lines(t, l.engine.Command("drain demo"))["callsAtStart"], "another drain")
		l.end(c, host.CauseNormalClearing)
		l.toldOfDrain("drained", "0")
		l.engine.Command(command)
		l.host.Wait(t, "drained, and then enabled", func() bool {
			return strings.Count(strings.Join(l.host.Lines, "\n"), "not drained any more") == 2
		})
		require.Equal(t, "+OK\n", l.engine.Command("drain demo stop"))
	}
}

// Without an Admin API the server is drained all the same; Janus takes others.
func TestDrainWithoutAdmin(t *testing.T) {
	l := newLab(t, "")
	c, _ := l.joined()
	progress := lines(t, l.engine.Command("drain demo"))
	require.Equal(t, "draining", progress["state"])
	require.Equal(t, "unknown", progress["janusAccepts"])
	l.end(c, host.CauseNormalClearing)
	l.toldOfDrain("drained", "0")
	require.Equal(t, "+OK\n", l.engine.Command("drain demo stop"))
}

// An unload does not wait for a drain.
func TestDrainAndUnload(t *testing.T) {
	l := newAdminLab(t)
	c, uuid := l.joined()
	require.Equal(t, "draining", lines(t, l.engine.Command("drain demo"))["state"])
	go func() {
		l.host.Wait(t, "hangup", func() bool { return l.host.Sessions[uuid].Down })
		l.end(c, host.CauseNormalClearing)
	}()
	require.Zero(t, l.engine.Stop(hosttest.Patience))
}
