// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// secrets are all that a run with everything configured must keep to itself, by
// what they are; no one is part of anything else.
var secrets = map[string]string{
	"API secret": "Seacow-api", "signing key": "Seacow-hmac", "stored token": "Seacow-stored", "admin key": "Seacow-key",
	"Admin API's secret": realjanus.AdminSecret, "wrong Admin API secret": "Seacow-wrongadmin",
	"TURN password": "Seacow-turn", "password in a URL": "Seacow-url", "password in a wrong URL": "Seacow-ftp", "password of the dsn": "Seacow-dsn",
	"PIN": "Seacow-pin", "wrong PIN": "Seacow-nopin", "new PIN": "Seacow-pintwo", "room secret": "Seacow-room", "wrong room secret": "Seacow-noroom",
	"user token": "Seacow-user", "token of the Admin API": "Seacow-ticket",
}

// keys is what of an SDP or a certificate must not be seen, and of signed tokens.
var keys = []*regexp.Regexp{regexp.MustCompile(`ice-pwd(:|%3A)[A-Za-z0-9+/]`), regexp.MustCompile(`inline:[A-Za-z0-9+/]`), regexp.MustCompile(`PRIVATE KEY`), signedToken}

// lines of log begin with who says them; these are the files of the shim. The
// switch itself repeats commands and variables as it was given them.
var (
	logLine = regexp.MustCompile(`\b\w+\.c:\d+ `)
	ownLine = regexp.MustCompile(`\b(mod_janus|host|console|frames|prompt|tone|database)\.c:\d+ `)
)

// ours is what the module says in a log, lines that go on included.
func ours(log string) string {
	var text strings.Builder
	own := false
	for line := range strings.Lines(log) {
		if logLine.MatchString(line) {
			own = ownLine.MatchString(line)
		}
		if own {
			text.WriteString(line)
		}
	}
	return text.String()
}

// A run in which every secret there is has its part, in calls, errors, a
// rejoin, controls and commands: nothing that this module writes holds one.
func TestSecrets(t *testing.T) {
	t.Parallel() // refused calls wait
	dir := t.TempDir()
	j, err := realjanus.Start(dir, realjanus.Config{
		Secret: secrets["API secret"], TokenSecret: secrets["signing key"], AdminKey: secrets["admin key"],
	})
	require.NoError(t, err)
	defer j.Kill()
	withUser := func(address string) string {
		return strings.Replace(address, "://", "://user:"+secrets["password in a URL"]+"@", 1)
	}
	access := param("secret", secrets["API secret"]) + param("hmac-secret", secrets["signing key"]) + lab.Trust(j)
	conf := lab.JanusConf(withUser(j.URL), access+param("auth-token", secrets["stored token"])+param("admin-key", secrets["admin key"])+
		param("admin-url", withUser(j.Admin))+param("admin-secret", realjanus.AdminSecret)+param("raw-events", "true")+
		param("turn-server", "turn:127.0.0.1:9")+param("turn-username", "user")+param("turn-password", secrets["TURN password"]))
	conf = withServer(conf, serverXML("stored", withUser(j.URL), lab.Trust(j)+param("auth-token", secrets["stored token"])+
		param("admin-url", j.Admin)+param("admin-secret", secrets["wrong Admin API secret"])))
	conf = withServer(conf, serverXML("dead", "http://user:"+secrets["password in a URL"]+"@127.0.0.1:1/janus",
		param("admin-url", "http://user:"+secrets["password in a URL"]+"@127.0.0.1:1/admin")))
	conf = withServer(conf, serverXML("wrong", "ftp://user:"+secrets["password in a wrong URL"]+"@127.0.0.1/janus", ""))
	conf = strings.Replace(conf, "<settings/>", "<settings>"+param("db-dsn", "pgsql://host=127.0.0.1 password="+secrets["password of the dsn"])+"</settings>", 1)
	s, err := startSwitch(filepath.Join(dir, "switch"), conf)
	require.NoError(t, err)
	defer s.Stop()
	said := &witness{t: t, s: s, events: watch(t, s, "CUSTOM janus::server janus::call janus::participant janus::media janus::slowlink janus::dtmf janus::event")}
	said.run(j)

	log := ours(s.Log())
	for _, line := range []string{`"janus":"attach"`, `"request":"create"`, `"apisecret":"***"`, `"request":"changeroom"`, "a=ice-pwd:***"} {
		require.True(t, strings.Contains(log, line), "debug shows messages: %s", line)
	}
	require.True(t, strings.Contains(said.all(), "a=ice-pwd:***"), "raw events show messages")
	places := map[string]string{"the log": log, "an output": strings.Join(said.outputs, "\n"), "an event": said.all()}
	for what, text := range places {
		require.NotEmpty(t, text, what)
		for name, secret := range secrets {
			if i := strings.Index(text, secret); i >= 0 {
				t.Errorf("%s in %s: ...%s", name, what, text[max(0, i-300):min(len(text), i+100)])
			}
		}
		for _, key := range keys {
			if at := key.FindStringIndex(text); at != nil {
				t.Errorf("%s in %s: ...%s", key, what, text[max(0, at[0]-300):at[1]])
			}
		}
	}
}

