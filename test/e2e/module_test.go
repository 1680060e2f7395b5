// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/janustest"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// detach detaches a handle of the module's session, as an operator's script would.
func detach(t *testing.T, session, handle string) {
	t.Helper()
	url := fmt.Sprintf("%s/%s/%s", janus.HTTP, session, handle)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewBufferString(`{"janus":"detach","transaction":"t"}`))
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	require.Equal(t, http.StatusOK, response.StatusCode)
}

func TestConsole(t *testing.T) {
	require.Regexp(t, `^totalCalls\|callsInProgress\|started\n\d+\|0\|\d{16}$`, api(t, sw, "janus status"))
	connected := regexp.MustCompile(`^name\|enabled\|totalCalls\|callsInProgress\|started\|id\ndemo\|true\|\d+\|0\|\d{16}\|\d+\n`)
	var list string
	eventually(t, "demo is connected", func() bool {
		list = api(t, sw, "janus list")
		return connected.MatchString(list)
	})
	require.Contains(t, list, "\noff|false|0|0|0|0\n")
	require.Equal(t, "+OK", api(t, sw, "janus debug true"))
	require.Equal(t, "+OK", api(t, sw, "janus debug false"))
	require.Equal(t, "+OK", api(t, sw, "janus server demo disable"))
	require.Equal(t, "-ERR OUTGOING_CALL_BARRED", api(t, sw, "originate janus/demo/x@1234 &park()"))
	require.Equal(t, "+OK", api(t, sw, "janus server demo enable"))
	hangup(t, sw, originate(t, sw, "%sjanus/demo/x@1234 &park()", existing))
	require.Equal(t, `-ERR no server "nowhere" is configured`, api(t, sw, "janus server nowhere enable"))
	for _, line := range []string{"", " debug", " debug maybe", " server", " server demo explode", " dance"} {
		require.True(t, strings.HasPrefix(api(t, sw, "janus%s", line), "-ERR usage: janus "), line)
	}
}

// A Janus that does not behave ends its own call with the right cause, and no other.
func TestMisbehavingJanus(t *testing.T) {
	fake := janustest.NewServer(janustest.WithRoom("1234"))
	defer fake.Close()
	join := janustest.Match{Janus: "message", Request: "join"}
	s, err := startSwitch(t.TempDir(), lab.JanusConf(fake.URL, `<param name="cmd-timeout" value="1000"/>`))
	require.NoError(t, err)
	defer s.Stop()
	for name, tt := range map[string]struct {
		fault janustest.Fault
		cause string
	}{
		"html":              {janustest.Body("text/html", "<html>no Janus here</html>"), "DESTINATION_OUT_OF_ORDER"},
		"404":               {janustest.Status(http.StatusNotFound), "DESTINATION_OUT_OF_ORDER"},
		"wrong transaction": {janustest.WrongTransaction(), "DESTINATION_OUT_OF_ORDER"},
		"nothing":           {janustest.Hang(), "RECOVERY_ON_TIMER_EXPIRE"},
	} {
		rule := fake.Fault(join, tt.fault)
		require.Equal(t, "-ERR "+tt.cause, api(t, s, "originate %sjanus/demo/x@1234 &park()", existing), name)
		rule.Remove()
	}
	for name, tt := range map[string]struct {
		edit  func(string) string
		cause string
	}{
		"no ICE":         {func(sdp string) string { return drop(sdp, "a=ice-") }, "MEDIA_TIMEOUT"},
		"no fingerprint": {func(sdp string) string { return drop(sdp, "a=fingerprint") }, "MEDIA_TIMEOUT"},
		"other codec":    {func(sdp string) string { return strings.ReplaceAll(sdp, "opus/48000", "speex/16000") }, "INCOMPATIBLE_DESTINATION"},
	} {
		fake.Answer = func(offer string) (string, error) {
			sdp, err := janustest.CannedAnswer(offer)
			return tt.edit(sdp), err
		}
		require.Equal(t, "-ERR "+tt.cause, api(t, s, "originate %sjanus/demo/x@1234 &park()", existing), name)
	}
	gone(t, s)
}

func drop(sdp, prefix string) string {
	return regexp.MustCompile(`(?m)^`+prefix+`.*\r?\n`).ReplaceAllString(sdp, "")
}

func TestWrongSecret(t *testing.T) {
	t.Parallel() // it waits
	dir := t.TempDir()
	j, err := realjanus.Start(dir, realjanus.Config{Secret: "right-secret"})
	require.NoError(t, err)
	defer j.Stop(syscall.SIGTERM)
	conf := lab.ConfOf(j, `<param name="secret" value="right-secret"/>`)
	wrong := strings.ReplaceAll(lab.ConfOf(j, `<param name="secret" value="wrong-secret"/>`), `"demo"`, `"wrong"`)
	_, second, _ := strings.Cut(wrong, "<settings/>")
	conf = strings.Replace(conf, "</configuration>", second, 1)
	s, err := startSwitch(filepath.Join(dir, "switch"), conf)
	require.NoError(t, err)
	defer s.Stop()
	api(t, s, "janus debug true")
	require.Equal(t, "-ERR DESTINATION_OUT_OF_ORDER", api(t, s, "originate janus/wrong/x@1234 &park()"))
	hangup(t, s, originate(t, s, "%sjanus/demo/x@1234 &park()", existing))
	require.NotContains(t, s.Log(), "right-secret")
	require.NotContains(t, s.Log(), "wrong-secret")
}

