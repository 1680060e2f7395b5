// SPDX-License-Identifier: MPL-2.0

// Package e2e proves the module in a switch, against a real Janus: the same
// tests in minihost and in FreeSWITCH. MOD_JANUS_HOST says which, MOD_JANUS_SO
// is the module; make test sets both.
package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/admin"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

var (
	janus *realjanus.Janus // stock configuration, integer room ids
	sw    *lab.Switch      // with server demo on it
)

func TestMain(m *testing.M) {
	status, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		status = 1
	}
	os.Exit(status)
}

func run(m *testing.M) (int, error) {
	dir, err := os.MkdirTemp("", "mod-janus-e2e-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	janusDir := filepath.Join(dir, "janus")
	if err := os.Mkdir(janusDir, 0o700); err != nil {
		return 1, err
	}
	if janus, err = realjanus.Start(janusDir, realjanus.Config{}); err != nil {
		return 1, err
	}
	defer janus.Stop(syscall.SIGTERM)
	conf := lab.ConfOf(janus, "")
	conf = strings.Replace(conf, "</configuration>", `<server name="off"><param name="url" value="http://127.0.0.1:1/janus"/></server>`+
		`<server name="dead"><param name="url" value="http://127.0.0.1:1/janus"/><param name="enabled" value="true"/></server></configuration>`, 1)
	if sw, err = startSwitch(filepath.Join(dir, "switch"), conf); err != nil {
		return 1, err
	}
	defer sw.Stop()
	status := m.Run()
	if why := sw.Ended(); why != "" {
		return 1, errors.New(why)
	}
	return status, nil
}

// startSwitch starts the host under test.
func startSwitch(dir, janusConf string) (*lab.Switch, error) {
	return lab.StartSwitch(dir, hostConfig(janusConf))
}

// hostConfig is the host under test.
func hostConfig(janusConf string) lab.SwitchConfig {
	host := env("MOD_JANUS_HOST", lab.Minihost)
	return lab.SwitchConfig{
		Host: host, Janus: neverFull(janusConf), Debug: true,
		Binary: env("MOD_JANUS_MINIHOST", "../../build/minihost"),
		Module: env("MOD_JANUS_SO", "../../build/for-"+host+"/mod_janus.so"),
	}
}

// neverFull has a switch take calls however late its media is: the tests share the machine. A
// configuration that has a max-lateness stays as it is.
func neverFull(janusConf string) string {
	if strings.Contains(janusConf, "max-lateness") {
		return janusConf
	}
	limited := strings.Replace(janusConf, "<settings/>", "<settings></settings>", 1)
	return strings.Replace(limited, "<settings>", "<settings>"+param("max-lateness", "0"), 1)
}

func env(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}

// api runs a command that must get through.
func api(t *testing.T, s *lab.Switch, format string, args ...any) string {
	t.Helper()
	out, err := s.API(format, args...)
	require.NoError(t, err)
	return strings.TrimRight(out, "\n")
}

// originate places a call that must be answered and returns its UUID.
func originate(t *testing.T, s *lab.Switch, format string, args ...any) string {
	t.Helper()
	out := api(t, s, "originate "+format, args...)
	uuid, ok := strings.CutPrefix(out, "+OK ")
	require.True(t, ok, "originate %s: %s\n%s", fmt.Sprintf(format, args...), out, tail(s.Log(), 30))
	uuid = strings.TrimSpace(uuid)
	t.Cleanup(func() { _, _ = s.API("uuid_kill %s", uuid) }) // where the test ended early
	return uuid
}

const existing = "{janus-use-existing-room=true}"

// tone is an originate that plays a tone for ever; both hosts take it so.
func tone(variables, destination string, frequency int) string {
	return fmt.Sprintf(`{%s,t=tone_stream://%%(1000\,0\,%d);loops=-1}%s &playback(${t})`, variables, frequency, destination)
}

func hangup(t *testing.T, s *lab.Switch, uuids ...string) {
	t.Helper()
	for _, uuid := range uuids {
		api(t, s, "uuid_kill %s", uuid)
	}
	gone(t, s)
}

// gone waits until no leg is left and the module counts none.
func gone(t *testing.T, s *lab.Switch) {
	t.Helper()
	if err := realjanus.Until(patience, "all legs are gone", func() bool {
		return strings.Contains(api(t, s, "show channels count"), "0 total") &&
			strings.Contains(api(t, s, "janus status"), "|0|")
	}); err != nil {
		require.Fail(t, err.Error(), "%s\nthe end of the log:\n%s", api(t, s, "janus calls"), tail(s.Log(), 40))
	}
}

// eventually waits for a condition that nothing announces.
func eventually(t *testing.T, what string, met func() bool) {
	t.Helper()
	if err := realjanus.Until(patience, what, met); err != nil {
		require.Fail(t, err.Error(), "the end of the log:\n%s", tail(sw.Log(), 40))
	}
}

// tail is the end of a log, without the commands of the tests themselves.
func tail(text string, lines int) string {
	var all []string
	for line := range strings.SplitSeq(text, "\n") {
		if !strings.Contains(line, "API CALL") {
			all = append(all, line)
		}
	}
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// logged waits for a line of the switch's log that the expression matches.
func logged(t *testing.T, s *lab.Switch, expression string) {
	t.Helper()
	re := regexp.MustCompile(expression)
	eventually(t, "the log says "+expression, func() bool { return re.MatchString(s.Log()) })
}

// asker asks a Janus about its rooms, on a session of its own.
type asker struct {
	t      *testing.T
	client *janusclient.Client
	*audiobridge.Handle
}

func ask(t *testing.T, j *realjanus.Janus) *asker {
	t.Helper()
	client, err := janusclient.New(janusclient.Config{URL: j.HTTP, Secret: j.Secret})
	require.NoError(t, err)
	session, err := client.Create(t.Context(), janusclient.SessionOptions{})
	require.NoError(t, err)
	handle, err := audiobridge.Attach(t.Context(), session, janusclient.AttachOptions{})
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = session.Destroy(ctx)
		client.Close()
	})
	return &asker{t, client, handle}
}

// adminOf is a client of a Janus's Admin API.
func adminOf(t *testing.T, j *realjanus.Janus) *admin.Client {
	t.Helper()
	client, err := admin.New(admin.Config{URL: j.Admin, Secret: realjanus.AdminSecret})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return client
}

// participants of a room, nil when it does not exist.
func (a *asker) participants(room janusclient.ID) []audiobridge.Participant {
	a.t.Helper()
	list, err := a.ListParticipants(a.t.Context(), room)
	if !audiobridge.HasCode(err, audiobridge.CodeNoSuchRoom) {
		require.NoError(a.t, err)
	}
	return list
}

// empty waits until nobody is in a room.
func (a *asker) empty(room janusclient.ID) {
	a.t.Helper()
	eventually(a.t, fmt.Sprintf("room %s is empty", room), func() bool { return len(a.participants(room)) == 0 })
}
