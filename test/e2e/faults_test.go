// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/janustest"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// serverXML is a further <server> for a lab's configuration.
func serverXML(name, url, params string) string {
	return fmt.Sprintf(`<server name=%q><param name="url" value=%q/><param name="enabled" value="true"/>`+
		`<param name="rtp-ip" value=%q/>%s</server>`, name, url, lab.Address(), params)
}

// withServer adds it.
func withServer(conf, server string) string {
	return strings.Replace(conf, "</configuration>", server+"</configuration>", 1)
}

// verdicts are the lines in which the module says why calls ended or never
// began, with this cause.
func verdicts(log, cause string) []string {
	return regexp.MustCompile(`(?m)^.*Janus call .*\[`+cause+`\]: .+$`).FindAllString(log, -1)
}

// requireFailure places a call that must fail with a cause and with one line
// of log, which it returns.
func requireFailure(t *testing.T, s *lab.Switch, cause, format string, args ...any) string {
	t.Helper()
	before := len(s.Log())
	out := api(t, s, "originate "+format, args...)
	require.Equal(t, "-ERR "+cause, out, "%.80q\n%s", fmt.Sprintf(format, args...), tail(s.Log(), 20))
	eventually(t, "the log says why", func() bool { return len(verdicts(s.Log()[before:], cause)) > 0 })
	lines := verdicts(s.Log()[before:], "[A-Z_]+")
	require.Len(t, lines, 1, "one line says why")
	require.Regexp(t, `\[(NOTICE|WARNING|ERR)\]`, lines[0])
	require.NotRegexp(t, `[\x00-\x08\x0b-\x1f]`, lines[0], "no control characters in the log")
	return lines[0]
}

// standing is a call through a Janus that is well, to be looked at while
// another goes wrong.
func standing(t *testing.T, s *lab.Switch) (check func()) {
	t.Helper()
	uuid := originate(t, s, "{janus-use-existing-room=true}janus/well/Standing@1234 &echo()")
	a := ask(t, janus)
	up := func() bool { // others may be in the room as well
		here := slices.DeleteFunc(a.participants(janusclient.NumberID(1234)), func(p audiobridge.Participant) bool { return p.Display != "Standing" })
		return len(here) == 1 && here[0].Setup
	}
	eventually(t, "its media is up", up)
	return func() {
		t.Helper()
		require.Equal(t, "true", api(t, s, "uuid_exists %s", uuid), "another call goes on")
		require.True(t, up(), "it is in the room")
	}
}

// Every request of a call, answered in every wrong way: the cause fits, one
// line says why, and other calls go on.
func TestEveryRequestAnsweredWrongly(t *testing.T) {
	fake := janustest.NewServer(janustest.WithRoom("1234"))
	defer fake.Close()
	conf := lab.JanusConf(fake.URL, `<param name="cmd-timeout" value="700"/>`)
	s, err := startSwitch(t.TempDir(), withServer(conf, serverXML("well", janus.URL, lab.Trust(janus))))
	require.NoError(t, err)
	defer s.Stop()
	check := standing(t, s)
	const gone = "DESTINATION_OUT_OF_ORDER"
	faults := map[string]struct {
		fault janustest.Fault
		cause string
	}{
		"html":              {janustest.Body("text/html", "<html><body>It works!</body></html>"), gone},
		"half json":         {janustest.Body("application/json", `{"janus":"ack","trans`), gone},
		"no object":         {janustest.Body("application/json", `[]`), gone},
		"wrong transaction": {janustest.WrongTransaction(), gone},
		"oversize":          {janustest.Body("application/json", strings.Repeat(" ", 1<<20+1)), gone},
		"404":               {janustest.Status(http.StatusNotFound), gone},
		"500":               {janustest.Status(http.StatusInternalServerError), gone},
		"reset":             {janustest.Drop(), gone},
		"nothing":           {janustest.Hang(), "RECOVERY_ON_TIMER_EXPIRE"},
	}
	for _, match := range []janustest.Match{{Janus: "attach"}, {Janus: "message", Request: "create"}, {Janus: "message", Request: "join"}} {
		for name, tt := range faults {
			t.Run(match.Janus+" "+match.Request+" "+name, func(t *testing.T) {
				rule := fake.Fault(match, tt.fault)
				defer rule.Remove()
				line := requireFailure(t, s, tt.cause, "janus/demo/x@1234 &park()")
				require.Positive(t, rule.Hits(), "the fault has been met")
				t.Log(line)
				check()
			})
		}
	}
	// Over REST nobody can know the handle of an attach whose answer was lost: such handles stay
	// until the session ends. Whatever fails later leaves none.
	left := fake.Handles()
	for _, request := range []string{"create", "join"} {
		rule := fake.Fault(janustest.Match{Janus: "message", Request: request}, janustest.Status(http.StatusInternalServerError))
		requireFailure(t, s, gone, "janus/demo/x@1234 &park()")
		rule.Remove()
	}
	eventually(t, "no handle is left", func() bool { return fake.Handles() <= left })
	api(t, s, "uuid_kill %s", originate(t, s, "janus/demo/x@1234 &park()"))
	check()
}

