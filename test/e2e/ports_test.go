// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/test/lab"
)

// portsSwitch is a switch of its own, with 30 even ports for RTP on each address.
func portsSwitch(t *testing.T) *lab.Switch {
	t.Helper()
	cfg := hostConfig(lab.ConfOf(janus, ""))
	cfg.SIP, cfg.FirstPort, cfg.LastPort = true, 21000, 21059
	s, err := lab.StartSwitch(t.TempDir(), cfg)
	require.NoError(t, err)
	t.Cleanup(s.Stop)
	eventually(t, "the server is connected", func() bool { return strings.Contains(api(t, s, "janus server demo"), "connected") })
	return s
}

// legs places calls into the lab's room and returns their UUIDs.
func legs(t *testing.T, s *lab.Switch, count int) (uuids []string) {
	t.Helper()
	for i := range count {
		uuids = append(uuids, originate(t, s, "%sjanus/demo/leg%d@1234 &park", existing, i))
	}
	return uuids
}

// Janus legs take their ports from the switch's allocator,
// so that SIP calls on the same address never find one in use.
func TestPortsBesideSIP(t *testing.T) {
	const janusLegs, phones = 12, 15
	s := portsSwitch(t)
	if s.Host != lab.FreeSWITCH {
		portsOfMinihost(t, s)
		return
	}
	for range 20 {
		uuids := legs(t, s, janusLegs)
		for i := range phones {
			uuids = append(uuids, originate(t, s, "%s &park", lab.SIPToPhone(fmt.Sprint(i))))
		}
		api(t, s, "hupall")
		gone(t, s)
	}
	require.NotContains(t, s.Log(), "Bind Error")
}

// portsOfMinihost asks minihost's allocator what FreeSWITCH's does not tell: that each leg has one
// port, and that all come back.
func portsOfMinihost(t *testing.T, s *lab.Switch) {
	for range 20 {
		uuids := legs(t, s, 12)
		require.Contains(t, api(t, s, "minihost_ports"), " 12 of 30:")
		hangup(t, s, uuids...)
		eventually(t, "the ports are back", func() bool { return strings.Contains(api(t, s, "minihost_ports"), " 0 of 30:") })
	}
	require.NotContains(t, s.Log(), "nobody has it")
}

// Ports that run out end the call that has none, and say what to do;
// with rtp-port-range none of the switch's are taken.
func TestPortsRunOut(t *testing.T) {
	cfg := hostConfig(lab.ConfOf(janus, ""))
	cfg.FirstPort, cfg.LastPort = 21100, 21105
	s, err := lab.StartSwitch(t.TempDir(), cfg)
	require.NoError(t, err)
	t.Cleanup(s.Stop)
	eventually(t, "the server is connected", func() bool { return strings.Contains(api(t, s, "janus server demo"), "connected") })
	uuids := legs(t, s, 3)
	require.Contains(t, api(t, s, "originate %sjanus/demo/x@1234 &park", existing), "NORMAL_TEMPORARY_FAILURE")
	require.Regexp(t, regexp.MustCompile(`no RTP port left on \S+; raise rtp-end-port`), s.Log())
	hangup(t, s, uuids...)
	eventually(t, "the ports are back", func() bool {
		uuid, ok := strings.CutPrefix(api(t, s, "originate %sjanus/demo/x@1234 &park", existing), "+OK ")
		if ok {
			hangup(t, s, uuid)
		}
		return ok
	})
}
