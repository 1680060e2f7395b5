// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
	"mod_janus/test/zone"
)

// podSite is three Janus with server-names, which a DNS server knows, and nobody else.
type podSite struct {
	t     *testing.T
	dns   *zone.Zone
	janus map[string]*realjanus.Janus
	asks  map[string]*asker
}

const nameServer = "127.0.53.1"

var podNames = []string{"janus-0", "janus-1", "janus-2"}

func newPodSite(t *testing.T) *podSite {
	t.Helper()
	dns, err := zone.New(nameServer + ":53")
	require.NoError(t, err)
	t.Cleanup(dns.Close)
	p := &podSite{t: t, dns: dns, janus: map[string]*realjanus.Janus{}, asks: map[string]*asker{}}
	for _, name := range podNames {
		j, err := realjanus.Start(t.TempDir(), realjanus.Config{Transport: "ws", ServerName: name})
		require.NoError(t, err)
		t.Cleanup(j.Kill)
		dns.Addresses(name+".janus.test", "127.0.0.1")
		p.janus[name], p.asks[name] = j, ask(t, j)
	}
	return p
}

// start starts a switch that asks this DNS server.
func (p *podSite) start(firstPort int, conf string) *lab.Switch {
	p.t.Helper()
	cfg := hostConfig(`<configuration name="janus.conf">` + conf + `</configuration>`)
	cfg.DNS, cfg.FirstPort, cfg.LastPort = nameServer, firstPort, firstPort+998
	s, err := lab.StartSwitch(filepath.Join(p.t.TempDir(), "switch"), cfg)
	require.NoError(p.t, err)
	p.t.Cleanup(s.Stop)
	p.t.Cleanup(func() {
		if p.t.Failed() {
			p.t.Log(tail(s.Log(), 60))
		}
	})
	return s
}

// publish puts SRV records of these Janus into the DNS.
func (p *podSite) publish(names ...string) {
	p.t.Helper()
	var targets []zone.Target
	for _, name := range names {
		targets = append(targets, zone.Target{Name: name + ".janus.test", Port: uint16(portOf(p.t, p.janus[name].URL))})
	}
	p.dns.Services("_janus-ws._tcp.janus.test", targets...)
}

func portOf(t *testing.T, address string) int {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	port, err := strconv.Atoi(u.Port())
	require.NoError(t, err)
	return port
}

// in is the Janus on which a room has participants, "" for none.
func (p *podSite) in(room uint64) (name string) {
	for _, candidate := range podNames {
		if len(p.asks[candidate].participants(janusclient.NumberID(room))) > 0 {
			name += candidate
		}
	}
	return name
}

// TestPoolDiscovery has Janus come and go in the DNS, and the DNS fail.
func TestPoolDiscovery(t *testing.T) {
	t.Parallel()
	if realjanus.JanusVersion() != realjanus.Janus141 {
		t.Skip("discovery is tested with the newest Janus alone")
	}
	if os.Geteuid() != 0 {
		t.Skip("a resolv.conf of one's own needs root")
	}
	p := newPodSite(t)
	t.Run("SRV", func(t *testing.T) { p.t = t; testDiscoverySRV(t, p) })
	t.Run("Pods", func(t *testing.T) { p.t = t; testDiscoveryPods(t, p) })
}

const discoveryTemplate = `<server name="template"><param name="url" value="%s"/><param name="rtp-ip" value="%s"/><param name="public-url" value="wss://{name}.example.org/"/></server>`

