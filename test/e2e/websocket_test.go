// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/janustest"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// cable is a TCP connection's way to a server, which can be cut.
type cable struct {
	address string

	mu     sync.Mutex
	unplug bool
	conns  map[net.Conn]bool
}

func newCable(t *testing.T, target string) *cable {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	c := &cable{address: listener.Addr().String(), conns: map[net.Conn]bool{}}
	var work sync.WaitGroup
	work.Go(func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := new(net.Dialer).DialContext(t.Context(), "tcp", target)
			if err != nil || !c.plug(near, far) {
				near.Close()
				continue
			}
			work.Go(func() { c.carry(near, far) })
			work.Go(func() { c.carry(far, near) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		c.cut(true)
		work.Wait()
	})
	return c
}

func (c *cable) plug(conns ...net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range conns {
		c.conns[conn] = true
		if c.unplug {
			conn.Close()
		}
	}
	return !c.unplug
}

func (c *cable) carry(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	to.Close()
	from.Close()
}

// cut resets what is connected; with stay nothing connects until mend.
func (c *cable) cut(stay bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unplug = stay
	for conn := range c.conns {
		conn.Close()
	}
	clear(c.conns)
}

func (c *cable) mend() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unplug = false
}

// The way to Janus's API is cut, for a moment and for a while, over REST and
// over a WebSocket, in a Janus that lets sessions be claimed: calls go on, hear
// and speak, and nobody joins twice.
func TestAPICutOff(t *testing.T) {
	t.Parallel() // it waits while Janus is away
	dir := t.TempDir()
	j, err := realjanus.Start(dir, realjanus.Config{ReclaimTimeout: 60})
	require.NoError(t, err)
	defer j.Kill()
	for _, target := range []string{j.HTTP, j.WS} {
		to, err := url.Parse(target)
		require.NoError(t, err)
		t.Run(to.Scheme, func(t *testing.T) {
			way := newCable(t, to.Host)
			s, err := startSwitch(filepath.Join(t.TempDir(), "switch"), lab.JanusConf(strings.Replace(target, to.Host, way.address, 1), param("ping-interval", "1")))
			require.NoError(t, err)
			defer s.Stop()
			speaker := originate(t, s, "%s", tone("x=y", "janus/demo/Speaker@8800", 440))
			listener := originate(t, s, "janus/demo/Listener@8800 &park()")
			a := ask(t, j)
			room := janusclient.NumberID(8800)
			eventually(t, "both are in the room", func() bool { return a.ready(room, 2) })
			before := a.participants(room)
			for _, while := range []time.Duration{0, 8 * time.Second} {
				way.cut(true)
				thrice(t, func(try testingT) { requireHeard(try, hearOn(t, s, 2, 48000, listener)[0], 440) })
				logged(t, s, `Server demo is out of reach, calls go on: .+`)
				began := time.Now()
				eventually(t, "it has been away", func() bool { return time.Since(began) > while })
				way.mend()
				eventually(t, "it is in reach again", func() bool {
					return strings.Count(s.Log(), "Server demo is out of reach") == strings.Count(s.Log(), "Server demo is in reach again")
				})
				require.Equal(t, before, a.participants(room), "the same two")
				hangup1 := originate(t, s, "%sjanus/demo/Third@8800 &park()", existing)
				api(t, s, "uuid_kill %s", hangup1)
				eventually(t, "two are left", func() bool { return len(a.participants(room)) == 2 })
			}
			thrice(t, func(try testingT) { requireHeard(try, hearOn(t, s, 2, 48000, listener)[0], 440) })
			require.NotContains(t, s.Log(), "joining again")
			requireOneSession(t, s)
			hangup(t, s, speaker, listener)
			a.empty(room)
		})
	}
}

// What a WebSocket may bring that no Janus sends: the call that is up goes on,
// the log says what it was, and calls work afterwards.
func TestWebSocketNonsense(t *testing.T) {
	for name, tt := range map[string]struct {
		fault janustest.Fault
		words string
	}{
		"binary": {janustest.Binary("\x00\x01\x02"), "binary"},
		"100 MB": {janustest.Oversize(100 << 20), "above the limit of 1048576 bytes"},
		"silent": {janustest.Silence(), "no answer"},
		"text":   {janustest.Body("text/plain", "It works!"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			fake := janustest.NewServer(janustest.WithRoom("1234"), janustest.WithWebSocket(), janustest.WithReclaim(time.Minute), janustest.WithAutoWebRTCUp())
			defer fake.Close()
			s, err := startSwitch(filepath.Join(t.TempDir(), "switch"), lab.JanusConf(fake.URL, param("ping-interval", "1")+param("cmd-timeout", "2000")))
			require.NoError(t, err)
			defer s.Stop()
			fake.Answer = janustest.CannedAnswer
			standing := originate(t, s, "%sjanus/demo/x@1234 &park()", existing)
			rule := fake.Fault(janustest.Match{Janus: "attach"}, tt.fault)
			memory := s.RSS()
			out := api(t, s, "originate %sjanus/demo/y@1234 &park()", existing)
			require.Positive(t, rule.Hits())
			t.Logf("%s: %s; memory %d kB more", name, out, (s.RSS()-memory)>>10)
			require.Less(t, s.RSS()-memory, int64(64<<20), "a big message is not taken in")
			rule.Remove()
			require.Equal(t, "true", api(t, s, "uuid_exists %s", standing))
			if tt.words != "" {
				logged(t, s, tt.words)
			}
			api(t, s, "uuid_kill %s", originate(t, s, "%sjanus/demo/z@1234 &park()", existing))
		})
	}
}

// 20,000 events, faster than 10,000 a second, that nobody asked for: calls are
// placed meanwhile, and memory stays.
func TestFloodOfEvents(t *testing.T) {
	fake := janustest.NewServer(janustest.WithRoom("1234"), janustest.WithWebSocket(), janustest.WithAutoWebRTCUp())
	defer fake.Close()
	fake.Answer = janustest.CannedAnswer
	s, err := startSwitch(filepath.Join(t.TempDir(), "switch"), lab.JanusConf(fake.URL, ""))
	require.NoError(t, err)
	defer s.Stop()
	uuid := originate(t, s, "%sjanus/demo/x@1234 &park()", existing)
	var handle uint64
	_, err = fmt.Sscan(api(t, s, "uuid_getvar %s janus_handle_id", uuid), &handle)
	require.NoError(t, err)
	memory, began := s.RSS(), time.Now()
	var work sync.WaitGroup
	work.Go(func() {
		for range 20 {
			fake.Flood(handle, 1000)
		}
	})
	placed := originate(t, s, "%sjanus/demo/y@1234 &park()", existing)
	took := time.Since(began)
	work.Wait()
	t.Logf("a call among 20,000 events took %s; memory %d kB more", took.Round(time.Millisecond), (s.RSS()-memory)>>10)
	require.Less(t, took, 5*time.Second, "cmd-timeout")
	require.Less(t, s.RSS()-memory, int64(64<<20))
	require.Equal(t, "true", api(t, s, "uuid_exists %s", uuid))
	hangup(t, s, uuid, placed)
}
