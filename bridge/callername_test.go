// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/call"
	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/bridge/media"
	"mod_janus/janusclient/janustest"
)

// dialler is who dials, as the switch says it.
type dialler struct {
	name, number         string
	hideName, hideNumber bool
}

// from dials on behalf of a caller.
func (l *lab) from(who dialler, destination string) (*call.Call, string) {
	l.t.Helper()
	c, cause := l.engine.Dial(&call.Request{
		Destination: destination, CallerName: who.name, CallerNumber: who.number, HideName: who.hideName, HideNumber: who.hideNumber,
		AUUID: "a-leg", Rings: media.NewRings(), Release: func() { l.freed.Add(1) },
	})
	require.Equal(l.t, host.CauseNone, cause)
	l.host.Session("leg", existing)
	c.Run("leg")
	l.up("leg")
	return c, "leg"
}

func TestNameOfTheCaller(t *testing.T) {
	long := strings.Repeat("ü", 150) // 300 bytes
	for who, want := range map[dialler]any{
		{name: "Alice", number: "1001"}:                   "Alice",
		{name: "Smith, John|O'Brien", number: "1001"}:     "Smith, John|O'Brien",
		{name: "Alice", number: "1001", hideName: true}:   nil,
		{name: "Alice", number: "1001", hideNumber: true}: "Alice",
		{name: "1001", number: "1001"}:                    "1001",
		{name: "1001", number: "1001", hideNumber: true}:  nil,
		{name: "a\x07b\xffc", number: "1001"}:             "ab\uFFFDc",
		{name: long}:                                      strings.Repeat("ü", 127),
		{name: "Outbound Call", number: "1001"}:           nil,
		{}:                                                nil,
	} {
		l := newLab(t, "")
		c, _ := l.from(who, "demo/@1234")
		require.Equal(t, want, l.last("join")["display"])
		l.end(c, host.CauseNormalClearing)
	}
}

func TestCutDisplay(t *testing.T) {
	for _, name := range []string{"", "x", strings.Repeat("x", 255), strings.Repeat("x", 256), strings.Repeat("€", 100), strings.Repeat("😀", 90), "x" + strings.Repeat("ü", 400)} {
		cut := config.CutDisplay(name)
		require.LessOrEqual(t, len(cut), config.MaxDisplay)
		require.True(t, utf8.ValidString(cut))
		require.True(t, strings.HasPrefix(name, cut))
		require.GreaterOrEqual(t, len(cut), min(len(name), config.MaxDisplay-3))
	}
	dial, err := config.ParseDialString("demo/" + strings.Repeat("€", 100) + "@1")
	require.NoError(t, err)
	require.Equal(t, strings.Repeat("€", 85), dial.Display)
}

// After a transfer the room sees the other caller, whatever privacy allows.
func TestNameFollowsATransfer(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.from(dialler{name: "Alice", number: "1001"}, "demo/@1234")
	sees := func(want string) {
		l.t.Helper()
		l.eventually("the room sees "+want, func() bool { return strings.Contains(l.engine.Command("participants demo 1234"), "|"+want+"|") })
	}
	sees("Alice")
	c.Display("Alice", "1001", false, false) // what a bridge says at first
	require.Zero(t, l.requested("configure"))
	c.Display("Bob", "1002", false, false)
	sees("Bob")
	l.eventually("janus calls shows Bob", func() bool { // the room may see the name before Janus's answer is here
		return strings.Split(strings.Split(l.engine.Command("calls"), "\n")[1], "|")[3] == "Bob"
	})
	c.Display("UNKNOWN", "UNKNOWN", false, false)
	c.Display("_undef_", "", false, false)
	c.Display("Carol", "1003", true, true)
	sees(" ")
	c.Display("Outbound Call", "1004", false, false)
	sees("1004")
	c.Display("1005", "1005", false, true)
	sees(" ")
	c.Display("Dave", "1006", false, false)
	sees("Dave")
	l.janus.LoseSessions() // it is also the name with which the leg joins again
	l.eventually("joined again", func() bool { return l.requested("join") == 2 && l.fired("janus::call", "Action", "rejoined") })
	require.Equal(t, "Dave", l.last("join")["display"])
	// what somebody has typed stays
	require.Equal(t, "+OK\n", l.engine.Command("display "+uuid+" The boss"))
	c.Display("Eve", "1007", false, false)
	require.Equal(t, "+OK\n", l.engine.Command("mute "+uuid))
	sees("The boss")
	l.end(c, host.CauseNormalClearing)
}

// The name in the dial string stays, and a name that Janus refuses costs no call.
func TestNameThatDoesNotFollow(t *testing.T) {
	l := newLab(t, "")
	c, uuid := l.from(dialler{name: "Alice"}, "demo/Desk%20One@1234")
	c.Display("Bob", "1002", false, false)
	require.Equal(t, "+OK\n", l.engine.Command("mute "+uuid))
	require.Contains(t, l.engine.Command("participants demo 1234"), "|Desk One|")
	l.end(c, host.CauseNormalClearing)
	l.clean(1)
	c, uuid = l.from(dialler{name: "Alice"}, "demo/@1234")
	l.janus.Fault(janustest.Match{Janus: "message", Request: "configure", Nth: 1}, janustest.Refuse(499, "no such names"))
	c.Display("Bob", "1002", false, false)
	l.host.Wait(t, "it is told", func() bool { return l.host.Logged(uuid, `the room still sees the name "Alice": no such names`) })
	require.Equal(t, "+OK\n", l.engine.Command("mute "+uuid))
	l.end(c, host.CauseNormalClearing)
}

// Janus's logs name a call as the SIP trace does.
func TestOpaqueID(t *testing.T) {
	for callID, want := range map[string]string{
		"f81d4fae-7dec@192.0.2.1": "f81d4fae-7dec@192.0.2.1", "": "leg", "bad\x00id": "leg", strings.Repeat("x", 300): "leg",
	} {
		l := newLab(t, "")
		l.host.Session("a-leg", map[string]string{"sip_call_id": callID})
		c, _ := l.from(dialler{}, "demo/@1234")
		opaque := ""
		for _, r := range l.janus.Requests() {
			if r.Janus == "attach" {
				opaque = string(r.Body)
			}
		}
		require.Contains(t, opaque, `"opaque_id":"`+want+`"`)
		l.end(c, host.CauseNormalClearing)
	}
}