func TestBadConfigurations(t *testing.T) {
	for name, tt := range map[string]struct{ conf, log string }{
		"missing":      {"", "No configuration, no server"},
		"empty":        {`<configuration name="janus.conf"></configuration>`, "no usable <server>"},
		"wrong values": {lab.JanusConf("http://127.0.0.1:1/janus", `<param name="cmd-timeout" value="soon"/>`), `param cmd-timeout: "soon"`},
		"two of a name": {strings.Replace(lab.JanusConf("http://127.0.0.1:1/janus", ""), "<settings/>",
			`<settings/><server name="demo"><param name="url" value="http://127.0.0.1:2/janus"/></server>`, 1), "configured twice"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := startSwitch(t.TempDir(), tt.conf)
			require.NoError(t, err)
			defer s.Stop()
			logged(t, s, regexp.QuoteMeta(tt.log))
			require.True(t, strings.HasPrefix(api(t, s, "janus list"), "name|enabled|"))
			require.Contains(t, api(t, s, "originate janus/nowhere/x@1 &park()"), "-ERR ")
		})
	}
}

// Load, 20 calls, unload, load, 20 calls: nothing is left over.
func TestLoadCallsUnload(t *testing.T) {
	a := ask(t, janus)
	again := func() {
		require.Contains(t, api(t, sw, "unload -f mod_janus"), "+OK")
		require.Contains(t, api(t, sw, "load mod_janus"), "+OK")
	}
	round := func() (threads, files int) {
		for i := range 20 {
			originate(t, sw, "%sjanus/demo/n%d@1234 &park()", existing, i)
		}
		require.Len(t, a.participants(janusclient.NumberID(1234)), 20)
		out := api(t, sw, "unload mod_janus")
		require.NotContains(t, out, "+OK", "a busy module stays")
		again()
		a.empty(janusclient.NumberID(1234))
		gone(t, sw)
		for range 4 {
			again()
		}
		return count(t, sw, "task"), count(t, sw, "fd")
	}
	round() // the runtime's own threads come with the first calls
	threads, files := round()
	// A connection to Janus comes and goes, so that a round may have one more than the one before.
	// What is left over makes every round have more, and five more where each load leaves one.
	eventually(t, "a round leaves no descriptor more than the one before it, and threads are back at "+fmt.Sprint(threads), func() bool {
		filesBefore := files
		var moreThreads int
		moreThreads, files = round()
		t.Logf("threads %d, then %d; descriptors %d, then %d: %s", threads, moreThreads, filesBefore, files, holds(t, sw))
		return moreThreads <= threads+2 && files <= filesBefore
	})
}

// holds names what a switch has in its hands: its threads by name, its
// descriptors by what they are of, each with how many.
func holds(t *testing.T, s *lab.Switch) string {
	t.Helper()
	names := map[string]int{}
	folder := fmt.Sprintf("/proc/%d", s.PID())
	for _, thread := range glob(t, folder+"/task/*/comm") {
		name, _ := os.ReadFile(thread)
		names["thread "+strings.TrimSpace(string(name))]++
	}
	for _, descriptor := range glob(t, folder+"/fd/*") {
		target, _ := os.Readlink(descriptor)
		names[regexp.MustCompile(`\[\d+\]`).ReplaceAllString(target, "")]++
	}
	return fmt.Sprint(names)
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	require.NoError(t, err)
	return paths
}

// entriesOf is how many entries a folder of a switch's /proc has just now:
// "task", a thread each, or "fd".
func entriesOf(t *testing.T, s *lab.Switch, folder string) int {
	t.Helper()
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/%s", s.PID(), folder))
	require.NoError(t, err)
	return len(entries)
}

// count is how many entries a folder of a switch's /proc has, once it has
// stood still for a moment.
func count(t *testing.T, s *lab.Switch, what string) int {
	t.Helper()
	last, same := -1, 0
	eventually(t, what+" of the switch settle", func() bool {
		if entries := entriesOf(t, s, what); entries == last {
			same++
		} else {
			last, same = entries, 0
		}
		time.Sleep(10 * time.Millisecond)
		return same >= 30
	})
	return last
}

// The whole run has left no error in the log but those that the tests provoke.
func TestZLogIsClean(t *testing.T) {
	noErrors(t, sw, `Cannot create outgoing channel|Originate Failed|janus.conf`)
}

// noErrors asserts that a switch has logged no error but those that are meant.
func noErrors(t *testing.T, s *lab.Switch, meant string) {
	t.Helper()
	log := s.Log()
	require.NotContains(t, log, "internal error")
	for _, line := range strings.Split(log, "\n") {
		if strings.Contains(line, "[ERR]") || strings.Contains(line, "[CRIT]") {
			require.Regexp(t, meant, line)
		}
	}
}
