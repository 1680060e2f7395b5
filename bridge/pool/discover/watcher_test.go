// SPDX-License-Identifier: MPL-2.0

package discover

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"net"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/janusclient"
	"mod_janus/test/zone"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is the DNS, the Janus and the engine around a watcher.
type world struct {
	mu      sync.Mutex
	srv     []*net.SRV
	ips     []netip.Addr
	err     error
	janus   map[string]string // server-names, by address
	asked   map[string]int    // addresses
	up      map[string]bool
	failing map[string]int
	failed  int // looks, as was told
	told    [][]Server
	lines   []string
}

func (w *world) LookupSRV(_ context.Context, _, _, _ string) (string, []*net.SRV, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return "", w.srv, w.err
}

func (w *world) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ips, w.err
}

func (w *world) env() Env {
	return Env{
		Resolver: w,
		Ask: func(_ context.Context, address string) (string, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.asked[address]++
			if name, there := w.janus[address]; there {
				return name, nil
			}
			return "", errors.New("HTML instead of JSON")
		},
		Health: func(name string) (bool, int) {
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.up[name], w.failing[name]
		},
		Failed: func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.failed++
		},
		Tell: func(found []Server) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.told = append(w.told, found)
		},
		Logf: func(level host.Level, format string, args ...any) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.lines = append(w.lines, fmt.Sprintf(format, args...))
		},
	}
}

func newWorld() *world {
	return &world{janus: map[string]string{}, asked: map[string]int{}, up: map[string]bool{}, failing: map[string]int{}}
}

// change changes the world under its lock.
func (w *world) change(do func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	do()
}

func (w *world) last() []Server {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.told) == 0 {
		return nil
	}
	return w.told[len(w.told)-1]
}

// logged counts the lines of log that have these words.
func (w *world) logged(words string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, line := range w.lines {
		if strings.Contains(line, words) {
			n++
		}
	}
	return n
}

// inTime runs a watcher in a bubble of time of its own.
func inTime(t *testing.T, cfg config.Discovery, w *world, test func(*Watcher)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		watcher := New(cfg, w.env())
		var running sync.WaitGroup
		running.Go(func() { watcher.Run(ctx) })
		synctest.Wait()
		test(watcher)
		cancel()
		running.Wait()
	})
}

// pass lets time pass.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

var (
	bySRV  = config.Discovery{Text: "srv:_janus-ws._tcp.media", Name: "_janus-ws._tcp.media", SRV: true, Every: 5 * time.Second}
	byName = config.Discovery{Text: "dns:media:8188", Name: "media", Port: "8188", Every: 5 * time.Second}
)

func nxdomain() error { return &net.DNSError{Err: "no such host", IsNotFound: true} }

// The first label of a target is the name; servers come and go with their records.
func TestServersOfSRVRecords(t *testing.T) {
	w := newWorld()
	w.srv = []*net.SRV{{Target: "janus-1.media.", Port: 8188}, {Target: "janus-0.media.", Port: 8188, Priority: 9}, {Target: ".", Port: 1}, {Target: "x.", Port: 0}}
	inTime(t, bySRV, w, func(*Watcher) {
		two := []Server{{"janus-0", "janus-0.media:8188"}, {"janus-1", "janus-1.media:8188"}}
		require.Equal(t, two, w.last())
		w.change(func() { w.srv = []*net.SRV{{Target: "janus-1.media.", Port: 9188}} })
		pass(5 * time.Second)
		require.Equal(t, []Server{{"janus-1", "janus-1.media:9188"}}, w.last())
	})
}

// What cannot be told apart, or named, is said once.
func TestBadSRVRecords(t *testing.T) {
	w := newWorld()
	w.srv = []*net.SRV{{Target: "janus-0.a.", Port: 1}, {Target: "janus-0.b.", Port: 1}, {Target: "ja|nus.a.", Port: 1}}
	inTime(t, bySRV, w, func(*Watcher) {
		pass(30 * time.Second)
		require.Equal(t, []Server{{"janus-0", "janus-0.a:1"}}, w.last())
		require.Equal(t, 1, w.logged(`janus-0.a:1 and janus-0.b:1 would both be server "janus-0"`))
		require.Equal(t, 1, w.logged(`"ja|nus.a" cannot be the name of a server`))
	})
}

