// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/host"
	"mod_janus/janusclient/janustest"
)

// newAddress opens another address of a fake Janus, over the transport of the lab.
func newAddress(t *testing.T, server *janustest.Server) *janustest.Address {
	t.Helper()
	address, err := server.NewAddress(overWebSocket())
	require.NoError(t, err)
	t.Cleanup(address.Die)
	return address
}

// withPassword is a URL that holds a password.
func withPassword(a *janustest.Address) string {
	return strings.Replace(a.URL(), "://", "://me:geheim@", 1)
}

// useURLs gives the server demo other URLs, and loads that.
func (l *lab) useURLs(urls ...string) {
	l.t.Helper()
	params := ""
	for _, address := range urls {
		params += fmt.Sprintf(`<param name="url" value="%s"/>`, address)
	}
	l.reconfigure(func(text string) string {
		head, rest, _ := strings.Cut(text, `<param name="url"`)
		_, rest, _ = strings.Cut(rest, "/>")
		return head + params + rest
	})
	require.Equal(l.t, "+OK\nadded|\nchanged|demo\nremoved|\n", l.engine.Command("reload"))
}

// shown is one line of `janus server demo`.
func (l *lab) shown(name string) string {
	l.t.Helper()
	return lines(l.t, l.engine.Command("server demo"))[name]
}

// said tells whether a line of log has all these words.
func (l *lab) said(words ...string) bool {
	l.host.Mu.Lock()
	defer l.host.Mu.Unlock()
	return l.host.Logged(words...)
}

// The first URL is dead: the second one is used, and said.
func TestFirstURLIsDead(t *testing.T) {
	l := newLab(t, "")
	dead, good := newAddress(t, l.janus), newAddress(t, l.janus)
	dead.Die()
	l.useURLs(withPassword(dead), withPassword(good))
	l.eventually("connected", func() bool { return l.shown("state") == "connected" })
	shown := strings.ReplaceAll(withPassword(good), "geheim", "xxxxx")
	require.Equal(t, shown, l.shown("url"))
	require.Equal(t, strings.ReplaceAll(withPassword(dead), "geheim", "xxxxx"), l.shown("otherUrls"))
	l.host.Wait(t, "which one", func() bool { return l.host.Logged(", by " + shown) })
	c, uuid := l.call("demo/x@1234", existing)
	l.up(uuid)
	l.end(c, host.CauseNormalClearing)
	require.False(t, l.said("geheim"))
}

// The URL dies under a call: it goes on by another one of the same Janus.
func TestURLDiesUnderCall(t *testing.T) {
	l := newLab(t, "")
	first, second := newAddress(t, l.janus), newAddress(t, l.janus)
	l.useURLs(first.URL(), second.URL())
	l.eventually("connected", func() bool { return l.shown("url") == first.URL() && l.shown("state") == "connected" })
	c, uuid := l.call("demo/x@1234", existing)
	l.up(uuid)
	session := l.shown("id")
	first.Die()
	l.eventually("the other URL", func() bool { return l.shown("url") == second.URL() })
	l.host.Wait(t, "the log", func() bool { return l.host.Logged("in reach again, by " + second.URL()) })
	d, other := l.call("demo/y@1234", existing)
	l.up(other)
	require.Equal(t, session, l.shown("id"))
	require.Contains(t, l.engine.Command("mute "+uuid), "+OK")
	require.False(t, l.said("joining again"))
	l.end(c, host.CauseNormalClearing)
	l.end(d, host.CauseNormalClearing)
}

// The URL dies under a call, and the other one is another Janus's: the call joins again there.
func TestFallbackIsAnotherJanus(t *testing.T) {
	l := newLab(t, `<param name="cmd-timeout" value="1000"/>`)
	first := newAddress(t, l.janus)
	other := janustest.NewServer(janustest.WithRoom("1234"), janustest.WithAutoWebRTCUp())
	t.Cleanup(other.Close)
	other.Answer = l.peers.answer
	l.useURLs(first.URL(), other.URL)
	l.eventually("connected", func() bool { return l.shown("url") == first.URL() && l.shown("state") == "connected" })
	c, uuid := l.call("demo/x@1234", existing)
	l.up(uuid)
	first.Die()
	l.eventually("the other Janus", func() bool { return other.Handles() == 1 })
	l.host.Wait(t, "joined again", func() bool { return l.host.Logged("joined again after") })
	require.Equal(t, other.URL, l.shown("url"))
	l.end(c, host.CauseNormalClearing)
	l.eventually("left", func() bool { return other.Handles() == 0 })
}

// All URLs are dead: each is named, without its password; and they are tried round again.
func TestAllURLsAreDead(t *testing.T) {
	l := newLab(t, "")
	one, two := newAddress(t, l.janus), newAddress(t, l.janus)
	one.Die()
	two.Die()
	l.useURLs(withPassword(one), withPassword(two))
	l.eventually("an attempt", func() bool { return l.shown("lastError") != "" })
	require.Contains(t, l.shown("lastError"), "none of 2 addresses can be used")
	for _, address := range []*janustest.Address{one, two} {
		require.Contains(t, l.shown("lastError"), address.Host())
	}
	require.NoError(t, two.Revive())
	l.eventually("connected", func() bool { return l.shown("state") == "connected" })
	require.Empty(t, l.shown("lastError"))
	require.False(t, l.said("geheim"))
}
