// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/test/lab"
)

// apply-candidate-acl: of Janus's candidates only those are used that one of
// the switch's lists allows.
func TestCandidateACL(t *testing.T) {
	network := lab.Address() + "/32"
	conf := lab.ConfOf(janus, param("apply-candidate-acl", "192.0.2.0/24")+param("apply-candidate-acl", network))
	conf = withServer(conf, serverXML("strict", janus.URL, lab.Trust(janus)+param("apply-candidate-acl", "192.0.2.0/24")))
	s, err := startSwitch(filepath.Join(t.TempDir(), "switch"), conf)
	require.NoError(t, err)
	defer s.Stop()
	uuid := originate(t, s, "%sjanus/demo/x@1234 &park()", existing)
	a := ask(t, janus)
	eventually(t, "its media is up", func() bool { return a.ready(janusclient.NumberID(1234), 1) })
	hangup(t, s, uuid)
	line := requireFailure(t, s, "MEDIA_TIMEOUT", "%sjanus/strict/x@1234 &park()", existing)
	require.Contains(t, line, "apply-candidate-acl", "what is in the way is named")
	require.Contains(t, line, lab.Address())
}

// rtp-port-range, and what happens when it is used up.
func TestPortRange(t *testing.T) {
	s, err := startSwitch(filepath.Join(t.TempDir(), "switch"), lab.ConfOf(janus, param("rtp-port-range", "45600-45601")))
	require.NoError(t, err)
	defer s.Stop()
	api(t, s, "janus debug true")
	first := originate(t, s, "%sjanus/demo/a@1234 &park()", existing)
	second := originate(t, s, "%sjanus/demo/b@1234 &park()", existing)
	offered := regexp.MustCompile(regexp.QuoteMeta(lab.Address())+` (\d+) typ host`).FindAllStringSubmatch(s.Log(), -1)
	require.NotEmpty(t, offered)
	for _, match := range offered {
		port, err := strconv.Atoi(match[1])
		require.NoError(t, err)
		if port < 45600 || port > 45601 {
			require.Contains(t, s.Log(), match[0]) // Janus's own, which is anywhere
		}
	}
	for _, port := range []string{"45600", "45601"} {
		require.Contains(t, s.Log(), lab.Address()+" "+port+" typ host")
	}
	line := requireFailure(t, s, "NORMAL_TEMPORARY_FAILURE", "%sjanus/demo/c@1234 &park()", existing)
	require.Contains(t, line, "45600-45601")
	api(t, s, "uuid_kill %s", first)
	eventually(t, "a port is free", func() bool { return strings.Contains(api(t, s, "show channels count"), "1 total") })
	hangup(t, s, originate(t, s, "%sjanus/demo/c@1234 &park()", existing), second)
}
