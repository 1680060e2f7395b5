// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/test/lab"
)

// Whatever is dialled, the cause fits, one line of log says why, and the
// switch goes on.
func TestWhateverIsDialled(t *testing.T) {
	for name, tt := range map[string]struct{ destination, cause, says string }{
		"no slash":            {"demo", "INVALID_NUMBER_FORMAT", `no "/"`},
		"no at":               {"demo/MyName", "INVALID_NUMBER_FORMAT", `no "@"`},
		"no room":             {"demo/MyName@", "INVALID_NUMBER_FORMAT", "no room"},
		"no server":           {"/MyName@1234", "INVALID_NUMBER_FORMAT", "no server"},
		"10 kB":               {"demo/" + strings.Repeat("x", 10000) + "@1234", "INVALID_NUMBER_FORMAT", "bytes"},
		"10 kB room":          {"demo/x@" + strings.Repeat("9", 10000), "INVALID_NUMBER_FORMAT", "bytes"},
		"control character":   {"demo/a%07b@1234", "INVALID_NUMBER_FORMAT", "control character"},
		"escape sequence":     {"demo/%1b[31mred@1234", "INVALID_NUMBER_FORMAT", "control character"},
		"new line in room":    {"demo/x@12%0a34", "INVALID_NUMBER_FORMAT", "control character"},
		"broken UTF-8":        {"demo/\xff\xfe@1234", "INVALID_NUMBER_FORMAT", "UTF-8"},
		"cut UTF-8":           {"demo/%e2%82@1234", "INVALID_NUMBER_FORMAT", "UTF-8"},
		"unknown server":      {"nowhere/x@1234", "NO_ROUTE_DESTINATION", "nowhere"},
		"disabled server":     {"off/x@1234", "OUTGOING_CALL_BARRED", "off"},
		"no such room":        {"demo/x@87654321", "UNALLOCATED_NUMBER", "[Nn]o such room"},
		"room 0":              {"demo/x@0", "INVALID_NUMBER_FORMAT", "numbers from 1 to"},
		"room beyond 63 bits": {"demo/x@9223372036854775808", "INVALID_NUMBER_FORMAT", "numbers from 1 to"},
		"room beyond 64 bits": {"demo/x@18446744073709551616", "INVALID_NUMBER_FORMAT", "room"},
		"room with a quote":   {`demo/x@12"34`, "INVALID_NUMBER_FORMAT", "room"},
	} {
		t.Run(name, func(t *testing.T) {
			line := requireFailure(t, sw, tt.cause, "%sjanus/%s &park()", existing, tt.destination)
			require.Regexp(t, tt.says, line)
			require.Less(t, len(line), 6000, "a log line is no dump")
		})
	}
	out := api(t, sw, "originate janus/ &park()")
	require.True(t, strings.HasPrefix(out, "-ERR "), out)
	gone(t, sw)
}

// Names that look odd and are none the worse for it.
func TestDisplayNames(t *testing.T) {
	a := ask(t, janus)
	for dialled, display := range map[string]string{
		`Zo%C3%AB%20M%C3%BCller`: "Zoë Müller",
		"Grüße":                  "Grüße",
		"me@home":                "me@home",
		"a/b":                    "a/b",
		"100%":                   "100%",
		`say%20%22hi%22%5c`:      `say "hi"\`,
		`%3Cb%3E%26`:             "<b>&",
	} {
		uuid := originate(t, sw, "%sjanus/demo/%s@1234 &park()", existing, dialled)
		require.Equal(t, display, a.participants(janusclient.NumberID(1234))[0].Display)
		hangup(t, sw, uuid)
	}
}

// What is wrong in a configuration is named, and the rest of it works.
func TestConfigurationThatIsPartlyWrong(t *testing.T) {
	conf := lab.ConfOf(janus, `<param name="cmd-timeout" value="-5"/><param name="colour" value="red"/>`+
		`<param name="codec-string" value="opus,G729"/><param name="string-ids" value="maybe"/>`)
	conf = strings.Replace(conf, "<settings/>", `<settings><param name="debug" value="perhaps"/><param name="shade" value="1"/></settings>`+
		`<server name="nourl"><param name="enabled" value="true"/></server><server><param name="url" value="http://127.0.0.1:1/"/></server>`+
		`<server name="a/b"><param name="url" value="http://127.0.0.1:1/"/></server>`+
		`<server name="scheme"><param name="url" value="gopher://127.0.0.1/"/></server>`+
		`<server name="disabled"><param name="url" value="http://127.0.0.1:1/janus"/></server>`, 1)
	s, err := startSwitch(t.TempDir(), conf)
	require.NoError(t, err)
	defer s.Stop()
	for _, says := range []string{
		`server "demo": param cmd-timeout: .*-5`, `server "demo": unknown param "colour"`, `server "demo": param codec-string: .*G729`,
		`server "demo": param string-ids: .*maybe`, `debug: .*perhaps`, `"shade"`, `server "nourl" is ignored`, `server number 2 has no name`,
		`server "a/b" is ignored`, `server "scheme": param url: .*gopher`,
	} {
		logged(t, s, says)
		require.Len(t, regexp.MustCompile(`(?m)^.*`+says+`.*$`).FindAllString(s.Log(), -1), 1, says)
	}
	require.Regexp(t, `^name\|enabled\|totalCalls\|callsInProgress\|started\|id\ndisabled\|false\|0\|0\|0\|0\ndemo\|true\|0\|0\|\d+\|\d+$`,
		api(t, s, "janus list"))
	hangup(t, s, originate(t, s, "%sjanus/demo/x@1234 &park()", existing))
}

// A document that is not XML never reaches the module: the switch keeps the
// one before, calls go on, and the module loads again on it.
func TestConfigurationThatIsNotXML(t *testing.T) {
	dir := t.TempDir()
	s, err := startSwitch(dir, lab.ConfOf(janus, ""))
	require.NoError(t, err)
	defer s.Stop()
	uuid := originate(t, s, "%sjanus/demo/x@1234 &park()", existing)
	file := filepath.Join(dir, "conf", "freeswitch.xml")
	good, err := os.ReadFile(file)
	require.NoError(t, err)
	for name, text := range map[string]string{
		"cut":  string(good[:len(good)/2]),
		"text": "janus.conf: demo = http://127.0.0.1\n",
		"none": "",
	} {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		t.Logf("%s: reloadxml: %s", name, api(t, s, "reloadxml"))
		require.Equal(t, "true", api(t, s, "uuid_exists %s", uuid), name)
		require.Contains(t, api(t, s, "janus list"), "\ndemo|true|")
	}
	require.NoError(t, os.WriteFile(file, good, 0o600))
	require.Contains(t, api(t, s, "reloadxml"), "+OK")
	hangup(t, s, uuid)
	require.Contains(t, api(t, s, "unload mod_janus"), "+OK")
	require.Contains(t, api(t, s, "load mod_janus"), "+OK")
	hangup(t, s, originate(t, s, "%sjanus/demo/x@1234 &park()", existing))
}