// An error, a time-out and an answer without servers change nothing for a minute; that there are
// none is believed then, and that the DNS does not answer never.
func TestDNSFails(t *testing.T) {
	one := []Server{{"janus-0", "janus-0.media:8188"}}
	for name, test := range map[string]struct {
		err      error
		words    string
		believed bool
	}{
		"error":    {&net.DNSError{Err: "server misbehaving", IsTemporary: true}, "server misbehaving; what was found before stays", false},
		"time-out": {context.DeadlineExceeded, "the DNS does not answer within 5s; what was found before stays", false},
		"NXDOMAIN": {nxdomain(), "there are no servers in the DNS; what was found before stays for 1m0s", true},
		"empty":    {nil, "there are no servers in the DNS; what was found before stays for 1m0s", true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.srv = []*net.SRV{{Target: "janus-0.media.", Port: 8188}}
			inTime(t, bySRV, w, func(*Watcher) {
				w.change(func() { w.srv, w.err = nil, test.err })
				pass(55 * time.Second)
				require.Equal(t, one, w.last())
				require.Equal(t, 1, w.logged(test.words), "%s", w.lines)
				w.change(func() { require.Equal(t, test.believed, w.failed == 0) })
				pass(20 * time.Second)
				if test.believed {
					require.Empty(t, w.last())
				} else {
					require.Equal(t, one, w.last())
				}
				w.change(func() { w.srv, w.err = []*net.SRV{{Target: "janus-0.media.", Port: 8188}}, nil })
				pass(5 * time.Second)
				require.Equal(t, one, w.last())
				require.Equal(t, 1, w.logged("answers again"))
			})
		})
	}
}

// A minute without servers begins anew after each answer that has some.
func TestBriefNothing(t *testing.T) {
	w := newWorld()
	records := []*net.SRV{{Target: "janus-0.media.", Port: 8188}}
	w.srv = records
	inTime(t, bySRV, w, func(*Watcher) {
		for range 3 {
			w.change(func() { w.srv = nil })
			pass(40 * time.Second)
			w.change(func() { w.srv = records })
			pass(5 * time.Second)
			require.Len(t, w.last(), 1)
		}
	})
}

// The Janus at the addresses of a name say their names; those that are connected are not asked
// again.
func TestServersAtAddresses(t *testing.T) {
	w := newWorld()
	w.ips = []netip.Addr{netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("fd00::1"),
		netip.MustParseAddr("10.0.0.3"), netip.MustParseAddr("10.0.0.4"), netip.MustParseAddr("10.0.0.5")}
	w.janus["10.0.0.1:8188"], w.janus["[fd00::1]:8188"], w.janus["10.0.0.2:8188"] = "janus-0", "janus-0", "janus-1"
	w.janus["10.0.0.3:8188"], w.janus["10.0.0.4:8188"] = janusclient.DefaultServerName, "janus-1"
	w.up["janus-0"], w.up["janus-1"] = true, true
	inTime(t, byName, w, func(*Watcher) {
		two := []Server{{"janus-0", "10.0.0.1:8188"}, {"janus-1", "10.0.0.2:8188"}}
		require.Equal(t, two, w.last())
		pass(time.Minute)
		require.Equal(t, two, w.last())
		require.Equal(t, 1, w.asked["10.0.0.1:8188"])
		require.Equal(t, 1, w.logged("at 10.0.0.5:8188 is no Janus that answers: HTML instead of JSON"), "%s", w.lines)
		require.Equal(t, 1, w.logged(`10.0.0.3:8188 has the default server-name`))
		require.Equal(t, 1, w.logged(`10.0.0.2:8188 and 10.0.0.4:8188 both have the server-name "janus-1"`))
		require.Zero(t, w.logged("fd00"), "another address of the same Janus is as it should be")
	})
}

