// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/test/lab"
)

// rewrite replaces what stands in the switch's configuration.
func rewrite(t *testing.T, dir, before, after string) {
	t.Helper()
	file := filepath.Join(dir, "conf", "freeswitch.xml")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(text), before)
	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(string(text), before, after, 1)), 0o600))
}

// Servers are added, changed, disabled and removed under calls, which all go
// on; new calls find what is configured now.
func TestReload(t *testing.T) {
	dir := t.TempDir()
	params := lab.Trust(janus)
	first, second, third := serverXML("first", janus.URL, params), serverXML("second", janus.URL, params), serverXML("third", janus.URL, params)
	s, err := startSwitch(dir, withServer(withServer(lab.ConfOf(janus, ""), first), second))
	require.NoError(t, err)
	defer s.Stop()
	require.Equal(t, "+OK\nadded|\nchanged|\nremoved|", api(t, s, "janus reload"), "nothing is new")
	var uuids []string
	for _, server := range []string{"demo", "first", "second"} {
		uuids = append(uuids, originate(t, s, "%sjanus/%s/%s@1234 &park()", existing, server, server))
	}
	a := ask(t, janus)
	eventually(t, "all are in the room", func() bool { return a.ready(janusclient.NumberID(1234), 3) })

	rewrite(t, dir, first, strings.Replace(first, "</server>", param("codec-string", "PCMU")+"</server>", 1)+third)
	rewrite(t, dir, second, "")
	require.Equal(t, "+OK\nadded|third\nchanged|first\nremoved|second", api(t, s, "janus reload"))
	require.JSONEq(t, `{"added":[],"changed":[],"removed":[]}`, api(t, s, "janus reload as json"))
	require.True(t, a.ready(janusclient.NumberID(1234), 3), "calls go on")
	require.Contains(t, api(t, s, "originate %sjanus/second/x@1234 &park()", existing), "-ERR NO_ROUTE_DESTINATION")
	uuids = append(uuids, originate(t, s, "%sjanus/third/third@1234 &park()", existing))
	changed := originate(t, s, "%sjanus/first/changed@1234 &park()", existing)
	require.Equal(t, "PCMU", api(t, s, "uuid_getvar %s janus_codec", changed))

	rewrite(t, dir, third, strings.Replace(third, `"enabled" value="true"`, `"enabled" value="false"`, 1))
	require.Equal(t, "+OK\nadded|\nchanged|third\nremoved|", api(t, s, "janus reload"))
	require.Contains(t, api(t, s, "originate %sjanus/third/x@1234 &park()", existing), "-ERR OUTGOING_CALL_BARRED")
	uuids = append(uuids, changed)
	for _, uuid := range uuids {
		require.Equal(t, "true", api(t, s, "uuid_exists %s", uuid))
	}
	eventually(t, "calls go on", func() bool { return a.ready(janusclient.NumberID(1234), 5) })

	rewrite(t, dir, "</document>", "")
	out := api(t, s, "janus reload")
	require.True(t, strings.HasPrefix(out, "-ERR "), out)
	require.True(t, a.ready(janusclient.NumberID(1234), 5), "nothing is lost by a file that cannot be read")
	hangup(t, s, uuids...)
	a.empty(janusclient.NumberID(1234))
}