// witness keeps all that a run puts out.
type witness struct {
	t       *testing.T
	s       *lab.Switch
	events  *lab.Events
	outputs []string
}

func (w *witness) api(format string, args ...any) string {
	w.t.Helper()
	out := api(w.t, w.s, format, args...)
	w.outputs = append(w.outputs, out)
	return out
}

// all is every event, decoded.
func (w *witness) all() string {
	var text strings.Builder
	for _, event := range w.events.Find() {
		for name, values := range event {
			value := strings.Join(values, ",")
			if decoded, err := url.PathUnescape(value); err == nil && name != "Body" {
				value = decoded
			}
			fmt.Fprintf(&text, "%s: %s\n", name, value)
		}
	}
	return text.String()
}

func (w *witness) run(j *realjanus.Janus) {
	t, s := w.t, w.s
	w.api("janus debug true")
	room := fmt.Sprintf("janus-room-pin=%s,janus-room-secret=%s,janus-user-token=%s", secrets["PIN"], secrets["room secret"], secrets["user token"])
	uuid := originate(t, s, "{%s}janus/demo/One@8777 &park()", room)
	other := originate(t, s, "{%s}janus/demo/Two@8778 &park()", room)
	a := ask(t, j)
	eventually(t, "it is in its room", func() bool { return a.ready(janusclient.NumberID(8777), 1) })

	// refused: by Janus, by the room, by nobody there
	requireFailure(t, s, "CALL_REJECTED", "{janus-use-existing-room=true,janus-room-pin=%s}janus/demo/x@8777 &park()", secrets["wrong PIN"])
	requireFailure(t, s, "DESTINATION_OUT_OF_ORDER", "%sjanus/stored/x@1234 &park()", existing)
	requireFailure(t, s, "DESTINATION_OUT_OF_ORDER", "%sjanus/dead/x@1234 &park()", existing)

	for _, line := range []string{
		"record " + uuid + " start " + filepath.Join(t.TempDir(), "one"), "mute " + uuid, "room demo 8777 mute-all", "room demo 8777 mute-all secret=" + secrets["wrong room secret"],
		"move " + uuid + " 8778 " + secrets["wrong PIN"], "move " + uuid + " 8778", "move " + uuid + " 8777",
		"room demo 8779 create pin=" + secrets["PIN"] + " secret=" + secrets["room secret"] + " allowed=" + secrets["user token"],
		"room demo 8779 allow add " + secrets["user token"], "room demo 8779 edit secret=" + secrets["wrong room secret"] + " new-pin=" + secrets["new PIN"],
		"room demo 8779 edit secret=" + secrets["room secret"] + " new-pin=" + secrets["new PIN"], "room demo 8779 destroy secret=" + secrets["room secret"],
		`send demo {"janus":"message","body":{"request":"create","room":8780,"pin":"` + secrets["PIN"] + `","admin_key":"` + secrets["admin key"] + `"}}`,
		`send demo {"janus":"message","body":{"request":"join","room":8780,"pin":"` + secrets["wrong PIN"] + `"}}`,
		`send demo {"janus":"message","body":{"request":"join","room":8780,"pin":"` + secrets["wrong PIN"] + `"`,
		"admin demo tokens add " + secrets["token of the Admin API"], "admin demo tokens remove " + secrets["token of the Admin API"],
		"admin demo info " + uuid + " raw", "admin demo info " + uuid, "admin stored sessions", "admin dead sessions",
		"server demo", "server demo as json", "server stored", "server dead", "calls", "calls as json", "calls " + uuid, "calls " + uuid + " as json",
		"list", "status", "rooms demo", "participants demo 8777", "participants demo 8777 as json", "reload", "server nobody",
		"volume " + uuid + " " + secrets["wrong PIN"] + "x",
	} {
		if out := w.api("janus %s", line); strings.Contains(line, "volume") {
			require.Contains(t, out, "usage", "what is typed is not repeated")
		}
	}
	api(t, s, "uuid_broadcast %s janus_send::demo\\s{\"janus\":\"message\",\"body\":{\"request\":\"edit\",\"room\":8777,\"secret\":\"%s\"}} aleg", uuid, secrets["wrong room secret"])

	j.Kill()
	eventually(t, "it rejoins", func() bool { return len(w.events.Find("Action", "rejoining", "Unique-Id", uuid)) > 0 })
	require.NoError(t, j.Start())
	eventually(t, "it has rejoined", func() bool { return len(w.events.Find("Action", "rejoined", "Unique-Id", uuid)) > 0 })
	eventually(t, "so has the other", func() bool { return len(w.events.Find("Action", "rejoined", "Unique-Id", other)) > 0 })
	w.api("janus calls %s", uuid)
	w.api("janus kick %s", uuid)
	// what the module has set; what it was given has hyphens
	for line := range strings.Lines(api(t, s, "uuid_dump %s", other)) {
		if strings.HasPrefix(line, "variable_janus_") {
			w.outputs = append(w.outputs, line)
		}
	}
	hangup(t, s, other)
	w.api("janus server demo disable")
}