// An SDP answer that cannot be used.
func TestUnusableAnswers(t *testing.T) {
	t.Parallel() // it waits
	fake := janustest.NewServer(janustest.WithRoom("1234"))
	defer fake.Close()
	var edit func(string) string
	fake.Answer = func(offer string) (string, error) {
		sdp, err := janustest.CannedAnswer(offer)
		return edit(sdp), err
	}
	edit = func(sdp string) string { return sdp }
	s, err := startSwitch(t.TempDir(), withServer(lab.JanusConf(fake.URL, ""), serverXML("well", janus.URL, lab.Trust(janus))))
	require.NoError(t, err)
	defer s.Stop()
	check := standing(t, s)
	// answered, and then nobody is where the candidate says: the end comes while the rest is tried
	nowhere := originate(t, s, "%sjanus/demo/Nowhere@1234 &park()", existing)
	for name, tt := range map[string]struct {
		edit  func(string) string
		cause string
	}{
		"no ice":         {func(sdp string) string { return drop(sdp, "a=ice-(ufrag|pwd)") }, "MEDIA_TIMEOUT"},
		"no fingerprint": {func(sdp string) string { return drop(sdp, "a=fingerprint") }, "MEDIA_TIMEOUT"},
		"other codec":    {func(sdp string) string { return strings.ReplaceAll(sdp, "opus/48000", "speex/16000") }, "INCOMPATIBLE_DESTINATION"},
		"no sdp":         {func(string) string { return "<html>" }, "INCOMPATIBLE_DESTINATION"},
	} {
		t.Run(name, func(t *testing.T) {
			edit = tt.edit
			t.Log(requireFailure(t, s, tt.cause, "%sjanus/demo/x@1234 &park()", existing))
			check()
		})
	}
	logged(t, s, nowhere+`.*Janus call to demo room 1234 ends \[MEDIA_TIMEOUT\]: .+`)
	eventually(t, "the leg is gone", func() bool { return api(t, s, "uuid_exists %s", nowhere) == "false" })
	check()
}

// Janus forgets the session, as after a restart: its calls end, others do not,
// and the next call finds a new session.
func TestLostSession(t *testing.T) {
	fake := janustest.NewServer(janustest.WithRoom("1234"))
	defer fake.Close()
	s, err := startSwitch(t.TempDir(), withServer(lab.JanusConf(fake.URL, ""), serverXML("well", janus.URL, lab.Trust(janus))))
	require.NoError(t, err)
	defer s.Stop()
	check := standing(t, s)
	uuid := originate(t, s, "{janus-use-existing-room=true,janus-rejoin=false}janus/demo/x@1234 &park()")
	fake.LoseSessions()
	logged(t, s, uuid+`.*ends \[DESTINATION_OUT_OF_ORDER\]: .+`)
	eventually(t, "the leg is gone", func() bool { return api(t, s, "uuid_exists %s", uuid) == "false" })
	check()
	api(t, s, "uuid_kill %s", originate(t, s, "%sjanus/demo/x@1234 &park()", existing))
	check()
}

// A Janus that is killed takes its calls with it, and is used again when it is
// back: at once, although it cannot gather candidates for its first 2 s.
func TestKilledJanus(t *testing.T) {
	dir := t.TempDir()
	j, err := realjanus.Start(dir, realjanus.Config{})
	require.NoError(t, err)
	defer func() { j.Stop(syscall.SIGTERM) }()
	s, err := startSwitch(filepath.Join(dir, "switch"), withServer(lab.ConfOf(j, ""), serverXML("well", janus.URL, lab.Trust(janus))))
	require.NoError(t, err)
	defer s.Stop()
	check := standing(t, s)
	uuid := originate(t, s, "{janus-use-existing-room=true,janus-rejoin=false}janus/demo/x@1234 &park()")
	j.Stop(syscall.SIGKILL)
	began := time.Now()
	check()
	require.NoError(t, j.Start())
	eventually(t, "the call of the dead Janus has ended", func() bool { return api(t, s, "uuid_exists %s", uuid) == "false" })
	t.Logf("ended %v after the kill", time.Since(began).Round(time.Millisecond))
	require.NotEmpty(t, verdicts(s.Log(), "DESTINATION_OUT_OF_ORDER|MEDIA_TIMEOUT"))
	api(t, s, "uuid_kill %s", originate(t, s, "%sjanus/demo/x@1234 &park()", existing))
	check()
}
