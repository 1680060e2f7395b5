// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"mod_janus/janusclient/admin"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// faultSite is three Janus, which are the pool eu, two switches on all of them, and a Redis that
// the switches share. Each has an address of its own, so that what goes between two of them can be
// dropped; each switch reaches each API, and the Redis, by a link that can be cut.
type faultSite struct {
	*poolSite
	net    int // the third number of the addresses
	links  [2]map[string]*link
	toKeys [2]*link
	redis  *lab.Redis
	keys   *redis.Client
	dirs   [2]string
	admins map[string]*admin.Client

	mu      sync.Mutex
	dropped map[string]string // rules of nftables, by what has asked for them
}

// newFaultSite starts all of it; params are those of the pool, beside the store. The number is one
// that no other site has.
func newFaultSite(t *testing.T, number int, params string) *faultSite {
	t.Helper()
	if realjanus.JanusVersion() != realjanus.Janus141 {
		t.Skip("pools are tested with the newest Janus alone")
	}
	if os.Getenv("MOD_JANUS_ICE_IP") == "" {
		t.Skip(realjanus.ErrNoNamespace)
	}
	f := &faultSite{poolSite: &poolSite{t: t, janus: map[string]*realjanus.Janus{}}, net: number, dropped: map[string]string{}, admins: map[string]*admin.Client{}}
	var here *realjanus.Namespace
	for _, host := range []int{11, 12, 13, 21, 22, 31} {
		require.NoError(t, here.RunAll("ip address add "+f.address(host)+"/32 dev veth1"))
		t.Cleanup(func() { _ = here.RunAll("ip address del " + f.address(host) + "/32 dev veth1") })
	}
	f.redis, f.keys = startRedis(t, f.address(31))
	for i, name := range poolNames {
		j, err := realjanus.Start(t.TempDir(), realjanus.Config{Transport: "ws", Address: f.address(11 + i)})
		require.NoError(t, err)
		t.Cleanup(j.Kill)
		f.janus[name], f.admins[name] = j, adminOf(t, j)
	}
	for i := range 2 {
		f.startSwitch(t, i, params)
	}
	f.connected()
	t.Cleanup(func() { f.drop("", "") })
	return f
}

// address is one of those of the site.
func (f *faultSite) address(host int) string { return fmt.Sprintf("10.99.%d.%d", f.net, host) }

func (f *faultSite) addressOf(name string) string {
	return f.address(11 + slices.Index(poolNames, name))
}

// startSwitch starts a switch and its links.
func (f *faultSite) startSwitch(t *testing.T, i int, params string) {
	t.Helper()
	from := &net.TCPAddr{IP: net.ParseIP(f.address(21 + i))}
	newLink := func(address string) *link {
		l := newLink(t, address)
		l.mu.Lock()
		l.from = from
		l.mu.Unlock()
		return l
	}
	f.links[i] = map[string]*link{}
	for _, name := range poolNames {
		f.links[i][name] = newLink(f.janus[name].URL)
	}
	f.toKeys[i] = newLink(f.redis.URL())
	conf := poolConf(func(name string) string { return "ws://" + f.links[i][name].listener.Addr().String() + "/" }, params+f.store(i))
	conf = strings.ReplaceAll(conf, `"rtp-ip" value="`+lab.Address(), `"rtp-ip" value="`+f.address(21+i))
	conf = strings.ReplaceAll(conf, `"cmd-timeout" value="20000"`, `"cmd-timeout" value="5000"`)
	cfg := hostConfig(conf)
	cfg.FirstPort, cfg.LastPort = 20000+6000*i, 25998+6000*i
	f.dirs[i] = filepath.Join(t.TempDir(), "switch")
	s, err := lab.StartSwitch(f.dirs[i], cfg)
	require.NoError(t, err)
	t.Cleanup(s.Stop)
	t.Cleanup(func() {
		require.NotContains(t, s.Log(), "s3cret-of-redis")
		if t.Failed() {
			t.Log(tail(s.Log(), 60))
		}
	})
	f.switches = append(f.switches, s)
}

// store is the param with which a switch knows the Redis.
func (f *faultSite) store(i int) string {
	return `<param name="store" value="redis://:s3cret-of-redis@` + f.toKeys[i].listener.Addr().String() + `/0"/>`
}

// forgetStore has both switches go on without the Redis.
func (f *faultSite) forgetStore(t *testing.T) {
	t.Helper()
	for i, s := range f.switches {
		rewrite(t, f.dirs[i], f.store(i), "")
		require.Contains(t, api(t, s, "janus reload"), "+OK")
		require.Regexp(t, `(?m)^eu\|.*\|none$`, api(t, s, "janus pools"))
	}
}

// drop drops packets as the rules of nftables say, which stand under a name; no rules: what stood
// there is let through again, and without a name everything is.
func (f *faultSite) drop(name, rules string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case name == "":
		clear(f.dropped)
	case rules == "":
		delete(f.dropped, name)
	default:
		f.dropped[name] = rules
	}
	table := fmt.Sprintf("ip faults%d", f.net)
	text := "add table " + table + "\ndelete table " + table + "\n"
	if len(f.dropped) > 0 {
		// at the input they are lost without a word to whoever sends them
		text += "table " + table + " {\n	chain in {\n		type filter hook input priority filter;\n"
		for _, rules := range f.dropped {
			text += rules
		}
		text += "	}\n}\n"
	}
	nft := exec.CommandContext(context.Background(), "nft", "-f", "-")
	nft.Stdin = strings.NewReader(text)
	if out, err := nft.CombinedOutput(); err != nil {
		f.t.Errorf("nft: %s: %s\n%s", err, out, text)
	}
}

// vanish drops all that comes from an address or goes there.
func vanish(address string) string {
	return "		ip saddr " + address + " drop\n		ip daddr " + address + " drop\n"
}

// between drops what goes between two addresses; what is "" or "meta l4proto udp ".
func between(a, b, what string) string {
	return fmt.Sprintf("		ip saddr %s ip daddr %s %sdrop\n		ip saddr %s ip daddr %s %sdrop\n", a, b, what, b, a, what)
}

// heardBy waits until the legs of a pair hear each other, and not themselves. Holes are let pass:
// the machine may have too much to do. rate is that of their codec.
func (f *faultSite) heardBy(rate int, uuids []string) {
	f.t.Helper()
	for i, s := range f.switches {
		other, own := []float64{1000, 440}[i], []float64{440, 1000}[i]
		err := realjanus.Until(settleLimit, "they hear each other", func() bool {
			sound := hearOn(f.t, s, 1, rate, uuids[i])[0]
			heard, gap := sound.Spells(other)
			f.t.Logf("switch %d: %s recorded, the other heard for %s, longest gap %s, oneself at %.0f dB", i+1, sound.Duration(), heard, gap, sound.Tone(own))
			return heard > sound.Duration()/2 && sound.Tone(own) < unheard+20
		})
		require.NoError(f.t, err)
	}
}

// about is what the log of a switch says of a leg.
func (f *faultSite) about(i int, uuid string) string {
	return strings.Join(regexp.MustCompile(`(?m)^.*`+uuid+`.*$`).FindAllString(f.switches[i].Log(), -1), "\n")
}
