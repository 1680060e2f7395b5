// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/call"
	"mod_janus/bridge/host"
	"mod_janus/bridge/host/hosttest"
	"mod_janus/janusclient/janustest"
	"mod_janus/test/zone"
)

// podLab is an engine between a fake switch, a DNS server, and fake Janus that are found there.
type podLab struct {
	*lab
	dns   *zone.Zone
	janus map[string]*janustest.Server
	at    map[string]*janustest.Address
	port  int
}

// newPodLab starts Janus with these names, and an engine with this configuration, in which PORT
// stands for the port that all have.
func newPodLab(t *testing.T, xml string, names ...string) *podLab {
	t.Helper()
	p := &podLab{lab: &lab{t: t, peers: &peers{}}, janus: map[string]*janustest.Server{}, at: map[string]*janustest.Address{}}
	var err error
	p.dns, err = zone.New("127.0.0.1:0")
	require.NoError(t, err)
	before, connectBefore := resolver, connectResolver
	resolver, connectResolver = p.dns.Resolver(), p.dns.Resolver()
	free, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p.port = free.Addr().(*net.TCPAddr).Port
	require.NoError(t, free.Close())
	for i, name := range names {
		p.start(name, fmt.Sprintf("127.0.0.%d", 11+i))
	}
	p.host = hosttest.New(strings.ReplaceAll(xml, "PORT", fmt.Sprint(p.port)))
	p.host.Marked = func(uuid string) { p.leg(uuid).Message(host.MessageMedia) }
	t.Cleanup(func() {
		if p.engine != nil {
			require.Zero(t, p.engine.Stop(hosttest.Patience), "legs left over")
		}
		resolver, connectResolver = before, connectBefore
		p.dns.Close()
		for _, address := range p.at {
			address.Die()
		}
		for _, server := range p.janus {
			server.Close()
		}
	})
	return p
}

// begin starts the engine.
func (p *podLab) begin() {
	p.t.Helper()
	var err error
	p.engine, err = Start(p.host)
	require.NoError(p.t, err)
}

// start starts a Janus with this server-name at an address.
func (p *podLab) start(name, ip string, options ...janustest.Option) {
	p.t.Helper()
	server := janustest.NewServer(append(options, janustest.WithAutoWebRTCUp(), janustest.WithServerName(name))...)
	server.Answer = janustest.CannedAnswer
	p.janus[name] = server
	p.put(name, ip)
}

// put gives a Janus an address.
func (p *podLab) put(name, ip string) {
	p.t.Helper()
	address, err := p.janus[name].NewAddressAt(fmt.Sprintf("%s:%d", ip, p.port), overWebSocket())
	require.NoError(p.t, err)
	p.at[name] = address
}

// publish puts SRV records of these names, and their addresses, into the DNS.
func (p *podLab) publish(names ...string) {
	var targets []zone.Target
	for _, name := range names {
		host, _, _ := net.SplitHostPort(p.at[name].Host())
		p.dns.Addresses(name+".media.test", host)
		targets = append(targets, zone.Target{Name: name + ".media.test", Port: uint16(p.port)})
	}
	p.dns.Services("_janus._tcp.media.test", targets...)
}

// look has the engine look at the DNS now.
func (p *podLab) look(pool string) {
	p.t.Helper()
	p.engine.reloading.Lock()
	watch := p.engine.discoveries[pool].watch
	p.engine.reloading.Unlock()
	require.NoError(p.t, watch.Look(p.t.Context()))
}

// row is the row of a server of `janus pool eu`, by column.
func (p *podLab) row(name string) map[string]string {
	p.t.Helper()
	rows := strings.Split(strings.TrimSpace(p.engine.Command("pool eu")), "\n")
	columns := strings.Split(rows[0], "|")
	for _, line := range rows[1:] {
		cells := strings.Split(line, "|")
		if cells[0] == name {
			row := map[string]string{}
			for i, column := range columns {
				row[column] = cells[i]
			}
			return row
		}
	}
	return nil
}

// scheme is that of the lab's transport.
func scheme() string {
	if overWebSocket() {
		return "ws"
	}
	return "http"
}

// template is the server whose params those have that are found.
func template() string {
	path := "/janus"
	if overWebSocket() {
		path = "/"
	}
	return fmt.Sprintf(`<server name="template"><param name="url" value="%s://me:geheim@nowhere.test:1%s"/><param name="rtp-ip" value="127.0.0.1"/>
		<param name="public-url" value="wss://{name}.example.org/"/><param name="ping-interval" value="1"/></server>`, scheme(), path)
}

func srvPool() string {
	return `<configuration>` + template() + `<pool name="eu"><param name="discover" value="srv:_janus._tcp.media.test"/>
		<param name="template" value="template"/><param name="refresh" value="1"/></pool></configuration>`
}

