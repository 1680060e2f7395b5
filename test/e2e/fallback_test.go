// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// The URL of a server dies under a call. By another URL of the same Janus, of the other API, it
// goes on in its session: nothing is joined again, and it can be controlled.
func TestFallbackURLs(t *testing.T) {
	t.Parallel()
	if realjanus.JanusVersion() != realjanus.Janus141 {
		t.Skip("several URLs are tested with the newest Janus alone")
	}
	j, err := realjanus.Start(t.TempDir(), realjanus.Config{ReclaimTimeout: 60})
	require.NoError(t, err)
	t.Cleanup(j.Kill)
	a := ask(t, j)
	rest, socket := newLink(t, j.HTTP), newLink(t, j.WS)
	urls := map[string][2]string{
		"rest":   {"http://" + rest.listener.Addr().String() + "/janus", j.WS},
		"socket": {"ws://" + socket.listener.Addr().String() + "/", j.HTTP},
	}
	var conf strings.Builder
	for name, pair := range urls {
		fmt.Fprintf(&conf, `<server name="%s"><param name="url" value="%s"/><param name="url" value="%s"/><param name="enabled" value="true"/><param name="rtp-ip" value="%s"/></server>`,
			name, pair[0], pair[1], lab.Address())
	}
	cfg := hostConfig(`<configuration name="janus.conf"><settings/>` + conf.String() + `</configuration>`)
	cfg.FirstPort, cfg.LastPort = 28000, 28998
	s, err := lab.StartSwitch(filepath.Join(t.TempDir(), "switch"), cfg)
	require.NoError(t, err)
	t.Cleanup(s.Stop)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(tail(s.Log(), 60))
		}
	})
	shown := func(name, line string) string {
		_, rest, _ := strings.Cut(api(t, s, "janus server %s", name), "\n"+line+"|")
		rest, _, _ = strings.Cut(rest, "\n")
		return rest
	}
	sessions := map[string]string{}
	for name, pair := range urls {
		eventually(t, "connected", func() bool { return shown(name, "state") == "connected" })
		require.Equal(t, pair[0], shown(name, "url"))
		sessions[name] = shown(name, "id")
	}
	first := originate(t, s, "%s", tone("janus-room-description=fallback", "janus/rest/First@9850", 440))
	second := originate(t, s, "%s", tone("janus-room-description=fallback", "janus/socket/Second@9850", 1000))
	rest.cut(true)
	socket.cut(true)
	for name, pair := range urls {
		eventually(t, "the other URL", func() bool { return shown(name, "url") == pair[1] })
		logged(t, s, "Server "+name+" is in reach again, by "+pair[1])
	}
	for _, uuid := range []string{first, second} {
		eventually(t, "the leg is controlled", func() bool { return strings.HasPrefix(api(t, s, "janus mute %s", uuid), "+OK") })
	}
	third := originate(t, s, "%s", tone("janus-room-description=fallback", "janus/rest/Third@9850", 440))
	eventually(t, "all are in it", func() bool { return a.ready(janusclient.NumberID(9850), 3) })
	for name := range urls {
		require.Equal(t, sessions[name], shown(name, "id"))
	}
	require.NotContains(t, s.Log(), "joining again")
	hangup(t, s, first, second, third)
	a.empty(janusclient.NumberID(9850))
}