func testDiscoverySRV(t *testing.T, p *podSite) {
	s := p.start(26000, fmt.Sprintf(discoveryTemplate, "ws://template:1/", lab.Address())+
		`<pool name="eu"><param name="discover" value="srv:_janus-ws._tcp.janus.test"/><param name="template" value="template"/><param name="refresh" value="1"/></pool>`)
	pools := func(wanted string) {
		t.Helper()
		eventually(t, wanted, func() bool { return strings.Contains(api(t, s, "janus pools"), wanted) })
	}
	logged(t, s, "srv:_janus-ws._tcp.janus.test: there are no servers in the DNS") // NXDOMAIN
	p.publish("janus-0", "janus-1")
	pools("eu|2|2|")
	first := originate(t, s, "%s", tone("janus-room-description=discovery", "janus/eu/First@9700", 440))
	at := api(t, s, "uuid_getvar %s janus_server", first)
	require.Equal(t, at, p.in(9700))
	require.Contains(t, api(t, s, "janus where eu 9700"), "url|wss://"+at+".example.org/")
	p.publish("janus-0", "janus-1", "janus-2")
	pools("eu|3|3|")

	for fault, words := range map[zone.Fault]string{
		zone.ServFail: "server misbehaving; what was found before stays", zone.Empty: "there are no servers in the DNS; what was found before stays",
	} {
		asked := p.dns.Asked("_janus-ws._tcp.janus.test")
		p.dns.Fail(fault)
		logged(t, s, words)
		eventually(t, "it is asked again", func() bool { return p.dns.Asked("_janus-ws._tcp.janus.test") > asked+1 })
		pools("eu|3|3|")
	}
	p.dns.Fail(zone.None)

	p.publish("janus-2") // the one with the call is not in the DNS any more
	state := func(name string) string {
		for row := range strings.Lines(api(t, s, "janus pool eu")) {
			if cells := strings.Split(row, "|"); cells[0] == name {
				return cells[1]
			}
		}
		return ""
	}
	if at != "janus-2" {
		eventually(t, "gone", func() bool { return state(at) == "gone" })
	}
	second := originate(t, s, "%s", tone("janus-room-description=discovery", "janus/eu/Second@9700", 1000))
	require.Equal(t, at, p.in(9700), "the living room is where it was")
	eventually(t, "both are in it", func() bool { return p.asks[at].ready(janusclient.NumberID(9700), 2) })
	for room := uint64(9710); room < 9714; room++ {
		uuid := originate(t, s, "%s", tone("janus-room-description=discovery", fmt.Sprintf("janus/eu/New@%d", room), 440))
		require.Equal(t, "janus-2", api(t, s, "uuid_getvar %s janus_server", uuid), "no new rooms where it is gone")
		api(t, s, "uuid_kill %s", uuid)
	}
	hangup(t, s, first, second)
	pools("eu|1|1|")
	require.Equal(t, "up", state("janus-2"))
}

// testDiscoveryPods is what the C module does with its params.
func testDiscoveryPods(t *testing.T, p *podSite) {
	free, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.21:0")
	require.NoError(t, err)
	port := free.Addr().(*net.TCPAddr).Port
	require.NoError(t, free.Close())
	links := map[string]*link{}
	for i, name := range podNames {
		links[name] = newLinkAt(t, fmt.Sprintf("127.0.0.%d:%d", 21+i, port), p.janus[name].HTTP)
	}
	p.dns.Addresses("pods.test", "127.0.0.21", "127.0.0.22")
	s := p.start(27000, fmt.Sprintf(`<settings><param name="headless-service-url" value="http://pods.test:%d/janus"/>
		<param name="registry-refresh-sec" value="3600"/><param name="pod-server-fail-max" value="12"/></settings>`, port)+
		fmt.Sprintf(discoveryTemplate, "http://template:1/janus", lab.Address()))
	connected := func(name string) bool { return strings.Contains(api(t, s, "janus server %s", name), "state|connected") }
	eventually(t, "the pods", func() bool { return connected("janus-0") && connected("janus-1") })
	lands := func(name string, room uint64) {
		t.Helper()
		uuid := originate(t, s, "%s", tone("janus-room-description=pods", fmt.Sprintf("janus/%s/Agent@%d", name, room), 440))
		require.Equal(t, name, p.in(room))
		require.Equal(t, name, api(t, s, "uuid_getvar %s janus_server", uuid))
		hangup(t, s, uuid)
		p.asks[name].empty(janusclient.NumberID(room))
	}
	lands("janus-0", 9800)
	lands("janus-1", 9800)
	p.dns.Addresses("pods.test", "127.0.0.21", "127.0.0.22", "127.0.0.23")
	lands("janus-2", 9800) // which has come since the last refresh
	require.Contains(t, api(t, s, "originate janus/janus-9/Agent@9800 &park()"), "NO_ROUTE_DESTINATION")

	one, two := links["janus-0"], links["janus-1"] // the addresses become those of the other pod
	one.mu.Lock()
	two.mu.Lock()
	one.to, two.to = two.to, one.to
	one.mu.Unlock()
	two.mu.Unlock()
	one.cut(false)
	two.cut(false)
	logged(t, s, `has the server-name "janus-1", not "janus-0": no call goes there`)
	eventually(t, "found again", func() bool {
		return connected("janus-0") && strings.Contains(api(t, s, "janus server janus-0"), "url|http://127.0.0.22:")
	})
	lands("janus-0", 9801)
	lands("janus-1", 9801)
}