// Servers of SRV records come, take calls, and go: with calls they stay until the calls are over.
func TestDiscoveryBySRV(t *testing.T) {
	p := newPodLab(t, srvPool(), "janus-0", "janus-1")
	p.begin()
	_, cause := p.engine.Dial(&call.Request{Destination: "eu/x@1000"})
	require.Equal(t, host.CauseNoRouteDestination, cause, "there is nobody yet")
	p.publish("janus-0", "janus-1")
	p.eventually("two servers", func() bool { return strings.Contains(p.engine.Command("pools"), "eu|2|2|") })
	row := p.row("janus-0")
	require.Equal(t, "up", row["state"])
	require.Equal(t, "srv:_janus._tcp.media.test", row["source"])
	require.Contains(t, row["url"], fmt.Sprintf("%s://me:xxxxx@janus-0.media.test:%d/", scheme(), p.port))
	c, uuid := p.call("eu/x@1000", nil)
	p.up(uuid)
	at := p.host.Variable(uuid, host.VarServer)
	require.Contains(t, p.engine.Command("where eu 1000"), "url|wss://"+at+".example.org/\n")
	require.Equal(t, "+OK\nadded|\nchanged|\nremoved|\n", p.engine.Command("reload"), "what was found stays")
	require.NotEmpty(t, p.row(at))
	p.reconfigure(replacing("{name}.example.org", "{name}.example.com"))
	require.Contains(t, p.engine.Command("reload"), "changed|template,janus-0,janus-1\n")
	require.Contains(t, p.engine.Command("where eu 1000"), "url|wss://"+at+".example.com/\n")

	other := map[string]string{"janus-0": "janus-1", "janus-1": "janus-0"}[at]
	p.publish(other)
	p.look("eu")
	p.eventually("gone", func() bool { return p.row(at)["state"] == "gone" })
	for room := range 8 {
		d, leg := p.call(fmt.Sprintf("eu/x@%d", 2000+room), nil)
		p.up(leg)
		require.Equal(t, other, p.host.Variable(leg, host.VarServer), "no new rooms")
		p.end(d, host.CauseNormalClearing)
	}
	d, leg := p.call("eu/x@1000", nil)
	p.up(leg)
	require.Equal(t, at, p.host.Variable(leg, host.VarServer), "the living room is where it was")
	p.end(c, host.CauseNormalClearing)
	p.end(d, host.CauseNormalClearing)
	p.eventually("dropped", func() bool { p.look("eu"); return p.row(at) == nil })
	require.True(t, p.said("server "+at+" is not found any more; it gets no new rooms"))
	require.False(t, p.said("geheim"))
}

// What the DNS does not say for a while does not count.
func TestDiscoveryWithoutDNS(t *testing.T) {
	p := newPodLab(t, srvPool(), "janus-0", "janus-1")
	p.publish("janus-0", "janus-1")
	p.begin()
	p.eventually("two servers", func() bool { return strings.Contains(p.engine.Command("pools"), "eu|2|2|") })
	for _, fault := range []zone.Fault{zone.ServFail, zone.Empty} {
		p.dns.Fail(fault)
		p.look("eu")
		require.Contains(t, p.engine.Command("pools"), "eu|2|")
	}
	require.True(t, p.said("there are no servers in the DNS; what was found before stays"))
	require.True(t, p.said("server misbehaving; what was found before stays"))
}

// Servers at the addresses of a name have the names that they say. Two of them change their
// addresses: no call lands on the wrong one.
func TestDiscoveryByAddress(t *testing.T) {
	xml := `<configuration>` + template() + `<pool name="eu"><param name="discover" value="dns:media.test:PORT"/>
		<param name="template" value="template"/><param name="refresh" value="1"/></pool></configuration>`
	p := newPodLab(t, xml, "janus-0", "janus-1")
	p.dns.Addresses("media.test", "127.0.0.11", "127.0.0.12")
	p.begin()
	p.eventually("two servers", func() bool { return strings.Contains(p.engine.Command("pools"), "eu|2|2|") })
	require.Contains(t, p.row("janus-0")["url"], "@127.0.0.11:")
	c, uuid := p.call("janus-0/x@1000", nil)
	p.up(uuid)
	p.end(c, host.CauseNormalClearing)
	p.at["janus-0"].Die()
	p.at["janus-1"].Die()
	p.put("janus-0", "127.0.0.12")
	p.put("janus-1", "127.0.0.11")
	p.janus["janus-0"].LoseSessions() // the fakes give the same numbers, which Janus does not
	p.janus["janus-1"].LoseSessions()
	p.eventually("swapped", func() bool {
		return strings.Contains(p.row("janus-0")["url"], "@127.0.0.12:") && strings.Contains(p.row("janus-1")["url"], "@127.0.0.11:")
	})
	for name, server := range p.janus {
		c, uuid := p.call(name+"/x@1001", nil)
		p.up(uuid)
		require.Equal(t, 1, server.Participants("1001"), name)
		p.end(c, host.CauseNormalClearing)
		p.eventually("left", func() bool { return server.Participants("1001") == 0 })
	}
}