// A Janus that does not answer for a while stays; an address that has become that of another one is
// noticed when the server is not connected any more.
func TestAddressesAreSwapped(t *testing.T) {
	w := newWorld()
	w.ips = []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")}
	w.janus["10.0.0.1:8188"], w.janus["10.0.0.2:8188"] = "janus-0", "janus-1"
	w.up["janus-0"], w.up["janus-1"] = true, true
	inTime(t, byName, w, func(watcher *Watcher) {
		before := w.last()
		w.change(func() { clear(w.janus); clear(w.up) })
		pass(10 * time.Second)
		require.Equal(t, before, w.last(), "it may be back in a moment")
		w.change(func() { w.janus["10.0.0.1:8188"], w.janus["10.0.0.2:8188"] = "janus-1", "janus-0" })
		looks := len(w.told)
		watcher.LookNow()
		pass(time.Second)
		require.Len(t, w.told, looks+1, "at once")
		require.Equal(t, []Server{{"janus-0", "10.0.0.2:8188"}, {"janus-1", "10.0.0.1:8188"}}, w.last())
	})
}

// 10,000 addresses are bounded, and the same ones are used each time.
func TestTooManyAddresses(t *testing.T) {
	w := newWorld()
	for i := range 10000 {
		ip := netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})
		w.ips = append(w.ips, ip)
		w.janus[ip.String()+":8188"] = fmt.Sprintf("janus-%d", i)
	}
	inTime(t, byName, w, func(*Watcher) {
		require.Len(t, w.last(), maxServers)
		first := w.last()
		w.change(func() { w.ips = append(w.ips[5000:], w.ips[:5000]...) })
		pass(20 * time.Second)
		require.Equal(t, first, w.last())
		require.Equal(t, 1, w.logged("10000 addresses; only 500 are used"))
		require.Len(t, w.asked, maxServers)
	})
}

// A server that cannot be connected any more is dropped after so many attempts, until it answers.
func TestPodsThatFail(t *testing.T) {
	w := newWorld()
	w.ips = []netip.Addr{netip.MustParseAddr("10.0.0.1")}
	w.janus["10.0.0.1:8188"] = "janus-0"
	cfg := byName
	cfg.FailMax = 12
	inTime(t, cfg, w, func(*Watcher) {
		require.Len(t, w.last(), 1)
		w.change(func() { clear(w.janus); w.failing["janus-0"] = 11 })
		pass(5 * time.Second)
		require.Len(t, w.last(), 1)
		w.change(func() { w.failing["janus-0"] = 12 })
		pass(5 * time.Second)
		require.Empty(t, w.last())
		w.change(func() { w.failing["janus-0"] = 0 }) // it is known no more
		pass(5 * time.Second)
		require.Empty(t, w.last())
		w.change(func() { w.janus["10.0.0.1:8188"] = "janus-0" })
		pass(5 * time.Second)
		require.Len(t, w.last(), 1)
	})
}

// Go's own resolver, and a DNS server: what it says is understood.
func TestWithDNSServer(t *testing.T) {
	dns, err := zone.New("127.0.0.1:0")
	require.NoError(t, err)
	defer dns.Close()
	w := newWorld()
	env := w.env()
	env.Resolver = dns.Resolver()
	cfg := config.Discovery{Text: "srv", Name: "_janus-ws._tcp.media.test", SRV: true, Every: 10 * time.Millisecond}
	watcher := New(cfg, env)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { watcher.Run(ctx) })
	defer running.Wait()
	defer cancel()
	eventually := func(what string, so func() bool) {
		t.Helper()
		require.Eventually(t, so, 30*time.Second, 5*time.Millisecond, what)
	}
	eventually("NXDOMAIN", func() bool { return w.logged("there are no servers in the DNS") == 1 })
	var targets []zone.Target
	for i := range 60 { // more than a datagram holds
		targets = append(targets, zone.Target{Name: fmt.Sprintf("janus-%d.media.test", i), Port: 8188})
	}
	dns.Services("_janus-ws._tcp.media.test", targets...)
	eventually("60 servers", func() bool { return len(w.last()) == 60 })
	require.Equal(t, Server{"janus-0", "janus-0.media.test:8188"}, w.last()[0])
	dns.Fail(zone.ServFail)
	eventually("SERVFAIL", func() bool { return w.logged("server misbehaving; what was found before stays") == 1 })
	dns.Fail(zone.Empty)
	eventually("empty", func() bool { return w.logged("there are no servers in the DNS") == 2 })
	require.Len(t, w.last(), 60)
	dns.Fail(zone.None)
	dns.Services("_janus-ws._tcp.media.test", targets[:3]...)
	eventually("3 servers", func() bool { return len(w.last()) == 3 })
}
