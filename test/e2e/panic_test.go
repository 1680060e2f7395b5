// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/test/lab"
)

// panicking starts a switch whose exports panic on demand (make e2e builds that
// module); the function arms one export, "" none.
func panicking(t *testing.T) (s *lab.Switch, arm func(export string)) {
	t.Helper()
	cfg := hostConfig(lab.ConfOf(janus, ""))
	if cfg.Module = os.Getenv("MOD_JANUS_PANIC_SO"); cfg.Module == "" {
		t.Skip("MOD_JANUS_PANIC_SO is not set: it is a module built with -tags panictest")
	}
	s, err := lab.StartSwitch(t.TempDir(), cfg)
	require.NoError(t, err)
	return s, func(export string) {
		if export == "" {
			api(t, s, "global_setvar janus_panic=none")
			return
		}
		api(t, s, "global_setvar janus_panic=%s", export)
	}
}

// A panic in an export is a line of log with its name and stack, and fails what
// the export was called for, and nothing else: a call that is up stays up.
func TestPanic(t *testing.T) {
	s, arm := panicking(t)
	defer s.Stop()
	a, room := ask(t, janus), janusclient.NumberID(1234)
	other := originate(t, s, "%sjanus/demo/Other@1234 &park()", existing)
	alone := func() bool { return a.ready(room, 1) }
	eventually(t, "the call is up", alone)

	// one is a call that panics, and whom it concerns alone
	var partner string // of one in a bridge, which may end with the bridge or outlive it
	leg := func() string { return originate(t, s, "%sjanus/demo/One@1234 &park()", existing) }
	for _, tt := range []struct {
		export string
		do     func(one string)
	}{
		{"janus_command", func(string) { require.Equal(t, "-ERR internal error, see the log", api(t, s, "janus status")) }},
		{"janus_application", func(one string) {
			for _, application := range []string{"janus::mute", "janus_send::demo"} {
				api(t, s, "uuid_broadcast %s %s aleg", one, application)
			}
			for _, result := range []string{"janus_result", "janus_send_result"} {
				eventually(t, result, func() bool { return api(t, s, "uuid_getvar %s %s", one, result) == "-ERR internal error, see the log" })
			}
		}},
		{"janus_servers", func(string) { require.NotContains(t, api(t, s, "console_complete janus server d"), "demo") }},
		{"janus_legs", func(one string) { require.NotContains(t, api(t, s, "console_complete janus volume "), one) }},
		{"janus_rooms", func(string) { require.NotContains(t, api(t, s, "console_complete janus room demo "), "1234") }},
		{"janus_call_dial", func(string) {
			require.Equal(t, "-ERR DESTINATION_OUT_OF_ORDER", api(t, s, "originate %sjanus/demo/x@1234 &park()", existing))
		}},
		{"janus_call_run", func(string) {
			require.Equal(t, "-ERR NORMAL_TEMPORARY_FAILURE", api(t, s, "originate %sjanus/demo/x@1234 &park()", existing))
		}},
		{"janus_call_dtmf", func(one string) { api(t, s, "uuid_send_dtmf %s 5@120", one) }},
		{"janus_call_message", func(one string) {
			partner = leg()
			require.Contains(t, api(t, s, "uuid_bridge %s %s", one, partner), "+OK")
		}},
		{"janus_call_hangup", func(one string) { api(t, s, "uuid_kill %s", one) }},
	} {
		one := leg()
		arm(tt.export)
		tt.do(one)
		logged(t, s, tt.export+`: internal error: injected\n(.*\n)*?.*goroutine`)
		arm("")
		require.Contains(t, api(t, s, "janus status"), "callsInProgress", tt.export)
		require.Equal(t, tt.export != "janus_call_hangup", api(t, s, "uuid_exists %s", one) == "true", "%s: the leg itself", tt.export)
		require.Equal(t, "true", api(t, s, "uuid_exists %s", other), tt.export)
		_, _ = s.API("uuid_kill %s", one)
		_, _ = s.API("uuid_kill %s", partner)
		eventually(t, tt.export+": nothing is left of what failed", func() bool {
			return alone() && strings.Contains(api(t, s, "janus status"), "|1|")
		})
	}
	hangup(t, s, other)
	a.empty(room)
}

// What panics at load or unload: the module can be loaded again; a leg that
// could not be freed is told of at unload, and the next engine knows nothing of it.
func TestPanicAtLoad(t *testing.T) {
	s, arm := panicking(t)
	defer s.Stop()
	again := func() {
		arm("")
		require.Contains(t, api(t, s, "load mod_janus"), "+OK")
		hangup(t, s, originate(t, s, "%sjanus/demo/Again@1234 &park()", existing))
	}
	require.Contains(t, api(t, s, "unload mod_janus"), "+OK")
	arm("janus_start")
	require.Contains(t, api(t, s, "load mod_janus"), "-ERR")
	logged(t, s, "janus_start: internal error: injected")
	again()

	one := originate(t, s, "%sjanus/demo/Free@1234 &park()", existing)
	arm("janus_call_free")
	hangup(t, s, one)
	logged(t, s, "janus_call_free: internal error: injected")
	require.Contains(t, api(t, s, "unload mod_janus"), "+OK")
	logged(t, s, "Unloading with 1 janus legs still held by the switch")
	again()

	for _, export := range []string{"janus_syntax", "janus_completions"} { // the words are missing, no more
		require.Contains(t, api(t, s, "unload mod_janus"), "+OK")
		arm(export)
		require.Contains(t, api(t, s, "load mod_janus"), "+OK")
		logged(t, s, export+": internal error: injected")
		arm("")
		hangup(t, s, originate(t, s, "%sjanus/demo/Again@1234 &park()", existing))
	}

	arm("janus_stop")
	require.Contains(t, api(t, s, "unload mod_janus"), "+OK")
	logged(t, s, "janus_stop: internal error: injected")
	again()
	ask(t, janus).empty(janusclient.NumberID(1234))
}