// The name of a server is that of the records, and another Janus answers there: no call goes to it.
func TestStrangerAtAddress(t *testing.T) {
	p := newPodLab(t, srvPool(), "janus-0")
	p.janus["janus-0"].Rename("janus-7")
	p.publish("janus-0")
	p.begin()
	p.eventually("found", func() bool { return p.row("janus-0") != nil })
	p.eventually("refused", func() bool {
		return strings.Contains(p.row("janus-0")["lastError"], `has the server-name "janus-7", not "janus-0"`)
	})
	require.Equal(t, "down", p.row("janus-0")["state"])
	p.eventually("no session is left", func() bool { return p.janus["janus-0"].Sessions() == 0 })
	p.janus["janus-0"].Rename("MyJanusInstance")
	p.eventually("a Janus that has no name of its own", func() bool { return p.row("janus-0")["state"] == "up" })
}

// The params of the C module: pods have the first server's params, and are dialled by their names,
// also one that has just come.
func TestPodParams(t *testing.T) {
	base := fmt.Sprintf("%s://media.test:PORT", scheme())
	xml := `<configuration><settings><param name="headless-service-url" value="` + base + `"/><param name="registry-refresh-sec" value="3600"/>
		<param name="pod-server-fail-max" value="3"/></settings>` + template() + `</configuration>`
	p := newPodLab(t, xml, "janus-0", "janus-1")
	p.dns.Addresses("media.test", "127.0.0.11")
	p.begin()
	p.eventually("a pod", func() bool { return strings.Contains(p.engine.Command("list"), "janus-0|true|") })
	c, uuid := p.call("janus-0/Agent@1000", nil)
	p.up(uuid)
	require.Equal(t, 1, p.janus["janus-0"].Participants("1000"))
	p.end(c, host.CauseNormalClearing)

	p.dns.Addresses("media.test", "127.0.0.11", "127.0.0.12")
	c, uuid = p.call("janus-1/Agent@1000", nil)
	p.up(uuid)
	require.Equal(t, "janus-1", p.host.Variable(uuid, host.VarServer))
	require.Equal(t, 1, p.janus["janus-1"].Participants("1000"))
	p.end(c, host.CauseNormalClearing)

	c, uuid = p.call("janus-9/Agent@1000", nil)
	cause, reason := p.down(uuid)
	require.Equal(t, host.CauseNoRouteDestination, cause)
	require.Equal(t, `no server "janus-9" is configured, and no pod of this name is found`, reason)
	p.end(c, cause)

	p.janus["janus-1"].Rename("janus-2") // the address is another pod's now
	p.at["janus-1"].Die()
	require.NoError(t, p.at["janus-1"].Revive())
	p.janus["janus-1"].LoseSessions()
	began := time.Now()
	c, uuid = p.call("janus-2/Agent@1000", nil)
	p.up(uuid)
	require.Less(t, time.Since(began), 30*time.Second)
	p.end(c, host.CauseNormalClearing)
	require.NotContains(t, p.engine.Command("list"), "janus-1|true|")
}

// Over TLS the certificate is that of the name in the DNS, whatever address a server is found at.
func TestDiscoveryOverTLS(t *testing.T) {
	for scheme, path := range map[string]string{"https": "/janus", "wss": "/"} {
		t.Run(scheme, func(t *testing.T) {
			ca := filepath.Join(t.TempDir(), "ca.pem")
			p := newPodLab(t, `<configuration><server name="template"><param name="url" value="`+scheme+`://template:1`+path+`"/><param name="rtp-ip" value="127.0.0.1"/>
				<param name="tls-ca-file" value="`+ca+`"/></server><pool name="eu"><param name="discover" value="dns:janus.example.com:PORT"/><param name="template" value="template"/>
				<param name="refresh" value="1"/></pool></configuration>`)
			p.start("janus-0", "127.0.0.11", janustest.WithTLS(&tls.Config{MinVersion: tls.VersionTLS12}))
			insecure := &tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}} // #nosec G402 -- only to read the certificate
			conn, err := insecure.DialContext(t.Context(), "tcp", p.at["janus-0"].Host())
			require.NoError(t, err)
			certificate := conn.(*tls.Conn).ConnectionState().PeerCertificates[0]
			require.NoError(t, conn.Close())
			require.NoError(t, certificate.VerifyHostname("janus.example.com"))
			require.Error(t, certificate.VerifyHostname("127.0.0.11"))
			require.NoError(t, os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw}), 0o600))
			p.dns.Addresses("janus.example.com", "127.0.0.11")
			p.begin()
			p.eventually("connected", func() bool { return p.row("janus-0")["state"] == "up" })
			require.Contains(t, p.row("janus-0")["url"], scheme+"://127.0.0.11:")
			c, uuid := p.call("eu/x@1000", nil)
			p.up(uuid)
			p.end(c, host.CauseNormalClearing)
		})
	}
}
