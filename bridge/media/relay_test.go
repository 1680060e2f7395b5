// SPDX-License-Identifier: MPL-2.0

package media

import (
	"bytes"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/pion/turn/v5"
	"github.com/stretchr/testify/require"
)

// turnServer is a TURN server on loopback, over UDP and TCP, for user "caller"
// with password "geheim".
func turnServer(t *testing.T) (host string) {
	t.Helper()
	packets, stream := samePort(t)
	relay := &turn.RelayAddressGeneratorStatic{RelayAddress: net.IPv4(127, 0, 0, 1), Address: "127.0.0.1"}
	server, err := turn.NewServer(turn.ServerConfig{
		Realm: "lab",
		AuthHandler: func(request *turn.RequestAttributes) (string, []byte, bool) {
			return request.Username, turn.GenerateAuthKey("caller", "lab", "geheim"), request.Username == "caller"
		},
		PacketConnConfigs: []turn.PacketConnConfig{{PacketConn: packets, RelayAddressGenerator: relay}},
		ListenerConfigs:   []turn.ListenerConfig{{Listener: stream, RelayAddressGenerator: relay}},
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Close() })
	return packets.LocalAddr().String()
}

// samePort listens on a port that is free over both UDP and TCP.
func samePort(t *testing.T) (net.PacketConn, net.Listener) {
	t.Helper()
	for {
		stream, err := new(net.ListenConfig).Listen(t.Context(), "tcp4", "127.0.0.1:0")
		require.NoError(t, err)
		packets, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp4", stream.Addr().String())
		if err == nil {
			return packets, stream
		}
		require.ErrorIs(t, err, syscall.EADDRINUSE)
		require.NoError(t, t.Context().Err())
		defer stream.Close() // kept until then, so that the next try is another port
	}
}

// A call through a TURN relay and nothing else, over UDP and over TCP.
func TestRelay(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			server := ICEServer{URL: "turn:" + turnServer(t) + "?transport=" + transport, Username: "caller", Password: "geheim"}
			p := newPair(t, pairOptions{config: func(c *LegConfig) { c.ICEServers, c.relayOnly = []ICEServer{server}, true }})
			require.NoError(t, p.wait(StateUp))
			require.NotNil(t, p.leg.current.Load().relay.Load())
			p.say(0, "one")
			require.Equal(t, "one", string(p.sent().Payload))
			hears(t, p)
			require.NoError(t, p.leg.Close())
		})
	}
}

// With a relay at hand the direct path is still the one that is taken.
func TestRelayIsTheLastResort(t *testing.T) {
	server := ICEServer{URL: "turn:" + turnServer(t), Username: "caller", Password: "geheim"}
	p := newPair(t, pairOptions{config: func(c *LegConfig) { c.ICEServers = []ICEServer{server} }})
	offer, err := p.leg.Offer()
	require.NoError(t, err)
	require.Contains(t, offer, "typ relay")
	require.Contains(t, offer, "typ host")
	require.NotContains(t, offer, "geheim")
	require.NoError(t, p.wait(StateUp))
	require.Nil(t, p.leg.current.Load().relay.Load())
	hears(t, p)
}

// The address as which a STUN server sees us is offered.
func TestServerReflexive(t *testing.T) {
	p := newPair(t, pairOptions{config: func(c *LegConfig) { c.ICEServers = []ICEServer{{URL: "stun:" + turnServer(t)}} }})
	require.NoError(t, p.wait(StateUp))
	hears(t, p)
}

// A server that refuses, or is not there, is named; the call goes on without.
func TestICEServersThatFail(t *testing.T) {
	dead, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer dead.Close()
	for name, server := range map[string]ICEServer{
		"wrong password": {URL: "turn:" + turnServer(t), Username: "caller", Password: "falsch"},
		"silent":         {URL: "turn:" + dead.LocalAddr().String(), Username: "caller", Password: "geheim"},
		"silent STUN":    {URL: "stun:" + dead.LocalAddr().String()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			began := time.Now()
			p := newPair(t, pairOptions{config: func(c *LegConfig) {
				c.ICEServers = []ICEServer{server}
				c.Logger = hclog.New(&hclog.LoggerOptions{Output: &log, Level: hclog.Warn})
			}})
			require.Less(t, time.Since(began), gatherLimit+2*time.Second)
			require.NoError(t, p.wait(StateUp))
			require.NoError(t, p.leg.Close())
			require.Contains(t, log.String(), server.URL)
			require.NotContains(t, log.String(), "falsch")
			require.NotContains(t, log.String(), "geheim")
		})
	}
}

func TestCheckICEServer(t *testing.T) {
	for _, good := range []string{"stun:stun.example:3478", "turn:turn.example", "turns:turn.example:5349?transport=tcp", "turn:[2001:db8::1]:3478?transport=udp"} {
		require.NoError(t, CheckICEServer(good), good)
	}
	for _, bad := range []string{"", "http://x", "turn:", "turn:host?transport=sctp", "stun:host:port", strings.Repeat("x", 100)} {
		require.ErrorContains(t, CheckICEServer(bad), "right is stun:HOST:3478", bad)
	}
}
