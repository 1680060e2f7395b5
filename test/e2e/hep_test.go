// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"encoding/binary"
	"encoding/json"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/test/lab"
)

// captured is one HEP packet as a capture server reads it.
type captured struct {
	from, to netip.AddrPort
	kind     byte
	agent    uint32
	password string
	callID   string
	report   struct {
		Sender *struct{ Packets uint32 } `json:"sender_information"`
		SSRC   uint32
		Blocks []struct {
			SSRC uint32 `json:"source_ssrc"`
		} `json:"report_blocks"`
	}
}

// readHEP takes a packet apart.
func readHEP(data []byte) (c captured) {
	chunks := make(map[uint16][]byte)
	for rest := data[6:]; len(rest) > 0; {
		length := binary.BigEndian.Uint16(rest[4:])
		chunks[binary.BigEndian.Uint16(rest[2:])], rest = rest[6:length], rest[length:]
	}
	end := func(address, port uint16) netip.AddrPort {
		addr, _ := netip.AddrFromSlice(chunks[address])
		return netip.AddrPortFrom(addr, binary.BigEndian.Uint16(chunks[port]))
	}
	c.from, c.to, c.kind, c.agent = end(3, 7), end(4, 8), chunks[11][0], binary.BigEndian.Uint32(chunks[12])
	c.password, c.callID = string(chunks[14]), string(chunks[17])
	_ = json.Unmarshal(chunks[15], &c.report) // else nothing is found in it
	return c
}

// captures are what a capture server has taken.
type captures struct {
	mu  sync.Mutex
	all []captured
}

// capture runs a capture server until the test ends.
func capture(t *testing.T) (server *captures, address string) {
	t.Helper()
	conn, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	require.NoError(t, err)
	server = new(captures)
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 1<<16)
		for n, _, err := conn.ReadFrom(buf); err == nil; n, _, err = conn.ReadFrom(buf) {
			c := readHEP(buf[:n])
			server.mu.Lock()
			server.all = append(server.all, c)
			server.mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
	return server, conn.LocalAddr().String()
}

// find waits for a report with figures of its own receiver, that went from one address to another.
func (s *captures) find(t *testing.T, callID, from, to string) (found captured) {
	t.Helper()
	eventually(t, "a report of "+callID+" from "+from+" to "+to, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, found = range s.all {
			if found.callID == callID && found.from.String() == from && found.to.String() == to && len(found.report.Blocks) > 0 {
				return true
			}
		}
		return false
	})
	return found
}

// A leg's RTCP reports, those that are sent and those of Janus, are at the capture server under the
// Call-ID of the caller.
func TestHEP(t *testing.T) {
	t.Parallel() // it waits for RTCP
	server, address := capture(t)
	settings := `<settings>` + param("hep-server", "udp:"+address) + param("hep-id", "2001") + param("hep-password", "s3cret") + `</settings>`
	s, err := startSwitch(t.TempDir(), strings.Replace(lab.ConfOf(janus, adminParams(janus.Admin)), "<settings/>", settings, 1))
	require.NoError(t, err)
	t.Cleanup(s.Stop)
	caller := originate(t, s, "{sip_call_id=f81d4fae@192.0.2.1}null/a &park()")
	api(t, s, "uuid_broadcast %s %s aleg", caller, "bridge::"+existing+"janus/demo/Alice@1234")
	eventually(t, "the leg", func() bool { return strings.Contains(api(t, s, "janus calls"), "|up|") })
	leg := strings.Split(strings.Split(api(t, s, "janus calls"), "\n")[1], "|")[0]
	alone := originate(t, s, "%sjanus/demo/x@1234 &park()", existing)
	for uuid, callID := range map[string]string{leg: "f81d4fae@192.0.2.1", alone: alone} {
		// "JANUS:PORT [host,udp] <-> SWITCH:PORT [prflx,udp]"
		var pair []string
		eventually(t, "Janus has a path", func() bool {
			pair = regexp.MustCompile(`selectedPair\|(\S+) .*<-> (\S+) `).FindStringSubmatch(api(t, s, "janus admin demo info %s", uuid))
			return len(pair) == 3
		})
		sent, came := server.find(t, callID, pair[2], pair[1]), server.find(t, callID, pair[1], pair[2])
		for _, c := range []captured{sent, came} {
			require.Equal(t, byte(5), c.kind)
			require.Equal(t, uint32(2001), c.agent)
			require.Equal(t, "s3cret", c.password)
		}
		require.NotNil(t, sent.report.Sender)
		require.Greater(t, sent.report.Sender.Packets, uint32(10))
		require.Equal(t, came.report.Blocks[0].SSRC, sent.report.SSRC, "Janus's report is of what we send")
	}
	require.NotContains(t, s.Log(), "HEP: ")
	hangup(t, s, caller, alone)
}
